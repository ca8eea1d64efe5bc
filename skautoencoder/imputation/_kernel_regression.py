"""Kernel ridge regression of ratings: of each row on its columns, and of each column on its rows."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ..rows import row_blocks
from ..starts import MatrixFactorization

# Most ratings of a row, or of a column, that are regressed on: those of the columns, or rows, with the most ratings.
_MOST_RATINGS = 500
# Of one rating's weight.
_RIDGE = 1.0
_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class RowKernelRegression:
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
    def of(cls, biases, starts, known, sample_weight=None):
        """Take the columns' factors and biases from several matrix factorisations of the same ratings.

        Parameters
        ----------
        biases : MatrixFactorization
        starts : list of MatrixFactorization
        known : KnownRatings
            The ratings.
        sample_weight : float64 ndarray of shape (n_rows,), default=None
            How often each row counts, above 0. If None, once.
        """
        n_ratings = known.observed.counts(sample_weight)
        return cls(biases, _inputs([start.columns.means for start in starts]), _places(n_ratings))

    def expected(self, known):
        """Return the expected ratings of rows as an array; see `MatrixFactorization`."""
        expected, residuals = self.biases.expected(known), self.biases.residuals(known, known.observed.values)
        for row in range(len(expected)):
            expected[row] += self._added(residuals, row, slice(None))
        return expected

    def expected_entries(self, known, entries):
        """Return the expected ratings of some entries of rows; see `MatrixFactorization`."""
        expected = self.biases.expected_entries(known, entries)
        residuals = self.biases.residuals(known, known.observed.values)
        for row in np.flatnonzero(np.diff(entries.indptr)):
            asked = slice(*entries.indptr[row : row + 2])
            expected[asked] += self._added(residuals, row, entries.indices[asked])
        return expected

    def _added(self, residuals, row, asked):
        """Return what is added to the biases of some columns of a row."""
        rated, coefficients = _regressed(residuals, row, self.inputs, self.places)
        return _kernel(self.inputs[asked], self.inputs[rated]) @ coefficients


@dataclass(frozen=True)
class ColumnKernelRegression:
    """Kernel ridge regression of each column's ratings, less the biases, on its rows.

    It is `RowKernelRegression` of the transposed ratings. The rows that it was fitted to are part of it; new rows are
    known by the factors that their ratings have.

    Parameters
    ----------
    biases : MatrixFactorization
        Biases of rows and columns alone.
    starts : tuple of MatrixFactorization
        They find the factors of rows.
    inputs : float64 ndarray of shape (n_rows, n_inputs)
        Factors of the rows of the fit, of length 1, and their biases.
    coefficients : float64 ndarray of shape (n_coefficients,)
        Those of the regressions, column after column.
    rows : int32 ndarray of shape (n_coefficients,)
        Row of the fit that each coefficient belongs to.
    bounds : int ndarray of shape (n_features + 1,)
        Where the coefficients of each column begin and end.
    """

    biases: MatrixFactorization
    starts: tuple
    inputs: np.ndarray
    coefficients: np.ndarray
    rows: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, biases, starts, known, sample_weight=None):
        """Regress columns on what matrix factorisations find of rows; parameters as in `RowKernelRegression.of`."""
        inputs = _inputs([known.row_means(start) for start in starts])
        residuals = biases.residuals(known, known.observed.values).T.tocsr()
        places = _places(known.observed.mask.sum(axis=1))
        found = [_regressed(residuals, column, inputs, places, sample_weight) for column in range(residuals.shape[0])]
        rows, coefficients = (np.concatenate(parts) for parts in zip(*found, strict=True))
        bounds = np.cumsum([0, *(len(part) for part, _ in found)])
        return cls(biases, tuple(starts), inputs, coefficients, rows.astype(np.int32), bounds)

    def expected(self, known):
        """Return the expected ratings of rows as an array; see `MatrixFactorization`."""
        expected, inputs = self.biases.expected(known), self._inputs_of(known)
        shape = len(self.bounds) - 1, len(self.inputs)
        coefficients = csr_array((self.coefficients, self.rows, self.bounds), shape=shape)
        for block in row_blocks(len(inputs), 8 * sum(shape), _BLOCK_MEBIBYTES):
            expected[block] += (coefficients @ _kernel(self.inputs, inputs[block])).T
        return expected

    def expected_entries(self, known, entries):
        """Return the expected ratings of some entries of rows; see `MatrixFactorization`."""
        expected, inputs = self.biases.expected_entries(known, entries), self._inputs_of(known)
        asked = csr_array((np.arange(entries.nnz), entries.indices, entries.indptr), shape=entries.shape).tocsc()
        for column in np.flatnonzero(np.diff(asked.indptr)):
            of_column, own = slice(*asked.indptr[column : column + 2]), slice(*self.bounds[column : column + 2])
            kernel = _kernel(inputs[asked.indices[of_column]], self.inputs[self.rows[own]])
            expected[asked.data[of_column]] += kernel @ self.coefficients[own]
        return expected

    def _inputs_of(self, known):
        return _inputs([known.row_means(start) for start in self.starts])


def _inputs(means):
    """Return directions of factors and biases, from what several factorisations find: the bias comes last."""
    means = np.stack(means)
    factors, biases = means[..., :-1], means[..., -1].mean(axis=0)
    lengths = np.linalg.norm(factors, axis=-1, keepdims=True)
    directions = np.hstack(factors / np.where(lengths > 0, lengths, 1.0)) / np.sqrt(len(means))
    return np.column_stack([directions, biases])


def _places(n_ratings):
    """Return the places by the number of ratings: 0 for the most."""
    return np.argsort(np.argsort(-n_ratings, kind="stable"))


def _regressed(residuals, row, inputs, places, weights=None):
    """Regress a row of a CSR array on the inputs of its columns, by their weights; return these, and coefficients."""
    entries = slice(*residuals.indptr[row : row + 2])
    columns, residuals = residuals.indices[entries], residuals.data[entries]
    if len(columns) > _MOST_RATINGS:
        kept = np.argpartition(places[columns], _MOST_RATINGS)[:_MOST_RATINGS]
        columns, residuals = columns[kept], residuals[kept]
    products = _kernel(inputs[columns], inputs[columns])
    products.flat[:: len(columns) + 1] += _RIDGE if weights is None else _RIDGE / weights[columns]
    return columns, np.linalg.solve(products, residuals)


def _kernel(left, right):
    exponents = left @ (2 * right).T
    exponents -= np.square(left).sum(axis=1)[:, np.newaxis]
    exponents -= np.square(right).sum(axis=1)
    return np.exp(exponents, out=exponents)
