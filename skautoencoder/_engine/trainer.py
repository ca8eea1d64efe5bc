"""The compiled epoch, and the cache that lets later fits of the same shape use it again."""

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from numbers import Real
from operator import not_
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from . import can_compile, has_room_for_program
from .batch_networks import BatchNetworks, Part
from .keras_objects import make_optimizer
from .keys import graph_key, holds_own_code, optimizer_key, part_key
from .random_numbers import RandomNumbers
from .weights import Weights, are_fused

# At most this many trainers and this many weights are kept for later fits; each weight is held about four times.
_CACHE_SIZE = 16
_CACHE_WEIGHTS = 2**24
_cache = OrderedDict()
_cache_lock = threading.Lock()

_CONVOLUTIONS = tuple(layer for name, layer in vars(keras.layers).items() if "Conv" in name)


@dataclass(frozen=True)
class Program:
    """Everything that shapes a compiled program.

    Parameters
    ----------
    network : Autoencoder
        Network to train. Its structure counts, not its numbers.
    objective : Objective
        What training minimises. Its key counts, and the shapes of its numbers.
    widths : tuple of int
        Widths of the fields of a row.
    is_weighted : bool
        Whether the last field is the weight of the row.
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
    batch_size : int
    decays : bool
        Whether there is any weight decay.
    averages : bool
        Whether an epoch leaves the running mean of the weights.
    takes_steps : bool
        Whether there is anything to train: if not, compiling does not pay.
    max_padding : int
        Maximum number of weights that may be added to the network.
    """

    network: Any
    objective: Any
    widths: tuple
    is_weighted: bool
    optimizer: Any
    learning_rate: Any
    batch_size: int
    decays: bool
    averages: bool
    takes_steps: bool
    max_padding: int

    @property
    def key(self):
        """Hashable key; a number as learning rate is no part of it, since it is set before each fit.

        Where `OWN_CODE` stands in it, only the traced graph tells one program from another.
        """
        schedule = None if isinstance(self.learning_rate, Real) else self.learning_rate
        return (
            part_key(self.trained_network.structure),
            part_key(self.objective.key),
            tuple((name, np.shape(number)) for name, number in sorted(self.objective.numbers.items())),
            self.widths,
            self.is_weighted,
            optimizer_key(self.optimizer),
            optimizer_key(schedule),
            self.batch_size,
            self.decays,
            self.averages,
            self.jit_compile,
        )

    @cached_property
    def trained_network(self):
        """The network as it is trained: padded, so that others share the program, if that costs little."""
        padded = self.network.padded()
        n_own, n_padded = (sum(array.size for array in network.arrays) for network in (self.network, padded))
        is_padded = (
            self.objective.suits_padding
            and n_padded - n_own <= self.max_padding
            and are_fused(n_padded, make_optimizer(self.optimizer, self.learning_rate))
        )
        return padded if is_padded else self.network

    @property
    def jit_compile(self):
        """Whether XLA is to compile it."""
        return self.network.jit_compile and self.takes_steps and can_compile()


class Trainer:
    """An encoder and a decoder with an optimizer, a compiled function that trains, and a graph that evaluates them.

    Parameters
    ----------
    program : Program
    """

    def __init__(self, program):
        self._objective, self._decays, self._is_weighted = program.objective, program.decays, program.is_weighted
        self.batch_size = program.batch_size
        encoder, decoder, variables = program.trained_network.training_models()
        suits_xla = _suits_xla(encoder) and _suits_xla(decoder)
        self._jit_compile = program.jit_compile and has_room_for_program() and suits_xla
        self._is_trainable = [variable.trainable for variable in variables]
        self._state = [variable for variable in variables if not variable.trainable]
        trainable = [variable for variable in variables if variable.trainable]
        self._parts = [Part(model, trainable, self._state) for model in (encoder, decoder)]
        self.optimizer = make_optimizer(program.optimizer, program.learning_rate)
        self._learning_rate_is_set = isinstance(program.optimizer, str) and isinstance(program.learning_rate, Real)
        shapes = [tuple(variable.shape) for variable in trainable]
        self.weights = Weights(shapes, self.optimizer, program.averages)
        self.optimizer.build(self.weights.variables)
        # A list of their own: a callback that sets a schedule takes the learning rate out of the optimizer's.
        self._optimizer_variables = list(self.optimizer.variables)
        self._optimizer_start = [variable.numpy() for variable in self._optimizer_variables]
        fields = [tf.TensorSpec([None, width], tf.float32) for width in program.widths]
        numbers = self._objective.numbers.items()
        numbers = {name: tf.TensorSpec(np.shape(number), tf.float32) for name, number in numbers}
        order, control = tf.TensorSpec([None], tf.int32), tf.TensorSpec([3], tf.int32)
        self._evaluate_signature = fields, order, control, numbers
        self._train_signature = fields, order, control, fields, control, numbers, tf.TensorSpec([], tf.float32)
        self._trace()
        self.is_as_built = True

    @property
    def graph_key(self):
        """Hashable key of what was traced."""
        weights = [*self.weights.variables, *self.weights.averages]
        return graph_key(self.train, [*weights, *self._state, *self._optimizer_variables])

    def take_over(self, other):
        """Go on in place of a trainer of the same graph."""
        self._objective, self._optimizer_start = other._objective, other._optimizer_start

    def _trace(self):
        # One trace serves every number of rows, and a concrete function never warns of retracing.
        function = tf.function(self._train, jit_compile=self._jit_compile, autograph=False)
        self.train = function.get_concrete_function(*self._train_signature)
        self._optimizer_settings = dict(vars(self.optimizer))

    @cached_property
    def evaluate(self):
        """Plain graph that evaluates rows, traced when it is first asked for: XLA compiles `train` meanwhile."""
        return tf.function(self._evaluate, autograph=False).get_concrete_function(*self._evaluate_signature)

    def reset(self, network, learning_rate, optimizer_state=None):
        """Start from the numbers of a network.

        Parameters
        ----------
        network : Autoencoder
            One of the program's; it may have fewer units where they are padded.
        learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
        optimizer_state : dict, default=None
            Where the optimizer goes on from: an earlier `optimizer_state`. If None, or that of another kind of
            optimizer, it has seen nothing.
        """
        weights = list(compress(network.arrays, self._is_trainable))
        self.weights.use([array.shape for array in weights])
        self.weights.assign(weights)
        state = compress(network.arrays, map(not_, self._is_trainable))
        for variable, array in zip(self._state, state, strict=True):
            variable.assign(array)
        goes_on = optimizer_state is not None and optimizer_state["kind"] == self._optimizer_kind
        for variable, array in zip(self._optimizer_variables, self._optimizer_start, strict=True):
            variable.assign(array)
        if goes_on:
            variables = [*self._optimizer_variables, *self.weights.averages]
            for variable, array in zip(variables, optimizer_state["arrays"], strict=True):
                variable.assign(self.weights.filled(array, variable.numpy()))
        # A rate that a callback has lowered stays as low, unless the parameter was changed meanwhile.
        if self._learning_rate_is_set and not (goes_on and optimizer_state["learning_rate"] == learning_rate):
            self.optimizer.learning_rate = learning_rate
        self._learning_rate = learning_rate

    def optimizer_state(self):
        """Copy out what the optimizer needs to go on later: a dict of numbers and names."""
        variables = [*self._optimizer_variables, *self.weights.averages]
        arrays = [self.weights.used(variable.numpy()) for variable in variables]
        return {"kind": self._optimizer_kind, "learning_rate": self._learning_rate, "arrays": arrays}

    @property
    def _optimizer_kind(self):
        return type(self.optimizer).__name__, [self.weights.used(array).shape for array in self._optimizer_start]

    def follow_optimizer(self):
        """Compile again if a callback gave the optimizer something that was compiled in, such as a schedule."""
        settings = vars(self.optimizer)
        if any(settings.get(name) is not value for name, value in self._optimizer_settings.items()):
            self.is_as_built = False
            self._trace()

    def arrays(self, averaged=True):
        """Copy weights, or their running means if there are any, and state out."""
        weights, state = iter(self.weights.arrays(averaged)), iter([variable.numpy() for variable in self._state])
        return [next(weights if is_trainable else state) for is_trainable in self._is_trainable]

    def take_changes(self, arrays):
        """Take over the weights among `arrays` if they are not those of `arrays()` any more."""
        weights = list(compress(arrays, self._is_trainable))
        if not all(map(np.array_equal, weights, self.weights.arrays(averaged=True))):
            self.weights.assign(weights)

    def _train(self, fields, order, control, sample, sample_control, numbers, weight_decay):
        """Take one step per batch through rows, then measure a sample of rows.

        The number of steps is a tensor and the loop a while loop, so that XLA compiles once for all numbers of rows
        that share a buffer's size. The last batch is filled up with rows of weight zero, taken from the beginning.

        Parameters
        ----------
        fields, sample : list of float32 tensor of shape (n_buffer_rows, width)
            Rows to train on and rows to measure. They are separate tensors: XLA copies a tensor that two loops read.
        order : int32 tensor of shape (n_places,)
            Places in the buffers of the rows to train on, in their order.
        control, sample_control : int32 tensor of shape (3,)
            Number of rows, and the seed of the first batch.
        numbers : dict of str to float32 tensor
        weight_decay : float32 scalar tensor

        Returns
        -------
        float32 tensor
            Totals of the sample, as `_evaluate` returns them.
        """

        def step(number):
            positions, counts = self._positions(number, control[0])
            batch = self._batch(fields, tf.gather(order, positions))
            tensors, state = self.weights.tensors(), [variable.value for variable in self._state]
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                draws = RandomNumbers(control[1:] + tf.stack([0, number]))
                fields_of_batch, weights = self._weighted(batch, counts)
                networks = BatchNetworks(*self._parts, tensors, state, weights, draws, training=True)
                means, _ = self._objective.parts(networks, fields_of_batch, numbers)
                objective = self._objective.combine(means, numbers) + networks.layer_losses
                if self._is_weighted:
                    # As long a step as the batch weighs: a row of weight two moves as much as two rows.
                    objective *= networks.n_rows / tf.reduce_sum(counts)
            gradients = tape.gradient(objective, tensors, unconnected_gradients="zero")
            if self._decays:
                self.weights.decay(self.optimizer.learning_rate * weight_decay)
            self.optimizer.apply(self.weights.gradients(gradients), self.weights.variables)
            if self.weights.averages:
                self.weights.average(self.optimizer.iterations)
            for variable, value in zip(self._state, networks.state, strict=True):
                variable.assign(value)
            return [number + 1]

        def measure(number, totals):
            positions, counts = self._positions(number, sample_control[0])
            batch = self._batch(sample, positions)
            draws = RandomNumbers(sample_control[1:] + tf.stack([0, number]))
            return number + 1, totals + self._totals(batch, counts, numbers, draws)

        n_steps, n_measured = (-(-rows // self.batch_size) for rows in (control[0], sample_control[0]))
        tf.while_loop(lambda number: number < n_steps, step, [tf.constant(0)])
        totals = tf.zeros([max(len(self._objective.part_names), 1) + 2])
        return tf.while_loop(lambda number, _: number < n_measured, measure, (tf.constant(0), totals))[1]

    def _evaluate(self, fields, order, control, numbers):
        """Return the weighted means of the parts of rows, that of the layers' losses, and the weight."""
        n_rows = control[0]
        batch = [tf.gather(rows, order[:n_rows]) for rows in fields]
        return self._totals(batch, tf.ones([n_rows]), numbers, RandomNumbers(control[1:]))

    def _positions(self, number, n_rows):
        """Return the rows of a batch, padded from the beginning, and their weights: 1 for rows, 0 for padding."""
        positions = number * self.batch_size + tf.range(self.batch_size)
        return positions % n_rows, tf.cast(positions < n_rows, tf.float32)

    def _weighted(self, batch, counts):
        """Return the fields of a batch and what each row counts."""
        return (batch[:-1], counts * batch[-1][:, 0]) if self._is_weighted else (batch, counts)

    def _batch(self, fields, places):
        return [tf.ensure_shape(tf.gather(rows, places), [self.batch_size, rows.shape[1]]) for rows in fields]

    def _totals(self, batch, counts, numbers, draws):
        state = [variable.value for variable in self._state]
        fields, weights = self._weighted(batch, counts)
        tensors = self.weights.tensors(averaged=True)
        networks = BatchNetworks(*self._parts, tensors, state, weights, draws, training=False)
        means, weight = self._objective.parts(networks, fields, numbers)
        return tf.stack([mean * weight for mean in (*means, networks.layer_losses)] + [weight])


def _suits_xla(layer):
    """Whether XLA on a CPU computes a layer, and those within, faster than a plain graph does.

    It takes many times as long for convolutions, and for Keras' random numbers, such as those of Dropout.
    """
    draws = any(isinstance(attribute, keras.random.SeedGenerator) for attribute in vars(layer).values())
    # Models have layers; wrappers, such as TimeDistributed, have one.
    parts = getattr(layer, "layers", [getattr(layer, "layer", None)])
    return not (draws or isinstance(layer, _CONVOLUTIONS)) and all(
        _suits_xla(part) for part in parts if part is not None
    )


@contextmanager
def borrowed_trainer(program):
    """Lend a trainer for a program to one fit at a time; it goes back to the cache afterwards.

    A second fit at the same time, in another thread, gets a trainer of its own.

    Parameters
    ----------
    program : Program
    """
    if tf.distribute.has_strategy():
        strategy = type(tf.distribute.get_strategy()).__name__
        raise RuntimeError(
            f"fit was called in the scope of a {strategy}, but a model is trained on one device. Call it outside of "
            "the scope; see docs/scaling.md for the use of several devices."
        )
    key = program.key
    new = None
    if holds_own_code(key):
        new = Trainer(program)
        key = key, new.graph_key
    with _cache_lock:
        trainer = _cache.pop(key, None)
    if trainer is None:
        trainer = new or Trainer(program)
    elif new is not None:
        trainer.take_over(new)
    try:
        yield trainer
    finally:
        with _cache_lock:
            if trainer.is_as_built:
                _cache[key] = trainer
            while len(_cache) > _CACHE_SIZE or sum(kept.weights.size for kept in _cache.values()) > _CACHE_WEIGHTS:
                _cache.popitem(last=False)
