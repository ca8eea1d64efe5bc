"""Rows on their way into the compiled steps: float32, in buffers of few different sizes."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import cycle

import numpy as np
import tensorflow as tf

from ..rows import RowSource

# Rows of up to this size lie in one buffer for the whole fit. More rows come in blocks of the second size: epochs take
# 10 to 18 % longer, and a fit takes some 80 MB beside X, whatever its size.
_RESIDENT_BYTES = 64 * 2**20
_BLOCK_BYTES = 32 * 2**20


def capacity(n_rows):
    """Round a number of rows up to one of the sizes of buffers: 64, 90, 181, 362, 724, 1448, ..., doubling.

    XLA compiles a program for each size that it meets; folds of 1437 and of 1438 rows must share one, and so should the
    subsets of a learning curve.
    """
    # The sizes lie half-way between powers of two, in the logarithm, where batch_size="auto" changes as well.
    return max(64, int(2 ** (np.ceil(np.log2(max(n_rows, 1)) - 0.5) + 0.5)))


def rows_per_block(widths, step_rows):
    """Return the number of rows in a block, a multiple of those of a step and at least as many."""
    return max(1, _BLOCK_BYTES // (4 * sum(widths)) // step_rows) * step_rows


class Buffers:
    """Rows in buffers, for the compiled steps.

    Few rows are kept in one buffer. Many rows, which may be a memory map or sparse, stay where they are: blocks of
    them are gathered while the block before is computed on, so that memory does not grow with their number.
    """

    def __init__(self, source: RowSource):
        self._source = source
        self._resident = None
        self._spare = deque()
        # One thread for all blocks: malloc keeps one arena per thread for good.
        self._gatherer = ThreadPoolExecutor(max_workers=1)
        # Whether all rows lie in one buffer.
        self.are_resident = 4 * len(source) * sum(source.widths) <= _RESIDENT_BYTES
        if self.are_resident:
            self._resident = self.copies(np.arange(len(source)))

    def blocks(self, indices, step_rows):
        """Yield what steps of `step_rows` rows need to visit the rows `indices` in this order.

        A block is a list of fields, float32 tensors of shape (n_buffer_rows, width); where in these the rows lie, int32
        of a length that depends on the size of the buffers alone, 0 beyond the last row; and the number of rows.
        Without any indices one block of no rows is yielded.
        """
        if self.are_resident:
            yield self._resident, _order(indices, len(self._resident[0]), step_rows), len(indices)
            return
        block_rows = rows_per_block(self._source.widths, step_rows)
        starts = range(0, max(1, len(indices)), block_rows)
        # Two sets of buffers: one is filled while the steps read from the other. They serve later calls, too: the
        # system takes as long to hand out memory as the rows take to be copied into it.
        sets = [self._borrow(block_rows) for _ in range(min(2, len(starts)))]
        buffers = cycle(sets)

        def block(start):
            chosen = indices[start : start + block_rows]
            fields, places = self._gather(chosen, next(buffers))
            return fields, _order(places, block_rows, step_rows), len(chosen)

        blocks = deque()
        for start in starts:
            blocks.append(self._gatherer.submit(block, start))
            if len(blocks) == 2:
                yield blocks.popleft().result()
        while blocks:
            yield blocks.popleft().result()
        self._spare.extend(sets)

    def copies(self, indices):
        """Copy rows into buffers of their own, in any order; return the fields."""
        return self._gather(indices, self._allocate(capacity(len(indices))))[0]

    def _borrow(self, n_rows):
        # Other threads may be evaluating: a deque hands out each item once.
        with suppress(IndexError):
            if len((spare := self._spare.pop())[0]) == n_rows:
                return spare
        return self._allocate(n_rows)

    def _allocate(self, n_rows):
        """Make a float32 array per field that TensorFlow can use without a copy: it begins at a multiple of 64 bytes.

        Rows that are never written are never read, and take no memory.
        """
        arrays = []
        for width in self._source.widths:
            n_bytes = 4 * n_rows * width
            memory = np.empty(n_bytes + 64, dtype=np.uint8)
            start = -memory.ctypes.data % 64
            arrays.append(memory[start : start + n_bytes].view(np.float32).reshape(n_rows, width))
        return arrays

    def _gather(self, indices, buffers):
        """Copy rows into buffers, in ascending order for the sake of disks; return them and where each row lies."""
        ascending = np.argsort(indices, kind="stable")
        places = np.empty(len(indices), dtype=np.int32)
        places[ascending] = np.arange(len(indices), dtype=np.int32)
        self._source.take(indices[ascending], tuple(buffer[: len(indices)] for buffer in buffers))
        # DLPack hands the buffers over where they lie; converting them would copy them.
        return [tf.experimental.dlpack.from_dlpack(buffer.__dlpack__()) for buffer in buffers], places


def _order(places, n_buffer_rows, step_rows):
    order = np.zeros(-(-n_buffer_rows // step_rows) * step_rows, dtype=np.int32)
    order[: len(places)] = places
    return tf.convert_to_tensor(order)
