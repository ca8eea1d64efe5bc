"""Kernel ridge regression of ratings: similar items are rated alike by a user, and similar users rate an item alike."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ..rows import row_blocks
from ._matrix_factorization import MatrixFactorization, MeanFactorization

# Maximum number of ratings that one regression uses: those of the items, or users, with the most ratings.
_MAX_RATINGS = 500
# Ridge strength for a rating of weight one.
_RIDGE = 1.0
_BLOCK_MEBIBYTES = 8


@dataclass(frozen=True)
class ItemKernelRegression:
    """Gaussian kernel ridge regression of each row's ratings, less the biases, on codes of the columns.

    The kernel sees the directions of the codes, and the biases of the columns.

    Source: Paterek (2007), Improving regularized singular value decomposition for collaborative filtering.
    """

    biases: MatrixFactorization
    # Of shape (n_features, n_inputs).
    inputs: np.ndarray
    # Rank of each column by its number of ratings: 0 for the most.
    ranks: np.ndarray

    @classmethod
    def of(cls, biases, codes, known, sample_weight=None):
        """Describe columns by codes of shape (n_features, n_codes)."""
        n_ratings = known.observed.counts(sample_weight)
        return cls(biases, _inputs([codes], biases.columns.means[:, -1]), _ranks(n_ratings))

    def expected(self, known):
        """Return the expected ratings of known rows, which may be new, as an array."""
        expected = self.biases.expected(known)
        residuals = self.biases.residuals(known, known.observed.values)
        for row in range(len(expected)):
            expected[row] += self._added(residuals, row, slice(None))
        return expected

    def expected_entries(self, known, entries):
        """Return the expected ratings of the entries that a CSR array holds, row after row."""
        expected = self.biases.expected_entries(known, entries)
        residuals = self.biases.residuals(known, known.observed.values)
        for row in np.flatnonzero(np.diff(entries.indptr)):
            asked = slice(*entries.indptr[row : row + 2])
            expected[asked] += self._added(residuals, row, entries.indices[asked])
        return expected

    def _added(self, residuals, row, asked):
        """Return the prediction for some columns of a row, less the biases."""
        columns, coefficients = _regressed(residuals, row, self.inputs, self.ranks)
        return _kernel(self.inputs[asked], self.inputs[columns]) @ coefficients


@dataclass(frozen=True)
class UserKernelRegression:
    """Gaussian kernel ridge regression of each column's ratings, less the biases, on factors of the rows.

    The kernel sees the directions of the factors of each factorisation, and their mean biases. The rows of the fit are
    part of it; new rows are described by the factors that their ratings lead to.
    """

    biases: MatrixFactorization
    factors: MeanFactorization
    # Of the rows of the fit, of shape (n_rows, n_inputs).
    inputs: np.ndarray
    # Coefficients of the regressions, column after column, and the row of the fit that each belongs to.
    coefficients: np.ndarray
    rows: np.ndarray
    # Where the coefficients of each column begin and end, of shape (n_features + 1,).
    bounds: np.ndarray

    @classmethod
    def of(cls, biases, factors, known, sample_weight=None):
        """Regress each column on the rows of known ratings; weights of the rows are above 0."""
        inputs = _row_inputs(factors, known)
        residuals = biases.residuals(known, known.observed.values).T.tocsr()
        ranks = _ranks(known.observed.mask.sum(axis=1))
        found = [_regressed(residuals, column, inputs, ranks, sample_weight) for column in range(residuals.shape[0])]
        rows = np.concatenate([part for part, _ in found]).astype(np.int32)
        coefficients = np.concatenate([part for _, part in found])
        return cls(biases, factors, inputs, coefficients, rows, np.cumsum([0, *(len(part) for part, _ in found)]))

    def expected(self, known):
        """Return the expected ratings of known rows, which may be new, as an array."""
        expected = self.biases.expected(known)
        inputs = _row_inputs(self.factors, known)
        shape = len(self.bounds) - 1, len(self.inputs)
        coefficients = csr_array((self.coefficients, self.rows, self.bounds), shape=shape)
        for block in row_blocks(len(inputs), 8 * sum(shape), _BLOCK_MEBIBYTES):
            expected[block] += (coefficients @ _kernel(self.inputs, inputs[block])).T
        return expected

    def expected_entries(self, known, entries):
        """Return the expected ratings of the entries that a CSR array holds, row after row."""
        expected = self.biases.expected_entries(known, entries)
        inputs = _row_inputs(self.factors, known)
        asked = csr_array((np.arange(entries.nnz), entries.indices, entries.indptr), shape=entries.shape).tocsc()
        for column in np.flatnonzero(np.diff(asked.indptr)):
            of_column = slice(*asked.indptr[column : column + 2])
            fitted = slice(*self.bounds[column : column + 2])
            kernel = _kernel(inputs[asked.indices[of_column]], self.inputs[self.rows[fitted]])
            expected[asked.data[of_column]] += kernel @ self.coefficients[fitted]
        return expected


def _row_inputs(factors, known):
    """Return what the kernel sees of rows."""
    means = factors.row_means(known)
    return _inputs([part[:, :-1] for part in means], np.mean([part[:, -1] for part in means], axis=0))


def _inputs(vectors, biases):
    """Return the directions of several vectors, and biases: squared distances are means over the vectors."""
    directions = np.hstack([_directions(part) for part in vectors]) / np.sqrt(len(vectors))
    return np.column_stack([directions, biases])


def _directions(vectors):
    """Divide vectors by their lengths; those of length 0 stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def _ranks(n_ratings):
    """Return the ranks by the number of ratings: 0 for the most."""
    return np.argsort(np.argsort(-n_ratings, kind="stable"))


def _regressed(residuals, row, inputs, ranks, weights=None):
    """Regress a row of a CSR array on the inputs of its columns; return the columns that count, and coefficients."""
    entries = slice(*residuals.indptr[row : row + 2])
    columns = residuals.indices[entries]
    values = residuals.data[entries]
    if len(columns) > _MAX_RATINGS:
        kept = np.argpartition(ranks[columns], _MAX_RATINGS)[:_MAX_RATINGS]
        columns = columns[kept]
        values = values[kept]
    products = _kernel(inputs[columns], inputs[columns])
    products.flat[:: len(columns) + 1] += _RIDGE if weights is None else _RIDGE / weights[columns]
    return columns, np.linalg.solve(products, values)


def _kernel(left, right):
    exponents = left @ (2 * right).T
    exponents -= np.square(left).sum(axis=1)[:, np.newaxis]
    exponents -= np.square(right).sum(axis=1)
    return np.exp(exponents, out=exponents)
