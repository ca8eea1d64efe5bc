"""dask hands over blocks of rows, and spreads searches."""

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skautoencoder import AutoencoderTransformer

pytest.importorskip("dask")
pytest.importorskip("dask_ml.wrappers")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")

SEARCH = GridSearchCV(AutoencoderTransformer(epochs=3, random_state=0), {"encoding_dim": [2, 4]}, cv=2)


def test_blocks_are_trained_on_one_after_another(documented, wine):
    names = documented("dask")
    chunk_by_chunk = clone(names["incremental"].estimator)
    for start in range(0, len(wine), 60):
        chunk_by_chunk.partial_fit(wine[start : start + 60])
    assert not isinstance(names["codes"], np.ndarray)
    np.testing.assert_array_equal(names["codes"].compute(), chunk_by_chunk.transform(wine))


def test_dask_arrays_and_data_frames_are_loaded(wine):
    from dask import array, dataframe

    expected = clone(SEARCH.estimator).fit_transform(wine)
    table = pd.DataFrame(wine).add_prefix("column ")
    for lazy in (array.from_array(wine, chunks=(60, 13)), dataframe.from_pandas(table, npartitions=2)):
        np.testing.assert_allclose(clone(SEARCH.estimator).fit_transform(lazy), expected, rtol=1e-6)


@pytest.mark.parametrize("spread", ["dask_ml", "joblib"])
def test_searches_find_what_serial_ones_find(wine, spread):
    if spread == "dask_ml":
        from dask_ml.model_selection import GridSearchCV as DaskSearch

        search = DaskSearch(SEARCH.estimator, SEARCH.param_grid, cv=2, scheduler="threading").fit(wine)
    else:
        search = clone(SEARCH)
        with (
            distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None),
            joblib.parallel_backend("dask"),
        ):
            search.fit(wine)
    expected = clone(SEARCH).fit(wine)
    for scores in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(search.cv_results_[scores], expected.cv_results_[scores])
    np.testing.assert_array_equal(search.transform(wine), expected.transform(wine))
