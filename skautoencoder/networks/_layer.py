"""One dense layer as NumPy arrays."""

from dataclasses import dataclass, replace

import numpy as np

from ._activations import ACTIVATIONS


@dataclass(frozen=True, eq=False)
class Layer:
    """One dense layer: ``activation(x @ kernel + bias)``.

    Parameters
    ----------
    kernel : ndarray of shape (n_inputs, n_units)
    bias : ndarray of shape (n_units,) or None
    activation : str
        A key of `ACTIVATIONS`.
    """

    kernel: np.ndarray
    bias: np.ndarray | None
    activation: str = "linear"

    @classmethod
    def glorot_uniform(cls, n_inputs, n_units, random_state):
        """Draw a linear layer from the Glorot uniform distribution, its bias zero."""
        limit = np.sqrt(6 / (n_inputs + n_units))
        kernel = random_state.uniform(-limit, limit, size=(n_inputs, n_units)).astype(np.float32)
        return cls(kernel, np.zeros(n_units, np.float32))

    @property
    def arrays(self):
        return [self.kernel] if self.bias is None else [self.kernel, self.bias]

    def __call__(self, X):
        Z = X @ self.kernel
        if self.bias is not None:
            Z += self.bias
        return ACTIVATIONS[self.activation](Z)

    def astype(self, dtype):
        """Return the same layer in another precision."""
        return self.with_arrays(array.astype(dtype, copy=False) for array in self.arrays)

    def padded(self, n_inputs, n_units):
        """Return the same layer with inputs and units behind its own, their weights zero."""
        more_inputs, more_units = n_inputs - self.kernel.shape[0], n_units - self.kernel.shape[1]
        bias = None if self.bias is None else np.pad(self.bias, (0, more_units))
        return replace(self, kernel=np.pad(self.kernel, ((0, more_inputs), (0, more_units))), bias=bias)

    def with_arrays(self, arrays):
        """Take this layer's arrays off the iterator `arrays`."""
        return replace(self, kernel=next(arrays), bias=None if self.bias is None else next(arrays))
