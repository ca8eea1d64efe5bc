"""The compiled epoch, and the cache that lets later fits of the same shape use it again."""

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import Any

import tensorflow as tf

from . import XLA_AVAILABLE
from .batches import EVALUATION_ROWS
from .keras_objects import make_optimizer, program_key
from .losses import row_losses
from .networks import keras_model

# Trainers kept for later fits. A grid search meets a handful of shapes; each holds the weights, the optimizer's
# slots and a program of about a megabyte.
_CACHE_SIZE = 16
_cache = OrderedDict()
_cache_lock = threading.Lock()


@dataclass(frozen=True)
class Program:
    """All that shapes a compiled program.

    Parameters
    ----------
    autoencoder : Autoencoder
        To start from. Its structure counts, not its numbers.
    loss : str or keras.losses.Loss
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
    batch_size : int
    """

    autoencoder: Any
    loss: Any
    optimizer: Any
    learning_rate: Any
    batch_size: int

    @property
    def key(self):
        """Hashable; a number as learning rate is no part of it, since it is set before each fit."""
        schedule = None if isinstance(self.learning_rate, Real) else self.learning_rate
        return (
            self.autoencoder.structure,
            program_key(self.loss),
            program_key(self.optimizer),
            program_key(schedule),
            self.batch_size,
        )


class Trainer:
    """An encoder and a decoder with an optimizer, and two compiled functions: to train and to evaluate them.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program):
        self.loss = program.loss
        self.batch_size = program.batch_size
        self.encoder, encoder_variables = keras_model(program.autoencoder.encoder, "encoder")
        decoder = program.autoencoder.decoder
        if self.loss == "binary_crossentropy":
            # Computed from logits: exact where the sigmoid rounds to 0 or 1.
            decoder = decoder.with_output_activation("linear")
        self.decoder, decoder_variables = keras_model(decoder, "decoder")
        self.variables = [variable.value for variable in encoder_variables + decoder_variables]
        self.optimizer = make_optimizer(program.optimizer, program.learning_rate)
        self._learning_rate_is_set = isinstance(program.optimizer, str) and isinstance(program.learning_rate, Real)
        self._trained = encoder_variables + decoder_variables
        self.optimizer.build(self._trained)
        self._optimizer_start = [(variable.value, variable.numpy()) for variable in self.optimizer.variables]
        n_features = program.autoencoder.encoder.n_inputs
        signature = (
            tf.TensorSpec([None, n_features], tf.float32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int32),
            tf.TensorSpec([n_features], tf.float32),
            tf.TensorSpec([], tf.float32),
        )
        self.train = _compiled(self._train, signature)
        self.evaluate = tf.function(self._evaluate, autograph=False).get_concrete_function(*signature)

    def reset(self, autoencoder, learning_rate):
        """Start anew: from the weights of `autoencoder`, with an optimizer that has seen nothing."""
        for variable, array in zip(self.variables, autoencoder.arrays, strict=True):
            variable.assign(array)
        for variable, array in self._optimizer_start:
            variable.assign(array)
        if self._learning_rate_is_set:
            self.optimizer.learning_rate = learning_rate

    def arrays(self):
        """Copy the weights out."""
        return [variable.numpy().copy() for variable in self.variables]

    def _train(self, rows, order, n_rows, mean, scale):
        """Take one step per batch through `n_rows` rows; return the sum of the rows' losses on the way."""

        def step(batch, weights):
            with tf.GradientTape() as tape:
                outputs = self.decoder(self.encoder(batch, training=True), training=True)
                total = tf.tensordot(row_losses(self.loss, batch, outputs, mean, scale), weights, 1)
                loss = total / tf.reduce_sum(weights)
            self.optimizer.apply(tape.gradient(loss, self.variables), self._trained)
            return total

        return _sum_over_steps(step, rows, order, n_rows, self.batch_size)

    def _evaluate(self, rows, order, n_rows, mean, scale):
        """Return the sum of the losses of `n_rows` rows."""

        def step(batch, weights):
            outputs = self.decoder(self.encoder(batch, training=False), training=False)
            return tf.tensordot(row_losses(self.loss, batch, outputs, mean, scale), weights, 1)

        return _sum_over_steps(step, rows, order, n_rows, EVALUATION_ROWS)


def _compiled(function, signature):
    # One trace serves every number of rows, and a concrete function never warns of retracing.
    return tf.function(function, jit_compile=XLA_AVAILABLE, autograph=False).get_concrete_function(*signature)


def _sum_over_steps(step, rows, order, n_rows, step_rows):
    """Add up what `step` returns for each batch of rows and their weights.

    The number of steps is a tensor and the loop a while loop, so that XLA compiles once for all numbers of rows that
    share a buffer's size. The last batch is filled up with rows of weight zero.
    """

    def body(number, total):
        positions = number * step_rows + tf.range(step_rows)
        batch = tf.ensure_shape(tf.gather(rows, tf.gather(order, positions)), [step_rows, rows.shape[1]])
        return number + 1, total + step(batch, tf.cast(positions < n_rows, tf.float32))

    n_steps = (n_rows + step_rows - 1) // step_rows
    start = tf.constant(0), tf.constant(0.0)
    return tf.while_loop(lambda number, _: number < n_steps, body, start)[1]


@contextmanager
def borrowed_trainer(program):
    """Lend a trainer for this program to one fit at a time; it goes back to the cache afterwards.

    A second fit at the same time, in another thread, gets a trainer of its own.
    """
    key = program.key
    with _cache_lock:
        trainer = _cache.pop(key, None)
    if trainer is None:
        trainer = Trainer(program)
    try:
        yield trainer
    finally:
        with _cache_lock:
            _cache[key] = trainer
            while len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
