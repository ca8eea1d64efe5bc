"""Rows for the compiled epoch: in buffers whose size varies little with the number of rows."""

import numpy as np
import tensorflow as tf

# Rows that one step of an evaluation takes.
EVALUATION_ROWS = 256


def capacity(n_rows):
    """Round a number of rows up to one of eight sizes per power of two, 64 at least.

    XLA compiles a program for each size that it meets; folds of 1437 and of 1438 rows must share one.
    """
    unit = 2 ** max(3, int(n_rows).bit_length() - 4)
    return max(64, -(-n_rows // unit) * unit)


def row_buffer(rows):
    """Copy rows into a float32 tensor of shape (capacity(n_samples), n_features), zeros at its end."""
    buffer = np.zeros((capacity(len(rows)), rows.shape[1]), dtype=np.float32)
    buffer[: len(rows)] = rows
    return tf.convert_to_tensor(buffer)


def padded_order(indices, n_rows, step_rows):
    """Make the int32 tensor of row numbers that steps of `step_rows` rows read from a buffer of `n_rows` rows.

    Its length depends on the buffer alone; places beyond ``len(indices)`` hold row 0 and weigh nothing.
    """
    n_steps = -(-n_rows // step_rows)
    order = np.zeros(n_steps * step_rows, dtype=np.int32)
    order[: len(indices)] = indices
    return tf.convert_to_tensor(order)
