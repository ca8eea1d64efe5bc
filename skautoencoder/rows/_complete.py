"""Rows without missing values: the rows of a fit as training sees them, their standardisation, blocks of rows."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn import get_config
from sklearn.utils.sparsefuncs import mean_variance_axis

from ._base import ArrayRows, PairedRows

_Rows = np.ndarray | csr_matrix | csr_array
_BLOCK_MEBIBYTES = 4
# Root mean squares within these bounds have squares, and sums of squares, in float64.
_MIN_SCALE = 1e-150
_MAX_SCALE = 1e150
# Scales within these bounds have squares, and products with weights, in float32.
_MIN_FLOAT32_SCALE = 1e-18
_MAX_FLOAT32_SCALE = 1e18


def rows_that_count(sample_weight, *parts):
    """Return the weights and the parts without the rows of weight 0; weights and parts may be None."""
    if sample_weight is None or sample_weight.all():
        return sample_weight, *parts
    counts = sample_weight > 0
    return tuple(part if part is None else part[counts] for part in (sample_weight, *parts))


@dataclass(frozen=True)
class GivenRows:
    """Rows that a user passes to a fit."""

    X: _Rows
    # Positive weights of the rows of X; None if all count the same.
    sample_weight: np.ndarray | None = None
    # Noisy form of each row of X.
    X_noisy: _Rows | None = None
    # Held-out rows, and the noisy form of each.
    X_val: _Rows | None = None
    X_val_noisy: _Rows | None = None
    # Of data frames with categories: weights of the entries at which training starts as factor analysis of mixed data,
    # and the number of the column of each entry.
    start_weights: np.ndarray | None = None
    column_numbers: np.ndarray | None = None

    def part(self, indices):
        """Return some of the rows of X with their weights, without noisy and held-out rows."""
        weights = None if self.sample_weight is None else self.sample_weight[indices]
        return replace(self, X=self.X[indices], sample_weight=weights, X_noisy=None, X_val=None, X_val_noisy=None)

    def source(self, standardization, weight_unit=1.0, target_standardization=None):
        """Return the rows as a source: the targets of the decoder, the rows of the encoder if they differ, weights.

        Targets are standardised as the rows of the encoder, unless `target_standardization` is given.
        """
        target_standardization = target_standardization or standardization
        rows = CompleteRows(self.X, target_standardization)
        if self.X_noisy is not None or target_standardization is not standardization:
            seen = self.X if self.X_noisy is None else self.X_noisy
            rows = PairedRows(rows, CompleteRows(seen, standardization))
        if self.sample_weight is not None:
            rows = PairedRows(rows, ArrayRows(self.sample_weight[:, np.newaxis] / weight_unit))
        return rows

    def validation_source(self, standardization, target_standardization=None):
        """Return the held-out rows as a source with the same fields and weights of one."""
        weights = None if self.sample_weight is None else np.ones(self.X_val.shape[0])
        rows = GivenRows(self.X_val, weights, self.X_val_noisy)
        return rows.source(standardization, target_standardization=target_standardization)


class CompleteRows:
    """Standardised rows of an array, a memory map or a CSR matrix, which stays where it is; a row has one field."""

    def __init__(self, X, standardization):
        self._X = X
        self._standardization = standardization
        self.widths = (X.shape[1],)

    def __len__(self):
        return self._X.shape[0]

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        (rows,) = out
        X = self._X
        # Held-out and noisy rows may exceed float32; the loss reports it.
        with np.errstate(over="ignore"):
            if issparse(X) and self._standardization.is_extreme:
                self._standardization.apply(X[indices].toarray(), out=rows)
            elif issparse(X):
                X[indices].astype(np.float32).toarray(out=rows)
                self._standardization.apply(rows, out=rows)
            elif X.dtype == rows.dtype:
                np.take(X, indices, axis=0, out=rows, mode="clip")
                self._standardization.apply(rows, out=rows)
            else:
                self._standardization.apply(X[indices], out=rows)


@dataclass(frozen=True)
class Standardization:
    """One mean per feature and one scale for all features.

    Squared errors of features stay comparable, and a change of units changes nothing.
    """

    mean: np.ndarray
    # Root mean square of the centred entries; 1.0 where all rows are the same.
    scale: float
    # Standard deviation of each feature, for pictures.
    deviations: np.ndarray | None = None

    @classmethod
    def none(cls, n_features):
        """Leave the rows as they are."""
        return cls(np.zeros(n_features), 1.0)

    @classmethod
    def of(cls, X, sample_weight=None):
        """Measure the rows of X in float64; raise a ValueError if it cannot hold their squares."""
        # The check below reports values that are not finite, in the user's terms.
        with np.errstate(over="ignore", invalid="ignore"):
            if issparse(X):
                mean, variance = _sparse_moments(X, sample_weight)
            else:
                mean = feature_means(X, sample_weight)
                weights = np.ones(X.shape[0]) if sample_weight is None else sample_weight
                squares = np.zeros(X.shape[1])
                for rows in row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES):
                    squares += weights[rows] @ np.square(np.subtract(X[rows], mean))
                variance = squares / weights.sum()
            scale = float(np.sqrt(variance.mean()))
        if not (_MIN_SCALE <= scale <= _MAX_SCALE and np.isfinite(mean).all()):
            _check_squares(X, scale)
        return cls(mean, scale or 1.0, np.sqrt(variance))

    @property
    def is_identity(self):
        """Whether rows stay as they are."""
        return self.scale == 1.0 and not self.mean.any()

    @property
    def is_extreme(self):
        """Whether float32 cannot hold intermediate results in the units of X."""
        is_ordinary = _MIN_FLOAT32_SCALE <= self.scale <= _MAX_FLOAT32_SCALE
        return not is_ordinary or np.abs(self.mean).max() > _MAX_FLOAT32_SCALE

    def apply(self, X, out=None):
        """Standardise dense rows in float64, or into a float32 array with nearly the same accuracy."""
        if out is None:
            out = np.subtract(X, self.mean, dtype=np.float64)
            out /= self.scale
        elif self.is_identity:
            if out is not X:
                np.copyto(out, X, casting="same_kind")
        elif self.is_extreme:
            # Use float64 when the scale is outside float32's range.
            np.copyto(out, self.apply(X), casting="same_kind")
        elif X.dtype == np.float32:
            # Subtracting the rounding error of the mean on its own is as exact as float64, in two thirds of the time.
            mean = self.mean.astype(np.float32)
            np.subtract(X, mean, out=out)
            out -= (self.mean - mean).astype(np.float32)
            out *= np.float32(1 / self.scale)
        else:
            np.subtract(X, self.mean, out=out, dtype=np.float64, casting="same_kind")
            out /= self.scale
        return out

    def revert(self, X):
        """Convert standardised rows into the units of X, in their own dtype."""
        return X * X.dtype.type(self.scale) + self.mean.astype(X.dtype)


def evenly_spaced(rows, n_rows):
    """Return at most `n_rows` of the rows, in their order."""
    if len(rows) <= n_rows:
        return rows
    return rows[np.linspace(0, len(rows) - 1, n_rows).astype(int)]


def feature_means(X, sample_weight):
    """Return the weighted mean of each column of an array or a CSR matrix, in float64."""
    if issparse(X):
        return _sparse_moments(X, sample_weight)[0]
    if sample_weight is None:
        mean = X.mean(axis=0, dtype=np.float64)
    else:
        blocks = row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
        mean = sum(sample_weight[rows] @ X[rows] for rows in blocks) / sample_weight.sum()
    # A mean rounded in the last place must not turn a constant column into a signal.
    return np.where(X.max(axis=0) == X.min(axis=0), X[0], mean)


def _sparse_moments(X, sample_weight):
    """Return mean and variance of each column of a CSR matrix."""
    mean, variance = mean_variance_axis(X.astype(np.float64, copy=False), axis=0, weights=sample_weight)
    # As for arrays: a mean rounded in the last place must not turn a constant column into a signal.
    first, is_constant = _constant_columns(X)
    return np.where(is_constant, first, mean), np.where(is_constant, 0.0, variance)


def _constant_columns(X):
    """Return the first row of a CSR matrix, and which columns have its value in all rows."""
    n_samples, n_features = X.shape
    first = X[[0]].toarray().ravel()
    equal = X.indices[X.data == first[X.indices]]
    n_zeros = n_samples - np.bincount(X.indices, minlength=n_features)
    n_equal = np.bincount(equal, minlength=n_features) + np.where(first == 0, n_zeros, 0)
    return first, n_equal == n_samples


def _check_squares(X, scale):
    """Raise a ValueError if float64 cannot hold the squares of X, whose root mean square is out of bounds."""
    is_small = scale < _MIN_SCALE
    is_constant = _constant_columns(X)[1] if issparse(X) else X.max(axis=0) == X.min(axis=0)
    if is_small and is_constant.all():
        return
    # NaN here is inf - inf: squares overflowed.
    raise ValueError(
        f"The values of X are too {'small' if is_small else 'large'}: X spans [{X.min():.3g}, {X.max():.3g}], whose "
        "squares are beyond float64. Scale X first, for example with StandardScaler."
    )


def distinct_rows(X):
    """Return the index of one row for each distinct row of X, and the number of each row among the distinct ones.

    The numbers depend on the values of the rows alone, which may be an array or a CSR matrix in any order.
    """
    _, first, numbers = np.unique(fingerprints(X), return_index=True, return_inverse=True)
    return first, numbers


def fingerprints(X):
    """Return a number of 64 bits for each row of an array or a CSR matrix, the same for equal rows with equal NaN."""
    n_samples, n_features = X.shape
    factors = 2 * np.random.RandomState(0).randint(2**62, size=n_features, dtype=np.uint64) + 1
    hashes = np.empty(n_samples, dtype=np.uint64)
    for rows in row_blocks(n_samples, 8 * n_features, _BLOCK_MEBIBYTES):
        block = X[rows].toarray() if issparse(X) else X[rows]
        # Adding zero makes zeros of minus zeros.
        values = np.add(block, 0.0, dtype=np.float64)
        values[np.isnan(values)] = np.nan
        bits = values.view(np.uint64)
        # Bits of small whole numbers are zero at the end, where products modulo 2**64 need some.
        bits ^= bits >> np.uint64(32)
        hashes[rows] = bits @ factors
    return hashes


def row_blocks(n_rows, row_bytes, max_mebibytes):
    """Yield slices of rows, at least one row each, that take at most `max_mebibytes` while they are worked on.

    A row takes `row_bytes`. ``sklearn.set_config(working_memory=...)`` can only lower the maximum.
    """
    max_bytes = min(max_mebibytes, get_config()["working_memory"]) * 2**20
    step = max(1, int(max_bytes // row_bytes))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))
