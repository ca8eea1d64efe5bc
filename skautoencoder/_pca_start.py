"""From PCA to starting weights: before its first step the network is PCA."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches
from sklearn.utils.extmath import svd_flip
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._inference import Layer

# Up to this size the rows are copied, standardised, for scikit-learn's PCA.
_COPY_BYTES = 64 * 2**20
_BLOCK_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Standardization:
    """One mean per feature and one scale for all: squared error keeps its meaning, units lose theirs.

    Parameters
    ----------
    mean : float64 ndarray of shape (n_features,)
    scale : float
        Root mean square of the centred entries; 1.0 where all rows are the same.
    """

    mean: np.ndarray
    scale: float

    @classmethod
    def none(cls, n_features):
        """Leave the rows as they are."""
        return cls(np.zeros(n_features), 1.0)

    @classmethod
    def of(cls, X):
        """Measure the rows of X, an ndarray or a CSR matrix, in float64."""
        if issparse(X):
            mean, variance = mean_variance_axis(X.astype(np.float64, copy=False), axis=0)
            return cls(mean, float(np.sqrt(variance.mean())) or 1.0)
        mean = X.mean(axis=0, dtype=np.float64)
        # A mean rounded in the last place must not turn a constant column into a signal.
        mean = np.where(np.ptp(X, axis=0) == 0, X[0], mean)
        squares = sum(np.sum(np.square(np.subtract(X[rows], mean))) for rows in _blocks(X))
        return cls(mean, float(np.sqrt(squares / X.size)) or 1.0)

    def apply(self, X, out=None):
        """Standardise dense rows in float64: a large offset is gone before `out` rounds to float32."""
        if out is not None and self.scale == 1.0 and not self.mean.any():
            if out is not X:
                np.copyto(out, X, casting="same_kind")
            return out
        out = np.subtract(X, self.mean, out=out, dtype=np.float64, casting="same_kind")
        out /= self.scale
        return out

    def revert(self, X):
        """Take standardised rows back into the units of X, in their own dtype."""
        return X * X.dtype.type(self.scale) + self.mean.astype(X.dtype)


@dataclass(frozen=True)
class PrincipalComponents:
    """PCA of the rows of X.

    Parameters
    ----------
    standardization : Standardization
        Of X.
    components : float64 ndarray of shape (n_components, n_features)
        Orthonormal rows, with the signs that scikit-learn gives them.
    """

    standardization: Standardization
    components: np.ndarray

    @classmethod
    def of(cls, X, encoding_dim, random_state):
        """Find the principal components of the rows of X.

        Rows that can be copied, and sparse ones, go to scikit-learn's PCA; of more rows than that, the covariance is
        added up block by block.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_samples, n_features)
        encoding_dim : int, or float in (0, 1)
            Number of components, fewer if the rank of X does not allow them, or the share of variance that they must
            explain.
        random_state : RandomState

        Returns
        -------
        PrincipalComponents
        """
        standardization = Standardization.of(X)
        if isinstance(encoding_dim, Integral):
            encoding_dim = min(encoding_dim, *X.shape)
        if issparse(X):
            return cls(standardization, _sparse_components(X, encoding_dim, random_state))
        if X.size * 8 > _COPY_BYTES and X.shape[0] > X.shape[1]:
            return cls(standardization, _covariance_components(X, standardization, encoding_dim))
        # Constant rows have no variance to explain a share of.
        with np.errstate(invalid="ignore"):
            pca = PCA(encoding_dim, random_state=random_state).fit(standardization.apply(X))
        return cls(standardization, pca.components_)

    def project(self, X):
        """Project the rows of X onto the components."""
        return X @ self.components.T - self.standardization.mean @ self.components.T

    def reconstruct(self, X):
        """Project the rows of X onto the components and back."""
        return self.project(X) @ self.components + self.standardization.mean

    def variances(self, X):
        """Compute the variance of the rows of X along each component, in standardised units."""
        squares = sum(np.sum(np.square(self.project(X[rows])), axis=0) for rows in _blocks(X))
        return squares / (X.shape[0] * self.standardization.scale**2)


def _sparse_components(X, encoding_dim, random_state):
    X = X.astype(np.float64, copy=False)
    if isinstance(encoding_dim, Integral) and encoding_dim < min(X.shape):
        # Without an array of the size of X, dense, or of the covariance.
        return PCA(encoding_dim, svd_solver="arpack", random_state=random_state).fit(X).components_
    return PCA(encoding_dim, svd_solver="covariance_eigh").fit(X).components_


def _covariance_components(X, standardization, encoding_dim):
    n_features = X.shape[1]
    covariance = np.zeros((n_features, n_features))
    for rows in _blocks(X):
        block = standardization.apply(X[rows])
        covariance += block.T @ block
    most = encoding_dim if isinstance(encoding_dim, Integral) else n_features
    variances, directions = eigh(covariance, subset_by_index=[n_features - most, n_features - 1])
    variances, components = variances[::-1], directions.T[::-1]
    if not isinstance(encoding_dim, Integral):
        share = np.cumsum(variances) / np.trace(covariance)
        components = components[: np.searchsorted(share, encoding_dim, side="right") + 1]
    return svd_flip(None, components, u_based_decision=False)[1]


def start_at_pca(autoencoder, pca):
    """Put PCA on the linear paths.

    Code units beyond the components keep their random kernel in the encoder and start unread by the decoder: the
    reconstruction is PCA's all the same.

    Parameters
    ----------
    autoencoder : DenseAutoencoder or KerasAutoencoder
        Of standardised rows, with linear paths, its hidden paths putting out zero.
    pca : PrincipalComponents

    Returns
    -------
    DenseAutoencoder or KerasAutoencoder
    """
    components = pca.components
    to_code, from_code = autoencoder.linear_paths
    encoding = to_code.kernel.astype(np.float64)
    encoding[:, : len(components)] = components.T
    decoding = np.zeros(from_code.kernel.shape)
    decoding[: len(components)] = components
    return autoencoder.with_linear_paths(Layer(encoding, to_code.bias), Layer(decoding, from_code.bias))


def start_at_probabilistic_pca(autoencoder, pca, variances, beta):
    """Put probabilistic PCA [1]_ on the linear paths of a variational autoencoder.

    Of all linear decoders it has the largest likelihood [1, eq. 7 and 8], and the encoder is its posterior [1, eq. 11],
    so that a linear variational autoencoder starts where it would end. Written for a divergence of weight beta, which
    takes the place of the noise variance times beta.

    Parameters
    ----------
    autoencoder : DenseAutoencoder or KerasAutoencoder
        Of standardised rows, with linear paths, its hidden paths putting out zero; the encoder puts out means, then
        logarithms of variances.
    pca : PrincipalComponents
    variances : ndarray of shape (n_components,)
        Of standardised rows along the components.
    beta : float

    Returns
    -------
    DenseAutoencoder or KerasAutoencoder

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
    return autoencoder.with_linear_paths(Layer(encoding, bias), Layer(decoding, from_code.bias))


def _blocks(X):
    return gen_batches(X.shape[0], max(1, _BLOCK_BYTES // (8 * X.shape[1])))


def start_at_factor_analysis(autoencoder, factors, shares):
    """Put factor analysis on the linear paths: completed rows are encoded as the observed entries alone would be.

    Parameters
    ----------
    autoencoder : DenseAutoencoder or KerasAutoencoder
        Of standardised rows, with linear paths, its hidden paths putting out zero.
    factors : FactorAnalysis
    shares : ndarray of shape (n_features,)
        By which the decoder's values are multiplied.

    Returns
    -------
    DenseAutoencoder or KerasAutoencoder
    """
    kernel, bias = factors.encoding
    n_factors = len(bias)
    to_code, from_code = autoencoder.linear_paths
    encoding, encoding_bias = to_code.kernel.astype(np.float64), np.zeros(to_code.kernel.shape[1])
    encoding[:, :n_factors], encoding_bias[:n_factors] = kernel, bias
    decoding = np.zeros(from_code.kernel.shape)
    decoding[:n_factors] = factors.loadings.T * shares
    return autoencoder.with_linear_paths(Layer(encoding, encoding_bias), Layer(decoding, factors.mean * shares))
