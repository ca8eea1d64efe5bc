"""The fitted model of ratings: expected ratings and recommended columns of rows of a sparse matrix."""

from dataclasses import dataclass

import numpy as np

from ._mask_regression import MaskRegression
from ._matrix_factorization import KnownRatings, MatrixFactorization
from ._ranking import RankingScore
from ._recommending import recommended_columns
from ._scale import RatingScale

# Parts of the ratings that a score hides in turn.
_SCORED_PARTS = 10
# Standard deviations below the mean rating at which a column is worth nothing, and the minimum value of a column.
_WORTHLESS = 2.25
_MIN_VALUE = 0.01


@dataclass(frozen=True)
class RatingModel:
    """Expected ratings: biases, plus a weighted sum of what other models add to them."""

    biases: MatrixFactorization
    # Factorisation, regression on users and, with a network, regression on items, without those of weight 0.
    models: tuple
    weights: np.ndarray
    # Who rates what.
    mask: MaskRegression
    # Unit of the ratings; all other fields are of standardised ratings.
    scale: RatingScale
    # Whether a column had ratings in the fit. Ratings in other columns are ignored.
    is_rated: np.ndarray

    def expected(self, ratings):
        """Return the expected ratings of all entries of a CSR array, which may have new rows."""
        expected = np.empty(ratings.shape, dtype=ratings.dtype)
        for rows, known in self._blocks(ratings):
            expected[rows] = self.scale.restored(self._expected(known))
        return expected

    def expected_entries(self, ratings, rows, columns):
        """Return the expected ratings of entries of a CSR array."""
        different, places = np.unique(rows, return_inverse=True)
        expected = np.empty(len(rows))
        for block, known in self._blocks(ratings[different]):
            is_here = (places >= block.start) & (places < block.stop)
            found = self.scale.restored(self._expected(known))
            expected[is_here] = found[places[is_here] - block.start, columns[is_here]]
        return expected

    def score(self, ratings, weights):
        """Hide each rating of a CSR array once; return the share of their variance that is found.

        If all ratings are equal, return how high they are ranked.
        """
        known = self._known(ratings)
        if not known.values.nnz:
            raise ValueError("X has no rating to hide in the columns that had one in fit. Pass other rows.")
        random_state = np.random.RandomState(0)
        if self.scale.is_constant:
            return self._ranking_of_hidden(known, weights, random_state)
        error = 0.0
        variance = 0.0
        for rows in known.blocks(known.shape[1]):
            for others, hidden in known[rows].parts(_SCORED_PARTS, random_state):
                values, mask = hidden.dense()
                expected = self.scale.bounded(self._expected(others))
                error += np.sum(weights[rows] @ (np.square(expected - values) * mask))
                variance += np.sum(weights[rows] @ np.square(values))
        return _share(error, variance)

    def _ranking_of_hidden(self, known, weights, random_state):
        """Hide each entry once; rank it among the items that the row does not have."""
        score = RankingScore()
        for rows in known.blocks(known.shape[1]):
            is_other = self.is_rated & (known[rows].mask.toarray() == 0)
            for others, hidden in known[rows].parts(_SCORED_PARTS, random_state):
                entries = hidden.mask.tocoo()
                score.add(self.mask.expected(others.mask), is_other, *entries.coords, weights[rows][entries.coords[0]])
        return score.value

    def ranking(self, ratings, rows, columns, weights):
        """Rank entries of a CSR array among the other items that their rows do not have."""
        order = np.argsort(rows, kind="stable")
        different, places = np.unique(rows[order], return_inverse=True)
        columns = columns[order]
        weights = weights[order]
        score = RankingScore()
        for block, known in self._blocks(ratings[different]):
            is_here = (places >= block.start) & (places < block.stop)
            rows = places[is_here] - block.start
            is_other = self.is_rated & (known.mask.toarray() == 0)
            is_other[rows, columns[is_here]] = False
            score.add(self.mask.expected(known.mask), is_other, rows, columns[is_here], weights[is_here])
        return score.value

    def score_entries(self, ratings, rows, columns, truth, weights):
        """Return the share of the variance of true ratings that is found in these entries of a CSR array."""
        errors = (self.expected_entries(ratings, rows, columns) - truth) / self.scale.deviation
        deviations = (truth - self.scale.mean) / self.scale.deviation
        return _share(weights @ np.square(errors), weights @ np.square(deviations))

    def recommended(self, ratings, n, is_excluded, exclude_observed, row_names=None):
        """Return the numbers of the columns to recommend to each row; see `recommended_columns`."""
        return recommended_columns(self._scores(ratings, is_excluded, exclude_observed), n, row_names)

    def _scores(self, ratings, is_excluded, exclude_observed):
        """Yield slices of the rows, the scores of their columns, and whether these may be recommended."""
        for rows, known in self._blocks(ratings):
            is_open = np.broadcast_to(self.is_rated & ~is_excluded(rows), known.shape)
            if exclude_observed:
                is_open = is_open & (known.mask.toarray() == 0)
            expected = self.scale.bounded(self._expected(known))
            value = np.maximum(1 + expected / _WORTHLESS, _MIN_VALUE)
            yield rows, self.mask.expected(known.mask) * value, is_open

    def _known(self, ratings):
        return self.scale.standardized(ratings).without(~self.is_rated)

    def _blocks(self, ratings):
        """Yield slices of the rows of a CSR array, and their standardised ratings."""
        known = self._known(ratings)
        for rows in known.blocks(known.shape[1]):
            yield rows, known[rows]

    def _expected(self, observed):
        """Return the expected ratings of standardised rows."""
        known = KnownRatings(observed)
        biases = self.biases.expected(known)
        expected = biases.copy()
        for model, weight in zip(self.models, self.weights, strict=True):
            expected += weight * (model.expected(known) - biases)
        return expected


def _share(error, variance):
    """Return the share of the variance that is found; of equal ratings, whether all are found."""
    return float(1 - error / variance) if variance else float(not error)
