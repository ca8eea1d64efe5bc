"""Distances of rows, together with their surprises, to the nearest rows of the fit."""

from dataclasses import dataclass, field

import numpy as np
from sklearn.neighbors import NearestNeighbors


@dataclass(frozen=True, eq=False)
class NearestRows:
    """Rows of a fit, which are searched for the nearest neighbours of other rows."""

    # Standardised entries, then surprises.
    points: np.ndarray
    n_neighbors: int
    _derived: dict = field(default_factory=dict, init=False, repr=False)

    def __getstate__(self):
        return {"points": self.points, "n_neighbors": self.n_neighbors}

    def __setstate__(self, state):
        vars(self).update(state, _derived={})

    def distances(self, points):
        """Return the mean distance of points to their nearest neighbours."""
        return self._search.kneighbors(points)[0].mean(axis=1)

    def distances_within(self, points, kept):
        """Return the distances of points; `points[kept]` are those of this object, and not their own neighbours."""
        is_other = np.ones(len(points), dtype=bool)
        is_other[kept] = False
        distances = np.empty(len(points))
        n_neighbors = min(self.n_neighbors, len(kept) - 1)
        distances[kept] = self._search.kneighbors(n_neighbors=n_neighbors)[0].mean(axis=1) if n_neighbors else 0.0
        if is_other.any():
            distances[is_other] = self.distances(points[is_other])
        return distances

    @property
    def _search(self):
        if "search" not in self._derived:
            # Assigned once it is complete: other threads may be reading.
            search = NearestNeighbors(n_neighbors=min(self.n_neighbors, len(self.points)))
            self._derived["search"] = search.fit(self.points)
        return self._derived["search"]
