"""Training in the space that few wide rows span: one coordinate for each row, instead of many columns."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import qr
from scipy.sparse import issparse

from ..rows import GivenRows, Standardization

# Maximum number of rows; the basis takes their squared number of multiplications for each column.
_MAX_ROWS = 1500
# Minimum number of columns, in rows.
_MIN_COLUMNS_PER_ROW = 2


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The space that centred rows span, with an orthonormal basis.

    Squared errors are the same in the space and in the columns of X: no reconstruction of these rows needs another
    direction. Coordinates are multiplied by a factor that keeps the mean over their smaller number.
    """

    standardization: Standardization
    # Shape (n_features, n_coordinates).
    basis: np.ndarray
    coordinates: np.ndarray

    @classmethod
    def of(cls, rows: GivenRows):
        """Find a basis by QR decomposition."""
        standardization = Standardization.of(rows.X, rows.sample_weight)
        centred = np.subtract(rows.X, standardization.mean, dtype=np.float64)
        basis, triangle = qr(centred.T, mode="economic", overwrite_a=True)
        return cls(standardization, basis, triangle.T)

    @staticmethod
    def suits(rows: GivenRows):
        """Whether rows are few and wide enough, with nothing beside them that may leave their space."""
        n_samples, n_features = rows.X.shape
        is_wide = n_samples <= _MAX_ROWS and n_features >= _MIN_COLUMNS_PER_ROW * n_samples
        is_alone = rows.X_noisy is None and rows.X_val is None and rows.start_weights is None
        return is_wide and is_alone and not issparse(rows.X)

    @property
    def factor(self):
        """Factor of the coordinates, the root of the number of coordinates per column."""
        n_features, n_coordinates = self.basis.shape
        return np.sqrt(n_coordinates / n_features)

    def rows(self, rows: GivenRows):
        """Return the rows by their coordinates."""
        return GivenRows(self.coordinates * self.factor, rows.sample_weight, basis=self.basis)

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
