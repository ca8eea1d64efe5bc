"""The map from the outputs of an encoder to the codes of the user."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

# Added to correlations, so that outputs that are constant or repeat others can be factored.
_RIDGE = 1e-9


@dataclass(frozen=True, eq=False)
class CodeMap:
    """The affine map ``(outputs - mean) @ matrix`` and its inverse, in float64.

    Both matrices are upper triangular: the first codes depend on the first outputs alone.
    """

    # Shape (encoding_dim,).
    mean: np.ndarray
    # Shape (encoding_dim, encoding_dim).
    matrix: np.ndarray
    inverse: np.ndarray

    @classmethod
    def scaling(cls, encoding_dim, scale):
        """Multiply all outputs by one number."""
        return cls(np.zeros(encoding_dim), scale * np.eye(encoding_dim), np.eye(encoding_dim) / scale)

    @classmethod
    def decorrelation(cls, mean, covariance, scale):
        """Subtract from each output its regression on the outputs before it, and multiply the residual by `scale`.

        Codes have mean zero and are uncorrelated on rows whose outputs have this mean and this covariance.
        """
        deviations = np.sqrt(np.diag(covariance))
        deviations = np.where(deviations > 0, deviations, 1.0)
        correlations = covariance / np.outer(deviations, deviations)
        root = cholesky(correlations + _RIDGE * np.eye(len(mean)))
        from_residuals = root / np.diag(root)[:, np.newaxis] * (deviations / deviations[:, np.newaxis])
        to_residuals = solve_triangular(from_residuals, np.eye(len(mean)))
        return cls(mean, scale * to_residuals, from_residuals / scale)

    def codes(self, outputs):
        """Return the codes of outputs, in their dtype."""
        return ((outputs - self.mean) @ self.matrix).astype(outputs.dtype, copy=False)

    def outputs(self, codes):
        """Return the outputs of codes, in their dtype."""
        return (codes @ self.inverse + self.mean).astype(codes.dtype, copy=False)
