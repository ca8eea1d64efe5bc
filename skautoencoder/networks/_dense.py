"""Dense networks as NumPy arrays: they encode and decode without TensorFlow."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..rows import row_blocks
from ._activations import ACTIVATIONS, KEEP_ZERO
from ._base import Autoencoder
from ._layer import Layer

# Blocks whose widest layer stays in the processor's cache.
_BLOCK_MEBIBYTES = 4
# Of means as multiples of the scale: taken off the products, they cost three of float32's 24 bits at most.
_MOST_OFFSET = 8
# Layers and codes are padded to multiples of this many units.
_UNIT_STEP = 32


@dataclass(frozen=True, eq=False)
class DenseNetwork:
    """A stack of dense layers, and a linear path beside it: ``layers(x - subtract) + linear(x - subtract) + add``.

    It computes in the dtype of its input. Weights are kept in the precision they were found in: float32 when
    trained, float64 when they are PCA's.

    Parameters
    ----------
    layers : tuple of Layer
        The hidden path; empty if there is only the linear path.
    linear : Layer or None
        The linear path.
    subtract, add : float64 ndarray or None
        Offsets of the input, shape (n_inputs,), and of the output, shape (n_outputs,).
    subtract_from_products : bool, default=False
        Whether `subtract` is taken off the products of dense rows, as PCA does, which saves a copy of the rows. It is
        always so for sparse rows. In float32 a large offset would drown the signal.
    """

    layers: tuple
    linear: Layer | None = None
    subtract: np.ndarray | None = None
    add: np.ndarray | None = None
    subtract_from_products: bool = False

    def __post_init__(self):
        object.__setattr__(self, "_calls", {})

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if value is not None and name != "_calls"}

    def __setstate__(self, state):
        vars(self).update(state, _calls={})

    @property
    def structure(self):
        """Everything but the numbers; hashable."""
        return (
            self.n_inputs,
            tuple((layer.kernel.shape[1], layer.activation, layer.bias is not None) for layer in self.layers),
            None if self.linear is None else self.linear.kernel.shape[1],
            self.subtract is not None,
            self.add is not None,
        )

    @property
    def n_inputs(self):
        return self._paths[0].kernel.shape[0]

    @property
    def n_outputs(self):
        return self._paths[-1].kernel.shape[1]

    @property
    def _paths(self):
        return self.layers if self.linear is None else (*self.layers, self.linear)

    @property
    def arrays(self):
        """The weights, layer by layer, the linear path last."""
        return [array for layer in self._paths for array in layer.arrays]

    def with_arrays(self, arrays):
        """Build the same network with other weights."""
        arrays = iter(arrays)
        layers = tuple(layer.with_arrays(arrays) for layer in self.layers)
        return replace(self, layers=layers, linear=self.linear and self.linear.with_arrays(arrays))

    def with_output_activation(self, activation):
        """Build the same network with another activation on its last layer."""
        return replace(self, layers=(*self.layers[:-1], replace(self.layers[-1], activation=activation)))

    def rescaled(self, of_input, of_output):
        """Build the network ``x -> of_output * network(x / of_input)``; its output must be linear."""
        layers = list(self.layers)
        if layers:
            layers[0] = replace(layers[0], kernel=_scaled(layers[0].kernel, 1 / of_input))
            layers[-1] = replace(layers[-1], kernel=_scaled(layers[-1].kernel, of_output))
        kernel, bias = _scaled(self.linear.kernel, of_output / of_input), _scaled(self.linear.bias, of_output)
        return replace(self, layers=tuple(layers), linear=replace(self.linear, kernel=kernel, bias=bias))

    def in_float64(self):
        """Build the same network with weights that can take up scales that float32 cannot hold."""
        return self.with_arrays(array.astype(np.float64) for array in self.arrays)

    def first_outputs(self, n_outputs):
        """Build the network that puts out the first `n_outputs` numbers only."""

        def cut(layer):
            bias = None if layer.bias is None else layer.bias[:n_outputs]
            return replace(layer, kernel=layer.kernel[:, :n_outputs], bias=bias)

        layers = (*self.layers[:-1], cut(self.layers[-1])) if self.layers else ()
        return replace(self, layers=layers, linear=self.linear and cut(self.linear))

    def padded(self, n_inputs, n_outputs):
        """Build the same network between padded inputs and outputs, its hidden layers padded as well."""
        layers, width = [], n_inputs
        for layer in self.layers[:-1]:
            layers.append(layer.padded(width, _padded_width(layer)))
            width = layers[-1].kernel.shape[1]
        layers += [layer.padded(width, n_outputs) for layer in self.layers[-1:]]
        return replace(self, layers=tuple(layers), linear=self.linear and self.linear.padded(n_inputs, n_outputs))

    def __call__(self, X):
        """Run the rows of X through the network.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_inputs), float32 or float64

        Returns
        -------
        ndarray of shape (n_samples, n_outputs), dtype of X
        """
        if X.dtype not in self._calls:
            self._calls[X.dtype] = _Call.of(self, X.dtype)
        call = self._calls[X.dtype]
        widest = max(layer.kernel.shape[1] for layer in self._paths)
        row_bytes = 8 * (widest if issparse(X) else max(widest, self.n_inputs))
        blocks = list(row_blocks(X.shape[0], row_bytes, _BLOCK_MEBIBYTES))
        if len(blocks) <= 1:
            return call(X)
        output = np.empty((X.shape[0], self.n_outputs), dtype=X.dtype)
        for rows in blocks:
            output[rows] = call(X[rows])
        return output


@dataclass(frozen=True, eq=False)
class _Call:
    """The numbers of a network in one dtype, in the order in which rows meet them.

    Parameters
    ----------
    kernel : ndarray of shape (n_inputs, n_hidden + n_outputs)
        Those of the first layer and of the linear path side by side: one product serves both.
    bias, bias_of_products : ndarray of shape (n_hidden + n_outputs,)
        For rows whose offset was subtracted, and for rows as they come.
    n_hidden : int
        Units of the first layer; 0 if there is only the linear path.
    activation : callable or None
        Activation of the first layer.
    layers : tuple of Layer
        All layers but the first.
    subtract : ndarray of shape (n_inputs,) or None
        What is subtracted from dense rows before the product.
    add : ndarray of shape (n_outputs,) or None
    """

    kernel: np.ndarray
    bias: np.ndarray
    bias_of_products: np.ndarray
    n_hidden: int
    activation: Callable
    layers: tuple
    subtract: np.ndarray | None
    add: np.ndarray | None

    @classmethod
    def of(cls, network, dtype):
        first, others = network.layers[:1], network.layers[1:]
        paths = first if network.linear is None else (*first, network.linear)
        kernel = np.hstack([layer.kernel for layer in paths])
        bias = np.hstack([np.zeros(layer.kernel.shape[1]) if layer.bias is None else layer.bias for layer in paths])
        offset = np.zeros(network.n_inputs) if network.subtract is None else network.subtract
        is_subtracted = network.subtract is not None and not network.subtract_from_products
        subtract = offset.astype(dtype) if is_subtracted else np.zeros_like(offset)
        return cls(
            kernel=kernel.astype(dtype),
            # What rounding leaves of the offset goes the way of the products, too.
            bias=(bias - (offset - subtract) @ kernel).astype(dtype),
            bias_of_products=(bias - offset @ kernel).astype(dtype),
            n_hidden=first[0].kernel.shape[1] if first else 0,
            activation=ACTIVATIONS[first[0].activation] if first else None,
            layers=tuple(layer.astype(dtype) for layer in others),
            subtract=subtract if is_subtracted else None,
            add=None if network.add is None else network.add.astype(dtype),
        )

    def __call__(self, X):
        if issparse(X):
            Z, bias = X @ self.kernel, self.bias_of_products
        else:
            Z, bias = (X if self.subtract is None else X - self.subtract) @ self.kernel, self.bias
        if not self.n_hidden:
            Z += bias
            output = Z
        else:
            # A contiguous copy: activations pass over it many times.
            output = self.activation(Z[:, : self.n_hidden] + bias[: self.n_hidden])
            for layer in self.layers:
                output = layer(output)
            if Z.shape[1] > self.n_hidden:
                output += Z[:, self.n_hidden :]
                output += bias[self.n_hidden :]
        if self.add is not None:
            output += self.add
        return output


def _padded_width(layer):
    """Return the units of a layer, rounded up if units without weights change nothing."""
    width = layer.kernel.shape[1]
    return -(-width // _UNIT_STEP) * _UNIT_STEP if layer.activation in KEEP_ZERO else width


def _scaled(array, factor):
    return (array * factor).astype(array.dtype)


@dataclass(frozen=True, eq=False)
class DenseAutoencoder(Autoencoder):
    """An encoder and a decoder of dense layers.

    Both are networks of standardised rows; scale and means are worked into their weights at the first call. What is
    derived from the arrays, Keras models among them, is left out of pickles.

    Parameters
    ----------
    encoder : DenseNetwork
        The first `encoding_dim` numbers that it puts out are the code.
    decoder : DenseNetwork
    standardization : Standardization or None
    code_scale : float
    """

    encoder: DenseNetwork
    decoder: DenseNetwork
    standardization: Any = None
    code_scale: float = 1.0
    _derived: dict = field(default_factory=dict, init=False, repr=False)

    jit_compile = True
    evaluation_rows = 1024

    @property
    def structure(self):
        """Everything but the numbers."""
        return self.encoder.structure, self.decoder.structure

    def is_like(self, other):
        """Whether another autoencoder differs from this one in its numbers alone."""
        return isinstance(other, DenseAutoencoder) and other.structure == self.structure

    @property
    def n_features(self):
        """Width of a row."""
        return self.decoder.n_outputs

    @property
    def encoding_dim(self):
        """Width of a code."""
        return self.decoder.n_inputs

    @property
    def output_activation(self):
        """Activation of the reconstruction."""
        return "linear" if self.decoder.linear is not None else self.decoder.layers[-1].activation

    @property
    def arrays(self):
        """Weights of the encoder, then those of the decoder."""
        return self.encoder.arrays + self.decoder.arrays

    def with_arrays(self, arrays):
        """Return the same autoencoder with other weights."""
        n_encoder = len(self.encoder.arrays)
        encoder, decoder = self.encoder.with_arrays(arrays[:n_encoder]), self.decoder.with_arrays(arrays[n_encoder:])
        return replace(self, encoder=encoder, decoder=decoder)

    @property
    def linear_paths(self):
        """Linear maps beside the hidden layers of the encoder and of the decoder."""
        return self.encoder.linear, self.decoder.linear

    def with_linear_paths(self, to_code, from_code):
        """Return the same autoencoder with other linear paths."""
        encoder, decoder = replace(self.encoder, linear=to_code), replace(self.decoder, linear=from_code)
        return replace(self, encoder=encoder, decoder=decoder)

    def with_logits(self):
        """Return the same autoencoder without the activation of its output."""
        return replace(self, decoder=self.decoder.with_output_activation("linear"))

    def padded(self):
        """Return an autoencoder that trains alike; see `Autoencoder`."""
        width = _padded_width((self.encoder.layers or self.encoder._paths)[-1])
        encoder = self.encoder.padded(self.encoder.n_inputs, width)
        return replace(self, encoder=encoder, decoder=self.decoder.padded(width, self.n_features))

    def encoder_outputs(self, X):
        """Return all that the encoder puts out for the rows of X; see `Autoencoder`."""
        return self._run(self.networks_of_X[0], X)

    def decode(self, codes):
        """Decode codes; see `Autoencoder`."""
        return self._run(self.networks_of_X[1], codes)

    def _run(self, network, rows):
        if not self.is_extreme:
            return network(rows)
        return network(rows.astype(np.float64, copy=False)).astype(rows.dtype, copy=False)

    @property
    def networks_of_X(self):
        """Encoder and decoder of rows in the units of X."""
        if "networks" not in self._derived:
            encoder, decoder = self.encoder, self.decoder
            if self.standardization is not None:
                mean, scale = self.standardization.mean, self.standardization.scale
                if self.is_extreme:
                    encoder, decoder = encoder.in_float64(), decoder.in_float64()
                is_small = bool(np.abs(mean).max() <= _MOST_OFFSET * scale)
                encoder = encoder.rescaled(scale, self.code_scale)
                encoder = replace(encoder, subtract=mean, subtract_from_products=is_small)
                decoder = replace(decoder.rescaled(self.code_scale, scale), add=mean)
            # Assigned once it is complete: other threads may be reading.
            self._derived["networks"] = encoder, decoder
        return self._derived["networks"]

    def keras_models(self, dtype):
        """Return the Keras models of rows of X; see `Autoencoder`."""
        if dtype not in self._derived:
            from .._engine.models import dense_models, linked

            encoder, decoder = self.networks_of_X
            encoder, decoder, _ = dense_models(encoder.first_outputs(self.encoding_dim), decoder, dtype)
            self._derived[dtype] = linked(encoder, decoder)
        return self._derived[dtype]

    def training_models(self):
        """Build the models of standardised rows; see `Autoencoder`."""
        from .._engine.models import dense_models

        return dense_models(self.encoder, self.decoder, "float32")
