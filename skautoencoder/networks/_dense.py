"""Dense networks as NumPy arrays: they encode and decode without TensorFlow."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import issparse

from ..rows import Standardization, row_blocks
from ._activations import ACTIVATIONS, KEEP_ZERO
from ._base import Autoencoder
from ._code_map import CodeMap

# The widest layer of a block of rows fits the processor's cache.
_BLOCK_MEBIBYTES = 4
# Maximum |mean| / scale for which subtracting after the product loses at most 3 of float32's 24 bits.
_MAX_OFFSET = 8
# Layers and codes are padded to multiples of this many units.
_UNIT_STEP = 32


@dataclass(frozen=True, eq=False)
class Layer:
    """One dense layer: ``activation(x @ kernel + bias)``, with a kernel of shape (n_inputs, n_units)."""

    kernel: np.ndarray
    bias: np.ndarray | None
    activation: str = "linear"

    @classmethod
    def glorot_uniform(cls, n_inputs, n_units, random_state, activation="linear"):
        """Draw the kernel from the Glorot uniform distribution; the bias is zero."""
        limit = np.sqrt(6 / (n_inputs + n_units))
        kernel = random_state.uniform(-limit, limit, size=(n_inputs, n_units)).astype(np.float32)
        return cls(kernel, np.zeros(n_units, np.float32), activation)

    @property
    def arrays(self):
        """Kernel and, if there is one, bias."""
        return [self.kernel] if self.bias is None else [self.kernel, self.bias]

    def with_arrays(self, arrays):
        """Return the same layer with the next arrays of the iterator `arrays`."""
        return replace(self, kernel=next(arrays), bias=None if self.bias is None else next(arrays))

    def __call__(self, X):
        """Return the activations of the units for the rows of X."""
        Z = X @ self.kernel
        if self.bias is not None:
            Z += self.bias
        return ACTIVATIONS[self.activation](Z)

    def astype(self, dtype):
        """Return the same layer in another precision."""
        return self.with_arrays(array.astype(dtype, copy=False) for array in self.arrays)

    def scaled(self, factor, bias_factor=1):
        """Return the layer with its kernel and its bias multiplied, in their precision."""
        bias = None if self.bias is None else (self.bias * bias_factor).astype(self.bias.dtype)
        return replace(self, kernel=(self.kernel * factor).astype(self.kernel.dtype), bias=bias)

    def followed_by(self, matrix, offset=None):
        """Return the layer whose outputs, before the activation, are multiplied by a matrix and shifted."""
        bias = None if self.bias is None else self.bias @ matrix
        if offset is not None:
            bias = offset if bias is None else bias + offset
        return replace(self, kernel=self.kernel @ matrix, bias=bias)

    def preceded_by(self, matrix, offset):
        """Return the layer whose inputs are multiplied by a matrix and shifted first."""
        shift = offset @ self.kernel
        return replace(self, kernel=matrix @ self.kernel, bias=shift if self.bias is None else self.bias + shift)

    def padded(self, n_inputs, n_units=None):
        """Return the layer with further inputs and units, whose weights are zero.

        Without `n_units`, the width is rounded up if units without weights put out zero.
        """
        width = self.kernel.shape[1]
        if n_units is None:
            n_units = -(-width // _UNIT_STEP) * _UNIT_STEP if self.activation in KEEP_ZERO else width
        kernel = np.pad(self.kernel, ((0, n_inputs - self.kernel.shape[0]), (0, n_units - width)))
        return replace(self, kernel=kernel, bias=None if self.bias is None else np.pad(self.bias, (0, n_units - width)))


@dataclass(frozen=True, eq=False)
class DenseNetwork:
    """A stack of dense layers and a linear path beside it: ``layers(x - subtract) + linear(x - subtract) + add``.

    It computes in the dtype of its input. Trained weights are float32, those of PCA float64.
    """

    # The hidden path; empty if there is only the linear path.
    layers: tuple[Layer, ...]
    linear: Layer | None = None
    # Offsets of the input, shape (n_inputs,), and of the output, shape (n_outputs,), in float64.
    subtract: np.ndarray | None = None
    add: np.ndarray | None = None
    # Whether `subtract` is taken off the products of dense rows, as of sparse ones, which saves a copy of the rows. In
    # float32 a large offset would drown the signal.
    subtract_from_products: bool = False
    _calls: dict = field(default_factory=dict, init=False, repr=False)

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if value is not None and name != "_calls"}

    def __setstate__(self, state):
        vars(self).update(state, _calls={})

    @property
    def paths(self):
        """All layers, the linear path last."""
        return self.layers if self.linear is None else (*self.layers, self.linear)

    @property
    def shape(self):
        """Widths of the input and of the output."""
        return self.paths[0].kernel.shape[0], self.paths[-1].kernel.shape[1]

    @property
    def arrays(self):
        """The weights, layer by layer, the linear path last."""
        return [array for layer in self.paths for array in layer.arrays]

    def with_arrays(self, arrays):
        """Return the same network with other weights."""
        arrays = iter(arrays)
        layers = tuple(layer.with_arrays(arrays) for layer in self.layers)
        return replace(self, layers=layers, linear=self.linear and self.linear.with_arrays(arrays))

    def without_output_activation(self):
        """Return the same network with a linear last layer."""
        return replace(self, layers=(*self.layers[:-1], replace(self.layers[-1], activation="linear")))

    def rescaled(self, of_input, of_output):
        """Return the network ``x -> of_output * network(x / of_input)``; its output must be linear."""
        layers = list(self.layers)
        if layers:
            layers[0] = layers[0].scaled(1 / of_input)
            layers[-1] = layers[-1].scaled(of_output)
        linear = self.linear.scaled(of_output / of_input, of_output)
        return replace(self, layers=tuple(layers), linear=linear)

    def with_output_map(self, code_map):
        """Return the network of the codes of its outputs; weights at its end are float64.

        Outputs with an activation can only be left out.
        """
        offset = -code_map.mean @ code_map.matrix
        layers = list(self.layers)
        if self.linear is None:
            layers[-1] = layers[-1].followed_by(code_map.matrix, offset)
            return replace(self, layers=tuple(layers))
        if layers:
            layers[-1] = layers[-1].followed_by(code_map.matrix)
        return replace(self, layers=tuple(layers), linear=self.linear.followed_by(code_map.matrix, offset))

    def with_input_map(self, code_map):
        """Return the network of codes of its inputs; weights at its beginning are float64."""
        first = tuple(layer.preceded_by(code_map.inverse, code_map.mean) for layer in self.layers[:1])
        linear = self.linear and self.linear.preceded_by(code_map.inverse, code_map.mean)
        return replace(self, layers=first + self.layers[1:], linear=linear)

    def in_float64(self):
        """Return the same network in float64, which holds scales beyond the range of float32."""
        return self.with_arrays(array.astype(np.float64) for array in self.arrays)

    def first_outputs(self, n_outputs):
        """Return the network with only the first `n_outputs` columns of its output."""
        return self.with_outputs(slice(n_outputs))

    def with_outputs(self, columns):
        """Return the network with only some columns of its output, a slice or an array of indices."""

        def cut(layer):
            bias = None if layer.bias is None else layer.bias[columns]
            return replace(layer, kernel=layer.kernel[:, columns], bias=bias)

        layers = (*self.layers[:-1], cut(self.layers[-1])) if self.layers else ()
        return replace(self, layers=layers, linear=self.linear and cut(self.linear))

    def padded(self, n_inputs, n_outputs=None):
        """Return the same network with padded inputs, hidden layers and outputs; see `Layer.padded`."""
        layers = []
        width = n_inputs
        for layer in self.layers[:-1]:
            layers.append(layer.padded(width))
            width = layers[-1].kernel.shape[1]
        layers += [layer.padded(width, n_outputs) for layer in self.layers[-1:]]
        return replace(self, layers=tuple(layers), linear=self.linear and self.linear.padded(n_inputs, n_outputs))

    def __call__(self, X):
        """Return the output, in the dtype of X, for the rows of X, a dense or CSR matrix."""
        if X.dtype not in self._calls:
            self._calls[X.dtype] = _Call.of(self, X.dtype)
        call = self._calls[X.dtype]
        widest = max(layer.kernel.shape[1] for layer in self.paths)
        row_bytes = 8 * (widest if issparse(X) else max(widest, X.shape[1]))
        blocks = list(row_blocks(X.shape[0], row_bytes, _BLOCK_MEBIBYTES))
        if len(blocks) <= 1:
            return call(X)
        output = np.empty((X.shape[0], self.shape[1]), dtype=X.dtype)
        for rows in blocks:
            output[rows] = call(X[rows])
        return output


@dataclass(frozen=True, eq=False)
class _Call:
    """The numbers of a network in one dtype, in the order in which it uses them."""

    # First layer and linear path side by side, so that one product serves both: shape (n_inputs, n_hidden + n_outputs).
    kernel: np.ndarray
    # Biases for rows from which `subtract` was subtracted, and for rows as they are.
    bias: np.ndarray
    bias_of_products: np.ndarray
    # Units and activation of the first layer; 0 and None if there is only the linear path.
    n_hidden: int
    activation: Callable | None
    # All layers but the first.
    layers: tuple[Layer, ...]
    # Subtracted from dense rows before the product.
    subtract: np.ndarray | None
    add: np.ndarray | None

    @classmethod
    def of(cls, network, dtype):
        first = network.layers[:1]
        paths = first if network.linear is None else (*first, network.linear)
        kernel = np.hstack([layer.kernel for layer in paths])
        bias = np.hstack([np.zeros(layer.kernel.shape[1]) if layer.bias is None else layer.bias for layer in paths])
        offset = np.zeros(len(kernel)) if network.subtract is None else network.subtract
        subtract = None
        rest = offset
        if network.subtract is not None and not network.subtract_from_products:
            subtract = offset.astype(dtype)
            # The bias takes up the rounding error of the offset.
            rest = offset - subtract
        return cls(
            kernel=kernel.astype(dtype),
            bias=(bias - rest @ kernel).astype(dtype),
            bias_of_products=(bias - offset @ kernel).astype(dtype),
            n_hidden=first[0].kernel.shape[1] if first else 0,
            activation=ACTIVATIONS[first[0].activation] if first else None,
            layers=tuple(layer.astype(dtype) for layer in network.layers[1:]),
            subtract=subtract,
            add=None if network.add is None else network.add.astype(dtype),
        )

    def __call__(self, X):
        bias = self.bias_of_products if issparse(X) else self.bias
        if self.subtract is not None and not issparse(X):
            X = X - self.subtract
        Z = X @ self.kernel
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


@dataclass(frozen=True, eq=False)
class DenseAutoencoder(Autoencoder):
    """An encoder and a decoder of dense layers, whose first `encoding_dim` outputs are the code.

    Both take standardised rows; the first call works scale and means into their weights.
    """

    encoder: DenseNetwork
    decoder: DenseNetwork
    standardization: Standardization | None = None
    code_map: CodeMap | None = None
    _derived: dict = field(default_factory=dict, init=False, repr=False)

    jit_compile = True

    @property
    def structure(self):
        structure = []
        for network in (self.encoder, self.decoder):
            layers = [(layer.kernel.shape, layer.activation, layer.bias is not None) for layer in network.paths]
            structure.append((network.linear is not None, *layers))
        return tuple(structure)

    def is_like(self, other):
        return isinstance(other, DenseAutoencoder) and other.structure == self.structure

    @property
    def n_features(self):
        return self.decoder.shape[1]

    @property
    def encoding_dim(self):
        return self.decoder.shape[0]

    @property
    def linear_decoding(self):
        hidden = self.decoder.layers[-1:]
        if self.decoder.linear is None or any(array.any() for layer in hidden for array in layer.arrays):
            return None
        return self.decoder.linear.kernel.astype(np.float64)

    @property
    def output_activation(self):
        return "linear" if self.decoder.linear is not None else self.decoder.layers[-1].activation

    @property
    def arrays(self):
        """Weights of the encoder, then those of the decoder."""
        return self.encoder.arrays + self.decoder.arrays

    def with_arrays(self, arrays):
        n_encoder = len(self.encoder.arrays)
        encoder = self.encoder.with_arrays(arrays[:n_encoder])
        return replace(self, encoder=encoder, decoder=self.decoder.with_arrays(arrays[n_encoder:]))

    @property
    def linear_paths(self):
        return self.encoder.linear, self.decoder.linear

    def with_linear_paths(self, to_code, from_code):
        encoder = replace(self.encoder, linear=to_code)
        return replace(self, encoder=encoder, decoder=replace(self.decoder, linear=from_code))

    def with_logits(self):
        return replace(self, decoder=self.decoder.without_output_activation())

    def padded(self):
        encoder = self.encoder.padded(self.encoder.shape[0])
        return replace(self, encoder=encoder, decoder=self.decoder.padded(encoder.shape[1], self.n_features))

    def encoder_outputs(self, X):
        return self._run(self.networks_of_X[0], X)

    def decode(self, codes):
        return self._run(self.networks_of_X[1], codes)

    def _run(self, network, rows):
        if not self.is_extreme:
            return network(rows)
        return network(rows.astype(np.float64, copy=False)).astype(rows.dtype, copy=False)

    @property
    def networks_of_X(self):
        """Encoder and decoder of rows in the units of X."""
        if "networks" not in self._derived:
            # Assigned once it is complete: other threads may be reading.
            self._derived["networks"] = self._networks_of_X()
        return self._derived["networks"]

    def _networks_of_X(self):
        encoder = self.encoder
        decoder = self.decoder
        if self.is_extreme:
            encoder = encoder.in_float64()
            decoder = decoder.in_float64()
        if self.code_map is not None:
            encoder = encoder.with_output_map(self.code_map)
            decoder = decoder.with_input_map(self.code_map)
        if self.standardization is not None:
            mean = self.standardization.mean
            scale = self.standardization.scale
            is_small = bool(np.abs(mean).max() <= _MAX_OFFSET * scale)
            encoder = replace(encoder.rescaled(scale, 1), subtract=mean, subtract_from_products=is_small)
            decoder = replace(decoder.rescaled(1, scale), add=mean)
        return encoder, decoder

    def keras_models(self, dtype):
        if dtype not in self._derived:
            from .._engine.models import dense_models, linked

            encoder, decoder = self.networks_of_X
            encoder, decoder, _ = dense_models(encoder.first_outputs(self.encoding_dim), decoder, dtype)
            self._derived[dtype] = linked(encoder, decoder)
        return self._derived[dtype]

    def training_models(self):
        from .._engine.models import dense_models

        return dense_models(self.encoder, self.decoder, "float32")
