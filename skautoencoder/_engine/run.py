"""A run of a compiled program: its epochs, and the losses after each epoch."""

import re
from contextlib import contextmanager
from functools import partial

import numpy as np
import tensorflow as tf
from sklearn.utils import gen_batches

from ..rows import Split, evenly_spaced
from ._keras_compat import give_memory_back
from .buffers import Buffers, allocate, capacity, gather
from .trainer import EPOCHS_OF_TURN, Trainer

# Training rows whose loss is measured after every epoch: a tenth of them, within these bounds.
_SAMPLE_SHARE = 0.1
_MIN_SAMPLES = 256
_MAX_SAMPLES = 4096
_MAX_SAMPLE_BYTES = 8 * 2**20


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
    ):
        trainer.reset(start, learning_rate, optimizer_state)
        self.trainer = trainer
        self._start = start
        self._objective = objective
        self._split = split
        self._random_state = random_state
        self._buffers = Buffers(split.rows, trainer.batch_size)
        self._validation_rows = split.rows if split.validation_rows is None else split.validation_rows
        self._n_sample = _sample_size(len(split.training), sum(split.rows.widths))
        # Held-out rows are measured in parts as large as the buffers of the sample, so that one program measures both.
        # Parts are whole batches, since some penalties depend on the batch.
        n_buffer_rows = capacity(max(self._n_sample, _MIN_SAMPLES, trainer.measured_rows))
        self._n_part = n_buffer_rows - n_buffer_rows % trainer.measured_rows
        self._part = allocate(split.rows, n_buffer_rows)
        sample = allocate(split.rows, n_buffer_rows)
        self._sample, _ = gather(split.rows, split.training[: self._n_sample], sample)
        self._numbers = {name: tf.constant(number, tf.float32) for name, number in objective.numbers.items()}
        self._weight_decay = tf.constant(weight_decay, tf.float32)
        # The same noise at every evaluation, so that epochs can be compared.
        self._evaluation_seed = self._seed()
        self._callbacks = None

    def start(self):
        """Compile the program; return the losses before the first step, as `epoch` does."""
        if not self._buffers.are_resident:
            give_memory_back()
        self.trainer.trace()
        totals = self._train(self._split.training[:0], self._evaluation_seed, self._sample, self._n_sample)
        losses = {"": _means(totals)}
        if len(self._split.validation):
            losses["val_"] = self._measured_losses(self._validation_rows, self._split.validation)
        if not self._buffers.are_resident:
            give_memory_back()
        return losses

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
        losses = {"": _means(self._train(order, seed, self._sample, self._n_sample))}
        if not len(self._split.validation):
            return losses
        if callbacks is not None:
            callbacks.call("on_test_begin")
        losses["val_"] = self._measured_losses(self._validation_rows, self._split.validation)
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
            self._train(order[batch], seed, self._sample, n_sample=0, first_step=number)
            logs = self._objective.named(self._measured_losses(self._split.rows, order[batch]))
            self._callbacks.call("on_train_batch_end", number, logs)
            if self._callbacks.stop_training:
                break

    def _train(self, order, seed, sample, n_sample, first_step=0, first_batch=0):
        """Take steps through rows in this order, then measure the first rows of `sample`; return their totals."""
        n_left = len(order)
        step = first_step
        for fields, places, n_rows in self._buffers.blocks(order):
            n_left -= n_rows
            with _errors_in_words():
                totals = self.trainer.train(
                    fields,
                    places,
                    _control(n_rows, seed, step),
                    sample,
                    _control(0 if n_left else n_sample, self._evaluation_seed, first_batch),
                    self._numbers,
                    self._weight_decay,
                ).numpy()
            step += -(-n_rows // self.trainer.batch_size)
        return totals

    def _measured_losses(self, rows, indices):
        """Return the losses of rows of a source, without steps."""
        totals = 0.0
        for part in gen_batches(len(indices), self._n_part):
            sample, _ = gather(rows, indices[part], self._part)
            first_batch = part.start // self.trainer.measured_rows
            of_part = self._train(indices[:0], self._evaluation_seed, sample, part.stop - part.start, 0, first_batch)
            totals += of_part.astype(np.float64)
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
        trainer.reset(start, learning_rate)
        self._weights = trainer.weights
        # The variables are kept, because the function holds only their handles.
        self._variables, self._train = trainer.copied()
        self._training = split.training
        self._random_state = random_state
        self._draws = objective.uses_random_numbers
        self._fields, _ = gather(split.rows, np.arange(len(split.rows)))
        n_sample = _sample_size(len(split.training), sum(split.rows.widths))
        # The training rows of a trial are in the order of X, which may be sorted.
        sample = evenly_spaced(split.training, n_sample)
        n_buffer_rows = capacity(max(n_sample, len(split.validation), _MIN_SAMPLES))
        measured = sample, split.validation
        kinds = [gather(split.rows, rows, allocate(split.rows, n_buffer_rows))[0] for rows in measured]
        self._samples = [tf.stack(fields) for fields in zip(*kinds, strict=True)]
        self._n_samples = n_sample, len(split.validation)
        n_places = -(-capacity(len(split.rows)) // trainer.batch_size) * trainer.batch_size
        self._order_shape = EPOCHS_OF_TURN, n_places
        self._numbers = {name: tf.constant(number, tf.float32) for name, number in objective.numbers.items()}
        self._weight_decay = tf.constant(weight_decay, tf.float32)

    def start(self):
        """Compile the program, unless an earlier run did; return the losses before the first step, as `Run.epoch`."""
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
        weights = [partial(_weights_of_epoch, self._weights, means, epoch) for epoch in range(n_epochs)]
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
