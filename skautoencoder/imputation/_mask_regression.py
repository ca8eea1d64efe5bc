"""How likely a row is to have rated a column at all, by what else it has rated."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import inv

from ..starts import MaskFactorization

# Most columns that are regressed on each other, those with the most ratings: their products are kept as an array.
_MOST_COLUMNS = 3000
# Ridge, in ratings of a column.
_RIDGE = 200.0


@dataclass(frozen=True)
class MaskRegression:
    """Ridge regression of the mask of each column on that of all others [1]_; a low-rank model of the mask beyond.

    Parameters
    ----------
    columns : int ndarray of shape (n_columns,)
        Columns that are regressed on each other.
    coefficients : float32 ndarray of shape (n_columns, n_columns)
        Those of each column, with a diagonal of 0.
    factors : MaskFactorization
        Model of the other columns.

    References
    ----------
    .. [1] Steck (2019). Embarrassingly shallow autoencoders for sparse data. WWW, eq. 8.
    """

    columns: np.ndarray
    coefficients: np.ndarray
    factors: MaskFactorization

    @classmethod
    def of(cls, mask, factors, sample_weight=None):
        """Fit to the mask of observed entries.

        Parameters
        ----------
        mask : CSR array of shape (n_samples, n_features)
            One where an entry is observed.
        factors : MaskFactorization
            Low-rank model of the same mask.
        sample_weight : float64 ndarray of shape (n_samples,), default=None
            How often each row counts, above 0. If None, once.

        Returns
        -------
        MaskRegression
        """
        columns = np.sort(np.argsort(-factors.column_counts, kind="stable")[:_MOST_COLUMNS])
        known = mask[:, columns]
        weighted = known if sample_weight is None else known.multiply(sample_weight[:, np.newaxis]).tocsr()
        products = (known.T @ weighted).toarray(order="F")
        # In place from here on: these arrays are the largest of the whole fit.
        products.flat[:: len(columns) + 1] += _RIDGE
        coefficients = inv(products, overwrite_a=True, check_finite=False)
        coefficients /= -np.diag(coefficients)
        np.fill_diagonal(coefficients, 0.0)
        return cls(columns, coefficients.astype(np.float32), factors)

    def expected(self, mask):
        """Return how likely each entry of rows is observed, at least 0, as an array.

        Parameters
        ----------
        mask : CSR array of shape (n_samples, n_features)
            What is known to be observed.
        """
        likely = np.zeros(mask.shape)
        if len(self.columns) < mask.shape[1]:
            likely[:] = self.factors.expected(mask)
        likely[:, self.columns] = np.maximum(mask[:, self.columns] @ self.coefficients, 0.0)
        return likely
