"""Surprises: how far entries of a row are from what networks expect of them, given the other entries."""

from dataclasses import dataclass

import numpy as np

from ..rows import Observed
from ._missing_shares import at_shares, extra_shares
from ._predictor import MaskedPredictor

# Number of parts of the columns; the entries of a part are hidden at the same time.
_N_PARTS = 4
# Added to the deviation of errors, in standard deviations of the column: exact relations are no measure of surprise.
_MIN_DEVIATION = 0.1
# Added to the median squared error of a column, in its variances.
_MIN_MEDIAN = 1e-3
# What counts as standard deviation of a constant column, as a share of its mean, so that units do not matter.
_CONSTANT_SCALE = 0.1
# Half the range of a column that is constant but for rounding, as a share of its mean.
_MAX_ROUNDING = 1e-10
# Maximum absolute value of standardised entries and of surprises, so that squared distances stay exact enough.
_LIMIT = 1e6


@dataclass(frozen=True)
class Standardized:
    """Columns in standard deviations from their mean."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, X, weights=None):
        """Take mean and deviation of the observed entries of rows; that of a constant column is a share of its mean."""
        observed = Observed.of(X)
        mean, scale = observed.moments(weights)
        low, high = observed.bounds()
        of_constant = _CONSTANT_SCALE * np.abs(mean)
        is_constant = (high / 2 - low / 2 <= _MAX_ROUNDING * np.abs(mean)) & (of_constant > 0)
        return cls(mean, np.where(is_constant, of_constant, scale))

    def apply(self, X):
        """Return standardised rows as float64, NaN where entries are missing."""
        with np.errstate(over="ignore"):
            return np.clip((X - self.mean) / self.scale, -_LIMIT, _LIMIT)

    def revert(self, Z):
        """Return rows in the units of X."""
        return Z * self.scale + self.mean


@dataclass(frozen=True)
class Surprises:
    """Networks, and the distribution of their errors on rows that they have not learned."""

    predictors: tuple[MaskedPredictor, ...]
    # The part of each column.
    parts: np.ndarray
    # How much each column counts: indicators of the same column of X count as one.
    weights: np.ndarray
    # Of each column's errors, in its standard deviations.
    deviation: np.ndarray
    median_square: np.ndarray
    # Share of the entries that is missing in rows of the fit.
    usual_missing: float = 0.0
    # Factors on the deviations of rows of which more is missing, of shape (n_levels, n_features); None: 1.
    growth: np.ndarray | None = None

    def extra_missing(self, Z):
        """Return the share of the entries of each row that is missing in addition to the usual share."""
        return extra_shares(Z, self.weights, self.usual_missing)

    def _growth(self, Z):
        shares = self.extra_missing(Z)
        return at_shares(self.growth, shares) if self.growth is not None and shares.any() else 1.0

    def expectations(self, Z):
        """Return what each network expects of standardised rows: a list of arrays."""
        return [predicted(predictor, Z, self.parts) for predictor in self.predictors]

    def of_entries(self, Z, expected):
        """Return the errors of expected entries in deviations; NaN where entries are missing."""
        return np.clip((Z - expected) / (self.deviation * self._growth(Z)), -_LIMIT, _LIMIT)

    def of_rows(self, Z, expected):
        """Return the mean surprise of each row: of the logarithm of 1 + squared error / median squared error.

        Up to constants, this is minus the log-likelihood of errors with Cauchy distributions, whose heavy tails keep a
        single error from deciding.
        """
        terms = np.log1p(np.square((Z - expected) / self._growth(Z)) / self.median_square)
        observed = ~np.isnan(Z) @ self.weights
        return np.nan_to_num(terms) @ self.weights / np.where(observed > 0, observed, 1.0)

    def points(self, Z, expected):
        """Return rows as points, whose distances say how alike they are: their entries, then their surprises.

        Missing entries are as expected. Large numbers count by their logarithms.
        """
        is_missing = np.isnan(Z)
        entries = np.where(is_missing, expected, Z)
        surprises = np.where(is_missing, 0.0, self.of_entries(Z, expected))
        numbers = np.hstack([entries, surprises])
        return np.sign(numbers) * np.log1p(np.abs(numbers)) * np.tile(np.sqrt(self.weights), 2)

    def with_new_categories(self, Z, expected, is_new, surprise):
        """Return rows with entries that surprise by `surprise` where `is_new`; None means nowhere."""
        return Z if is_new is None else np.where(is_new, expected + surprise * self.deviation, Z)


def drawn_parts(groups, random_state):
    """Divide groups of columns at random into parts of about the same size; return the part of each column."""
    n_groups = groups.max() + 1
    return (random_state.permutation(n_groups) % min(_N_PARTS, n_groups))[groups]


def predicted(predictor, Z, parts):
    """Return what a network expects of each entry of standardised rows, while the entries of its part are hidden."""
    expected = np.empty(Z.shape)
    for part in np.unique(parts):
        is_hidden = parts == part
        expected[:, is_hidden] = predictor.predict(Z, is_hidden)
    return expected


def deviations_of(errors, weights):
    """Return deviation and median square of the errors of each column, for `Surprises`."""
    squares = np.square(errors)
    deviations = np.zeros(errors.shape[1])
    medians = np.zeros(errors.shape[1])
    for column in range(errors.shape[1]):
        is_observed = ~np.isnan(squares[:, column])
        if is_observed.any():
            of_column = squares[is_observed, column]
            deviations[column] = np.sqrt(np.average(of_column, weights=weights[is_observed]))
            medians[column] = weighted_quantile(of_column, 0.5, weights[is_observed])
    return deviations + _MIN_DEVIATION, medians + _MIN_MEDIAN


def weighted_quantile(values, quantile, weights):
    """Return a quantile of values that count as often as their weights say, interpolated as by `numpy.quantile`."""
    order = np.argsort(values, kind="stable")
    places = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(places[0] + quantile * (places[-1] - places[0]), places, values[order]))
