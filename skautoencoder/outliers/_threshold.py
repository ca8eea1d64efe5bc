"""The score below which rows are outliers."""

import numpy as np

from ._surprises import weighted_quantile

# Distance of the outer fence from the upper quartile, in interquartile ranges (J. W. Tukey, Exploratory Data Analysis,
# Addison-Wesley, 1977).
_RANGES = 3
# Maximum share of the rows with lower scores.
_MAX_SHARE = 0.1


def threshold(scores, contamination, weights):
    """Return the score below which a share of rows lies; with "auto", Tukey's outer fence, and at most a tenth."""
    if contamination != "auto":
        return weighted_quantile(scores, contamination, weights)
    low, high = (weighted_quantile(scores, quantile, weights) for quantile in (0.25, 0.75))
    return min(low - _RANGES * (high - low), _highest_score_above(_MAX_SHARE, scores, weights))


def _highest_score_above(max_share, scores, weights):
    """Return the highest of the scores below which at most a share of rows lies, so that equal scores are no share."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    below = np.concatenate([[0.0], np.cumsum(weights[order])])[np.searchsorted(ordered, ordered)]
    # Sums of weights are rounded.
    return float(ordered[below <= max_share * weights.sum() * (1 + 1e-9)][-1])
