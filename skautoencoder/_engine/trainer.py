"""The compiled epoch, and the cache that lets later fits of the same shape use it again."""

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ..penalties import Batch
from . import can_compile
from .keras_objects import make_optimizer, program_key
from .losses import divergence_of_posterior, penalty_of, row_losses
from .noise import corrupted
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
    autoencoder : DenseAutoencoder or KerasAutoencoder
        To start from. Its structure counts, not its numbers.
    objective : Objective
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
    batch_size : int
    noise : str or None
    decays : bool
        Whether there is any weight decay.
    """

    autoencoder: Any
    objective: Any
    optimizer: Any
    learning_rate: Any
    batch_size: int
    noise: Any = None
    decays: bool = False

    @property
    def draws(self):
        """Whether training draws random numbers."""
        return self.noise is not None or self.objective.is_variational

    @property
    def key(self):
        """Hashable; a number as learning rate is no part of it, since it is set before each fit."""
        schedule = None if isinstance(self.learning_rate, Real) else self.learning_rate
        return (
            self.autoencoder.structure,
            self.objective.key,
            program_key(self.optimizer),
            program_key(schedule),
            self.batch_size,
            self.noise,
            self.decays,
        )


class Conditions(NamedTuple):
    """What a compiled program is told for each fit, as float32 tensors; all scalars but the mean.

    Parameters
    ----------
    mean : tensor of shape (n_features,), or twice as many if rows hold targets
    scale : tensor
        The standardisation of the rows.
    penalty_weight, weight_decay : tensor
    noise_level : tensor
        Standard deviation in units of the standardised rows, or share of the entries.
    low, high : tensor
        The values, in units of X, of pepper and salt.
    """

    mean: Any
    scale: Any
    penalty_weight: Any
    weight_decay: Any
    noise_level: Any
    low: Any
    high: Any


class Trainer:
    """An encoder and a decoder with an optimizer, and two compiled functions: to train and to evaluate them.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program):
        autoencoder = program.autoencoder
        self._noise, self._decays = program.noise, program.decays
        self._objective = program.objective
        self._n_features, self.encoding_dim = autoencoder.n_features, autoencoder.encoding_dim
        n_columns = self._n_features * (2 if self._objective.fills_holes else 1)
        self.batch_size = program.batch_size
        # Logits are exact where the sigmoid rounds to 0 or 1.
        self.from_logits = self._objective.loss == "binary_crossentropy" and autoencoder.output_activation == "sigmoid"
        trained = autoencoder.with_logits() if self.from_logits else autoencoder
        self.encoder, self.decoder, variables = trained.training_models()
        self._is_trainable = [variable.trainable for variable in variables]
        self._state = [variable for variable in variables if not variable.trainable]
        trainable = [variable for variable in variables if variable.trainable]
        self._encode, self._decode = (_Part(model, trainable, self._state) for model in (self.encoder, self.decoder))
        self._trainable = trainable
        self.optimizer = make_optimizer(program.optimizer, program.learning_rate)
        self._learning_rate_is_set = isinstance(program.optimizer, str) and isinstance(program.learning_rate, Real)
        self.weights = Weights([tuple(variable.shape) for variable in trainable], self.optimizer)
        self.optimizer.build(self.weights.variables)
        self._optimizer_start = [(variable.value, variable.numpy()) for variable in self.optimizer.variables]
        scalar = tf.TensorSpec([], tf.float32)
        signature = (
            tf.TensorSpec([None, n_columns], tf.float32),
            tf.TensorSpec([None], tf.int32),
            tf.TensorSpec([], tf.int32),
            tf.TensorSpec([2], tf.int32),
            Conditions(tf.TensorSpec([n_columns], tf.float32), *[scalar] * (len(Conditions._fields) - 1)),
        )
        # One trace serves every number of rows, and a concrete function never warns of retracing.
        jit_compile = autoencoder.jit_compile and can_compile()
        self.train = tf.function(self._train, jit_compile=jit_compile, autograph=False).get_concrete_function(
            *signature
        )
        # Evaluation takes no step, so that there is little in it for XLA to gain, and a compilation to lose.
        self.evaluate = tf.function(self._evaluate, autograph=False).get_concrete_function(*signature)

    def reset(self, autoencoder, learning_rate):
        """Start anew: from the numbers of `autoencoder`, with an optimizer that has seen nothing."""
        self.assign(autoencoder.arrays)
        for variable, array in self._optimizer_start:
            variable.assign(array)
        if self._learning_rate_is_set:
            self.optimizer.learning_rate = learning_rate

    def assign(self, arrays):
        """Set weights and state to the numbers of an autoencoder."""
        both = list(zip(arrays, self._is_trainable, strict=True))
        self.weights.assign([array for array, is_trainable in both if is_trainable])
        state = [array for array, is_trainable in both if not is_trainable]
        for variable, array in zip(self._state, state, strict=True):
            variable.assign(array)

    def arrays(self):
        """Copy weights and state out."""
        weights, state = iter(self.weights.arrays()), iter([variable.numpy() for variable in self._state])
        return [next(weights if is_trainable else state) for is_trainable in self._is_trainable]

    def to_models(self):
        """Put the weights into `encoder` and `decoder`, whose own are at rest otherwise."""
        for variable, array in zip(self._trainable, self.weights.arrays(), strict=True):
            variable.assign(array)

    def from_models(self):
        """Take the weights from `encoder` and `decoder`."""
        self.weights.assign([variable.numpy() for variable in self._trainable])

    def combine(self, totals, n_rows, weight):
        """Return objective, reconstruction loss and penalty per row from the sums that the functions return."""
        loss, penalty, own = np.asarray(totals, dtype=np.float64) / n_rows
        with np.errstate(divide="ignore", invalid="ignore"):
            objective = self._objective.combine(loss, penalty, weight, self._n_features, np.log)
        return float(objective + own), float(loss), float(penalty)

    def _train(self, rows, order, n_rows, seed, conditions):
        """Take one step per batch through `n_rows` rows; return the sums of the rows' losses on the way.

        The number of steps is a tensor and the loop a while loop, so that XLA compiles once for all numbers of rows
        that share a buffer's size. The last batch is filled up with rows of weight zero, taken from the beginning.
        """

        def step(number, totals):
            positions = number * self.batch_size + tf.range(self.batch_size)
            batch = tf.gather(rows, tf.gather(order, positions % n_rows))
            batch = tf.ensure_shape(batch, [self.batch_size, rows.shape[1]])
            counts = tf.cast(positions < n_rows, tf.float32)
            tensors, state = self.weights.tensors(), [variable.value for variable in self._state]
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                losses = self._losses(
                    batch, counts, tensors, state, seed + tf.stack([0, number]), conditions, training=True
                )
                objective = self._objective.combine(
                    losses[0], losses[1], conditions.penalty_weight, self._n_features, tf.math.log
                )
                objective += losses[2]
            gradients = tape.gradient(objective, tensors, unconnected_gradients="zero")
            if self._decays:
                self.weights.decay(self.optimizer.learning_rate * conditions.weight_decay)
            self.optimizer.apply(self.weights.gradients(gradients), self.weights.variables)
            for variable, value in zip(self._state, state, strict=True):
                variable.assign(value)
            return number + 1, totals + losses * tf.reduce_sum(counts)

        n_steps = (n_rows + self.batch_size - 1) // self.batch_size
        return tf.while_loop(lambda number, _: number < n_steps, step, (tf.constant(0), tf.zeros(3)))[1]

    def _evaluate(self, rows, order, n_rows, seed, conditions):
        """Return the sums of the losses of `n_rows` rows."""
        rows = tf.gather(rows, order[:n_rows])
        state = [variable.value for variable in self._state]
        counts = tf.ones([n_rows])
        losses = self._losses(rows, counts, self.weights.tensors(), state, seed, conditions, training=False)
        return losses * tf.cast(n_rows, tf.float32)

    def _losses(self, rows, counts, tensors, state, seed, conditions, training):
        """Return the mean reconstruction loss, the mean penalty and the losses of the models' own layers.

        `state`, a list, is brought up to date.
        """

        def mean(values):
            return tf.tensordot(counts, values, 1) / tf.reduce_sum(counts)

        if self._objective.fills_holes:
            seen, rows = tf.split(rows, 2, axis=1)
        else:
            seen = corrupted(self._noise, rows, conditions, seed)
        codes, encoder_losses = self._encode(seen, tensors, state, training)
        penalty = tf.constant(0.0)
        if self._objective.is_variational:
            means, log_variances = codes[:, : self.encoding_dim], codes[:, self.encoding_dim :]
            penalty = mean(divergence_of_posterior(means, log_variances))
            drawn = tf.random.stateless_normal(tf.shape(means), seed + tf.constant([1, 0]))
            codes = means + tf.exp(log_variances / 2) * drawn
        elif self._objective.penalty is not None:
            batch = Batch(seen, codes, lambda rows: self._encode(rows, tensors, list(state), training=False)[0], mean)
            penalty = penalty_of(self._objective.penalty, batch)
        outputs, decoder_losses = self._decode(codes, tensors, state, training)
        if self._objective.fills_holes:
            # Entries that are not asked for are never wrong, and rows count by how many are.
            asked_for = tf.logical_not(tf.math.is_nan(rows))
            share = tf.maximum(tf.reduce_mean(tf.cast(asked_for, tf.float32), axis=1), 1e-6)
            rows = tf.where(asked_for, rows, tf.stop_gradient(outputs))
            counts *= share
        losses = row_losses(self._objective.loss, rows, outputs, conditions.mean, conditions.scale, self.from_logits)
        if self._objective.fills_holes:
            losses /= share
        own = sum(
            (tf.cast(tf.reduce_sum(loss), tf.float32) for loss in encoder_losses + decoder_losses), tf.constant(0.0)
        )
        return tf.stack([mean(losses), penalty, own])


class _Part:
    """An encoder or a decoder, run with given tensors for its variables.

    Parameters
    ----------
    model : keras.Model
    trainable, state : list of keras.Variable
        All that are trained, and all others, of both parts.
    """

    def __init__(self, model, trainable, state):
        self._model = model
        self._trainable_places = _places(trainable, model.trainable_variables)
        self._state_places = _places(state, model.non_trainable_variables)

    def __call__(self, rows, tensors, state, training):
        """Return the outputs and the losses that layers add; bring the list `state` up to date."""
        outputs, updated, losses = self._model.stateless_call(
            [tensors[place] for place in self._trainable_places],
            [state[place] for place in self._state_places],
            rows,
            training=training,
            return_losses=True,
        )
        for place, value in zip(self._state_places, updated, strict=True):
            state[place] = value
        return outputs, losses


def _places(variables, chosen):
    """Find where in a list of variables the chosen ones are."""
    place = {id(variable): number for number, variable in enumerate(variables)}
    return [place[id(variable)] for variable in chosen]


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
