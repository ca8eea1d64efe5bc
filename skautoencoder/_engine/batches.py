"""Rows on their way into the compiled steps: standardised, float32, in buffers of few different sizes."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
import tensorflow as tf
from scipy.sparse import issparse

# Up to this size all rows lie in one buffer for the whole fit; beyond it they come in blocks of the second size.
_RESIDENT_BYTES = 256 * 2**20
_BLOCK_BYTES = 4 * 2**20


def capacity(n_rows):
    """Round a number of rows up to one of eight sizes per power of two, 64 at least.

    XLA compiles a program for each size that it meets; folds of 1437 and of 1438 rows must share one.
    """
    unit = 2 ** max(3, int(n_rows).bit_length() - 4)
    return max(64, -(-n_rows // unit) * unit)


class Rows:
    """The rows of X, standardised, for the compiled steps.

    Few rows are kept in one buffer. Many rows, which may be a memory map or sparse, stay where they are: blocks of
    them are gathered while the block before is computed on, so that memory does not grow with their number.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    standardization : Standardization
    """

    def __init__(self, X, standardization):
        self._X = X
        self._standardization = standardization
        self._n_rows, self._n_features = X.shape
        self._resident = None
        # One thread for all blocks: the allocator gives every new one an arena of its own, and keeps it.
        self._gatherer = ThreadPoolExecutor(max_workers=1)
        if 4 * self._n_rows * self._n_features <= _RESIDENT_BYTES:
            buffer = _aligned_zeros((capacity(self._n_rows), self._n_features))
            self._resident, _ = self._gather(np.arange(self._n_rows), buffer)

    def blocks(self, indices, step_rows):
        """Yield what steps of `step_rows` rows need to visit the rows `indices` in this order.

        Parameters
        ----------
        indices : int ndarray
        step_rows : int

        Yields
        ------
        rows : float32 tensor of shape (n_buffer_rows, n_features)
        order : int32 tensor of shape (n_steps * step_rows,)
            Where in `rows` they lie; 0 beyond the last one. Its length depends on the size of the buffer alone.
        n_rows : int32 tensor
            How many there are. Without any indices one block of none is yielded.
        """
        if self._resident is not None:
            yield self._resident, _order(indices, len(self._resident), step_rows), tf.constant(len(indices), tf.int32)
            return
        block_rows = max(1, _BLOCK_BYTES // (4 * self._n_features) // step_rows) * step_rows
        starts = range(0, max(1, len(indices)), block_rows)
        # Two buffers: one is filled while the steps read from the other.
        buffers = cycle([_aligned_zeros((block_rows, self._n_features)) for _ in range(min(2, len(starts)))])

        def block(start):
            chosen = indices[start : start + block_rows]
            rows, places = self._gather(chosen, next(buffers))
            return rows, _order(places, block_rows, step_rows), tf.constant(len(chosen), tf.int32)

        blocks = deque()
        for start in starts:
            blocks.append(self._gatherer.submit(block, start))
            if len(blocks) == 2:
                yield blocks.popleft().result()
        while blocks:
            yield blocks.popleft().result()

    def _gather(self, indices, buffer):
        """Copy rows into a buffer, in ascending order for the sake of disks; return it and where each row lies."""
        ascending = np.argsort(indices, kind="stable")
        places = np.empty(len(indices), dtype=np.int32)
        places[ascending] = np.arange(len(indices), dtype=np.int32)
        rows = buffer[: len(indices)]
        if issparse(self._X):
            self._X[indices[ascending]].astype(np.float32).toarray(out=rows)
            self._standardization.apply(rows, out=rows)
        elif self._X.dtype == rows.dtype:
            np.take(self._X, indices[ascending], axis=0, out=rows, mode="clip")
            self._standardization.apply(rows, out=rows)
        else:
            self._standardization.apply(self._X[indices[ascending]], out=rows)
        # DLPack hands the buffer over where it lies; converting it would copy it.
        return tf.experimental.dlpack.from_dlpack(buffer.__dlpack__()), places


def _order(places, n_buffer_rows, step_rows):
    order = np.zeros(-(-n_buffer_rows // step_rows) * step_rows, dtype=np.int32)
    order[: len(places)] = places
    return tf.convert_to_tensor(order)


def _aligned_zeros(shape):
    """Make a float32 array that TensorFlow can use without a copy: its first byte at a multiple of 64."""
    n_bytes = 4 * int(np.prod(shape))
    memory = np.zeros(n_bytes + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + n_bytes].view(np.float32).reshape(shape)
