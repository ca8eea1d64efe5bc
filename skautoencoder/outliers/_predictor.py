"""The network of an outlier detector: it predicts hidden entries of a row from the other ones."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from ..networks import Autoencoder, DenseNetwork, Layer

# Ridge of the linear start, in variances of a column.
_RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class MaskedPredictor(Autoencoder):
    """A dense network from standardised rows, zero where entries are hidden, to predictions of all entries.

    Its code is the prediction: there is no bottleneck, and no decoder.
    """

    network: DenseNetwork
    _derived: dict = field(default_factory=dict, init=False, repr=False)

    output_activation = "linear"
    linear_paths = ()
    standardization = None
    code_map = None
    jit_compile = True

    @property
    def structure(self):
        layers = [(layer.kernel.shape, layer.activation, layer.bias is not None) for layer in self.network.paths]
        return type(self), *layers

    @property
    def n_features(self):
        return self.network.shape[0]

    @property
    def encoding_dim(self):
        return self.network.shape[1]

    @property
    def arrays(self):
        """Weights of the hidden layers, then those of the linear path."""
        return self.network.arrays

    def is_like(self, other):
        return isinstance(other, MaskedPredictor) and other.structure == self.structure

    def with_arrays(self, arrays):
        return replace(self, network=self.network.with_arrays(arrays))

    def with_linear_paths(self, to_code, from_code):
        raise NotImplementedError("The linear path of a predictor has one part.")

    def with_logits(self):
        return self

    def encoder_outputs(self, X):
        return self.network(X)

    def decode(self, codes):
        return codes

    def predict(self, Z, is_hidden):
        """Return predictions of hidden columns of standardised rows from the other ones, 0 where these are missing."""
        layers = list(self.network.layers)
        linear = self.network.linear
        if layers:
            layers[0] = replace(layers[0], kernel=layers[0].kernel[~is_hidden])
            layers[-1] = replace(layers[-1], kernel=layers[-1].kernel[:, is_hidden])
        kernel = linear.kernel[~is_hidden][:, is_hidden]
        linear = replace(linear, kernel=kernel, bias=linear.bias[is_hidden])
        return DenseNetwork(tuple(layers), linear)(np.nan_to_num(Z[:, ~is_hidden]))

    def keras_models(self, dtype):
        raise NotImplementedError("A predictor has no Keras models of rows in the units of X.")

    def training_models(self):
        from .._engine.models import predictor_models

        return predictor_models(self.network, "float32")


def linear_predictor(moments, share, groups):
    """Return the matrix that best predicts hidden entries of standardised rows from the others of their row.

    `moments` are the mean products of the columns. Each entry is hidden with probability `share`, together with those
    of its group, and the network sees zeros in their place. The matrix solves the normal equations of least squares for
    all columns at once: with the inverse of the mean products of seen entries, as in partial correlations.
    """
    seen = 1 - share
    products = np.where(groups[:, np.newaxis] == groups, moments, seen * moments)
    products[np.diag_indices_from(products)] += _RIDGE
    # Half of the inverse by Cholesky decomposition, which takes half as long as numpy.linalg.inv.
    half, _ = dpotri(dpotrf(products)[0])
    inverse = np.triu(half) + np.triu(half, 1).T
    matrix = -inverse / (seen * np.diag(inverse))
    np.fill_diagonal(matrix, 0.0)
    for group in np.flatnonzero(np.bincount(groups) > 1):
        is_own = groups == group
        matrix[:, is_own] = -inverse[:, is_own] @ np.linalg.inv(inverse[is_own][:, is_own]) / seen
        matrix[np.ix_(is_own, is_own)] = 0.0
    return matrix


def untrained_predictor(matrix, hidden_layer_sizes, activation, random_state):
    """Return the linear predictor with hidden layers beside it, which add nothing yet."""
    n_features = len(matrix)
    widths = [n_features, *hidden_layer_sizes]
    layers = [Layer.glorot_uniform(*pair, random_state, activation) for pair in pairwise(widths)]
    if layers:
        layers.append(Layer(np.zeros((widths[-1], n_features), np.float32), None))
    linear = Layer(matrix.astype(np.float32), np.zeros(n_features, np.float32))
    return MaskedPredictor(DenseNetwork(tuple(layers), linear))
