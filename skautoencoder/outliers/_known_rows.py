"""The scores that the rows of a fit got in the fit."""

from dataclasses import dataclass

import numpy as np

from ..rows import fingerprints


@dataclass(frozen=True)
class KnownRows:
    """Fingerprints of the rows of a fit, ascending, and their scores: equal rows have their mean score."""

    fingerprints: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, X, scores):
        """Keep the scores of rows."""
        distinct, numbers, counts = np.unique(fingerprints(X), return_inverse=True, return_counts=True)
        return cls(distinct, np.bincount(numbers, scores) / counts)

    def among(self, X):
        """Return which rows are rows of the fit, and the scores of these."""
        given = fingerprints(X)
        places = np.minimum(np.searchsorted(self.fingerprints, given), len(self.fingerprints) - 1)
        is_known = self.fingerprints[places] == given
        return is_known, self.scores[places[is_known]]
