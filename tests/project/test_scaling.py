"""Claims of docs/scaling.md that need one machine; tests/clients/test_dask.py has those of dask."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone

from skautoencoder import AutoencoderTransformer

PAGE = "scaling.md"


@pytest.mark.slow
@pytest.mark.xla
def test_parallel_search_equals_the_serial_search(documented, wine):
    search = documented("Many cores", PAGE)["search"]
    serial = clone(search).set_params(n_jobs=1).fit(wine)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(search.transform(wine), serial.transform(wine))


@pytest.mark.slow
def test_memory_map_and_chunks_fit_the_same(documented, wine):
    names = documented("Rows larger than memory", PAGE)
    chunk_by_chunk = AutoencoderTransformer(4, random_state=0)
    for start, stop in ((0, 60), (60, 119), (119, 178)):
        chunk_by_chunk.partial_fit(wine[start:stop])
    np.testing.assert_array_equal(names["autoencoder"].transform(wine), chunk_by_chunk.transform(wine))
    in_memory = AutoencoderTransformer(4, epochs=20, random_state=0).fit(wine.astype("float32"))
    mapped = clone(in_memory).fit(np.load("rows.npy", mmap_mode="r"))
    np.testing.assert_array_equal(mapped.transform(wine), in_memory.transform(wine))


def test_fit_in_the_scope_of_a_strategy_raises(wine):
    with (
        tf.distribute.MirroredStrategy(["CPU:0"]).scope(),
        pytest.raises(RuntimeError, match=r"in the scope of a MirroredStrategy.*one device.*outside of the scope"),
    ):
        AutoencoderTransformer(2, epochs=1).fit(wine)
