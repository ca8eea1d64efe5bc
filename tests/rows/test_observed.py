"""The observed entries of incomplete rows: arrays and sparse matrices are the same to all that follows."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder.rows import Observed


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(0)
    X = generator.uniform(1, 2, size=(50, 11))
    X[generator.uniform(size=X.shape) < 0.4] = np.nan
    X[3] = np.nan
    return X


def test_each_entry_is_in_one_part(X):
    forms = Observed.of(X), Observed.of(csr_array(np.nan_to_num(X)))
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
