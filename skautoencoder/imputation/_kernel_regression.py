"""Kernel ridge regression of the ratings of each row on the factors of its columns."""

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

    Columns are the more alike, the closer the directions of their factors and their biases are. The product of factors
    is linear in them; this is not.

    Parameters
    ----------
    biases : MatrixFactorization
        Biases of rows and columns alone.
    inputs : float64 ndarray of shape (n_features, n_inputs)
        Factors of the columns, of length 1, and their biases.
    places : int ndarray of shape (n_features,)
        0 for the column with the most ratings, 1 for the next.

    References
    ----------
    .. [1] Paterek (2007). Improving regularized singular value decomposition for collaborative filtering. KDD Cup
       (kernel ridge regression after the decomposition).
    """

    biases: MatrixFactorization
    inputs: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, biases, starts, observed):
        """Take the columns' factors and biases from several matrix factorisations of the same ratings.

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
        means = np.stack([start.columns.means for start in starts])
        factors, column_biases = means[..., :-1], means[..., -1].mean(axis=0)
        lengths = np.linalg.norm(factors, axis=-1, keepdims=True)
        directions = np.hstack(factors / np.where(lengths > 0, lengths, 1.0)) / np.sqrt(len(starts))
        places = np.argsort(np.argsort(-observed.counts(), kind="stable"))
        return cls(biases, np.column_stack([directions, column_biases]), places)

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
        left, right = self.inputs[columns], self.inputs[others]
        exponents = left @ (2 * right).T
        exponents -= np.square(left).sum(axis=1)[:, np.newaxis]
        exponents -= np.square(right).sum(axis=1)
        return np.exp(exponents, out=exponents)
