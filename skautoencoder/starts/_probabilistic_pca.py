"""Probabilistic PCA, and the variational autoencoder that equals it before its first step."""

from dataclasses import replace

import numpy as np

from ..networks import Layer


def start_at_probabilistic_pca(autoencoder, pca, variances, beta, min_noise):
    """Put probabilistic PCA on the linear paths of an untrained variational autoencoder whose hidden paths return zero.

    The decoder is the linear one of the largest likelihood, the encoder its posterior: means, then logarithms of
    variances, of codes with variance one. So a linear variational autoencoder starts at its optimum. `variances` are
    those of the standardised rows along the components. The noise is scaled by `beta`, the weight of the divergence,
    and is at least `min_noise`. Codes along which rows vary no more than by noise have the prior as their posterior.

    Source: Tipping & Bishop (1999), Probabilistic principal component analysis, JRSS B 61, eq. 7, 8 and 11.
    """
    components = pca.components
    n_components, n_features = components.shape
    encoding_dim = autoencoder.encoding_dim
    # Standardised features have a mean variance of one; the components leave the rest as noise.
    noise = max(n_features - variances.sum(), 0.0) / max(n_features - n_components, 1)
    # Without a divergence any small noise is optimal.
    noise = np.maximum(beta * noise if beta else 1e-6 * variances, min_noise)
    totals = np.maximum(variances, noise)
    loadings = np.sqrt(totals - noise)

    to_code, from_code = autoencoder.linear_paths
    encoding = np.zeros(to_code.kernel.shape)
    encoding[:, :n_components] = components.T * loadings / totals
    bias = np.zeros(2 * encoding_dim)
    bias[encoding_dim : encoding_dim + n_components] = np.log(noise / totals)
    decoding = np.zeros(from_code.kernel.shape)
    decoding[:n_components] = loadings[:, np.newaxis] * components
    start = autoencoder.with_linear_paths(Layer(encoding, bias), Layer(decoding, from_code.bias))
    return replace(start, standardization=pca.standardization)
