"""dask distributes searches, encodes lazily, and passes blocks of rows to `partial_fit`."""

import os
import signal

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skautoencoder import AutoencoderTransformer, compare_with_pca

array = pytest.importorskip("dask.array")
dataframe = pytest.importorskip("dask.dataframe")
pytest.importorskip("dask_ml.wrappers")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")

SEARCH = GridSearchCV(AutoencoderTransformer(epochs=3, random_state=0), {"encoding_dim": [2, 4]}, cv=2)
PAGE = "scaling.md"


@pytest.fixture(scope="module")
def client():
    """Two workers, which are processes."""
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def assert_equal_searches(found, expected, X):
    for scores in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(found.cv_results_[scores], expected.cv_results_[scores])
    if expected.refit:
        np.testing.assert_array_equal(found.transform(X), expected.transform(X))


@pytest.mark.xla
def test_searches_and_comparisons_on_a_cluster_are_the_serial_ones(client, documented, wine):
    names = documented("Searches on a cluster", PAGE)
    assert_equal_searches(names["search"], clone(names["search"]).fit(wine), wine)
    serial = compare_with_pca(names["search"].estimator, wine, encoding_dims=[2], cv=2)
    seconds = ["fit_seconds", "transform_seconds"]
    pd.testing.assert_frame_equal(names["comparison"].drop(columns=seconds), serial.drop(columns=seconds))


def test_searches_of_dask_itself_are_the_serial_ones(wine):
    from dask_ml.model_selection import GridSearchCV as DaskSearch

    search = DaskSearch(SEARCH.estimator, SEARCH.param_grid, cv=2, scheduler="threading").fit(wine)
    assert_equal_searches(search, clone(SEARCH).fit(wine), wine)


def test_a_search_outlives_a_worker_that_is_killed(client, wine, tmp_path):
    killed = tmp_path / "killed"
    here = os.getpid()

    # A function within a function is sent as it is, so that workers need not import this file.
    def score_or_die(estimator, X, y=None):
        if os.getpid() != here and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return estimator.score(X)

    # The start alone, since workers compile what these tests do not.
    search = clone(SEARCH).set_params(scoring=score_or_die, refit=False, estimator__epochs=0)
    client.wait_for_workers(2)
    with joblib.parallel_config("dask", scatter=[wine]):
        found = clone(search).fit(wine)
    assert killed.exists()
    assert_equal_searches(found, clone(search).fit(wine), wine)


def test_arrays_are_encoded_and_decoded_block_by_block(client, documented, wine):
    names = documented("Dask arrays and data frames", PAGE)
    blocks, codes, reconstructed = (names[name] for name in ("blocks", "codes", "reconstructed"))
    expected = clone(names["autoencoder"]).set_output(transform="default").fit(wine)
    assert isinstance(codes, array.Array)
    assert codes.chunks == (blocks.chunks[0], (4,))
    assert reconstructed.chunks == blocks.chunks
    assert codes.dtype == reconstructed.dtype == wine.dtype
    np.testing.assert_array_equal(codes.compute(), expected.transform(wine))
    np.testing.assert_array_equal(reconstructed.compute(), expected.reconstruct(wine))


def test_data_frames_are_encoded_and_decoded_partition_by_partition(client, documented, wine):
    names = documented("Dask arrays and data frames", PAGE)
    table, autoencoder = names["table"], names["autoencoder"]
    for name, expected in {
        "table_of_codes": autoencoder.transform(table),
        "reconstructed_table": autoencoder.reconstruct(table),
    }.items():
        lazy = names[name]
        assert isinstance(lazy, dataframe.DataFrame)
        pd.testing.assert_series_equal(lazy.dtypes, expected.dtypes)
        pd.testing.assert_frame_equal(lazy.compute(), expected)


def test_dask_arrays_and_data_frames_are_loaded(wine):
    expected = clone(SEARCH.estimator).fit(wine)
    table = pd.DataFrame(wine).add_prefix("column ")
    for lazy in (array.from_array(wine, chunks=(60, 13)), dataframe.from_pandas(table, npartitions=2)):
        np.testing.assert_allclose(clone(SEARCH.estimator).fit_transform(lazy), expected.transform(wine), rtol=1e-6)
        assert isinstance(clone(SEARCH.estimator).fit(lazy).transform(lazy), np.ndarray)


@pytest.mark.xla
def test_blocks_are_trained_on_one_after_another(client, documented, wine):
    names = documented("Training on blocks of dask", PAGE)
    chunk_by_chunk = AutoencoderTransformer(4, random_state=0)
    for name in ("trained", "autoencoder"):
        for start in range(0, len(wine), 60):
            chunk_by_chunk.partial_fit(wine[start : start + 60])
        np.testing.assert_array_equal(names[name].transform(wine), chunk_by_chunk.transform(wine))


def test_rows_are_trained_on_that_are_larger_than_the_memory_of_a_worker(client):
    limit, n_rows = "600MB", 2**14
    autoencoder = AutoencoderTransformer(2, hidden_layer_sizes=(), batch_size=1024, random_state=0)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, memory_limit=limit
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as small,
    ):
        (worker,) = small.run(os.getpid).values()
        blocks = array.random.default_rng(0).normal(size=(50 * n_rows, 100), chunks=(n_rows, 100))
        assert blocks.nbytes > 600e6
        for block in blocks.blocks:
            autoencoder.partial_fit(small.compute(block).result())
        # A worker that exceeds its limit is killed, and another one started.
        assert list(small.run(os.getpid).values()) == [worker]
    assert autoencoder.n_iter_ == 50
