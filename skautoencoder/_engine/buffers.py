"""Buffers that hold rows for the compiled program: sizes, allocation, and blocks of many rows."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
import tensorflow as tf

from ..rows import RowSource

# Rows of up to this size lie in one buffer for the whole fit. More rows come in blocks of the second size: epochs take
# 10 to 18 % longer, and a fit takes some 60 MB beside X, whatever its size.
_RESIDENT_BYTES = 64 * 2**20
_BLOCK_BYTES = 32 * 2**20


def capacity(n_rows):
    """Round a number of rows up to one of the sizes of buffers: 64, 90, 181, 362, 724, 1448, ..., doubling.

    XLA compiles a program for each size that it meets; folds of 1437 and of 1438 rows must share one, and so should the
    subsets of a learning curve.
    """
    # The sizes are 2**(k + 0.5): batch_size="auto" changes there, too.
    return max(64, int(2 ** (np.ceil(np.log2(max(n_rows, 1)) - 0.5) + 0.5)))


def allocate(source: RowSource, n_rows):
    """Make a float32 array per field that TensorFlow can use without a copy: it begins at a multiple of 64 bytes.

    Rows that are never written are never read, and take no memory.
    """
    arrays = []
    for width in source.widths:
        n_bytes = 4 * n_rows * width
        memory = np.empty(n_bytes + 64, dtype=np.uint8)
        start = -memory.ctypes.data % 64
        arrays.append(memory[start : start + n_bytes].view(np.float32).reshape(n_rows, width))
    return arrays


def gather(source: RowSource, indices, buffers=None):
    """Copy rows into buffers, new ones by default; return the fields and the position of each row in them."""
    if buffers is None:
        buffers = allocate(source, capacity(len(indices)))
    # Ascending order, so that memory maps are read sequentially.
    ascending = np.argsort(indices, kind="stable")
    places = np.empty(len(indices), dtype=np.int32)
    places[ascending] = np.arange(len(indices), dtype=np.int32)
    source.take(indices[ascending], tuple(buffer[: len(indices)] for buffer in buffers))
    # DLPack shares the memory; converting would copy it.
    return [tf.experimental.dlpack.from_dlpack(buffer.__dlpack__()) for buffer in buffers], places


class Buffers:
    """The rows of a source, for steps of `step_rows` rows.

    Few rows are kept in one buffer. Many rows, which may be a memory map or sparse, stay where they are: a block is
    gathered while the previous one is computed on, so that memory does not grow with the number of rows.
    """

    def __init__(self, source: RowSource, step_rows):
        self._source = source
        self._step_rows = step_rows
        self._resident = None
        self._spare = []
        # One thread for all blocks: malloc keeps one arena per thread for good.
        self._gatherer = ThreadPoolExecutor(max_workers=1)
        # Whether all rows lie in one buffer.
        self.are_resident = 4 * len(source) * sum(source.widths) <= _RESIDENT_BYTES
        if self.are_resident:
            self._resident, _ = gather(source, np.arange(len(source)))

    def blocks(self, indices):
        """Yield blocks for steps that visit the rows `indices` in this order.

        A block is a tuple: the fields, float32 tensors of shape (n_buffer_rows, width); the positions of the rows in
        these, int32; and the number of rows. The positions are padded with 0 to a length that depends on the size of
        the buffers alone. Without indices, one block without rows is yielded.
        """
        if self.are_resident:
            yield self._resident, _order(indices, len(self._resident[0]), self._step_rows), len(indices)
            return
        block_steps = _BLOCK_BYTES // (4 * sum(self._source.widths) * self._step_rows)
        block_rows = max(block_steps, 1) * self._step_rows
        starts = range(0, max(1, len(indices)), block_rows)
        # Two sets of buffers: one is filled while steps read the other. Later calls reuse them, since allocating
        # memory takes as long as copying the rows.
        sets = [self._borrow(block_rows) for _ in range(min(2, len(starts)))]
        buffers = cycle(sets)

        def block(start):
            chosen = indices[start : start + block_rows]
            fields, places = gather(self._source, chosen, next(buffers))
            return fields, _order(places, block_rows, self._step_rows), len(chosen)

        blocks = deque()
        for start in starts:
            blocks.append(self._gatherer.submit(block, start))
            if len(blocks) == 2:
                yield blocks.popleft().result()
        while blocks:
            yield blocks.popleft().result()
        self._spare.extend(sets)

    def _borrow(self, n_rows):
        return self._spare.pop() if self._spare else allocate(self._source, n_rows)


def _order(places, n_buffer_rows, step_rows):
    order = np.zeros(-(-n_buffer_rows // step_rows) * step_rows, dtype=np.int32)
    order[: len(places)] = places
    return tf.convert_to_tensor(order)
