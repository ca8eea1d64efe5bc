"""From a fitted PCA to starting weights: before its first step the network is PCA."""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from sklearn.decomposition import PCA

from ._inference import Autoencoder, Layer


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

    def apply(self, X):
        """Standardise X in float64: a large offset is gone before anything is rounded to float32."""
        rows = np.subtract(X, self.mean, dtype=np.float64)
        rows /= self.scale
        return rows


def standardize(X):
    """Standardise the rows of X in float64.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    rows : float64 ndarray of shape (n_samples, n_features)
    standardization : Standardization
    """
    mean = X.mean(axis=0, dtype=np.float64)
    # A mean rounded in the last place must not turn a constant column into a signal.
    mean = np.where(np.ptp(X, axis=0) == 0, X[0], mean)
    rows = np.subtract(X, mean, dtype=np.float64)
    scale = float(np.linalg.norm(rows) / np.sqrt(rows.size)) or 1.0
    rows /= scale
    return rows, Standardization(mean, scale)


def fit_pca(rows, encoding_dim, random_state):
    """Fit PCA to centred rows; `encoding_dim` beyond the rank leaves fewer components than asked for.

    Parameters
    ----------
    rows : float64 ndarray of shape (n_samples, n_features)
    encoding_dim : int, or float in (0, 1)
        Number of components, or the share of variance that they must explain.
    random_state : RandomState

    Returns
    -------
    PCA
    """
    if isinstance(encoding_dim, Integral):
        encoding_dim = min(encoding_dim, *rows.shape)
    # Constant rows have no variance to explain a share of.
    with np.errstate(invalid="ignore"):
        return PCA(encoding_dim, random_state=random_state).fit(rows)


def start_at_pca(autoencoder, pca):
    """Put PCA on the linear paths.

    Code units beyond PCA's components keep their random kernel in the encoder and start unread by the decoder:
    the reconstruction is PCA's all the same.

    Parameters
    ----------
    autoencoder : Autoencoder
        With linear paths, its hidden paths putting out zero.
    pca : PCA
        Fitted to the rows that the autoencoder will see.

    Returns
    -------
    Autoencoder
    """
    encoder, decoder = autoencoder.encoder, autoencoder.decoder
    components = pca.components_
    to_code = encoder.linear.kernel.astype(np.float64)
    to_code[:, : len(components)] = components.T
    from_code = np.zeros(decoder.linear.kernel.shape)
    from_code[: len(components)] = components
    # pca.mean_ is the rounding error left by standardisation.
    return Autoencoder(
        replace(encoder, linear=Layer(to_code, -pca.mean_ @ to_code)),
        replace(decoder, linear=Layer(from_code, pca.mean_)),
    )


def in_units_of_X(autoencoder, standardization):
    """Turn an autoencoder of standardised rows into one of rows of X; its codes are in the units of X, as PCA's."""
    encoder = autoencoder.encoder.in_units(standardization.scale)
    decoder = autoencoder.decoder.in_units(standardization.scale)
    return Autoencoder(replace(encoder, subtract=standardization.mean), replace(decoder, add=standardization.mean))
