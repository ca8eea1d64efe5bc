"""Weights during training: one variable each or, for small networks, all in one."""

import keras
import numpy as np
import tensorflow as tf

# Optimizers that treat every number by itself, so that one long vector serves as well as many arrays.
_ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl"}
# Larger networks are not fused: matrix products dominate a step, and cutting the vector up would cost time.
_MAX_FUSED = 2**18
# Maximum number of steps in the running mean of the weights, which covers a tenth of the steps so far.
_MAX_AVERAGED = 50


class Weights:
    """The weights of a network as the optimizer and as the network take them.

    An update takes a handful of operations per variable: with one variable in place of a dozen, a program takes half of
    the memory and two thirds of the time to trace and compile. `variables` are what the optimizer changes; `averages`,
    empty without averaging, are their running means, which are less noisy than the weights after any one step (Polyak &
    Juditsky 1992, Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30).
    """

    def __init__(self, shapes, optimizer, are_averaged=False):
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
            if are_averaged:
                self.averages.append(keras.Variable(np.zeros(shape, np.float32), name=f"averages_{number}"))

    def assign(self, arrays):
        """Set the weights, and their running means, to arrays that may be smaller: the rest is padding, zero."""
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
        """Take padding out of an array of the weights' size; return other arrays as they are."""
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
        window = tf.minimum((tf.cast(n_steps, tf.float32) + 9) / 10, _MAX_AVERAGED)
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign(average + (variable - average) / window)

    def arrays(self, averaged=False):
        """Copy the weights out, or their running means if there are any, without padding."""
        variables = self.averages if averaged and self.averages else self.variables
        arrays = [variable.numpy() for variable in variables]
        if self._is_fused:
            sizes = [int(np.prod(shape)) for shape in self._used_shapes]
            arrays = np.split(self.used(arrays[0]), np.cumsum(sizes)[:-1])
        return [np.reshape(array, shape).copy() for array, shape in zip(arrays, self._used_shapes, strict=True)]

    def tensors(self, averaged=False):
        """Read the weights, or their running means if there are any, as the network takes them."""
        variables = self.averages if averaged and self.averages else self.variables
        values = [tf.convert_to_tensor(variable.value) for variable in variables]
        if self._is_fused:
            values = tf.split(values[0], self._sizes)
        return [tf.reshape(value, shape) for value, shape in zip(values, self._shapes, strict=True)]

    def decay(self, share):
        """Take a share of every kernel away; biases and other vectors stay as they are.

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


def are_fused(n_weights, optimizer):
    """Whether this optimizer sees this many weights as one vector."""
    module = type(optimizer).__module__
    clips_norms = any(getattr(optimizer, clip, None) is not None for clip in ("clipnorm", "global_clipnorm"))
    is_elementwise = module.split(".")[0] == "keras" and type(optimizer).__name__ in _ELEMENTWISE and not clips_norms
    return n_weights <= _MAX_FUSED and is_elementwise
