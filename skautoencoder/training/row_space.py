"""Training in the space that few wide rows span: one coordinate for each row, instead of many columns."""

from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np
from scipy.linalg import qr, svd
from scipy.sparse import issparse
from sklearn.utils.extmath import svd_flip

from ..rows import GivenRows, Standardization, distinct_rows

# Maximum number of rows; the basis takes their squared number of multiplications for each column.
_MAX_ROWS = 1500
# Maximum number of entries, of which several copies are made.
_MAX_ENTRIES = 2**26
# Minimum number of columns, in rows.
_MIN_COLUMNS_PER_ROW = 2


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The space that centred rows span, with their principal axes as its basis.

    Squared errors are the same in the space and in the columns of X: no reconstruction of these rows needs another
    direction. Coordinates are multiplied by a factor that keeps the mean over their smaller number. The principal axes,
    unlike other bases, do not depend on the order of the rows, and weights count as repeated rows.
    """

    standardization: Standardization
    # Shape (n_features, n_coordinates), with the signs that scikit-learn gives principal axes.
    basis: np.ndarray
    # Of the coordinates, up to a common factor.
    variances: np.ndarray

    @classmethod
    def of(cls, rows: GivenRows):
        """Find the principal axes of an array of few rows."""
        standardization = Standardization.of(rows.X, rows.sample_weight)
        centred = np.subtract(rows.X, standardization.mean, dtype=np.float64)
        if rows.sample_weight is not None:
            centred *= np.sqrt(rows.sample_weight)[:, np.newaxis]
        basis, triangle = qr(centred.T, mode="economic", overwrite_a=True, check_finite=False)
        rotation, deviations, _ = svd(triangle, full_matrices=False, check_finite=False)
        rank = np.count_nonzero(deviations > len(deviations) * np.finfo(np.float64).eps * deviations[0])
        axes = (basis @ rotation[:, :rank]).T
        axes = svd_flip(None, axes, u_based_decision=False)[1]
        return cls(standardization, axes.T, np.square(deviations[:rank]))

    @staticmethod
    def suits(rows: GivenRows):
        """Whether rows are few and wide enough, with nothing beside them that may leave their space."""
        X = rows.X
        is_alone = rows.X_noisy is None and rows.X_val is None and rows.start_weights is None
        if issparse(X) or not is_alone or X.shape[0] > _MAX_ROWS or X.size > _MAX_ENTRIES:
            return False
        # Weights count as repeated rows.
        return X.shape[1] >= _MIN_COLUMNS_PER_ROW * len(distinct_rows(X)[0])

    def has_more_axes_than(self, encoding_dim):
        """Whether there are more coordinates than codes, or than explain a share of the variance."""
        rank = len(self.variances)
        if isinstance(encoding_dim, Integral):
            return encoding_dim < rank
        shares = np.cumsum(self.variances) / self.variances.sum()
        return np.searchsorted(shares, encoding_dim, side="right") + 1 < rank

    @property
    def factor(self):
        """Factor of the coordinates, the root of the number of coordinates per column."""
        n_features, n_coordinates = self.basis.shape
        return np.sqrt(n_coordinates / n_features)

    def rows(self, rows: GivenRows):
        """Return the rows by their coordinates."""
        centred = np.subtract(rows.X, self.standardization.mean, dtype=np.float64)
        return GivenRows(centred @ self.basis * self.factor, rows.sample_weight)

    def lifted(self, autoencoder):
        """Return a dense autoencoder of coordinates as one of rows of X."""
        encoder = autoencoder.encoder.rescaled(1 / self.factor, 1 / self.factor)
        decoder = autoencoder.decoder.rescaled(1 / self.factor, 1 / self.factor)
        encoder = replace(
            encoder,
            layers=(*(_of_columns(layer, self.basis) for layer in encoder.layers[:1]), *encoder.layers[1:]),
            linear=_of_columns(encoder.linear, self.basis),
        )
        decoder = replace(
            decoder,
            layers=(*decoder.layers[:-1], *(_to_columns(layer, self.basis) for layer in decoder.layers[-1:])),
            linear=_to_columns(decoder.linear, self.basis),
        )
        return replace(autoencoder, encoder=encoder, decoder=decoder, standardization=self.standardization)


def _of_columns(layer, basis):
    """Return a layer of coordinates as one of columns."""
    return replace(layer, kernel=(basis @ layer.kernel).astype(layer.kernel.dtype))


def _to_columns(layer, basis):
    """Return a layer whose units are coordinates as one whose units are columns."""
    bias = None if layer.bias is None else (basis @ layer.bias).astype(layer.bias.dtype)
    return replace(layer, kernel=(layer.kernel @ basis.T).astype(layer.kernel.dtype), bias=bias)
