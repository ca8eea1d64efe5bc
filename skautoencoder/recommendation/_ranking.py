"""How well scores rank the items that users have above those that they do not have."""

import numpy as np


class RankingScore:
    """Weighted mean over entries of the share of other items that have a lower score; of ties, one half counts.

    It is the mean area under the ROC curve: 1 if all are ranked above all other items, 0.5 at random.
    """

    def __init__(self):
        self._total = 0.0
        self._weight = 0.0

    def add(self, scores, is_other, rows, columns, weights):
        """Rank entries, given by sorted rows and by columns, among the other items of their row."""
        starts = np.searchsorted(rows, np.arange(len(scores) + 1))
        for row in np.unique(rows):
            others = np.sort(scores[row, is_other[row]])
            if not len(others):
                continue
            here = slice(starts[row], starts[row + 1])
            found = scores[row, columns[here]]
            lower = np.searchsorted(others, found, side="left")
            not_higher = np.searchsorted(others, found, side="right")
            self._total += weights[here] @ ((lower + not_higher) / 2) / len(others)
            self._weight += weights[here].sum()

    @property
    def value(self):
        """The score; 0.5 if nothing could be compared."""
        return float(self._total / self._weight) if self._weight else 0.5
