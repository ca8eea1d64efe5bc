"""Rows from which training learns nothing of use: a warning says so, and usual rows give none."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.datasets import load_digits, load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skautoencoder import AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder.training.unusual_rows import warn_of_unusual_rows

TRANSFORMERS = [AutoencoderTransformer, VariationalAutoencoderTransformer]


def untrained(encoding_dim=2, **parameters):
    return AutoencoderTransformer(encoding_dim, epochs=0, random_state=0, **parameters)


class TestHeldOutRows:
    """X_val in other units than X."""

    @pytest.mark.parametrize("load", [load_digits, load_wine])
    @pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
    def test_rows_in_other_units_warn_and_others_do_not(self, load, scaler):
        rows = np.random.RandomState(0).permutation(load().data)
        X, X_val = rows[::2], rows[1::2]
        scaled, scaled_val = scaler.fit_transform(X), scaler.transform(X_val)
        warn_of_unusual_rows(X, X_val)
        warn_of_unusual_rows(csr_array(scaled), csr_array(scaled_val))
        for first, second in ((scaled, X_val), (X, scaled_val), (csr_array(X), csr_array(scaled_val))):
            with pytest.warns(UserWarning, match=r"X_val lies far from X: .* set transform_input=\['X_val'\]"):
                warn_of_unusual_rows(first, second)

    @pytest.mark.parametrize("transformer", TRANSFORMERS)
    def test_rows_that_the_steps_before_did_not_transform_warn(self, wine, transformer):
        X = 100 + 10 * wine
        autoencoder = transformer(2, epochs=0)
        with config_context(enable_metadata_routing=True):
            autoencoder.set_fit_request(X_val=True)
            with pytest.warns(UserWarning, match="X_val lies far from X"):
                make_pipeline(StandardScaler(), autoencoder).fit(X, X_val=X[:50])
            transforming = make_pipeline(StandardScaler(), autoencoder, transform_input=["X_val"])
            assert transforming.fit(X, X_val=X[:50])[-1].n_iter_ == 0

    def test_one_outlying_or_single_held_out_row_does_not_warn(self, wine):
        X_val = wine[100:].copy()
        X_val[0] *= 1e6
        warn_of_unusual_rows(wine[:100], X_val)
        warn_of_unusual_rows(wine[:100], wine[[3]])


@pytest.mark.parametrize("X", [np.full((20, 4), 7.0), csr_array((20, 4))])
def test_constant_rows_warn(X):
    with pytest.warns(UserWarning, match="All rows of X are the same: there is nothing to learn"):
        untrained().fit(X)


@pytest.mark.parametrize("encoding_dim", [5, 8])
def test_as_many_codes_as_rows_warn(digits, encoding_dim):
    with pytest.warns(UserWarning, match=r"is not smaller than the 5 rows of X, which 4 codes describe exactly"):
        untrained(encoding_dim).fit(digits[:5])
    assert untrained(4).fit(digits[:5]).encoding_dim_ == 4


def test_alpha_without_penalty_warns(wine):
    with pytest.warns(UserWarning, match=r"alpha=0\.1 is ignored: it is the weight of a penalty, and penalty is None"):
        untrained(alpha=0.1).fit(wine)
    assert untrained(alpha=0.0).fit(wine).alpha_ == 0


class TestChunks:
    """Chunks of `partial_fit`."""

    @pytest.mark.parametrize("parameters", [{}, {"init": "random"}])
    def test_chunks_of_sorted_rows_warn(self, parameters):
        X, y = load_wine(return_X_y=True)
        X = StandardScaler().fit_transform(X)
        autoencoder = untrained(hidden_layer_sizes=(4,), **parameters).partial_fit(X[y == 0])
        with pytest.warns(UserWarning, match="lie far from those of earlier chunks, as if the rows had been sorted"):
            pickle.loads(pickle.dumps(autoencoder)).partial_fit(X[y == 2])

    def test_shuffled_chunks_of_any_size_do_not_warn(self, digits):
        rows = np.random.RandomState(0).permutation(digits)
        autoencoder = untrained(hidden_layer_sizes=(4,))
        for chunk in (rows[:10], rows[10:20], csr_array(rows[20:40]), rows[40:41], rows[41:300]):
            autoencoder.partial_fit(chunk)
        assert autoencoder.n_iter_ == 5
        np.testing.assert_allclose(autoencoder._training_state.seen.mean, rows[:300].mean(axis=0))
        assert autoencoder._training_state.seen.variance == pytest.approx(rows[:300].var(axis=0).mean())
