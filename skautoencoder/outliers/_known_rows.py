"""The scores that the rows of a fit got in the fit."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class KnownRows:
    """Fingerprints of the rows of a fit, ascending, and their scores: equal rows have their mean score."""

    fingerprints: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, X, scores):
        """Keep the scores of rows."""
        fingerprints, numbers, counts = np.unique(fingerprints_of(X), return_inverse=True, return_counts=True)
        return cls(fingerprints, np.bincount(numbers, scores) / counts)

    def among(self, X):
        """Return which rows are rows of the fit, and the scores of these."""
        fingerprints = fingerprints_of(X)
        places = np.minimum(np.searchsorted(self.fingerprints, fingerprints), len(self.fingerprints) - 1)
        is_known = self.fingerprints[places] == fingerprints
        return is_known, self.scores[places[is_known]]


def fingerprints_of(X):
    """Return a number of 64 bits for each row of an array, the same for equal rows."""
    n_features = X.shape[1]
    factors = 2 * np.random.RandomState(0).randint(2**62, size=n_features, dtype=np.uint64) + 1
    # Adding zero makes zeros of minus zeros.
    values = np.add(X, 0.0, dtype=np.float64)
    values[np.isnan(values)] = np.nan
    bits = values.view(np.uint64)
    # Bits of small whole numbers are zero at the end, where products modulo 2**64 need some.
    bits ^= bits >> np.uint64(32)
    return bits @ factors
