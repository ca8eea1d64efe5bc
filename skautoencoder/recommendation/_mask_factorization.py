"""Who rated what: a low-rank model of which entries are rated."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

# Maximum number of singular vectors: 20 to 80 are about as accurate on ratings of films.
_MAX_COMPONENTS = 40
_POWER_ITERATIONS = 5


@dataclass(frozen=True)
class MaskFactorization:
    """Leading singular vectors of the mask of ratings, after division by the roots of its row and column sums.

    Without the division, the vectors would tell little more than the number of ratings of a row or column.
    """

    # Ratings of each column; 1 where there are none.
    column_counts: np.ndarray
    singular_values: np.ndarray
    # Right singular vectors, of shape (n_features, n_components).
    directions: np.ndarray

    @classmethod
    def of(cls, mask, random_state, sample_weight=None):
        """Factorise a mask, a CSR array of ones; weights of the rows are above 0."""
        weights = np.ones(mask.shape[0]) if sample_weight is None else sample_weight
        column_counts = weights @ mask
        column_counts[column_counts == 0] = 1.0
        n_components = min(_MAX_COMPONENTS, *mask.shape)
        normalized = _divided_by_roots(mask, column_counts)
        weighted = csr_array(normalized.multiply(np.sqrt(weights)[:, np.newaxis]))
        _, singular_values, directions = randomized_svd(
            weighted, n_components, n_iter=_POWER_ITERATIONS, random_state=random_state
        )
        is_needed = singular_values > 1e-6 * max(singular_values[0], 1e-12)
        return cls(column_counts, singular_values[is_needed], directions[is_needed].T)

    def row_coordinates(self, mask):
        """Return the left singular vectors of rows, which may be new."""
        return _divided_by_roots(mask, self.column_counts) @ self.directions / self.singular_values

    def expected(self, mask):
        """Return the low-rank reconstruction of the mask of rows, clipped at 0, as an array."""
        coordinates = _divided_by_roots(mask, self.column_counts) @ self.directions
        roots = np.sqrt(mask.sum(axis=1))[:, np.newaxis] * np.sqrt(self.column_counts)
        return roots * np.maximum(coordinates @ self.directions.T, 0.0)


def _divided_by_roots(mask, column_counts):
    """Divide a mask by the roots of its row and column sums."""
    roots = np.sqrt(np.repeat(mask.sum(axis=1), np.diff(mask.indptr)) * column_counts[mask.indices])
    return csr_array((mask.data / roots, mask.indices, mask.indptr), shape=mask.shape)
