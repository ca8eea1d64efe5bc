"""Kernel ridge regression of the ratings of each row on what the columns' factors say about the columns."""

from dataclasses import dataclass

import numpy as np

from ..starts import MatrixFactorization

# Most ratings of a row that are regressed on, those of the columns with the most ratings.
_MOST_RATINGS = 500
# Of one rating's weight.
_RIDGE = 1.0


@dataclass(frozen=True)
class KernelRegression:
    """Kernel ridge regression of each row's ratings, less the biases, on its columns [1]_.

    Columns are the more alike, the closer the directions of their factors are. Beside the product of factors, which is
    the same function of a column for all rows but for its coefficients, it follows what is peculiar to a row.

    Parameters
    ----------
    biases : MatrixFactorization
        Biases of rows and columns alone.
    directions : float64 ndarray of shape (n_features, n_directions)
        Factors of the columns, of length 1.
    places : int ndarray of shape (n_features,)
        0 for the column with the most ratings, 1 for the next.

    References
    ----------
    .. [1] Paterek (2007). Improving regularized singular value decomposition for collaborative filtering. KDD Cup,
       section 3.6.
    """

    biases: MatrixFactorization
    directions: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, biases, starts, observed):
        """Take the columns' factors from several matrix factorisations of the same ratings.

        Parameters
        ----------
        biases : MatrixFactorization
        starts : list of MatrixFactorization
        observed : Observed
            The ratings.

        Returns
        -------
        KernelRegression
        """
        factors = [start.columns.means[:, :-1] for start in starts]
        lengths = [np.linalg.norm(part, axis=1, keepdims=True) for part in factors]
        directions = [part / np.where(length > 0, length, 1.0) for part, length in zip(factors, lengths, strict=True)]
        places = np.argsort(np.argsort(-observed.counts(), kind="stable"))
        return cls(biases, np.hstack(directions) / np.sqrt(len(starts)), places)

    def expected(self, observed):
        """Return the expected ratings of rows as an array; see `MatrixFactorization`."""
        expected, residuals = self.biases.expected(observed), self._residuals(observed)
        for row in range(len(expected)):
            expected[row] += self._added(residuals, row, slice(None))
        return expected

    def expected_entries(self, observed, entries):
        """Return the expected ratings of some entries of rows; see `MatrixFactorization`."""
        expected, residuals = self.biases.expected_entries(observed, entries), self._residuals(observed)
        for row in np.flatnonzero(np.diff(entries.indptr)):
            asked = slice(*entries.indptr[row : row + 2])
            expected[asked] += self._added(residuals, row, entries.indices[asked])
        return expected

    def _residuals(self, observed):
        """Return the ratings less their biases, as a CSR array."""
        residuals = observed.values.copy()
        residuals.data -= self.biases.expected_entries(observed, observed.values)
        return residuals

    def _added(self, residuals, row, asked):
        """Return what is added to the biases of some columns of a row."""
        ratings = slice(*residuals.indptr[row : row + 2])
        rated, residuals = residuals.indices[ratings], residuals.data[ratings]
        if len(rated) > _MOST_RATINGS:
            kept = np.argpartition(self.places[rated], _MOST_RATINGS)[:_MOST_RATINGS]
            rated, residuals = rated[kept], residuals[kept]
        products = self._kernel(rated, rated) + _RIDGE * np.eye(len(rated))
        return self._kernel(asked, rated) @ np.linalg.solve(products, residuals)

    def _kernel(self, columns, others):
        return np.exp(2 * (self.directions[columns] @ self.directions[others].T - 1))
