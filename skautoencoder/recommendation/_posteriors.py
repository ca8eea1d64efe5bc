"""Normal posteriors of the factors and biases of rows or columns, and the priors that are learned for them."""

from dataclasses import dataclass, replace

import numpy as np

# Ridge of the regression of factors on who rated what, whose columns have unit variance.
_PRIOR_RIDGE = 20.0
_MIN_VARIANCE = 1e-6
# Minimum variance of the rows' factors around that regression: their priors must not explain them completely.
_MIN_FACTOR_VARIANCE = 0.05
# Quantile of the numbers of ratings below which rows and columns count as having few.
_QUANTILE_OF_FEW = 0.1


@dataclass(frozen=True)
class Posterior:
    """Normal posteriors of factors and biases, of shape (n, n_factors + 1): the bias comes last."""

    means: np.ndarray
    variances: np.ndarray
    # Precision of the noise in the ratings of each, relative to the mean precision; shape (n,).
    precisions: np.ndarray
    # Of shape (n, n_factors + 1, n_factors + 1); None if they are 0, or not needed.
    covariances: np.ndarray | None = None

    @property
    def moments(self):
        """Expected outer products of factors, bias and a constant 1: shape (n, n_factors + 2, n_factors + 2)."""
        extended = np.column_stack([self.means, np.ones(len(self.means))])
        moments = extended[:, :, np.newaxis] * extended[:, np.newaxis, :]
        if self.covariances is not None:
            moments[:, :-1, :-1] += self.covariances
        return moments


@dataclass(frozen=True)
class Prior:
    """Normal prior of factors and biases; its mean is a linear regression on inputs, such as who rated what."""

    # Mean and standard deviation of the inputs.
    offsets: np.ndarray
    scales: np.ndarray
    # Number of ratings below which inputs are scaled down in proportion, so that the regression does not extrapolate.
    few: float
    # Of shape (1 + n_inputs, n_factors + 1): of a constant and the standardised inputs.
    coefficients: np.ndarray
    variances: np.ndarray

    @classmethod
    def first(cls, inputs, weights, variances):
        """Return the prior of mean 0 that iterations start from."""
        offsets = np.average(inputs, axis=0, weights=weights)
        scales = np.sqrt(np.average(np.square(inputs - offsets), axis=0, weights=weights))
        scales[scales <= 1e-10 * np.abs(offsets)] = 1.0
        return cls(offsets, scales, _few(inputs, weights), np.zeros((1 + inputs.shape[1], len(variances))), variances)

    def means(self, inputs):
        """Return the prior means, given the inputs."""
        return self._design(inputs) @ self.coefficients

    def fitted(self, inputs, weights, posterior):
        """Return the prior that explains posteriors best: ridge regression, and the variance of its residuals."""
        design = self._design(inputs)
        weighted = design * weights[:, np.newaxis]
        products = weighted.T @ design + _PRIOR_RIDGE * np.eye(design.shape[1])
        # The ridge of the constant is 1.
        products[0, 0] -= _PRIOR_RIDGE - 1
        coefficients = np.linalg.solve(products, weighted.T @ posterior.means)
        squares = np.square(posterior.means - design @ coefficients) + posterior.variances
        variances = np.maximum(np.average(squares, axis=0, weights=weights), _MIN_VARIANCE)
        return replace(self, coefficients=coefficients, variances=variances)

    def bounded(self, is_fixed):
        """Return the prior with the variances of the factors, whose unit is free, fixed at 1 or kept away from 0."""
        variances = self.variances.copy()
        variances[:-1] = 1.0 if is_fixed else np.maximum(variances[:-1], _MIN_FACTOR_VARIANCE)
        return replace(self, variances=variances)

    def _design(self, inputs):
        reach = np.minimum(np.expm1(inputs[:, :1]) / self.few, 1.0)
        return np.column_stack([np.ones(len(inputs)), reach * (inputs - self.offsets) / self.scales])


def _few(inputs, weights):
    """Return the weighted quantile of the numbers of ratings of those who have any."""
    if not inputs.shape[1]:
        return 1.0
    order = np.argsort(inputs[:, 0])
    heights = np.cumsum(np.where(inputs[order, 0] > 0, weights[order], 0.0))
    return float(np.expm1(inputs[order[np.searchsorted(heights, _QUANTILE_OF_FEW * heights[-1])], 0]))
