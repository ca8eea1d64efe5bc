"""A run of a compiled program: rows in buffers, epochs, and the losses after each epoch."""

import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import cycle

import numpy as np
import tensorflow as tf
from sklearn.utils import gen_batches

from ..rows import RowSource, Split
from ._keras_compat import give_memory_back
from .trainer import EPOCHS_OF_TURN, Trainer

# Training rows whose loss is measured after every epoch: a tenth of them, within these bounds.
_SAMPLE_SHARE = 0.1
_MIN_SAMPLES = 256
_MAX_SAMPLES = 4096
_MAX_SAMPLE_BYTES = 8 * 2**20

# Rows of up to this size lie in one buffer for the whole fit. More rows come in blocks of the second size: epochs take
# 10 to 18 % longer, and a fit takes some 80 MB beside X, whatever its size.
_RESIDENT_BYTES = 64 * 2**20
_BLOCK_BYTES = 32 * 2**20


class Run:
    """A training run: trainer, rows in buffers, numbers of the objective, callbacks.

    `start` is an `Autoencoder` and `objective` an `Objective`.
    """

    def __init__(
        self,
        trainer: Trainer,
        start,
        objective,
        split: Split,
        *,
        learning_rate,
        weight_decay,
        random_state,
        optimizer_state=None,
        takes_steps=True,
    ):
        trainer.reset(start, learning_rate, optimizer_state)
        self.trainer = trainer
        self._start = start
        self._objective = objective
        self._split = split
        self._random_state = random_state
        self._buffers = Buffers(split.rows)
        self._n_measured = _sample_size(len(split.training), sum(split.rows.widths))
        self._measured, _ = self._buffers.gather(split.training[: self._n_measured])
        self._validation_buffers = self._buffers
        if split.validation_rows is not None:
            self._validation_buffers = Buffers(split.validation_rows)
        self._numbers = {name: tf.constant(number, tf.float32) for name, number in objective.numbers.items()}
        self._weight_decay = tf.constant(weight_decay, tf.float32)
        # The same noise at every evaluation, so that epochs can be compared.
        self._evaluation_seed = self._seed()
        self._evaluation_rows = trainer.batch_size
        if not objective.is_evaluated_in_batches:
            self._evaluation_rows = min(start.evaluation_rows, rows_per_block(split.rows.widths, 1))
        self._callbacks = None
        self._takes_steps = takes_steps

    def start(self):
        """Compile the program, if there are steps; return the losses before the first step, as `epoch` does."""
        if not self._buffers.are_resident:
            give_memory_back()
        if self._takes_steps:
            losses = self._start_beside_compilation()
        else:
            losses = {"": self._evaluate(self._buffers, self._split.training[: self._n_measured])} | self._held_out()
        if not self._buffers.are_resident:
            give_memory_back()
        return losses

    def _start_beside_compilation(self):
        # Traced in this thread; the first call compiles it, while held-out rows are evaluated without it.
        self.trainer.trace()
        with ThreadPoolExecutor(max_workers=1) as compiler:
            measuring = compiler.submit(self._train, self._split.training[:0], self._evaluation_seed, self._n_measured)
            held_out = self._held_out()
            return {"": _means(measuring.result())} | held_out

    def _held_out(self):
        if not len(self._split.validation):
            return {}
        return {"val_": self._evaluate(self._validation_buffers, self._split.validation)}

    def begin(self, callbacks, last_epoch, code_map):
        """Call the Keras callbacks at the beginning of training; `code_map` is as in `FitCallbacks`."""
        if callbacks:
            from .callbacks import FitCallbacks

            n_steps = -(-len(self._split.training) // self.trainer.batch_size)
            self._callbacks = FitCallbacks(
                callbacks,
                self.trainer,
                self._start,
                self._objective,
                epochs=last_epoch,
                steps=n_steps,
                code_map=code_map,
            )
            self._callbacks.call("on_train_begin")

    def epoch(self, number):
        """Train one epoch, counted from 1, on the training rows in a new order.

        Returns the losses after the epoch: for a sample of the training rows ("") and for the validation rows, if there
        are any ("val_"), the means of the objective's parts and, last, what the networks' layers add.
        """
        order = self._random_state.permutation(self._split.training)
        callbacks = self._callbacks
        if callbacks is not None:
            callbacks.call("on_epoch_begin", number - 1)
        seed = self._seed()
        if callbacks is not None and callbacks.wants_batches:
            self._train_batch_by_batch(order, seed)
            order = order[:0]
        losses = {"": _means(self._train(order, seed, self._n_measured))}
        if not len(self._split.validation):
            return losses
        if callbacks is not None:
            callbacks.call("on_test_begin")
        losses["val_"] = self._evaluate(self._validation_buffers, self._split.validation)
        if callbacks is not None:
            callbacks.call("on_test_end", self._objective.fitted_to(losses[""]).named(losses["val_"]))
        return losses

    def epoch_end(self, number, named):
        """Call the Keras callbacks with the losses of an epoch; return whether one of them stops training."""
        if self._callbacks is None:
            return False
        self._callbacks.call("on_epoch_end", number - 1, dict(named))
        return self._callbacks.stop_training

    def end(self, named):
        """Call the Keras callbacks at the end of training, and release them."""
        if self._callbacks is not None:
            try:
                self._callbacks.call("on_train_end", dict(named))
            finally:
                self._callbacks.close()

    def close(self):
        """Release the callbacks."""
        if self._callbacks is not None:
            self._callbacks.close()

    def _train_batch_by_batch(self, order, seed):
        """Take the same steps as `_train`, one per call, for callbacks with batch hooks."""
        for number, batch in enumerate(gen_batches(len(order), self.trainer.batch_size)):
            self._callbacks.call("on_train_batch_begin", number)
            self._train(order[batch], seed, n_measured=0, first_step=number)
            logs = self._objective.named(self._evaluate(self._buffers, order[batch]))
            self._callbacks.call("on_train_batch_end", number, logs)
            if self._callbacks.stop_training:
                break

    def _train(self, order, seed, n_measured, first_step=0):
        """Take steps through rows in this order, then measure rows of the sample; return their totals."""
        n_left = len(order)
        step = first_step
        for fields, places, n_rows in self._buffers.blocks(order, self.trainer.batch_size):
            n_left -= n_rows
            with _errors_in_words():
                totals = self.trainer.train(
                    fields,
                    places,
                    _control(n_rows, seed, step),
                    self._measured,
                    _control(0 if n_left else n_measured, self._evaluation_seed),
                    self._numbers,
                    self._weight_decay,
                ).numpy()
            step += -(-n_rows // self.trainer.batch_size)
        return totals

    def _evaluate(self, buffers, indices):
        """Return the losses of rows, computed without the training program."""
        totals = 0.0
        for number, part in enumerate(gen_batches(len(indices), self._evaluation_rows)):
            # Each part is one block, so that every block has its own seed.
            for fields, places, n_rows in buffers.blocks(indices[part], self._evaluation_rows):
                control = _control(n_rows, self._evaluation_seed, number)
                with _errors_in_words():
                    totals += self.trainer.evaluate(fields, places, control, self._numbers).numpy().astype(np.float64)
        return _means(totals)

    def _seed(self):
        if not self._objective.uses_random_numbers:
            return np.zeros(2, dtype=np.int32)
        # Below 2**30, so adding the step number cannot overflow int32.
        return self._random_state.randint(2**30, size=2).astype(np.int32)


class TrialRun:
    """A run on few rows that trains a turn of epochs in one call, without callbacks.

    It trains a copy of the trainer's variables, so that other runs may use the same trainer at the same time.
    """

    def __init__(self, trainer: Trainer, start, objective, split: Split, *, learning_rate, weight_decay, random_state):
        self._start = start
        self._learning_rate = learning_rate
        self._training = split.training
        self._random_state = random_state
        self._draws = objective.uses_random_numbers
        buffers = Buffers(split.rows)
        self._fields = buffers.all_rows()
        n_buffer_rows = capacity(len(split.rows))
        samples = split.training[: _sample_size(len(split.training), sum(split.rows.widths))], split.validation
        kinds = [buffers.gather(rows, buffers.allocate(n_buffer_rows))[0] for rows in samples]
        self._samples = [tf.stack(fields) for fields in zip(*kinds, strict=True)]
        self._n_samples = [len(rows) for rows in samples]
        self._order_shape = EPOCHS_OF_TURN, -(-n_buffer_rows // trainer.batch_size) * trainer.batch_size
        self._numbers = {name: tf.constant(number, tf.float32) for name, number in objective.numbers.items()}
        self._weight_decay = tf.constant(weight_decay, tf.float32)
        self._trainer = trainer

    def start(self):
        """Compile the program, unless an earlier run did; return the losses before the first step, as `Run.epoch`."""
        self._trainer.reset(self._start, self._learning_rate)
        self._variables, self._train = self._trainer.copied()
        seeds = np.zeros((EPOCHS_OF_TURN, 2))
        totals, _ = self._call(np.zeros(self._order_shape, np.int32), seeds, n_epochs=1, n_rows=0)
        return self._losses(totals[0])

    def turn(self, n_epochs):
        """Train at most `EPOCHS_OF_TURN` epochs; return the losses of each, and a function that returns its weights."""
        n_rows = len(self._training)
        orders = np.zeros(self._order_shape, np.int32)
        for order in orders[:n_epochs]:
            order[:n_rows] = self._random_state.permutation(self._training)
        totals, means = self._call(orders, self._seeds(), n_epochs, n_rows)
        weights = [partial(_weights_of_epoch, self._trainer.weights, means, epoch) for epoch in range(n_epochs)]
        return list(zip(map(self._losses, totals[:n_epochs]), weights, strict=True))

    def _seeds(self):
        shape = EPOCHS_OF_TURN, 2
        return self._random_state.randint(2**30, size=shape) if self._draws else np.zeros(shape)

    def _call(self, orders, seeds, n_epochs, n_rows):
        with _errors_in_words():
            totals, means = self._train(
                self._fields,
                tf.constant(orders),
                tf.constant(seeds, tf.int32),
                self._samples,
                tf.constant([n_epochs, n_rows, *self._n_samples], tf.int32),
                self._numbers,
                self._weight_decay,
            )
        return totals.numpy(), [mean.numpy() for mean in means]

    def _losses(self, totals):
        measured = zip(("", "val_"), totals, self._n_samples, strict=True)
        return {prefix: _means(of_rows) for prefix, of_rows, n_rows in measured if n_rows}


def _weights_of_epoch(weights, means, epoch):
    return weights.cut([mean[epoch] for mean in means])


@contextmanager
def _errors_in_words():
    """Turn an error of TensorFlow about values, such as an index that an Embedding does not hold, into a sentence."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        # Below the stack of the graph.
        reason = [str(error), *(line for line in str(error.message).splitlines() if re.match(r"\w", line))][-1]
        raise ValueError(
            f"A layer, loss, penalty or noise of yours cannot compute with the values of X: {reason}. Check what "
            "values it takes, for example the input_dim of an Embedding, and whether X is whole numbers in that range."
        ) from error


def _control(n_rows, seed, n_steps=0):
    """Return a tensor of the number of rows and the seed of the first batch, `n_steps` steps after `seed`."""
    return tf.constant([n_rows, seed[0], seed[1] + n_steps], tf.int32)


def _means(totals):
    """Divide weighted totals by the weight, which is the last of them."""
    return totals[:-1].astype(np.float64) / totals[-1]


def _sample_size(n_training, width):
    """Return the number of training rows to measure; it is the same for rows that share a buffer's size."""
    most = max(min(_MAX_SAMPLES, _MAX_SAMPLE_BYTES // (4 * width)), _MIN_SAMPLES)
    return min(n_training, int(np.clip(_SAMPLE_SHARE * capacity(n_training), _MIN_SAMPLES, most)))


def capacity(n_rows):
    """Round a number of rows up to one of the sizes of buffers: 64, 90, 181, 362, 724, 1448, ..., doubling.

    XLA compiles a program for each size that it meets; folds of 1437 and of 1438 rows must share one, and so should the
    subsets of a learning curve.
    """
    # The sizes are 2**(k + 0.5): batch_size="auto" changes there, too.
    return max(64, int(2 ** (np.ceil(np.log2(max(n_rows, 1)) - 0.5) + 0.5)))


def rows_per_block(widths, step_rows):
    """Return the number of rows in a block, a multiple of those of a step and at least as many."""
    return max(1, _BLOCK_BYTES // (4 * sum(widths)) // step_rows) * step_rows


class Buffers:
    """Rows in buffers, for the compiled steps.

    Few rows are kept in one buffer. Many rows, which may be a memory map or sparse, stay where they are: a block is
    gathered while the previous one is computed on, so that memory does not grow with the number of rows.
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
            self._resident, _ = self.gather(np.arange(len(source)))

    def all_rows(self):
        """Return a buffer of each field with all rows."""
        return self._resident or self.gather(np.arange(len(self._source)))[0]

    def blocks(self, indices, step_rows):
        """Yield blocks for steps of `step_rows` rows that visit the rows `indices` in this order.

        A block is a tuple: the fields, float32 tensors of shape (n_buffer_rows, width); the positions of the rows in
        these, int32; and the number of rows. The positions are padded with 0 to a length that depends on the size of
        the buffers alone. Without indices, one block without rows is yielded.
        """
        if self.are_resident:
            yield self._resident, _order(indices, len(self._resident[0]), step_rows), len(indices)
            return
        block_rows = rows_per_block(self._source.widths, step_rows)
        starts = range(0, max(1, len(indices)), block_rows)
        # Two sets of buffers: one is filled while steps read the other. Later calls reuse them, since allocating
        # memory takes as long as copying the rows.
        sets = [self._borrow(block_rows) for _ in range(min(2, len(starts)))]
        buffers = cycle(sets)

        def block(start):
            chosen = indices[start : start + block_rows]
            fields, places = self.gather(chosen, next(buffers))
            return fields, _order(places, block_rows, step_rows), len(chosen)

        blocks = deque()
        for start in starts:
            blocks.append(self._gatherer.submit(block, start))
            if len(blocks) == 2:
                yield blocks.popleft().result()
        while blocks:
            yield blocks.popleft().result()
        self._spare.extend(sets)

    def _borrow(self, n_rows):
        # Other threads may be evaluating: a deque hands out each item once.
        with suppress(IndexError):
            if len((spare := self._spare.pop())[0]) == n_rows:
                return spare
        return self.allocate(n_rows)

    def allocate(self, n_rows):
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

    def gather(self, indices, buffers=None):
        """Copy rows into buffers, new ones by default; return the fields and the position of each row in them."""
        if buffers is None:
            buffers = self.allocate(capacity(len(indices)))
        # Ascending order, so that memory maps are read sequentially.
        ascending = np.argsort(indices, kind="stable")
        places = np.empty(len(indices), dtype=np.int32)
        places[ascending] = np.arange(len(indices), dtype=np.int32)
        self._source.take(indices[ascending], tuple(buffer[: len(indices)] for buffer in buffers))
        # DLPack shares the memory; converting would copy it.
        return [tf.experimental.dlpack.from_dlpack(buffer.__dlpack__()) for buffer in buffers], places


def _order(places, n_buffer_rows, step_rows):
    order = np.zeros(-(-n_buffer_rows // step_rows) * step_rows, dtype=np.int32)
    order[: len(places)] = places
    return tf.convert_to_tensor(order)
