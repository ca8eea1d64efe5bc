"""The model of an outlier detector, and its fit in one or two passes."""

from dataclasses import dataclass, replace

import numpy as np

from ..objectives import MaskedPrediction, ReconstructionLoss
from ..rows import ArrayRows, Split, Standardization
from ..training.plan import FitPlan, RunningMean, TrainingState
from ._known_rows import KnownRows
from ._missing_shares import LEVELS, on_usual_scale, score_quantiles, with_more_missing
from ._neighbours import NearestRows
from ._options import N_FOLDS
from ._predictor import linear_predictor, untrained_predictor
from ._surprises import Standardized, Surprises, deviations_of, drawn_parts, predicted, weighted_quantile

# About the maximum number of rows of which more entries are hidden, to measure what becomes of their scores.
_MAX_ROWS_HIDDEN = 1000
_RUNNING_MEAN = RunningMean(share=0.1, max_steps=50)
# Added to sums of squares, for columns that are predicted exactly.
_TINY = 1e-3


@dataclass(frozen=True)
class Detection:
    """A fitted detector: it scores rows and predicts their entries."""

    standardized: Standardized
    surprises: Surprises
    # None: scores are mean surprises.
    nearest: NearestRows | None
    # Of a category that the fit has not seen: that of one that a single row has.
    surprise_of_new: float
    # None during the fit. Quantiles of the scores of rows of which more is missing, of shape (n_levels, n_quantiles).
    quantiles: np.ndarray | None = None
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
        """Return the scores of rows that are not of the fit, on the scale of those of the fit."""
        scores = self.mean_scores(Z, is_new)
        shares = self.surprises.extra_missing(Z)
        return on_usual_scale(scores, shares, self.quantiles) if shares.any() else scores

    def mean_scores(self, Z, is_new=None):
        """Return means over the networks of the scores of rows that none has learned."""
        expectations = self.surprises.expectations(Z)
        return np.mean([self.scores_by(Z, expected, is_new) for expected in expectations], axis=0)

    def scores_by(self, Z, expected, is_new=None, own=None):
        """Return the scores of rows, given what one network expects of them; `own` is as in `NearestRows.distances`."""
        Z = self.surprises.with_new_categories(Z, expected, is_new, self.surprise_of_new)
        if self.nearest is None:
            return -self.surprises.of_rows(Z, expected)
        return -self.nearest.distances(self.surprises.points(Z, expected), own)

    def expected(self, X, is_new=None):
        """Return the expected value of each entry, in the units of X, and surprises, NaN where entries are missing."""
        Z = self.standardized.apply(X)
        expected = np.mean(self.surprises.expectations(Z), axis=0)
        Z = self.surprises.with_new_categories(Z, expected, is_new, self.surprise_of_new)
        return self.standardized.revert(expected), self.surprises.of_entries(Z, expected)


@dataclass(frozen=True)
class Pass:
    """Networks that were trained on chosen rows, and what they expect of rows that they have not learned."""

    standardized: Standardized
    surprises: Surprises
    # Standardised chosen rows, the network that has not learned each, and its predictions of them.
    Z: np.ndarray
    folds: np.ndarray
    expected: np.ndarray
    # Standardised other rows.
    others: np.ndarray

    def expected_of(self, Z, rows):
        """Return predictions for forms of some chosen rows, given their numbers."""
        return _expected_by_others(self.surprises.predictors, self.surprises.parts, Z, self.folds[rows])


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
    random_state = np.random.RandomState([seed, 2])
    own = np.full(len(fitted.Z), -1)
    nearest = None
    if options.keeps_rows:
        kept = random_state.permutation(len(fitted.Z))[: options.max_samples]
        own[kept] = np.arange(len(kept))
        points = fitted.surprises.points(fitted.Z[kept], fitted.expected[kept])
        nearest = NearestRows(points, options.n_neighbors)
    detection = Detection(fitted.standardized, fitted.surprises, nearest, surprise_of_new=float(np.sqrt(len(X))))
    scores = np.empty(len(X))
    scores[is_core] = detection.scores_by(fitted.Z, fitted.expected, own=own)
    detection = _with_missing_shares(detection, fitted, groups, own, scores[is_core], random_state)
    if not is_core.all():
        scores[~is_core] = detection.new_scores(fitted.others)
    return replace(detection, known=KnownRows.of(X, scores)), is_core


def _with_missing_shares(detection, fitted, groups, own, scores, random_state):
    """Return a detection that knows what becomes of errors and scores if more entries are missing."""
    n_samples = len(fitted.Z) + len(fitted.others)
    rows = _drawn_rows(len(fitted.Z), n_samples, random_state)
    forms = _forms(fitted.Z[rows], groups, random_state)
    expectations = [fitted.expected_of(Z, rows) for Z in forms]
    # Errors of all entries, the hidden ones included.
    squares = [np.square(forms[0] - expected) for expected in expectations]
    deviations = [np.sqrt(np.nansum(of_level, axis=0)) for of_level in squares]
    growth = np.array([(of_level + _TINY) / (deviations[0] + _TINY) for of_level in deviations])
    usual_missing = np.mean(np.isnan(fitted.Z) @ fitted.surprises.weights) / fitted.surprises.weights.sum()
    surprises = replace(fitted.surprises, usual_missing=float(usual_missing), growth=growth)
    detection = replace(detection, surprises=surprises)
    of_forms = [
        detection.scores_by(Z, expected, own=own[rows]) for Z, expected in zip(forms[1:], expectations[1:], strict=True)
    ]
    of_forms = [scores[rows], *of_forms]
    if len(fitted.others):
        # New rows are outside the core as often as rows of the fit.
        others = fitted.others[_drawn_rows(len(fitted.others), n_samples, random_state)]
        of_others = [detection.mean_scores(Z) for Z in _forms(others, groups, random_state)]
        of_forms = [np.concatenate(of_level) for of_level in zip(of_forms, of_others, strict=True)]
    return replace(detection, quantiles=score_quantiles(of_forms))


def _drawn_rows(n_rows, n_samples, random_state):
    """Draw some of the rows, so that at most about `_MAX_ROWS_HIDDEN` of all rows are drawn."""
    share = min(1.0, _MAX_ROWS_HIDDEN / n_samples)
    return random_state.permutation(n_rows)[: int(np.ceil(share * n_rows))]


def _forms(Z, groups, random_state):
    """Return rows as they are, then with more entries missing, a form for each of `LEVELS`."""
    return [Z, *(with_more_missing(Z, groups, level, random_state) for level in LEVELS[1:])]


def _fit_pass(options, X, groups, is_chosen, weights, seed, train):
    """Train a network on each but one fold of the chosen rows."""
    standardized = Standardized.of(X[is_chosen], weights[is_chosen])
    Z = standardized.apply(X)
    chosen = np.flatnonzero(is_chosen)
    random_state = np.random.RandomState(seed)
    parts = drawn_parts(groups, random_state)
    folds = random_state.permutation(len(chosen)) % N_FOLDS
    predictors = []
    for fold in range(N_FOLDS):
        # A single row is learned by both networks.
        learned = chosen[folds != fold] if len(chosen) > 1 else chosen
        predictors.append(train(_plan(options, Z, groups, learned, weights, random_state)))
    expected = _expected_by_others(predictors, parts, Z[chosen], folds)
    deviation, median_square = deviations_of(Z[chosen] - expected, weights[chosen])
    surprises = Surprises(tuple(predictors), parts, 1 / np.bincount(groups)[groups], deviation, median_square)
    return Pass(standardized, surprises, Z[chosen], folds, expected, Z[~is_chosen])


def _expected_by_others(predictors, parts, Z, folds):
    """Return predictions of rows by the networks that have not learned them."""
    expected = np.empty(Z.shape)
    for fold, predictor in enumerate(predictors):
        expected[folds == fold] = predicted(predictor, Z[folds == fold], parts)
    return expected


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
        options=options.training,
        state=TrainingState(random_state),
        keeps_best=False,
        running_mean=_RUNNING_MEAN,
    )
