"""The scale of ratings: mean and standard deviation of all ratings, and the bounds of what may be expected."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from ..rows import Observed


@dataclass(frozen=True)
class RatingScale:
    """Mean and standard deviation of all ratings, the same for all columns, which may hold a single rating."""

    mean: float
    deviation: float
    low: float
    high: float
    # Whether all ratings are equal, as purchases are.
    is_constant: bool = False

    @classmethod
    def of(cls, ratings, sample_weight=None, min_value=None, max_value=None):
        """Find the scale of a CSR array of ratings; bounds that are None are the smallest and the largest rating."""
        values = ratings.data
        # Divide by the largest rating, so that squares do not overflow.
        unit = float(np.max(np.abs(values))) or 1.0
        weights = None if sample_weight is None else np.repeat(sample_weight, np.diff(ratings.indptr))
        mean = np.average(values / unit, weights=weights)
        deviation = np.sqrt(np.average(np.square(values / unit - mean), weights=weights))
        low = float(values.min() if min_value is None else min_value)
        high = float(values.max() if max_value is None else max_value)
        if not (low <= high and low < np.inf and high > -np.inf):
            raise ValueError(
                f"Ratings cannot lie between {low:g} and {high:g}. Choose a min_value below max_value; None is the "
                "smallest or the largest rating."
            )
        is_constant = not deviation > 1e-10 * abs(mean)
        return cls(float(mean * unit), 1.0 if is_constant else float(deviation * unit), low, high, bool(is_constant))

    def standardized(self, ratings):
        """Return a CSR array of ratings as `Observed`, less the mean and divided by the standard deviation."""
        data = (ratings.data - self.mean) / self.deviation
        mask = np.ones_like(data)
        return Observed(
            csr_array((data, ratings.indices, ratings.indptr), shape=ratings.shape),
            csr_array((mask, ratings.indices, ratings.indptr), shape=ratings.shape),
        )

    def restored(self, expected):
        """Return standardised ratings in the unit of the ratings, within the bounds."""
        return np.clip(expected * self.deviation + self.mean, self.low, self.high)

    def bounded(self, expected):
        """Return standardised ratings within the bounds, still standardised."""
        return (self.restored(expected) - self.mean) / self.deviation
