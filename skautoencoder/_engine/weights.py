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
        self._shapes = shapes
        self._sizes = [int(np.prod(shape)) for shape in shapes]
        self.size = sum(self._sizes)
        self._is_fused = self.size <= _MOST_FUSED and _is_elementwise(optimizer)
        held = [(self.size,)] if self._is_fused else shapes
        self.variables, self.averages = (
            [
                keras.Variable(np.zeros(shape, np.float32), name=f"{name}_{number}")
                for number, shape in enumerate(shapes)
            ]
            for name, shapes in (("weights", held), ("averages", held if are_averaged else ()))
        )

    def assign(self, arrays):
        """Set the weights, and their running means to the same numbers."""
        if self._is_fused:
            arrays = [np.concatenate([np.ravel(array) for array in arrays])]
        for variables in filter(None, (self.variables, self.averages)):
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)

    def average(self, n_steps):
        """Let the running means take up the weights after so many steps, an integer tensor."""
        window = tf.minimum((tf.cast(n_steps, tf.float32) + 9) / 10, _MOST_AVERAGED)
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign(average + (variable - average) / window)

    def arrays(self, averaged=False):
        """Copy the weights out, or their running means if there are any."""
        arrays = [variable.numpy() for variable in self._present(averaged)]
        if self._is_fused:
            arrays = np.split(arrays[0], np.cumsum(self._sizes)[:-1])
        return [np.reshape(array, shape).copy() for array, shape in zip(arrays, self._shapes, strict=True)]

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


def _is_elementwise(optimizer):
    module, name = type(optimizer).__module__, type(optimizer).__name__
    clips_norms = any(getattr(optimizer, clip, None) is not None for clip in ("clipnorm", "global_clipnorm"))
    return module.split(".")[0] == "keras" and name in _ELEMENTWISE and not clips_norms
