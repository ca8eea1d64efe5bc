"""PCA, and the network that equals PCA before its first step."""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse
from scipy.sparse.linalg import aslinearoperator, svds
from sklearn.decomposition import PCA
from sklearn.utils.extmath import svd_flip

from .._sklearn_compat import fit_pca
from ..networks import CodeMap, Layer
from ..rows import Standardization, row_blocks

# Rows of up to this size are copied, standardised, for scikit-learn's PCA.
_COPY_BYTES = 64 * 2**20
# Below this relative singular value ARPACK returns random directions; the covariance solver replaces it for up to
# _MAX_COLUMNS columns.
_MIN_SINGULAR_VALUE = 1e-10
_MAX_COLUMNS = 4096
# scikit-learn decomposes arrays of up to this many rows by their singular values.
_MAX_ROWS_OF_SVD = 500
_MAX_COLUMNS_OF_COVARIANCE = 1000
_BLOCK_MEBIBYTES = 4


@dataclass(frozen=True)
class PrincipalComponents:
    """PCA of the rows of X."""

    standardization: Standardization
    # Orthonormal rows in float64, of shape (n_components, n_features), with the signs that scikit-learn gives them.
    components: np.ndarray
    # Weights of the columns of which these are the components; None if all columns count the same.
    column_weights: np.ndarray | None = None

    @classmethod
    def of_weighted_columns(cls, X, column_weights, encoding_dim, random_state, sample_weight=None):
        """Find the principal components of the rows of an array times weights of its columns; None is `of`."""
        if column_weights is None:
            return cls.of(X, encoding_dim, random_state, sample_weight)
        components = cls.of(X * column_weights, encoding_dim, random_state, sample_weight).components
        return cls(Standardization.of(X, sample_weight), components, column_weights)

    @classmethod
    def of(cls, X, encoding_dim, random_state, sample_weight=None):
        """Find the principal components of the rows of X, an array or a CSR matrix, with positive row weights.

        `encoding_dim` is the number of components, of which the rank of X may allow fewer, or the share of the variance
        that they must explain. Arrays of more rows than columns go through their covariance, unless they are small;
        others go to scikit-learn's PCA.
        """
        standardization = Standardization.of(X, sample_weight)
        if isinstance(encoding_dim, Integral):
            encoding_dim = min(encoding_dim, *X.shape)
        if not standardization.deviations.any():
            # Constant rows have no variance: any directions will do, and one explains every share.
            components = np.eye(encoding_dim if isinstance(encoding_dim, Integral) else 1, X.shape[1])
        elif issparse(X):
            components = _sparse_components(X, standardization, encoding_dim, random_state, sample_weight)
        elif _suits_covariance(X):
            components = _covariance_components(X, standardization, encoding_dim, sample_weight)
        else:
            rows = standardization.apply(X)
            if sample_weight is not None:
                rows *= np.sqrt(sample_weight)[:, np.newaxis]
                # Stacking X and -X makes the mean zero, so PCA's centring does nothing.
                rows = np.concatenate([rows, -rows])
            pca = PCA(encoding_dim, random_state=random_state)
            fit_pca(pca, rows)
            components = pca.components_
        return cls(standardization, components)

    @property
    def encoding(self):
        """Matrix from centred rows to codes, of shape (n_features, n_components)."""
        weights = self.column_weights
        return self.components.T if weights is None else weights[:, np.newaxis] * self.components.T

    @property
    def decoding(self):
        """Matrix from codes to centred rows, of shape (n_components, n_features)."""
        return self.components if self.column_weights is None else self.components / self.column_weights

    def project(self, X):
        """Project the rows of X onto the components."""
        return X @ self.encoding - self.standardization.mean @ self.encoding

    def reconstruct(self, X):
        """Project the rows of X onto the components and back."""
        return self.project(X) @ self.decoding + self.standardization.mean

    def variances(self, X, sample_weight=None):
        """Compute the variance of the rows of X along each component, in standardised units."""
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        squares = sum(weights[rows] @ np.square(self.project(X[rows])) for rows in _blocks(X))
        return squares / (weights.sum() * self.standardization.scale**2)


def _sparse_components(X, standardization, encoding_dim, random_state, sample_weight):
    """Find components of a CSR matrix; few of them without a dense array of the size of X or of the covariance."""
    X = X.astype(np.float64, copy=False)
    mean = standardization.mean
    if standardization.is_extreme:
        # ARPACK treats small numbers as zero.
        X = X / standardization.scale
        mean = mean / standardization.scale
    is_few = isinstance(encoding_dim, Integral) and encoding_dim < min(X.shape)
    # Separate generator: ARPACK draws a data-dependent amount.
    random_state = np.random.RandomState(random_state.randint(2**31 - 1))
    if sample_weight is None:
        pca = PCA(encoding_dim, svd_solver="arpack" if is_few else "covariance_eigh", random_state=random_state)
        fit_pca(pca, X)
        singular = pca.singular_values_
        if is_few and singular[-1] <= _MIN_SINGULAR_VALUE * singular[0] and X.shape[1] <= _MAX_COLUMNS:
            fit_pca(pca.set_params(svd_solver="covariance_eigh"), X)
        return pca.components_
    roots = np.sqrt(sample_weight)
    weighted = X.multiply(roots[:, np.newaxis]).tocsr()
    if not is_few:
        covariance = (weighted.T @ weighted).toarray() - sample_weight.sum() * np.outer(mean, mean)
        return _leading_components(covariance, encoding_dim)
    of_mean = aslinearoperator(roots[:, np.newaxis]) @ aslinearoperator(mean[np.newaxis])
    centred = aslinearoperator(weighted) - of_mean
    first = random_state.uniform(-1, 1, size=min(X.shape))
    directions = svds(centred, encoding_dim, v0=first, return_singular_vectors="vh")[2][::-1]
    return svd_flip(None, directions, u_based_decision=False)[1]


def _suits_covariance(X):
    """Whether the covariance of an array gives its components exactly, in less time or memory than a copy."""
    n_samples, n_features = X.shape
    # scikit-learn decomposes fewer rows exactly, and some of the others by a randomised solver.
    is_large = X.size * 8 > _COPY_BYTES or (n_samples > _MAX_ROWS_OF_SVD and n_features <= _MAX_COLUMNS_OF_COVARIANCE)
    return is_large and n_samples > n_features


def _covariance_components(X, standardization, encoding_dim, sample_weight):
    """Find components of an array by its covariance, added up block by block."""
    covariance = np.zeros((X.shape[1], X.shape[1]))
    for rows in _blocks(X):
        block = standardization.apply(X[rows])
        covariance += block.T @ (block if sample_weight is None else sample_weight[rows, np.newaxis] * block)
    return _leading_components(covariance, encoding_dim)


def _leading_components(covariance, encoding_dim):
    """Return eigenvectors of a covariance as rows, largest first: a number of them, or those that explain a share."""
    n_features = len(covariance)
    n_components = encoding_dim if isinstance(encoding_dim, Integral) else n_features
    variances, directions = eigh(covariance, subset_by_index=[n_features - n_components, n_features - 1])
    components = directions.T[::-1]
    if not isinstance(encoding_dim, Integral):
        share = np.cumsum(variances[::-1]) / np.trace(covariance)
        components = components[: np.searchsorted(share, encoding_dim, side="right") + 1]
    return svd_flip(None, components, u_based_decision=False)[1]


def start_at_pca(autoencoder, pca):
    """Put PCA on the linear paths of an untrained network whose hidden paths return zero.

    Codes are in the units of X. Code units beyond the components keep their random kernel in the encoder, and the
    decoder ignores them at the start: the reconstruction is PCA's all the same.
    """
    components = pca.components
    to_code, from_code = autoencoder.linear_paths
    encoding = to_code.kernel.astype(np.float64)
    encoding[:, : len(components)] = pca.encoding
    decoding = np.zeros(from_code.kernel.shape)
    decoding[: len(components)] = pca.decoding
    start = autoencoder.with_linear_paths(Layer(encoding, to_code.bias), Layer(decoding, from_code.bias))
    code_map = CodeMap.scaling(autoencoder.encoding_dim, pca.standardization.scale)
    return replace(start, standardization=pca.standardization, code_map=code_map)


def _blocks(X):
    return row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
