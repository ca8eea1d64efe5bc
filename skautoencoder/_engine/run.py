"""One fit in the engine: epochs of compiled steps, and the losses between them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from sklearn.utils import gen_batches

from ..rows import Split
from ._keras_compat import give_memory_back
from .buffers import Buffers, capacity, rows_per_block
from .trainer import Trainer

# Training rows whose loss is measured after every epoch: a tenth of them, within these bounds.
_SAMPLE_SHARE = 0.1
_MIN_SAMPLES = 256
_MAX_SAMPLES = 4096
_MAX_SAMPLE_BYTES = 8 * 2**20


class Run:
    """One run in progress: its trainer, its rows in buffers, its numbers and its callbacks.

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
    ):
        trainer.reset(start, learning_rate, optimizer_state)
        self.trainer = trainer
        self._start = start
        self._objective = objective
        self._split = split
        self._random_state = random_state
        self._buffers = Buffers(split.rows)
        self._n_measured = _sample_size(len(split.training), sum(split.rows.widths))
        self._measured = self._buffers.copies(split.training[: self._n_measured])
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

    def start(self):
        """Compile the program; return the losses before the first step, as `epoch` does."""
        if not self._buffers.are_resident:
            give_memory_back()
        # The first call of the training program compiles it, while held-out rows are evaluated without it.
        with ThreadPoolExecutor(max_workers=1) as compiler:
            measuring = compiler.submit(self._train, self._split.training[:0], self._evaluation_seed, self._n_measured)
            validation_losses = None
            if len(self._split.validation):
                validation_losses = self._evaluate(self._validation_buffers, self._split.validation)
            losses = {"": _means(measuring.result())}
            if validation_losses is not None:
                losses["val_"] = validation_losses
        if not self._buffers.are_resident:
            give_memory_back()
        return losses

    def begin(self, callbacks, last_epoch):
        """Tell Keras callbacks that training begins."""
        if callbacks:
            from .callbacks import FitCallbacks

            n_steps = -(-len(self._split.training) // self.trainer.batch_size)
            self._callbacks = FitCallbacks(
                callbacks, self.trainer, self._start, self._objective, epochs=last_epoch, steps=n_steps
            )
            self._callbacks.begin()

    def epoch(self, number):
        """Train one epoch, counted from 1, on the training rows in a new order.

        Returns the losses after the epoch: for a sample of the training rows ("") and for the validation rows, if there
        are any ("val_"), the means of the objective's parts and, last, what the networks' layers add.
        """
        order = self._random_state.permutation(self._split.training)
        callbacks = self._callbacks
        if callbacks is not None:
            callbacks.epoch_begin(number)
        seed = self._seed()
        if callbacks is not None and callbacks.wants_batches:
            self._train_batch_by_batch(order, seed)
            order = order[:0]
        losses = {"": _means(self._train(order, seed, self._n_measured))}
        if not len(self._split.validation):
            return losses
        if callbacks is not None:
            callbacks.validation_begin()
        losses["val_"] = self._evaluate(self._validation_buffers, self._split.validation)
        if callbacks is not None:
            callbacks.validation_end(self._objective.fitted_to(losses[""]).named(losses["val_"]))
        return losses

    def epoch_end(self, number, named):
        """Tell Keras callbacks the losses of an epoch; return whether one of them asks to stop."""
        if self._callbacks is None:
            return False
        self._callbacks.epoch_end(number, named)
        return self._callbacks.stop_training

    def end(self, named):
        """Tell Keras callbacks that training is over."""
        if self._callbacks is not None:
            self._callbacks.end(named)

    def close(self):
        """Let go of the callbacks."""
        if self._callbacks is not None:
            self._callbacks.close()

    def _train_batch_by_batch(self, order, seed):
        """Take the same steps as `_train`, one call each, for callbacks that want to be told of batches."""
        for number, batch in enumerate(gen_batches(len(order), self.trainer.batch_size)):
            self._callbacks.batch_begin(number)
            self._train(order[batch], seed, n_measured=0, first_step=number)
            self._callbacks.batch_end(number, self._objective.named(self._evaluate(self._buffers, order[batch])))
            if self._callbacks.stop_training:
                break

    def _train(self, order, seed, n_measured, first_step=0):
        """Take steps through rows in this order, then measure rows of the sample; return their totals."""
        n_left = len(order)
        step = first_step
        for fields, places, n_rows in self._buffers.blocks(order, self.trainer.batch_size):
            n_left -= n_rows
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
                totals += self.trainer.evaluate(fields, places, control, self._numbers).numpy().astype(np.float64)
        return _means(totals)

    def _seed(self):
        if not self._objective.uses_random_numbers:
            return np.zeros(2, dtype=np.int32)
        # Below 2**30, so adding the step number cannot overflow int32.
        return self._random_state.randint(2**30, size=2).astype(np.int32)


def _control(n_rows, seed, n_steps=0):
    """Return a number of rows and the seed of their first batch, `n_steps` after the step of `seed`, as a tensor."""
    return tf.constant([n_rows, seed[0], seed[1] + n_steps], tf.int32)


def _means(totals):
    """Divide weighted totals by the weight, which is the last of them."""
    return totals[:-1].astype(np.float64) / totals[-1]


def _sample_size(n_training, width):
    """Return the number of training rows to measure; it is the same for rows that share a buffer's size."""
    most = max(min(_MAX_SAMPLES, _MAX_SAMPLE_BYTES // (4 * width)), _MIN_SAMPLES)
    return min(n_training, int(np.clip(_SAMPLE_SHARE * capacity(n_training), _MIN_SAMPLES, most)))
