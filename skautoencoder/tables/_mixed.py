"""Data frames of numbers and categories as rows in which columns have comparable weights, and rows as such frames."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import entropy

from .._sklearn_compat import safe_indexing
from ._columns import ColumnType, column_types, container_of, frame_of, in_container
from ._errors import are_constant
from ._frames import FrameTable, chosen_categories

# A column with more different words than this, and than half of the rows, holds names or free text.
_MIN_WORDS_OF_TEXT = 20
# Names of dtypes of truth values in pandas and polars.
_TRUTH_VALUES = {"bool", "boolean", "bool[pyarrow]", "Boolean"}


@dataclass(frozen=True)
class MixedTable:
    """Data frames of numbers and categories, which become rows of numbers.

    Numbers are centred and divided by their standard deviation. A category becomes an indicator, which is centred. One
    divisor for all indicators of a column gives them a total variance of twice the entropy of the column in nats, as
    the squared error of a standard normal number is twice its negative log-likelihood. All rows are multiplied by one
    factor that makes the mean of their squared entries 1.
    """

    indicators: FrameTable
    # "pandas" or "polars".
    container: str
    column_types: list[ColumnType]
    # Of numbers and indicators.
    mean: np.ndarray
    scale: np.ndarray
    # Rows times these weights are those of factor analysis of mixed data.
    start_weights: np.ndarray
    # Of each column of the frame, for errors: standard deviations of numbers, 1.0 for constants and categories.
    deviations: np.ndarray

    @classmethod
    def of(cls, X, ignores_unknown=False, sample_weight=None):
        """Measure the columns of a frame; rows of weight 0 are left out.

        Raise a ValueError that names a column if it holds times, objects, names or free text.
        """
        if sample_weight is not None:
            X = safe_indexing(X, np.flatnonzero(sample_weight))
            sample_weight = sample_weight[sample_weight > 0] / sample_weight.max()
        types = column_types(X)
        indicators = FrameTable.of(X, np.nan, ignores_unknown)
        _check_words(indicators, types, len(X))
        indicators = replace(indicators, categories=_with_levels(indicators.categories, types))
        array, is_missing = indicators.read(X)
        _check_complete(indicators.names, is_missing, "X")
        mean = np.average(array, axis=0, weights=sample_weight)
        with np.errstate(over="ignore"):
            variance = np.average(np.square(array - mean), axis=0, weights=sample_weight)
        columns = indicators.features
        _check_squares(indicators.names, columns, variance)
        # Rounding must not turn a constant column into a signal.
        variance[are_constant(mean, variance, len(array))] = 0.0
        weights = _weights(indicators, mean, variance)
        total = np.bincount(columns, weights=variance)
        squares = np.divide(total, weights, out=np.ones(len(types)), where=weights > 0)
        scale = np.sqrt(squares[columns] * (weights.sum() or 1.0) / len(columns))
        return cls(
            indicators,
            container_of(X),
            types,
            mean,
            scale,
            start_weights=scale / _scale_of_mixed_analysis(mean, variance, columns),
            deviations=_deviations(indicators, variance),
        )

    @property
    def column_numbers(self):
        """For each entry of a row, the number of the column of the frame."""
        return self.indicators.features

    @property
    def words(self):
        """The labels of the columns of categories."""
        pairs = zip(self.column_types, self.indicators.categories, strict=True)
        return [kind.label for kind, known in pairs if known is not None]

    @property
    def is_number(self):
        """Whether each entry of a row is a number, not an indicator."""
        return np.array([known is None for known in self.indicators.categories])[self.column_numbers]

    @property
    def feature_names(self):
        """The name of each entry of a row: that of a column of numbers, or "column=category"."""
        names = []
        for name, known in zip(self.indicators.names, self.indicators.categories, strict=True):
            if known is None:
                names.append(name)
            else:
                names += [f"{name}={category}" for category in self.indicators.shown(known)]
        return names

    def check(self, X, name):
        """Raise an error if X is no frame, or has the columns of the fit in another order."""
        self.indicators.check(X, name)
        labels = [kind.label for kind in self.column_types]
        if list(X.columns) != labels and set(X.columns) == set(labels):
            raise ValueError(f"The columns of {name} should be in the order that they had in fit: {labels}.")

    def read(self, X, name="X", ignores_unknown=None):
        """Return a frame as rows; raise a ValueError that names a column of missing or strange entries.

        Categories that `of` has not seen are an error or, ignored, no evidence for any category: zeros.
        """
        indicators = self.indicators
        if ignores_unknown is not None:
            indicators = replace(indicators, ignores_unknown=ignores_unknown)
        array, is_missing = indicators.read(X)
        _check_complete(indicators.names, is_missing, name)
        array -= self.mean
        array /= self.scale
        array[np.isnan(array)] = 0.0
        return array

    def write(self, rows, index=None, container=None, random_state=None):
        """Return rows as a frame with the dtypes of X: rounded integers, and the most probable category.

        With a random state, categories are drawn. `container` is that of the frame, by default the one of X.
        """
        values = rows * self.scale + self.mean
        columns = []
        for number, known in enumerate(self.indicators.categories):
            of_column = values[:, self.column_numbers == number]
            columns.append(of_column[:, 0] if known is None else chosen_categories(of_column, known, random_state))
        frame = frame_of(self.container, self.column_types, columns, index)
        return in_container(frame, container or self.container)


def _with_levels(categories, types):
    """Add the categories that a dtype declares and no row holds, so that later rows may hold them."""
    levels = [
        [False, True] if kind.levels is None and kind.dtype in _TRUTH_VALUES else kind.levels or [] for kind in types
    ]
    return [
        known if known is None else list(dict.fromkeys([*known, *declared]))
        for known, declared in zip(categories, levels, strict=True)
    ]


def _check_words(indicators, types, n_rows):
    """Raise a ValueError that names the first column of names or free text."""
    for name, known, kind in zip(indicators.names, indicators.categories, types, strict=True):
        if not known or kind.levels is not None or not isinstance(known[0], str):
            continue
        if len(known) > max(_MIN_WORDS_OF_TEXT, n_rows / 2):
            raise ValueError(
                f"Column {name!r} holds {len(known)} different words in {n_rows} rows, such as {known[0]!r}: names, "
                "dates or text, of which a code can keep nothing. Leave the column out, or give it the dtype "
                "'category' if these are categories."
            )


def _check_complete(names, is_missing, name):
    if is_missing.any():
        counts = is_missing.sum(axis=0)
        first = np.flatnonzero(counts)[0]
        entries = "1 missing entry" if counts[first] == 1 else f"{counts[first]} missing entries"
        raise ValueError(
            f"Column {names[first]!r} of {name} has {entries}. Fill them in first, with "
            "AutoencoderImputer, which reads such data frames, or leave these rows out."
        )


def _check_squares(names, columns, variance):
    """Raise a ValueError that names the first column whose variance float64 cannot hold."""
    if not np.isfinite(variance).all():
        name = names[columns[np.argmin(np.isfinite(variance))]]
        raise ValueError(
            f"Column {name!r} holds numbers so large that their squares are beyond float64. Divide the column first."
        )


def _deviations(indicators, variance):
    """Return the standard deviation of each column of numbers; 1.0 for constants and categories."""
    deviations = np.ones(len(indicators.categories))
    for number, known in enumerate(indicators.categories):
        if known is None:
            deviations[number] = np.sqrt(variance[indicators.features == number][0]) or 1.0
    return deviations


def _weights(indicators, mean, variance):
    """Return the variance of each column of the frame among the rows: 1 for numbers, 0 for constant columns."""
    weights = []
    for number, known in enumerate(indicators.categories):
        is_own = indicators.features == number
        if known is None:
            weights.append(float(variance[is_own][0] > 0))
            continue
        frequencies = mean[is_own]
        # One indicator of two categories, and those that have no indicator.
        others = max(1 - frequencies.sum(), 0.0)
        weights.append(2 * float(entropy([*frequencies, others])))
    return np.array(weights)


def _scale_of_mixed_analysis(mean, variance, columns):
    """Return the divisors of factor analysis of mixed data [Pages 2004].

    Numbers are divided by their standard deviation, indicators by the root of their frequency. One indicator of two is
    as good as both, divided by its standard deviation.
    """
    is_alone = np.bincount(columns)[columns] == 1
    squares = np.where(is_alone, variance, mean)
    return np.sqrt(np.where(squares > 0, squares, 1.0))
