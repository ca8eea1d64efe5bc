"""Rows of which more is missing than of the rows of the fit: their errors are larger, and so are their distances."""

import numpy as np

from ..rows import drawn_by_groups

# Shares of missing entries, in addition to the usual share, at which scores are measured.
LEVELS = np.array([0.0, 0.1, 0.25, 0.5, 0.75])
# Quantiles of the scores at each level.
_QUANTILES = np.linspace(0, 1, 101)
# Shares are rounded to this, so that rows of similar shares are converted together.
_STEP = 0.02


def extra_shares(Z, weights, usual_share):
    """Return the share of the entries of each row that is missing beyond the usual share."""
    missing = np.isnan(Z) @ weights / weights.sum()
    return np.maximum(missing - usual_share, 0.0) / max(1.0 - usual_share, _STEP)


def with_more_missing(Z, groups, level, random_state):
    """Return rows of which a share of the entries, drawn at random, is missing."""
    return np.where(drawn_by_groups(random_state.uniform, Z.shape, groups) < level, np.nan, Z)


def at_shares(table, shares):
    """Interpolate the rows of a table, one for each of `LEVELS`, at some shares."""
    places = np.interp(shares, LEVELS, np.arange(len(LEVELS)))
    low = np.minimum(places.astype(np.intp), len(LEVELS) - 2)
    fractions = (places - low)[:, np.newaxis]
    return (1 - fractions) * table[low] + fractions * table[low + 1]


def score_quantiles(scores):
    """Return quantiles of the scores of rows, given a list of them for each of `LEVELS`."""
    return np.quantile(np.asarray(scores), _QUANTILES, axis=1).T


def on_usual_scale(scores, shares, quantiles):
    """Convert scores of incomplete rows into scores that as many usual rows exceed."""
    converted = scores.copy()
    steps = np.rint(shares / _STEP).astype(np.intp)
    for step in np.unique(steps[steps > 0]):
        is_own = steps == step
        (own,) = at_shares(quantiles, np.array([step * _STEP]))
        usual = quantiles[0]
        # Below the lowest quantile, scores keep their ratio to it.
        ratio = usual[0] / own[0] if own[0] else 1.0
        inside = np.interp(scores[is_own], own, usual)
        converted[is_own] = np.where(scores[is_own] < own[0], scores[is_own] * ratio, inside)
    return converted
