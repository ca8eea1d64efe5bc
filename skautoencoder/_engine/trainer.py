"""The compiled epoch, and the cache that lets later fits of the same shape use it again."""

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import Any

import tensorflow as tf

from . import XLA_AVAILABLE
from .keras_objects import make_optimizer, program_key
from .losses import row_losses
from .networks import keras_model
from .weights import Weights

# Trainers kept for later fits: as many as a grid search has shapes, and no more than so many weights in all, of each of
# which there are about four copies (the networks', the trained one and the optimizer's).
_CACHE_SIZE = 16
_CACHE_WEIGHTS = 2**24
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
            # A loss object equals itself alone: even Keras' own do not tell all in their configuration.
            self.loss,
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
        self._encoder_places = _places(self.encoder, encoder_variables)
        self._decoder_places = _places(self.decoder, decoder_variables, len(encoder_variables))
        self.optimizer = make_optimizer(program.optimizer, program.learning_rate)
        self._learning_rate_is_set = isinstance(program.optimizer, str) and isinstance(program.learning_rate, Real)
        self.weights = Weights([array.shape for array in program.autoencoder.arrays], self.optimizer)
        self.optimizer.build(self.weights.variables)
        self._optimizer_start = [(variable.value, variable.numpy()) for variable in self.optimizer.variables]
        n_features = program.autoencoder.encoder.n_inputs
        block = (
            tf.TensorSpec([None, n_features], tf.float32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int32),
        )
        units = tf.TensorSpec([n_features], tf.float32), tf.TensorSpec([], tf.float32)
        # One trace serves every number of rows, and a concrete function never warns of retracing.
        self.train = tf.function(self._train, jit_compile=XLA_AVAILABLE, autograph=False).get_concrete_function(
            *block, *units
        )
        # Evaluation takes no step, so that there is little in it for XLA to gain, and a compilation to lose.
        self.evaluate = tf.function(self._evaluate, autograph=False).get_concrete_function(*block, *units)

    def reset(self, autoencoder, learning_rate):
        """Start anew: from the weights of `autoencoder`, with an optimizer that has seen nothing."""
        self.weights.assign(autoencoder.arrays)
        for variable, array in self._optimizer_start:
            variable.assign(array)
        if self._learning_rate_is_set:
            self.optimizer.learning_rate = learning_rate

    def _train(self, rows, order, n_rows, mean, scale):
        """Take one step per batch through `n_rows` rows; return the sum of the rows' losses on the way.

        The number of steps is a tensor and the loop a while loop, so that XLA compiles once for all numbers of rows
        that share a buffer's size. The last batch is filled up with rows of weight zero.
        """

        def step(number, total):
            positions = number * self.batch_size + tf.range(self.batch_size)
            batch = tf.gather(rows, tf.gather(order, positions))
            batch = tf.ensure_shape(batch, [self.batch_size, rows.shape[1]])
            weights = tf.cast(positions < n_rows, tf.float32)
            tensors = self.weights.tensors()
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                outputs = self._reconstruct(batch, tensors, training=True)
                batch_total = tf.tensordot(row_losses(self.loss, batch, outputs, mean, scale), weights, 1)
                loss = batch_total / tf.reduce_sum(weights)
            self.optimizer.apply(self.weights.gradients(tape.gradient(loss, tensors)), self.weights.variables)
            return number + 1, total + batch_total

        n_steps = (n_rows + self.batch_size - 1) // self.batch_size
        start = tf.constant(0), tf.constant(0.0)
        return tf.while_loop(lambda number, _: number < n_steps, step, start)[1]

    def _evaluate(self, rows, order, n_rows, mean, scale):
        """Return the sum of the losses of `n_rows` rows."""
        rows = tf.gather(rows, order[:n_rows])
        outputs = self._reconstruct(rows, self.weights.tensors(), training=False)
        return tf.reduce_sum(row_losses(self.loss, rows, outputs, mean, scale))

    def _reconstruct(self, rows, tensors, training):
        """Run rows through encoder and decoder with these tensors for weights."""
        for model, places in ((self.encoder, self._encoder_places), (self.decoder, self._decoder_places)):
            rows, _ = model.stateless_call([tensors[place] for place in places], [], rows, training=training)
        return rows


def _places(model, variables, first=0):
    """Find where among `variables`, counted from `first`, a model's own list of its variables has each of them."""
    place = {id(variable): number for number, variable in enumerate(variables, start=first)}
    return [place[id(variable)] for variable in model.trainable_variables]


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
            while len(_cache) > _CACHE_SIZE or sum(kept.weights.size for kept in _cache.values()) > _CACHE_WEIGHTS:
                _cache.popitem(last=False)
