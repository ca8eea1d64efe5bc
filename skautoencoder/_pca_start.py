"""From PCA to starting weights: before its first step the network is PCA."""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.utils import gen_batches
from sklearn.utils.extmath import svd_flip
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._inference import Autoencoder, Layer

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

    def reconstruct(self, X):
        """Project the rows of X onto the components and back."""
        mean = self.standardization.mean
        codes = X @ self.components.T - mean @ self.components.T
        return codes @ self.components + mean


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
    autoencoder : Autoencoder
        Of standardised rows, with linear paths, its hidden paths putting out zero.
    pca : PrincipalComponents

    Returns
    -------
    Autoencoder
    """
    components = pca.components
    encoder, decoder = autoencoder.encoder, autoencoder.decoder
    to_code = encoder.linear.kernel.astype(np.float64)
    to_code[:, : len(components)] = components.T
    from_code = np.zeros(decoder.linear.kernel.shape)
    from_code[: len(components)] = components
    return Autoencoder(
        replace(encoder, linear=Layer(to_code, encoder.linear.bias)),
        replace(decoder, linear=Layer(from_code, decoder.linear.bias)),
    )


def in_units_of_X(autoencoder, standardization):
    """Turn an autoencoder of standardised rows into one of rows of X; its codes are in the units of X, as PCA's."""
    encoder = autoencoder.encoder.in_units(standardization.scale)
    decoder = autoencoder.decoder.in_units(standardization.scale)
    return Autoencoder(replace(encoder, subtract=standardization.mean), replace(decoder, add=standardization.mean))


def _blocks(X):
    return gen_batches(X.shape[0], max(1, _BLOCK_BYTES // (8 * X.shape[1])))
