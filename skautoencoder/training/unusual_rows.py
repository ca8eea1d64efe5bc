"""Warnings of rows that training cannot learn from as the user expects: constant, few, in other units, sorted."""

from dataclasses import dataclass

import numpy as np

from .._checks import warn
from ..metrics import in_float64
from ..rows import Standardization, row_blocks

# Rows of X and of X_val that are compared.
_MAX_SAMPLES = 1000
_MAX_ENTRIES = 2**22
# A held-out row is far if its squared distance from the mean of X is this many times that of the farthest row of X.
_FAR = 4
# Held-out rows are close together if their variance is below this share of the variance of X.
_CLOSE = 1e-2
# Fewer rows say little about their mean and variance.
_MIN_ROWS = 10
# Squared distance between means, as a share of the variance, beyond what the numbers of rows explain.
_MAX_SHIFT_OF_CHUNK = 0.25
_MAX_SHIFT_OF_HELD_OUT = 1.0
# Squared standard errors of the difference between two means.
_MAX_STANDARD_ERRORS = 16
_BLOCK_MEBIBYTES = 4


@dataclass(frozen=True)
class SeenRows:
    """Mean of each feature, mean variance and number of rows of the chunks so far."""

    mean: np.ndarray
    variance: float
    n_rows: int
    # Whether a warning was given, so that it is not repeated.
    has_warned: bool = False

    @classmethod
    def of(cls, X):
        """Measure the rows of X, an array or a CSR matrix."""
        measured = Standardization.of(X)
        return cls(measured.mean, float(np.mean(np.square(measured.deviations))), X.shape[0])

    def joined(self, other):
        """Return the measures of both sets of rows together."""
        n_rows = self.n_rows + other.n_rows
        share = other.n_rows / n_rows
        between = share * (1 - share) * float(np.mean(np.square(other.mean - self.mean)))
        variance = (1 - share) * self.variance + share * other.variance + between
        return SeenRows((1 - share) * self.mean + share * other.mean, variance, n_rows)

    def shift(self, other):
        """Return the squared distance of the means, as a share of the variance, beyond what chance explains."""
        squares = float(np.mean(np.square(other.mean - self.mean)))
        variance = max(self.variance, other.variance)
        if not variance:
            return np.inf if squares else 0.0
        return squares / variance - _MAX_STANDARD_ERRORS * (1 / self.n_rows + 1 / other.n_rows)

    def warn_if_far(self, chunk):
        """Warn, once, if the mean of a chunk is farther from that of earlier chunks than chance explains.

        Return whether a warning was given so far.
        """
        if self.has_warned or min(self.n_rows, chunk.n_rows) < _MIN_ROWS:
            return self.has_warned
        is_far = self.shift(chunk) > _MAX_SHIFT_OF_CHUNK
        if is_far:
            warn(
                "The rows of this chunk lie far from those of earlier chunks, as if the rows had been sorted. Training "
                "forgets earlier chunks that differ. Shuffle the rows before they are cut into chunks, or pass over "
                "all chunks several times.",
                UserWarning,
            )
        return is_far


def warn_of_unusual_rows(X, X_val):
    """Warn if the rows of X are all the same, or if held-out rows lie far from them.

    Noisy rows are not compared: noise has no bound.
    """
    if _are_constant(X):
        warn(
            "All rows of X are the same: there is nothing to learn, and scores of X are 1.0 or 0.0. Pass rows that "
            "differ.",
            UserWarning,
        )
    elif X_val is not None:
        _warn_if_far(X, X_val)


def warn_of_few_rows(n_rows, given, encoding_dim):
    """Warn if codes are at least as many as rows, which they can then tell apart exactly; None asks for that."""
    if given is not None and n_rows <= encoding_dim:
        warn(
            f"encoding_dim={given} is not smaller than the {n_rows} rows of X, which {n_rows - 1} codes describe "
            "exactly: the score of X is close to 1.0 and says nothing about other rows. Pass more rows, or lower "
            "encoding_dim.",
            UserWarning,
        )


def _are_constant(X):
    """Whether all rows are equal; stops at the first block with another row."""
    first = in_float64(X[:1])
    blocks = row_blocks(X.shape[0], 8 * X.shape[1], _BLOCK_MEBIBYTES)
    return all(np.all(in_float64(X[rows]) == first) for rows in blocks)


def _warn_if_far(X, X_val):
    """Warn if held-out rows, or their mean, are far from the rows of X, or if they are much closer together."""
    rows = _some(X)
    held_out = _some(X_val)
    mean = rows.mean(axis=0)
    distances = np.square(rows - mean).mean(axis=1)
    of_held_out = np.square(held_out - mean).mean(axis=1)
    is_far = np.median(of_held_out) > _FAR * distances.max()
    is_close = False
    if len(held_out) >= _MIN_ROWS:
        is_far |= SeenRows.of(rows).shift(SeenRows.of(held_out)) > _MAX_SHIFT_OF_HELD_OUT
        # Medians, because single rows may lie far from all others.
        among_held_out = np.median(np.square(held_out - held_out.mean(axis=0)).mean(axis=1))
        is_close = 0 < among_held_out < _CLOSE * np.median(distances)
    if is_far or is_close:
        found = "X_val lies far from X" if is_far else "X_val varies much less than X"
        warn(
            f"{found}: the root mean square of X around its means is {np.sqrt(distances.mean()):.3g}, that of X_val "
            f"around the same means {np.sqrt(of_held_out.mean()):.3g}. Held-out rows decide which epoch is kept, so "
            "they must be scaled and transformed as X is. In a Pipeline, set transform_input=['X_val'], and the steps "
            "before this one transform X_val too. If its rows are only later in time, expect other losses for them.",
            UserWarning,
        )


def _some(X):
    """Return some rows, evenly spaced, as a dense array of float64; fewer if they are wide."""
    n_rows = max(_MIN_ROWS, min(_MAX_SAMPLES, _MAX_ENTRIES // X.shape[1]))
    return in_float64(X[np.arange(0, X.shape[0], -(-X.shape[0] // n_rows))])
