"""Probabilistic PCA, and the variational autoencoder that is probabilistic PCA before its first step."""

from dataclasses import replace

import numpy as np

from ..networks import Layer


def start_at_probabilistic_pca(autoencoder, pca, variances, beta):
    """Put probabilistic PCA [1]_ on the linear paths of a variational autoencoder.

    It is the linear decoder of the largest likelihood [1, eq. 7 and 8], and the encoder is its posterior [1, eq. 11],
    so that a linear variational autoencoder starts where it would end. With a divergence of weight beta, beta times the
    noise variance takes the place of the noise variance.

    Parameters
    ----------
    autoencoder : Autoencoder
        Untrained, with linear paths, its hidden paths putting out zero; the encoder puts out means, then logarithms of
        variances.
    pca : PrincipalComponents
    variances : ndarray of shape (n_components,)
        Variances of the standardised rows along the components.
    beta : float
        Weight of the divergence.

    Returns
    -------
    Autoencoder
        Its codes have no unit: they are normally distributed with variance one.

    References
    ----------
    .. [1] Tipping & Bishop (1999). Probabilistic principal component analysis. JRSS B 61.
    """
    components = pca.components
    n_components, n_features = components.shape
    encoding_dim = autoencoder.encoding_dim
    # Standardised features have a mean variance of one; what the components leave is noise.
    noise = max(n_features - variances.sum(), 0.0) / max(n_features - n_components, 1)
    # Never quite zero, so that variances have logarithms.
    floored = np.maximum(variances, 1e-6)
    noise = np.clip(beta * noise, 1e-6 * floored, floored)
    loadings = np.sqrt(np.maximum(variances - noise, 0.0))

    to_code, from_code = autoencoder.linear_paths
    encoding, bias = to_code.kernel.astype(np.float64), np.zeros(2 * encoding_dim)
    encoding[:, :n_components] = components.T * loadings / floored
    encoding[:, encoding_dim:] = 0.0
    bias[encoding_dim : encoding_dim + n_components] = np.log(noise / floored)
    decoding = np.zeros(from_code.kernel.shape)
    decoding[:n_components] = loadings[:, np.newaxis] * components
    start = autoencoder.with_linear_paths(Layer(encoding, bias), Layer(decoding, from_code.bias))
    return replace(start, standardization=pca.standardization, code_scale=1.0)
