"""The model of an outlier detector, and its fit in one or two passes."""

from dataclasses import dataclass, replace

import numpy as np

from ..objectives import MaskedPrediction, ReconstructionLoss
from ..rows import ArrayRows, Split, Standardization
from ..training.epochs import chosen_batch_size
from ..training.plan import FitPlan, TrainingState
from ._known_rows import KnownRows
from ._neighbours import NearestRows
from ._predictor import linear_predictor, untrained_predictor
from ._surprises import Standardized, Surprises, deviations_of, drawn_parts, predicted, weighted_quantile

# Networks of a pass: each is trained on the other folds, so that every row has a network that has not learned it.
N_FOLDS = 2


@dataclass(frozen=True)
class Detection:
    """A fitted detector: it scores rows, and says what it expects of them."""

    standardized: Standardized
    surprises: Surprises
    # None: scores are mean surprises.
    nearest: NearestRows | None
    # Of a category that the fit has not seen: that of one that a single row has.
    surprise_of_new: float
    # None during the fit.
    known: KnownRows | None = None

    def scores(self, X, is_new=None):
        """Return the scores of rows; rows of the fit have those of the fit.

        `is_new` marks entries of categories that the fit has not seen.
        """
        is_known, known = self.known.among(X)
        if is_new is not None:
            known = known[~is_new[is_known].any(axis=1)]
            is_known &= ~is_new.any(axis=1)
        scores = np.empty(len(X))
        scores[is_known] = known
        if not is_known.all():
            is_new = None if is_new is None else is_new[~is_known]
            scores[~is_known] = self.new_scores(self.standardized.apply(X[~is_known]), is_new)
        return scores

    def new_scores(self, Z, is_new=None):
        """Return the scores of rows that are not of the fit: means over the networks."""
        return np.mean([self._scores_by(Z, expected, is_new) for expected in self.surprises.expectations(Z)], axis=0)

    def _scores_by(self, Z, expected, is_new):
        """Return the scores of rows, given what one network expects of them."""
        Z = self.surprises.with_new_categories(Z, expected, is_new, self.surprise_of_new)
        if self.nearest is None:
            return -self.surprises.of_rows(Z, expected)
        return -self.nearest.distances(self.surprises.points(Z, expected))

    def expected(self, X, is_new=None):
        """Return what is expected of each entry, in the units of X, and surprises, NaN where entries are missing."""
        Z = self.standardized.apply(X)
        expected = np.mean(self.surprises.expectations(Z), axis=0)
        Z = self.surprises.with_new_categories(Z, expected, is_new, self.surprise_of_new)
        return self.standardized.revert(expected), self.surprises.of_entries(Z, expected)


@dataclass(frozen=True)
class Pass:
    """Networks that were trained on chosen rows, and what they expect of rows that they have not learned."""

    standardized: Standardized
    surprises: Surprises
    # Standardised chosen rows, and what is expected of each by the network that has not learned it.
    Z: np.ndarray
    expected: np.ndarray
    # Standardised other rows.
    others: np.ndarray


def fit_detection(options, X, groups, weights, seed, train):
    """Fit a detector; `train` returns the trained network of a plan. Return a `Detection` and which rows are its core.

    Columns with equal numbers in `groups` are hidden together, and count as one. Rows that may contain outliers are
    fitted twice: the second time to the core, the rows that surprised least.
    """
    is_core = np.ones(len(X), dtype=bool)
    if not options.novelty:
        first = _fit_pass(options, X, groups, is_core, weights, [seed, 0], train)
        surprise = first.surprises.of_rows(first.Z, first.expected)
        is_core = surprise <= weighted_quantile(surprise, options.support_fraction, weights)
    fitted = _fit_pass(options, X, groups, is_core, weights, [seed, 1], train)
    detection = Detection(fitted.standardized, fitted.surprises, None, surprise_of_new=float(np.sqrt(len(X))))
    scores = np.empty(len(X))
    if options.keeps_rows:
        points = fitted.surprises.points(fitted.Z, fitted.expected)
        kept = np.random.RandomState([seed, 2]).permutation(len(points))[: options.max_samples]
        detection = replace(detection, nearest=NearestRows(points[kept], options.n_neighbors))
        scores[is_core] = -detection.nearest.distances_within(points, kept)
    else:
        scores[is_core] = -fitted.surprises.of_rows(fitted.Z, fitted.expected)
    if not is_core.all():
        scores[~is_core] = detection.new_scores(fitted.others)
    return replace(detection, known=KnownRows.of(X, scores)), is_core


def _fit_pass(options, X, groups, is_chosen, weights, seed, train):
    """Train a network on each but one fold of the chosen rows."""
    standardized = Standardized.of(X[is_chosen], weights[is_chosen])
    Z = standardized.apply(X)
    chosen = np.flatnonzero(is_chosen)
    random_state = np.random.RandomState(seed)
    parts = drawn_parts(groups, random_state)
    folds = random_state.permutation(len(chosen)) % N_FOLDS
    predictors = []
    expected = np.empty((len(chosen), X.shape[1]))
    for fold in range(N_FOLDS):
        is_left_out = folds == fold
        # A single row is learned by both networks.
        learned = chosen[~is_left_out] if len(chosen) > 1 else chosen
        predictors.append(train(_plan(options, Z, groups, learned, weights, random_state)))
        expected[is_left_out] = predicted(predictors[-1], Z[chosen[is_left_out]], parts)
    deviation, median_square = deviations_of(Z[chosen] - expected, weights[chosen])
    surprises = Surprises(tuple(predictors), parts, 1 / np.bincount(groups)[groups], deviation, median_square)
    return Pass(standardized, surprises, Z[chosen], expected, Z[~is_chosen])


def _plan(options, Z, groups, learned, weights, random_state):
    """Return the plan of one network's training on some of the rows."""
    n_features = Z.shape[1]
    values = np.nan_to_num(Z[learned])
    of_rows = weights[learned, np.newaxis] / weights[learned].sum()
    matrix = linear_predictor(values.T @ (of_rows * values), options.noise_level, groups)
    # Missing entries count as zeros in the mean products.
    observed_share = np.sum(of_rows * ~np.isnan(Z[learned]), axis=0)
    matrix /= np.where(observed_share > 0, observed_share, 1.0)
    is_weighted = not np.all(weights == 1.0)
    fields = [Z.astype(np.float32)]
    if is_weighted:
        fields.append(weights[:, np.newaxis].astype(np.float32))
    return FitPlan(
        start=untrained_predictor(matrix, options.hidden_layer_sizes, options.activation, random_state),
        objective=MaskedPrediction(
            ReconstructionLoss(options.loss, Standardization.none(n_features)),
            options.noise_level,
            groups if groups.max() < n_features - 1 else None,
        ),
        split=Split(
            # All rows, so that all networks share a compiled program.
            rows=ArrayRows(*fields),
            training=learned,
            validation_rows=None,
            validation=np.arange(0),
            is_weighted=is_weighted,
        ),
        options=replace(options.training, batch_size=chosen_batch_size(options.training.batch_size, len(learned))),
        state=TrainingState(random_state),
        keeps_best=False,
        averages=True,
    )
