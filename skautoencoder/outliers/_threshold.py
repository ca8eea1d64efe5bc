"""The score below which rows are outliers."""

import numpy as np

from ._surprises import weighted_quantile

# Distance of the threshold from the median of logarithms, in distances of the lower quartile from it.
_QUARTILE_DISTANCES = 4


def threshold(scores, contamination, weights):
    """Return the score below which a share of rows lies; with "auto", far from the median.

    The half of the rows with high scores hardly contains outliers.
    """
    if contamination != "auto":
        return weighted_quantile(scores, contamination, weights)
    logarithms = np.log(np.maximum(-scores, np.finfo(np.float64).tiny))
    low, median = (weighted_quantile(logarithms, quantile, weights) for quantile in (0.25, 0.5))
    return -float(np.exp(median + _QUARTILE_DISTANCES * (median - low)))
