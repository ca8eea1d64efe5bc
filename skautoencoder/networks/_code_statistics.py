"""Moments of training rows and their codes."""

from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import add

import numpy as np
from scipy.sparse import issparse

from ..rows import Standardization, evenly_spaced, row_blocks
from ._base import Autoencoder
from ._code_map import CodeMap

# Maximum number of training rows whose codes are kept.
_MAX_REFERENCES = 500
# The rows of a block and what is computed of them fit the processor's cache.
_BLOCK_MEBIBYTES = 4


@dataclass(frozen=True, eq=False)
class CodeStatistics:
    """Weighted sums over training rows, and the codes of some; those of several chunks add up.

    Rows are standardised, and codes are the outputs of the encoder, so that float64 can hold their squares.
    """

    standardization: Standardization
    n_rows: int
    weight: float
    # Shape (n_features,).
    rows: np.ndarray
    squared_rows: float
    # Shape (encoding_dim,).
    codes: np.ndarray
    # Shape (encoding_dim, encoding_dim).
    code_products: np.ndarray
    # Shape (encoding_dim, n_features).
    products: np.ndarray
    # Squared errors of the reconstruction.
    errors: float
    # Codes of a sample of the rows, float32 of shape (n_references, encoding_dim), and the weights of these rows.
    references: np.ndarray
    reference_weights: np.ndarray

    @classmethod
    def of(cls, autoencoder: Autoencoder, X, sample_weight=None, standardization=None):
        """Sum over the rows of X; the autoencoder has no code map.

        `standardization` is that of earlier chunks.
        """
        standardization = standardization or autoencoder.standardization or Standardization.of(X, sample_weight)
        weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
        blocks = row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
        parts = (cls._of_block(autoencoder, X[block], weights[block], standardization) for block in blocks)
        return reduce(add, parts)

    @classmethod
    def _of_block(cls, autoencoder, X, weights, standardization):
        X = X.toarray() if issparse(X) else X
        rows = standardization.apply(X, out=np.empty(X.shape, X.dtype))
        outputs = autoencoder.encode(X)
        errors = X - autoencoder.decode(outputs)
        errors /= standardization.scale
        weighted = outputs * weights[:, np.newaxis]
        return cls(
            standardization=standardization,
            n_rows=len(rows),
            weight=weights.sum(),
            rows=weights @ rows,
            squared_rows=weights @ _squares(rows),
            codes=weighted.sum(axis=0),
            code_products=weighted.T @ outputs.astype(np.float64, copy=False),
            # In the dtype of X, in which this largest product takes half of the time.
            products=weighted.T.astype(X.dtype) @ rows,
            errors=weights @ _squares(errors),
            references=evenly_spaced(outputs, _MAX_REFERENCES).astype(np.float32),
            reference_weights=evenly_spaced(weights, _MAX_REFERENCES),
        )

    def __add__(self, other):
        names = [field.name for field in fields(self)[1:-2]]
        n_rows = self.n_rows + other.n_rows
        n_references = min(len(self.references) + len(other.references), _MAX_REFERENCES)
        n_others = min(round(n_references * other.n_rows / n_rows), len(other.references))
        references = []
        for name in ("references", "reference_weights"):
            mine = evenly_spaced(getattr(self, name), n_references - n_others)
            references.append(np.concatenate([mine, evenly_spaced(getattr(other, name), n_others)]))
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return replace(self, **sums, references=references[0], reference_weights=references[1])

    @property
    def row_mean(self):
        """Mean of the standardised rows."""
        return self.rows / self.weight

    @property
    def mean(self):
        """Mean of the rows, in the units of X."""
        return self.standardization.mean + self.standardization.scale * self.row_mean

    @property
    def variance(self):
        """Sum of the variances of the standardised features."""
        return max(float(self.squared_rows / self.weight - self.row_mean @ self.row_mean), 0.0)

    @property
    def code_mean(self):
        """Mean of the outputs of the encoder."""
        return self.codes / self.weight

    @property
    def code_covariance(self):
        """Covariance of the outputs of the encoder."""
        return self.code_products / self.weight - np.outer(self.code_mean, self.code_mean)

    @property
    def cross_covariance(self):
        """Covariance of the outputs of the encoder with the standardised features."""
        return self.products / self.weight - np.outer(self.code_mean, self.row_mean)

    def decorrelation(self):
        """Return the map to codes that are uncorrelated on these rows."""
        return CodeMap.decorrelation(self.code_mean, self.code_covariance, self.standardization.scale)

    @property
    def unbiased_variance(self):
        """Sum of the variances of the features, in squared units of X, with ``n_rows - 1`` degrees of freedom."""
        return self.n_rows / max(self.n_rows - 1, 1) * self.variance * self.standardization.scale**2

    @property
    def explained_share(self):
        """Share of the variance that the reconstruction explains."""
        return 1 - self.errors / self.weight / self.variance if self.variance else 0.0


def _squares(rows):
    """Return the sum of the squares of each row."""
    return np.einsum("ij,ij->i", rows, rows)
