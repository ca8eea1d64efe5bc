"""Incomplete rows: what is hidden of them, and that the same index gives the same row."""

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


def test_the_same_index_gives_the_same_row(X):
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


def test_entries_of_sparse_and_dense_rows_agree(X):
    sparse, dense = Observed.of(csr_array(np.nan_to_num(X))), Observed.of(X)
    for of_sparse, of_dense in zip(sparse.bounds() + sparse.moments(), dense.bounds() + dense.moments(), strict=True):
        np.testing.assert_allclose(of_sparse, of_dense)
    empty = Observed.of(np.where(np.arange(11) == 4, np.nan, X))
    sparse_empty = Observed.of(csr_array(np.nan_to_num(np.where(np.arange(11) == 4, 0.0, X))))
    for observed in (empty, sparse_empty):
        assert [bound[4] for bound in observed.bounds()] == [0, 0]
        assert [moment[4] for moment in observed.moments()] == [0, 1]
