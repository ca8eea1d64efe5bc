"""What makes a row unusual: its most surprising entries."""

from numbers import Integral, Real

import numpy as np

from .._sklearn_compat import merged_style_kwargs
from ._names import shortened
from ._style import COLORS, axes_for

# Surprises within so many deviations are shaded.
_USUAL = 2
# Larger surprises are drawn on a logarithmic axis beyond `_USUAL`.
_MAX_LINEAR = 30


class SurpriseDisplay:
    """The most surprising entries of one row, with its values and what was expected.

    Parameters
    ----------
    surprises : ndarray of shape (n_features,)
        Errors of the expected entries, in deviations. Entries with NaN are left out.
    values, expected : sequence of shape (n_features,)
        Entries of the row and what was expected, in the units of X.
    feature_names : list of str
        Names of the columns.
    name : str
        Name of the row.

    Attributes
    ----------
    ax_ : Axes
        Axes of the dots.
    figure_ : Figure
        Figure of the axes.
    points_ : PathCollection
        Dots, one for each entry that is shown.
    shown_ : list of int
        Indices of the columns that are drawn, the most surprising first.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skautoencoder import AutoencoderOutlierDetector
    >>> from skautoencoder.plotting import SurpriseDisplay
    >>> X = load_wine(as_frame=True).data
    >>> detector = AutoencoderOutlierDetector(epochs=10, random_state=0).fit(X)
    >>> display = SurpriseDisplay.from_estimator(detector, X, max_features=5)
    >>> len(display.shown_)
    5
    """

    def __init__(self, surprises, values, expected, *, feature_names, name):
        self.surprises = surprises
        self.values = values
        self.expected = expected
        self.feature_names = feature_names
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, X, *, row=None, max_features=10, ax=None, scatter_kwargs=None):
        """Explain and draw one row; return the display.

        Parameters
        ----------
        estimator : AutoencoderOutlierDetector
            Fitted detector.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, one of which is drawn.
        row : int, default=None
            Position of the row in X, from 0. If None, the row with the lowest score.
        max_features : int, default=10
            Maximum number of entries to draw, the most surprising ones.
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        scatter_kwargs : dict, default=None
            Keywords passed to `Axes.scatter` for the dots.

        Raises
        ------
        TypeError
            If the estimator does not explain rows, or `row` is not a whole number.
        IndexError
            If X has no such row.
        ValueError
            If all entries of the row are missing.
        """
        if not hasattr(estimator, "explain"):
            raise TypeError(
                f"{type(estimator).__name__} does not say what it expects of a row. Pass a fitted "
                "AutoencoderOutlierDetector."
            )
        if not isinstance(row, Integral | None):
            raise TypeError(f"row={row!r} is not a whole number. Pass the position of the row in X, from 0, or None.")
        surprises = estimator.explain(X)
        if row is None:
            row = int(np.argmin(estimator.score_samples(X)))
        if not -len(surprises) <= row < len(surprises):
            raise IndexError(f"row={row} is not in X, which has {len(surprises)} rows.")
        values, expected = (_entries(table, row) for table in (X, estimator.expected(X)))
        display = cls(
            surprises.iloc[row].to_numpy(),
            values,
            expected,
            feature_names=[str(name) for name in surprises.columns],
            name=f"row {surprises.index[row]}",
        )
        return display.plot(ax, max_features=max_features, scatter_kwargs=scatter_kwargs)

    def plot(self, ax=None, *, max_features=10, scatter_kwargs=None):
        """Draw the surprises as dots, with values and expected values beside them; return the display.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        max_features : int, default=10
            Maximum number of entries to draw.
        scatter_kwargs : dict, default=None
            Keywords passed to `Axes.scatter` for the dots.

        Raises
        ------
        ValueError
            If all entries of the row are missing.
        """
        if np.isnan(self.surprises).all():
            raise ValueError(
                f"All entries of {self.name} are missing, so that none can be unexpected. Draw another row."
            )
        order = np.argsort(-np.abs(self.surprises))
        self.shown_ = [int(column) for column in order if not np.isnan(self.surprises[column])][:max_features]
        n_shown = len(self.shown_)
        places = range(n_shown)
        shown = self.surprises[self.shown_]
        ax = axes_for(ax, figsize=(7.6, 1.4 + 0.3 * n_shown))
        style = merged_style_kwargs({"color": COLORS[0], "zorder": 3, "clip_on": False}, scatter_kwargs or {})
        self.points_ = ax.scatter(shown, places, **style)
        ax.hlines(places, 0, shown, color=COLORS[0], linewidth=1.2)
        ax.axvspan(-_USUAL, _USUAL, color="0.92", zorder=0)
        ax.axvline(0, color="0.3", linewidth=0.8)
        if np.max(np.abs(shown), initial=0) > _MAX_LINEAR:
            ax.set_xscale("symlog", linthresh=_USUAL)
            ax.xaxis.set_major_formatter("{x:g}")
        ax.set_ylim(n_shown - 0.5, -0.5)
        ax.set_yticks(places, np.array(shortened(self.feature_names, 30))[self.shown_])
        numbers = ax.secondary_yaxis("right")
        numbers.set_yticks(places, [self._compared(column) for column in self.shown_])
        numbers.tick_params(length=0)
        ax.set_xlabel("surprise: value minus expected value, in deviations")
        ax.set_title(f"{self.name}: value (expected)", loc="right", fontsize="medium")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _compared(self, column):
        return f"{_written(self.values[column])} ({_written(self.expected[column])})"


def _entries(table, row):
    """Return the entries of one row of a table as a list."""
    if hasattr(table, "iloc"):
        return table.iloc[row].tolist()
    if hasattr(table, "row"):
        return list(table.row(row))
    if hasattr(table, "toarray"):
        return table.tocsr()[[row]].toarray()[0].tolist()
    return np.ma.filled(np.ma.asarray(table[row], dtype=float), np.nan).tolist()


def _written(value):
    return f"{value:.4g}" if isinstance(value, Real) else str(value)
