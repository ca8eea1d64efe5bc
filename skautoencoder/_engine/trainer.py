"""The compiled epoch, and the cache from which later fits of the same shape reuse it."""

import threading
from collections import OrderedDict
from contextlib import contextmanager
from itertools import compress
from numbers import Real
from operator import not_

import keras
import numpy as np
import tensorflow as tf

from ._keras_compat import has_room_for_program, traced, with_other_variables
from .batch import BatchNetworks, Part, RandomNumbers
from .keras_objects import make_optimizer
from .programs import Program, are_fused, graph_key, holds_own_code

# At most this many trainers and this many weights are kept for later fits; each weight is held about four times.
_CACHE_SIZE = 32
_CACHE_WEIGHTS = 2**24
_cache = OrderedDict()
_cache_lock = threading.Lock()

# Epochs that a program of turns trains in one call: more would save little time, and run further past the last epoch.
EPOCHS_OF_TURN = 10

_CONVOLUTIONS = tuple(layer for name, layer in vars(keras.layers).items() if "Conv" in name)


class Trainer:
    """An encoder and a decoder with an optimizer, and a compiled function that trains and measures them."""

    def __init__(self, program: Program):
        self._objective = program.objective
        self._decays = program.decays
        self._is_weighted = program.is_weighted
        self.batch_size = program.batch_size
        self.measured_rows = program.measured_rows
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
        self.weights = Weights(shapes, self.optimizer, program.running_mean)
        self.optimizer.build(self.weights.variables)
        # A copy: assigning a schedule removes the learning rate from `optimizer.variables`.
        self._optimizer_variables = list(self.optimizer.variables)
        self._optimizer_start = [variable.numpy() for variable in self._optimizer_variables]
        fields = [tf.TensorSpec([None, width], tf.float32) for width in program.widths]
        numbers = {
            name: tf.TensorSpec(np.shape(number), tf.float32) for name, number in self._objective.numbers.items()
        }
        order = tf.TensorSpec([None], tf.int32)
        control = tf.TensorSpec([3], tf.int32)
        weight_decay = tf.TensorSpec([], tf.float32)
        self._train_signature = fields, order, control, fields, control, numbers, weight_decay
        self._takes_steps = program.takes_steps
        self._is_of_turns = program.is_of_turns
        if program.is_of_turns:
            orders = tf.TensorSpec([EPOCHS_OF_TURN, None], tf.int32)
            seeds = tf.TensorSpec([EPOCHS_OF_TURN, 2], tf.int32)
            counts = tf.TensorSpec([4], tf.int32)
            measured = [tf.TensorSpec([2, None, width], tf.float32) for width in program.widths]
            self._train_signature = fields, orders, seeds, measured, counts, numbers, weight_decay
        self._optimizer_settings = dict(vars(self.optimizer))
        self.train = None
        self.is_as_built = True

    @property
    def graph_key(self):
        """Hashable key of what was traced."""
        self.trace()
        weights = [*self.weights.variables, *self.weights.averages]
        return graph_key(self.train, [*weights, *self._state, *self._optimizer_variables])

    def take_over(self, other):
        """Take the objective and the optimizer's start from a new trainer with the same graph."""
        self._objective = other._objective
        self._optimizer_start = other._optimizer_start

    def trace(self):
        """Trace the function that trains, unless an earlier fit has done so; the first call compiles it."""
        if self.train is None:
            # One trace serves every number of rows, and a concrete function never warns of retracing.
            train = self._turn if self._is_of_turns else self._train
            function = tf.function(train, jit_compile=self._jit_compile, autograph=False)
            self.train = traced(function, *self._train_signature)

    def reset(self, network, learning_rate, optimizer_state=None):
        """Start from the weights of a network, and from `optimizer_state` if that is of the same kind of optimizer.

        The network is an `Autoencoder` of the program's structure; it may have fewer units where they are padded.
        """
        self.resume({"network": network.arrays})
        continues = optimizer_state is not None and optimizer_state["kind"] == self._optimizer_kind()
        if continues:
            self.resume({"network": network.arrays, "optimizer": optimizer_state["arrays"]})
        # Keep a learning rate that a callback has lowered, unless the parameter was changed meanwhile.
        if self._learning_rate_is_set and not (continues and optimizer_state["learning_rate"] == learning_rate):
            self.optimizer.learning_rate = learning_rate
        self._learning_rate = learning_rate

    def resume(self, state):
        """Set the state that `state` returned; without "optimizer", reset the optimizer."""
        arrays = state["network"]
        self.weights.assign(list(compress(arrays, self._is_trainable)))
        for variable, array in zip(self._state, compress(arrays, map(not_, self._is_trainable)), strict=True):
            variable.assign(array)
        if "optimizer" not in state:
            for variable, array in zip(self._optimizer_variables, self._optimizer_start, strict=True):
                variable.assign(array)
            return
        variables = [*self._optimizer_variables, *self.weights.averages]
        for variable, array in zip(variables, state["optimizer"], strict=True):
            variable.assign(self.weights.filled(array, variable.numpy()))

    def state(self):
        """Copy all that changes from epoch to epoch: the weights of the network and the state of the optimizer."""
        variables = [*self._optimizer_variables, *self.weights.averages]
        optimizer = [self.weights.used(variable.numpy()) for variable in variables]
        return {"network": self.arrays(averaged=False), "optimizer": optimizer}

    def optimizer_state(self):
        """Copy all that a later fit needs to continue with the optimizer."""
        arrays = self.state()["optimizer"]
        return {"kind": self._optimizer_kind(), "learning_rate": self._learning_rate, "arrays": arrays}

    def arrays(self, averaged=True):
        """Copy the weights, or their running means if there are any, and the state of layers."""
        weights = iter(self.weights.arrays(averaged))
        state = iter([variable.numpy() for variable in self._state])
        return [next(weights if is_trainable else state) for is_trainable in self._is_trainable]

    def copied(self):
        """Copy all that changes from epoch to epoch; return the new variables, and the function that trains them.

        The function is `train` as it was traced and compiled, so that several copies can train at the same time.
        """
        self.trace()
        weights = [*self.weights.variables, *self.weights.averages]
        variables = [variable.value for variable in (*weights, *self._optimizer_variables, *self._state)]
        copies = [tf.Variable(variable) for variable in variables]
        return copies, with_other_variables(self.train, variables, copies)

    def take_changes(self, arrays):
        """Set the weights to those among `arrays`, if they differ."""
        weights = list(compress(arrays, self._is_trainable))
        if not all(map(np.array_equal, weights, self.weights.arrays(averaged=True))):
            self.weights.assign(weights)

    def follow_optimizer(self):
        """Compile again if a callback replaced a compiled setting of the optimizer, such as a schedule."""
        settings = vars(self.optimizer)
        if any(settings.get(name) is not value for name, value in self._optimizer_settings.items()):
            self.is_as_built = False
            self._optimizer_settings = dict(settings)
            self.train = None
            self.trace()

    def _optimizer_kind(self):
        return type(self.optimizer).__name__, [self.weights.used(array).shape for array in self._optimizer_start]

    def _train(self, fields, order, control, sample, sample_control, numbers, weight_decay):
        """Take one step per batch, then measure a sample of rows and return its totals.

        `order` holds the buffer positions of the training rows, in training order. Each control holds a number of rows
        and the seed of the first batch. The number of steps is a tensor and the loop a while loop, so that XLA compiles
        once for all numbers of rows that share a buffer's size. The last batch is padded with rows of weight zero.
        `fields` and `sample` are separate tensors because XLA copies a tensor that two loops read.
        """
        if self._takes_steps:
            self._steps(fields, order, control, numbers, weight_decay)
        return self._totals_of_rows(sample, sample_control, numbers)

    def _turn(self, fields, orders, seeds, measured, counts, numbers, weight_decay):
        """Train several epochs, each on the rows of one of `orders`, with one of `seeds`; there are always steps.

        `measured` holds the rows of the sample, then the held-out rows, and `counts` the numbers of epochs, of training
        rows and of both kinds of measured rows. For each epoch, return the totals of both kinds, and the running means
        of the weights. With few rows, a call for every epoch would take several times as long as the steps.
        """

        def totals_of(kind):
            rows = [field[kind] for field in measured]
            return self._totals_of_rows(rows, tf.stack([counts[2 + kind], 0, 0]), numbers)

        def epoch(number, totals, means):
            control = tf.concat([counts[1:2], seeds[number]], 0)
            self._steps(fields, orders[number], control, numbers, weight_decay)
            of_epoch = tf.map_fn(totals_of, tf.range(2), fn_output_signature=tf.float32)
            averages = [tf.convert_to_tensor(average.value) for average in self.weights.averages]
            means = [array.write(number, average) for array, average in zip(means, averages, strict=True)]
            return number + 1, totals.write(number, of_epoch), means

        def array():
            return tf.TensorArray(tf.float32, EPOCHS_OF_TURN)

        arrays = (tf.constant(0), array(), [array() for _ in self.weights.averages])
        _, totals, means = tf.while_loop(lambda number, *_: number < counts[0], epoch, arrays)
        return totals.stack(), [array.stack() for array in means]

    def _steps(self, fields, order, control, numbers, weight_decay):
        """Take one step per batch of the rows at the positions `order`."""

        def step(number):
            batch, counts = self._batch(fields, number, control[0], self.batch_size, order)
            tensors = self.weights.tensors()
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                draws = RandomNumbers(control[1:] + tf.stack([0, number]))
                networks, batch = self._networks(batch, counts, draws, tensors, training=True)
                means, _ = self._objective.parts(networks, batch, numbers)
                objective = self._objective.combine(means, numbers) + networks.layer_losses
                if self._is_weighted:
                    # Scale the step by the batch's mean weight: a row of weight two moves as much as two rows.
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

        n_steps = -(-control[0] // self.batch_size)
        tf.while_loop(lambda number: number < n_steps, step, [tf.constant(0)])

    def _totals_of_rows(self, sample, control, numbers):
        """Return the totals of rows at the beginning of their buffers.

        These are the parts and the layers' losses, each times the weight of the rows, and this weight.
        """

        def measure(number, totals):
            batch, counts = self._batch(sample, number, control[0], self.measured_rows)
            draws = RandomNumbers(control[1:] + tf.stack([0, number]))
            return number + 1, totals + self._totals(batch, counts, numbers, draws)

        n_batches = -(-control[0] // self.measured_rows)
        totals = tf.zeros([max(len(self._objective.part_names), 1) + 2])
        return tf.while_loop(lambda number, _: number < n_batches, measure, (tf.constant(0), totals))[1]

    def _batch(self, fields, number, n_rows, batch_size, order=None):
        """Return the fields of a batch, padded by the first rows, and the counts of its rows: 0 for padding."""
        positions = number * batch_size + tf.range(batch_size)
        places = positions % n_rows
        if order is not None:
            places = tf.gather(order, places)
        batch = [tf.ensure_shape(tf.gather(rows, places), [batch_size, rows.shape[1]]) for rows in fields]
        return batch, tf.cast(positions < n_rows, tf.float32)

    def _networks(self, batch, counts, draws, tensors, training):
        """Return encoder and decoder for a batch, and the fields of the batch without the weights of its rows."""
        if self._is_weighted:
            counts = counts * batch[-1][:, 0]
            batch = batch[:-1]
        state = [variable.value for variable in self._state]
        return BatchNetworks(*self._parts, tensors, state, counts, draws, training), batch

    def _totals(self, batch, counts, numbers, draws):
        networks, batch = self._networks(batch, counts, draws, self.weights.tensors(averaged=True), training=False)
        means, weight = self._objective.parts(networks, batch, numbers)
        return tf.stack([mean * weight for mean in (*means, networks.layer_losses)] + [weight])


class Weights:
    """The weights of a network, as variables for the optimizer and as tensors for the network.

    An update takes a handful of operations per variable. With one variable instead of a dozen, a program takes half of
    the memory and two thirds of the time to trace and compile. The optimizer updates `variables`. Their running means,
    `averages`, are less noisy than the weights after a single step; the list is empty without averaging.
    Source: Polyak & Juditsky (1992), Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30.
    """

    def __init__(self, shapes, optimizer, running_mean=None):
        self._running_mean = running_mean
        self._shapes = shapes
        self._used_shapes = shapes
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        self.size = sum(self._sizes)
        self._is_fused = are_fused(self.size, optimizer)
        self._used = slice(None)
        self.variables = []
        self.averages = []
        for number, shape in enumerate([(self.size,)] if self._is_fused else shapes):
            self.variables.append(keras.Variable(np.zeros(shape, np.float32), name=f"weights_{number}"))
            if running_mean is not None:
                self.averages.append(keras.Variable(np.zeros(shape, np.float32), name=f"averages_{number}"))

    def assign(self, arrays):
        """Set the weights and their running means; smaller arrays are padded with zeros."""
        self._used_shapes = [array.shape for array in arrays]
        if self._is_fused:
            marks = [np.zeros(shape, bool) for shape in self._shapes]
            for mark, array in zip(marks, arrays, strict=True):
                mark[tuple(map(slice, array.shape))] = True
            self._used = np.flatnonzero(np.concatenate([mark.ravel() for mark in marks]))
            fused = np.zeros(self.size, np.float32)
            fused[self._used] = np.concatenate([np.ravel(array) for array in arrays])
            arrays = [fused]
        for variables in filter(None, (self.variables, self.averages)):
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)

    def used(self, array):
        """Remove the padding from an array of the weights' size; return other arrays unchanged."""
        return array[self._used] if self._is_fused and array.shape == (self.size,) else array

    def filled(self, used, array):
        """Return an array with its used part replaced: the reverse of `used`."""
        if not self._is_fused or array.shape != (self.size,):
            return used
        array = array.copy()
        array[self._used] = used
        return array

    def average(self, n_steps):
        """Update the running means after this many steps, an integer tensor."""
        running = self._running_mean
        window = tf.minimum(1 + running.share * (tf.cast(n_steps, tf.float32) - 1), running.max_steps)
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign(average + (variable - average) / window)

    def arrays(self, averaged=False):
        """Copy the weights, or their running means if there are any, without padding."""
        variables = self.averages if averaged and self.averages else self.variables
        return self.cut([variable.numpy() for variable in variables])

    def cut(self, arrays):
        """Turn arrays like `variables` into those of the network, without padding."""
        if self._is_fused:
            sizes = [int(np.prod(shape)) for shape in self._used_shapes]
            arrays = np.split(self.used(arrays[0]), np.cumsum(sizes)[:-1])
        return [np.reshape(array, shape).copy() for array, shape in zip(arrays, self._used_shapes, strict=True)]

    def tensors(self, averaged=False):
        """Return the weights, or their running means if there are any, as tensors for the network."""
        variables = self.averages if averaged and self.averages else self.variables
        values = [tf.convert_to_tensor(variable.value) for variable in variables]
        if self._is_fused:
            values = tf.split(values[0], self._sizes)
        return [tf.reshape(value, shape) for value, shape in zip(values, self._shapes, strict=True)]

    def decay(self, share):
        """Multiply every kernel by ``1 - share``; biases and other vectors are not decayed.

        Source: Loshchilov & Hutter (2019), Decoupled weight decay regularization, ICLR.
        """
        masks = [np.full(size, len(shape) > 1) for size, shape in zip(self._sizes, self._shapes, strict=True)]
        masks = [np.concatenate(masks)] if self._is_fused else [mask[0] for mask in masks]
        for variable, mask in zip(self.variables, masks, strict=True):
            if np.any(mask):
                variable.assign(variable - share * tf.constant(mask, tf.float32) * variable)

    def gradients(self, gradients):
        """Turn the gradients of `tensors()` into those of `variables`."""
        return [tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], 0)] if self._is_fused else gradients


def _suits_xla(layer):
    """Whether XLA on a CPU computes a layer, and those within, faster than a plain graph does.

    XLA takes many times as long for convolutions, and for Keras' random numbers, such as those of Dropout.
    """
    draws = any(isinstance(attribute, keras.random.SeedGenerator) for attribute in vars(layer).values())
    # Models have layers; wrappers, such as TimeDistributed, have one.
    parts = getattr(layer, "layers", [getattr(layer, "layer", None)])
    return not (draws or isinstance(layer, _CONVOLUTIONS)) and all(
        _suits_xla(part) for part in parts if part is not None
    )


@contextmanager
def borrowed_trainer(program: Program):
    """Lend a trainer for a program to one fit at a time, and return it to the cache afterwards.

    A second fit at the same time, in another thread, gets another trainer.
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
