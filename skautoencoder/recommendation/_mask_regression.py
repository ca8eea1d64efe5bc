"""How likely a row rates a column, given the columns that it has rated."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import inv

from ._mask_factorization import MaskFactorization

# Maximum number of columns that are regressed on each other, those with the most ratings: memory is quadratic in it.
_MAX_COLUMNS = 3000
# Ridge strength, in ratings.
_RIDGE = 200.0
# Prior strength of popularity, in ratings of a row: rows with few ratings are recommended popular columns.
_PRIOR_RATINGS = 3.0


@dataclass(frozen=True)
class MaskRegression:
    """Ridge regression of the mask of each column on the masks of all others; a low-rank model of rarer columns.

    Source: Steck (2019), Embarrassingly shallow autoencoders for sparse data, eq. 8.
    """

    # Columns that are regressed on each other, and their float32 coefficients with a diagonal of 0.
    columns: np.ndarray
    coefficients: np.ndarray
    # Model of the other columns.
    factors: MaskFactorization
    # Share of the rows that have rated each column.
    popularity: np.ndarray

    @classmethod
    def of(cls, mask, factors, sample_weight=None):
        """Fit to a mask of ratings, a CSR array of ones; weights of the rows are above 0."""
        columns = np.sort(np.argsort(-factors.column_counts, kind="stable")[:_MAX_COLUMNS])
        known = mask[:, columns]
        weights = np.ones(mask.shape[0]) if sample_weight is None else sample_weight
        weighted = known if sample_weight is None else known.multiply(weights[:, np.newaxis]).tocsr()
        products = (known.T @ weighted).toarray(order="F")
        # In place from here on: these arrays are the largest of the whole fit.
        products.flat[:: len(columns) + 1] += _RIDGE
        coefficients = inv(products, overwrite_a=True, check_finite=False)
        coefficients /= -np.diag(coefficients)
        np.fill_diagonal(coefficients, 0.0)
        return cls(columns, coefficients.astype(np.float32), factors, weights @ mask / weights.sum())

    def expected(self, mask):
        """Return how likely each entry of rows is rated, at least 0, as an array.

        Popularity counts as three ratings: rows without any are expected to rate popular columns.
        """
        likely = np.zeros(mask.shape)
        if len(self.columns) < mask.shape[1]:
            likely[:] = self.factors.expected(mask)
        likely[:, self.columns] = np.maximum(mask[:, self.columns] @ self.coefficients, 0.0)
        return likely + np.outer(_PRIOR_RATINGS / (_PRIOR_RATINGS + mask.sum(axis=1)), self.popularity)
