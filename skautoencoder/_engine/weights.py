"""Weights during training: one variable each or, for small networks, all in one."""

import keras
import numpy as np
import tensorflow as tf

# Optimizers that treat every number by itself: one long vector is to them as good as many arrays.
_ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl"}
# Larger networks are not fused: matrix products dominate a step, and cutting the vector up would cost time.
_MOST_FUSED = 2**18
# The running mean of the weights reaches over a tenth of the steps so far, but not over more than this many.
_MOST_AVERAGED = 50


class Weights:
    """The weights of a network as the optimizer and as the network take them.

    An update is a handful of operations per variable: with one variable in place of a dozen, a program takes half of
    the memory and two thirds of the time to trace and compile.

    Parameters
    ----------
    shapes : list of tuple of int
    optimizer : keras.optimizers.Optimizer
    are_averaged : bool, default=False
        Whether a running mean of the weights is kept: it is less noisy than they are after any one step [1]_.

    Attributes
    ----------
    variables : list of keras.Variable
        What the optimizer changes.
    averages : list of keras.Variable
        Their running means; empty if there are none.

    References
    ----------
    .. [1] Polyak & Juditsky (1992). Acceleration of stochastic approximation by averaging. SIAM Journal on Control and
       Optimization 30.
    """

    def __init__(self, shapes, optimizer, are_averaged=False):
        self._shapes = self._used_shapes = shapes
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        self.size = sum(self._sizes)
        self._is_fused = are_fused(self.size, optimizer)
        held = [(self.size,)] if self._is_fused else shapes
        self.variables, self.averages = (
            [
                keras.Variable(np.zeros(shape, np.float32), name=f"{name}_{number}")
                for number, shape in enumerate(shapes)
            ]
            for name, shapes in (("weights", held), ("averages", held if are_averaged else ()))
        )

    def use(self, shapes):
        """Say how much of each array a network uses; the rest is padding, which only fused weights may have."""
        self._used_shapes = shapes
        if self._is_fused:
            both = zip(shapes, self._shapes, strict=True)
            self._used = np.flatnonzero(np.concatenate([_beginnings(used, shape) for used, shape in both]))

    def used(self, array):
        """Take what is used out of an array; arrays that are not of the weights' size are returned as they are."""
        return array[self._used] if self._is_fused and array.shape == (self.size,) else array

    def filled(self, used, array):
        """Return an array with its used part replaced: the reverse of `used`."""
        if self._is_fused and array.shape == (self.size,):
            array = array.copy()
            array[self._used] = used
            return array
        return used

    def assign(self, arrays):
        """Set the weights, and their running means to the same numbers; padding is zero."""
        if self._is_fused:
            used = np.concatenate([np.ravel(array) for array in arrays])
            arrays = [self.filled(used, np.zeros(self.size, np.float32))]
        for variables in filter(None, (self.variables, self.averages)):
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)

    def average(self, n_steps):
        """Let the running means take up the weights after so many steps, an integer tensor."""
        window = tf.minimum((tf.cast(n_steps, tf.float32) + 9) / 10, _MOST_AVERAGED)
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign(average + (variable - average) / window)

    def arrays(self, averaged=False):
        """Copy the weights out, or their running means if there are any, without padding."""
        arrays = [variable.numpy() for variable in self._present(averaged)]
        if self._is_fused:
            sizes = [int(np.prod(shape)) for shape in self._used_shapes]
            arrays = np.split(self.used(arrays[0]), np.cumsum(sizes)[:-1])
        return [np.reshape(array, shape).copy() for array, shape in zip(arrays, self._used_shapes, strict=True)]

    def tensors(self, averaged=False):
        """Read the weights, or their running means if there are any, as the network takes them."""
        values = [tf.convert_to_tensor(variable.value) for variable in self._present(averaged)]
        if self._is_fused:
            values = tf.split(values[0], self._sizes)
        return [tf.reshape(value, shape) for value, shape in zip(values, self._shapes, strict=True)]

    def decay(self, share):
        """Take a share of every kernel away; biases and other vectors stay as they are [1]_.

        References
        ----------
        .. [1] Loshchilov & Hutter (2019). Decoupled weight decay regularization. ICLR.
        """
        decays = [np.full(size, len(shape) > 1) for size, shape in zip(self._sizes, self._shapes, strict=True)]
        masks = [np.concatenate(decays)] if self._is_fused else [mask[0] for mask in decays]
        for variable, mask in zip(self.variables, masks, strict=True):
            if np.any(mask):
                variable.assign(variable - share * tf.constant(mask, tf.float32) * variable)

    def gradients(self, gradients):
        """Turn the gradients of `tensors()` into those of `variables`."""
        return [tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], 0)] if self._is_fused else gradients

    def _present(self, averaged):
        return self.averages if averaged and self.averages else self.variables


def are_fused(n_weights, optimizer):
    """Whether so many weights are one vector to an optimizer."""
    module, name = type(optimizer).__module__, type(optimizer).__name__
    clips_norms = any(getattr(optimizer, clip, None) is not None for clip in ("clipnorm", "global_clipnorm"))
    is_elementwise = module.split(".")[0] == "keras" and name in _ELEMENTWISE and not clips_norms
    return n_weights <= _MOST_FUSED and is_elementwise


def _beginnings(used, shape):
    """Mark the first entries along each axis of an array, as a vector."""
    marks = np.zeros(shape, bool)
    marks[tuple(map(slice, used))] = True
    return marks.ravel()
