"""The map from the outputs of an encoder to the codes of the user."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, eigvalsh, solve_triangular

# Added to correlations, so that outputs that are constant or repeat others can be factored.
_RIDGE = 1e-9
# Variances below this share of the squared mean are rounding errors.
_MIN_VARIANCE = 1e-12


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
        variances = np.diag(covariance)
        varies = variances > _MIN_VARIANCE * np.square(mean)
        deviations = np.sqrt(np.where(varies, variances, 1.0))
        correlations = covariance / np.outer(deviations, deviations)
        correlations = np.where(np.outer(varies, varies), correlations, np.eye(len(mean)))
        # Rounding can make the smallest eigenvalue negative.
        ridge = _RIDGE + max(0.0, -2 * eigvalsh(correlations)[0])
        root = cholesky(correlations + ridge * np.eye(len(mean)))
        from_residuals = root / np.diag(root)[:, np.newaxis] * (deviations / deviations[:, np.newaxis])
        to_residuals = solve_triangular(from_residuals, np.eye(len(mean)))
        return cls(mean, scale * to_residuals, from_residuals / scale)

    def codes(self, outputs):
        """Return the codes of outputs, in their dtype."""
        return ((outputs - self.mean) @ self.matrix).astype(outputs.dtype, copy=False)

    def outputs(self, codes):
        """Return the outputs of codes, in their dtype."""
        return (codes @ self.inverse + self.mean).astype(codes.dtype, copy=False)
