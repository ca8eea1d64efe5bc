"""A fitted network as NumPy arrays: encode and decode without TensorFlow."""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import issparse
from scipy.special import expit, ndtr, softmax
from sklearn.utils import gen_batches

# Rows go through a network in blocks, so that the widest layer of a block stays in the processor's cache
# and memory does not grow with the number of rows.
_BLOCK_ELEMENTS = 2**19

_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _elu(Z, alpha=1.0):
    return np.where(Z > 0, Z, alpha * np.expm1(np.minimum(Z, 0)))


def _softplus(Z):
    return np.logaddexp(Z, Z.dtype.type(0))


# Keras' activations by Keras' names; a test holds each against Keras.
ACTIVATIONS = {
    "elu": _elu,
    "exponential": np.exp,
    "gelu": lambda Z: Z * ndtr(Z),
    "hard_sigmoid": lambda Z: np.clip(Z + 3, 0, 6) / 6,
    "leaky_relu": lambda Z: np.where(Z > 0, Z, Z.dtype.type(0.2) * Z),
    "linear": lambda Z: Z,
    "mish": lambda Z: Z * np.tanh(_softplus(Z)),
    "relu": lambda Z: np.maximum(Z, 0, out=Z),
    "relu6": lambda Z: np.clip(Z, 0, 6),
    "selu": lambda Z: Z.dtype.type(_SELU_SCALE) * _elu(Z, Z.dtype.type(_SELU_ALPHA)),
    "sigmoid": lambda Z: expit(Z, out=Z),
    "silu": lambda Z: Z * expit(Z),
    "softmax": lambda Z: softmax(Z, axis=1),
    "softplus": _softplus,
    "softsign": lambda Z: Z / (1 + np.abs(Z)),
    "swish": lambda Z: Z * expit(Z),
    "tanh": lambda Z: np.tanh(Z, out=Z),
}

# The values that a bounded activation can put out; the others reach every value.
ACTIVATION_RANGES = {
    "exponential": (0, np.inf),
    "hard_sigmoid": (0, 1),
    "relu": (0, np.inf),
    "relu6": (0, 6),
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "softplus": (0, np.inf),
    "softsign": (-1, 1),
    "tanh": (-1, 1),
}


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

    def __call__(self, X, subtract=None):
        """Compute the layer's output for ``X - subtract``, with the offset taken off after the product."""
        Z = X @ self.kernel
        if subtract is not None:
            Z -= subtract @ self.kernel
        if self.bias is not None:
            Z += self.bias
        return ACTIVATIONS[self.activation](Z)

    def with_arrays(self, arrays):
        """Take this layer's arrays off the iterator `arrays`."""
        return replace(self, kernel=next(arrays), bias=None if self.bias is None else next(arrays))


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
        Offsets of the input, shape (n_inputs,), and of the output, shape (n_outputs,). They stay apart from the
        weights because in them a large offset would drown the signal.
    """

    layers: tuple
    linear: Layer | None = None
    subtract: np.ndarray | None = None
    add: np.ndarray | None = None

    def __post_init__(self):
        object.__setattr__(self, "_casts", {})

    def __getstate__(self):
        return {**self.__dict__, "_casts": {}}

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

    def in_units(self, of_input, of_output):
        """Build the network ``x -> of_output * network(x / of_input)``; its output must be linear."""
        layers = list(self.layers)
        if layers:
            layers[0] = replace(layers[0], kernel=_scaled(layers[0].kernel, 1 / of_input))
            layers[-1] = replace(layers[-1], kernel=_scaled(layers[-1].kernel, of_output))
        kernel, bias = _scaled(self.linear.kernel, of_output / of_input), _scaled(self.linear.bias, of_output)
        return replace(self, layers=tuple(layers), linear=replace(self.linear, kernel=kernel, bias=bias))

    def first_outputs(self, n_outputs):
        """Build the network that puts out the first `n_outputs` numbers only."""

        def cut(layer):
            bias = None if layer.bias is None else layer.bias[:n_outputs]
            return replace(layer, kernel=layer.kernel[:, :n_outputs], bias=bias)

        layers = (*self.layers[:-1], cut(self.layers[-1])) if self.layers else ()
        return replace(self, layers=layers, linear=self.linear and cut(self.linear))

    def __call__(self, X):
        """Run the rows of X through the network.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_inputs), float32 or float64

        Returns
        -------
        ndarray of shape (n_samples, n_outputs), dtype of X
        """
        network = self._cast(X.dtype)
        widest = max(layer.kernel.shape[1] for layer in self._paths)
        block_rows = max(1, _BLOCK_ELEMENTS // (widest if issparse(X) else max(widest, self.n_inputs)))
        if X.shape[0] <= block_rows:
            return network._forward(X)
        output = np.empty((X.shape[0], self.n_outputs), dtype=X.dtype)
        for rows in gen_batches(X.shape[0], block_rows):
            output[rows] = network._forward(X[rows])
        return output

    def _cast(self, dtype):
        if dtype not in self._casts:
            cast = self.with_arrays(array.astype(dtype, copy=False) for array in self.arrays)
            subtract = None if self.subtract is None else self.subtract.astype(dtype)
            add = None if self.add is None else self.add.astype(dtype)
            self._casts[dtype] = replace(cast, subtract=subtract, add=add)
        return self._casts[dtype]

    def _forward(self, X):
        # Sparse rows stay sparse: what is subtracted from them is subtracted from their products.
        subtract = self.subtract if issparse(X) else None
        if self.subtract is not None and subtract is None:
            X = X - self.subtract
        output = X
        for number, layer in enumerate(self.layers):
            output = layer(output, subtract if number == 0 else None)
        if self.linear is not None:
            straight = self.linear(X, subtract)
            output = np.add(straight, output, out=straight) if self.layers else straight
        if self.add is not None:
            output += self.add
        return output


def _scaled(array, factor):
    return (array * factor).astype(array.dtype)


@dataclass(frozen=True, eq=False)
class DenseAutoencoder:
    """An encoder and a decoder of dense layers, as NumPy networks and, once asked for, as Keras models.

    The Keras models are built from the arrays at the first request and left out of pickles.

    Parameters
    ----------
    encoder : DenseNetwork
        The first `encoding_dim` numbers that it puts out are the code.
    decoder : DenseNetwork
    """

    encoder: DenseNetwork
    decoder: DenseNetwork
    _built: dict = field(default_factory=dict, init=False, repr=False)

    jit_compile = True
    # Rows that are evaluated at once while training.
    block_rows = 1024

    def __getstate__(self):
        return {**self.__dict__, "_built": {}}

    @property
    def structure(self):
        """Everything but the numbers; hashable."""
        return self.encoder.structure, self.decoder.structure

    @property
    def n_features(self):
        return self.decoder.n_outputs

    @property
    def encoding_dim(self):
        return self.decoder.n_inputs

    @property
    def output_activation(self):
        return "linear" if self.decoder.linear is not None else self.decoder.layers[-1].activation

    @property
    def arrays(self):
        """The weights of the encoder, then those of the decoder."""
        return self.encoder.arrays + self.decoder.arrays

    def with_arrays(self, arrays):
        """Build the same autoencoder with other weights."""
        n_encoder = len(self.encoder.arrays)
        encoder = self.encoder.with_arrays(arrays[:n_encoder])
        return DenseAutoencoder(encoder, self.decoder.with_arrays(arrays[n_encoder:]))

    @property
    def linear_paths(self):
        """The linear maps beside the hidden layers of the encoder and of the decoder."""
        return self.encoder.linear, self.decoder.linear

    def with_linear_paths(self, to_code, from_code):
        """Build the same autoencoder with other linear paths."""
        return DenseAutoencoder(replace(self.encoder, linear=to_code), replace(self.decoder, linear=from_code))

    def with_logits(self):
        """Build the same autoencoder without the activation of its output."""
        return DenseAutoencoder(self.encoder, self.decoder.with_output_activation("linear"))

    def in_units(self, standardization, code_scale):
        """Turn an autoencoder of standardised rows into one of rows, with codes in units of `code_scale`."""
        encoder = self.encoder.in_units(standardization.scale, code_scale)
        decoder = self.decoder.in_units(code_scale, standardization.scale)
        return DenseAutoencoder(
            replace(encoder, subtract=standardization.mean), replace(decoder, add=standardization.mean)
        )

    def encode(self, X):
        """Encode the rows of X: shape (n_samples, encoding_dim), dtype of X."""
        codes = self.encoder(X)
        return codes if codes.shape[1] == self.encoding_dim else codes[:, : self.encoding_dim].copy()

    def posterior(self, X):
        """Return all that the encoder puts out for the rows of X."""
        return self.encoder(X)

    def decode(self, codes):
        """Decode codes: shape (n_samples, n_features), dtype of the codes."""
        return self.decoder(codes)

    def reconstruct(self, X):
        """Encode and decode the rows of X."""
        return self.decode(self.encode(X))

    def keras_models(self, dtype):
        """Return "encoder", "decoder" and "autoencoder" as `keras.Model`s that share their weights."""
        if dtype not in self._built:
            from ._engine.networks import dense_models, linked

            encoder, decoder, _ = dense_models(self.encoder.first_outputs(self.encoding_dim), self.decoder, dtype)
            self._built[dtype] = linked(encoder, decoder)
        return self._built[dtype]

    def training_models(self):
        """Build float32 models with the same numbers; see `_engine.networks.dense_models`."""
        from ._engine.networks import dense_models

        return dense_models(self.encoder, self.decoder, "float32")
