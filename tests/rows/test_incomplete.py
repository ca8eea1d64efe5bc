"""Incomplete rows: hidden entries, and equal rows for equal indices."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder.rows import ArrayRows, IncompleteRows, Observed


class Filling:
    """A linear model that fills every hole with a number that no entry has."""

    def complete(self, observed):
        values, mask = observed.dense()
        return np.where(mask > 0, values, -7.0)


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(0)
    X = generator.uniform(1, 2, size=(50, 11))
    X[generator.uniform(size=X.shape) < 0.4] = np.nan
    X[3] = np.nan
    return X


def rows_of(X, n_copies=4, seed=0):
    return IncompleteRows(Observed.of(X), Filling(), 0.3, n_copies, seed)


def test_observed_entries_are_seen_or_hidden(X):
    rows = rows_of(X)
    assert (len(rows), rows.widths) == (200, (11, 11))
    seen, hidden = rows.fields(np.arange(200))
    tiled, is_hidden, is_seen = np.tile(X, (4, 1)), ~np.isnan(hidden), seen != -7
    np.testing.assert_array_equal(hidden[is_hidden], tiled[is_hidden])
    np.testing.assert_array_equal(seen[is_seen], tiled[is_seen])
    np.testing.assert_array_equal(is_hidden ^ is_seen, ~np.isnan(tiled))
    assert is_hidden.sum() / np.isfinite(tiled).sum() == pytest.approx(0.3, abs=0.03)
    # Copies hide other entries.
    assert np.mean(is_hidden[:50] == is_hidden[50:100]) < 0.9


def test_index_always_gives_same_row(X):
    rows = rows_of(X)
    whole = rows.fields(np.arange(200))
    chosen = np.array([0, 3, 49, 50, 149, 199])
    for _ in range(2):
        for field, expected in zip(rows.fields(chosen), whole, strict=True):
            np.testing.assert_array_equal(field, expected[chosen])
    again, other = rows_of(X), rows_of(X, seed=1)
    np.testing.assert_array_equal(again.fields(chosen)[1], whole[1][chosen])
    assert not np.array_equal(other.fields(chosen)[1], whole[1][chosen], equal_nan=True)
    out = tuple(np.empty((6, 11), dtype=np.float32) for _ in range(2))
    rows.take(chosen, out)
    in_memory = tuple(np.empty((6, 11), dtype=np.float32) for _ in range(2))
    ArrayRows(*whole).take(chosen, in_memory)
    np.testing.assert_array_equal(out, in_memory)


def test_bounds_and_moments_equal_those_of_numpy(X):
    observed = Observed.of(X)
    np.testing.assert_array_equal(observed.bounds(), [np.nanmin(X, axis=0), np.nanmax(X, axis=0)])
    np.testing.assert_allclose(observed.moments(), [np.nanmean(X, axis=0), np.nanstd(X, axis=0)])
    empty = Observed.of(np.where(np.arange(11) == 4, np.nan, X))
    assert [bound[4] for bound in empty.bounds()] == [0, 0]
    assert [moment[4] for moment in empty.moments()] == [0, 1]


def as_sparse(observed):
    """Return the same entries as CSR arrays."""
    mask = csr_array(observed.mask)
    values = observed.values[observed.mask > 0]
    return Observed(csr_array((values, mask.indices, mask.indptr), shape=mask.shape), mask)


def test_each_entry_is_in_one_part(X):
    forms = Observed.of(X), as_sparse(Observed.of(X))
    divided = [list(form.parts(4, np.random.RandomState(0))) for form in forms]
    counts = np.zeros(X.shape)
    for (others, part), (sparse_others, sparse_part) in zip(*divided, strict=True):
        for dense, sparse in ((others, sparse_others), (part, sparse_part)):
            np.testing.assert_array_equal(dense.dense(), sparse.dense())
        np.testing.assert_array_equal(part.mask + others.mask, ~np.isnan(X))
        np.testing.assert_array_equal(part.values + others.values, np.nan_to_num(X))
        assert part.mask.sum() == pytest.approx(np.isfinite(X).sum() / 4, rel=0.2)
        counts += part.mask
    np.testing.assert_array_equal(counts, ~np.isnan(X))
