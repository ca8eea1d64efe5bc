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

    def distances(self, points, own=None):
        """Return the mean distance of points to their nearest neighbours.

        `own` holds, for each point, the number of the row that it is itself, which is left out, or -1.
        """
        n_left_out = 0 if own is None else 1
        n_neighbors = min(self.n_neighbors, len(self.points) - n_left_out)
        if n_neighbors == 0:
            return np.zeros(len(points))
        distances, found = self._search.kneighbors(points, n_neighbors=n_neighbors + n_left_out)
        if own is not None:
            distances[found == own[:, np.newaxis]] = np.inf
            distances = np.sort(distances, axis=1)[:, :n_neighbors]
        return distances.mean(axis=1)

    @property
    def _search(self):
        if "search" not in self._derived:
            # Assigned once it is complete: other threads may be reading.
            self._derived["search"] = NearestNeighbors().fit(self.points)
        return self._derived["search"]
