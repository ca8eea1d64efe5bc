"""PCA, and the network that is PCA before its first step."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.utils.extmath import svd_flip

from .._sklearn_compat import fit_quietly
from ..networks import Layer
from ..rows import Standardization, row_blocks

# Rows of up to this size are copied, standardised, for scikit-learn's PCA.
_COPY_BYTES = 64 * 2**20
_BLOCK_MEBIBYTES = 4


@dataclass(frozen=True)
class PrincipalComponents:
    """PCA of the rows of X.

    Parameters
    ----------
    standardization : Standardization
        Standardisation of X.
    components : float64 ndarray of shape (n_components, n_features)
        Orthonormal rows, with the signs that scikit-learn gives them.
    """

    standardization: Standardization
    components: np.ndarray

    @classmethod
    def of(cls, X, encoding_dim, random_state):
        """Find the principal components of the rows of X.

        Rows that can be copied, and sparse ones, go to scikit-learn's PCA. For more rows than that, the covariance is
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
            pca = fit_quietly(PCA(encoding_dim, random_state=random_state), standardization.apply(X))
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
        return fit_quietly(PCA(encoding_dim, svd_solver="arpack", random_state=random_state), X).components_
    return fit_quietly(PCA(encoding_dim, svd_solver="covariance_eigh"), X).components_


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
    """Put PCA on the linear paths of a network.

    Code units beyond the components keep their random kernel in the encoder and start unread by the decoder: the
    reconstruction is PCA's all the same.

    Parameters
    ----------
    autoencoder : Autoencoder
        Untrained, with linear paths, its hidden paths putting out zero.
    pca : PrincipalComponents

    Returns
    -------
    Autoencoder
        Its codes are in the units of X, as PCA's.
    """
    components = pca.components
    to_code, from_code = autoencoder.linear_paths
    encoding = to_code.kernel.astype(np.float64)
    encoding[:, : len(components)] = components.T
    decoding = np.zeros(from_code.kernel.shape)
    decoding[: len(components)] = components
    start = autoencoder.with_linear_paths(Layer(encoding, to_code.bias), Layer(decoding, from_code.bias))
    return start.with_standardization(pca.standardization, code_scale=pca.standardization.scale)


def _blocks(X):
    return row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
