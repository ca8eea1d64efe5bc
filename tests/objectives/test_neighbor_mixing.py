"""Neighbor mixing moves training rows towards similar ones, and nothing else."""

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone

from skautoencoder import AutoencoderTransformer
from skautoencoder.objectives import NeighborMixing

QUICK = {"neighbor_mixing": 0.7, "hidden_layer_sizes": (8,), "epochs": 3, "random_state": 0}


def mixed(*fields, error=10.0, is_training=True, from_logits=False):
    """Move rows by half of 0.8, with networks whose outputs miss the first column by `error`."""
    import tensorflow as tf

    def outputs(rows):
        return tf.zeros_like(rows) if from_logits else rows + error * tf.one_hot(0, rows.shape[1])

    def uniform(rows):
        return tf.fill(tf.shape(rows), 0.5)

    networks = SimpleNamespace(is_training=is_training, uniform=uniform, reconstruct_again=outputs)
    fields = [tf.constant(field, tf.float32) for field in fields]
    moved = NeighborMixing(0.8, from_logits).apply(networks, fields, {"max_share": tf.constant(0.8)})
    return [field.numpy() for field in moved]


def test_rows_move_towards_their_nearest_row():
    (moved,) = mixed([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]])
    np.testing.assert_allclose(moved, [[0.4, 0.0], [0.6, 0.0], [1.0, 1.8]], rtol=1e-6)


def test_rows_move_no_further_than_their_error():
    (moved,) = mixed([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]], error=0.2)
    np.testing.assert_allclose(moved, [[0.1, 0.0], [0.9, 0.0], [1.0, 2.9]], rtol=1e-6)


def test_errors_of_logits_are_those_of_probabilities():
    # Outputs of zero are probabilities of a half.
    (moved,) = mixed([[0.4], [0.9]], from_logits=True)
    np.testing.assert_allclose(moved, [[0.45], [0.7]], rtol=1e-5)


def test_copies_of_a_row_are_not_its_neighbors():
    (moved,) = mixed([[5.0, 1.0], [5.0, 2.0], [5.0, 1.0]])
    np.testing.assert_allclose(moved, [[5.0, 1.4], [5.0, 1.6], [5.0, 1.4]], rtol=1e-6)


def test_equal_rows_stay():
    (moved,) = mixed([[5.0, 1.0]] * 3)
    np.testing.assert_array_equal(moved, [[5.0, 1.0]] * 3)


def test_targets_move_with_the_rows_of_the_encoder():
    targets, rows = mixed([[10.0], [20.0], [30.0]], [[1.0], [3.0], [2.5]])
    np.testing.assert_allclose(rows, [[1.6], [2.8], [2.7]], rtol=1e-6)
    np.testing.assert_allclose(targets, [[18.0], [24.0], [26.0]], rtol=1e-6)


def test_evaluated_rows_stay():
    rows = [[0.0], [1.0]]
    np.testing.assert_array_equal(mixed(rows, is_training=False)[0], rows)


def test_losses_of_history_are_of_rows_that_are_not_moved(digits):
    plain = AutoencoderTransformer(2, **QUICK | {"neighbor_mixing": 0}).fit(digits)
    mixing = AutoencoderTransformer(2, **QUICK).fit(digits)
    for name in ("loss", "val_loss"):
        assert mixing.history_[name][0] == plain.history_[name][0]
        assert mixing.history_[name][1] != plain.history_[name][1]


def test_fits_repeat_and_survive_clone_and_pickle(digits):
    mixing = AutoencoderTransformer(2, **QUICK).fit(digits)
    codes = mixing.transform(digits)
    np.testing.assert_array_equal(clone(mixing).fit(digits).transform(digits), codes)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(mixing)).transform(digits), codes)


def test_sparse_rows_mix_as_dense_rows(digits):
    dense = AutoencoderTransformer(2, init="random", **QUICK).fit(digits)
    sparse = AutoencoderTransformer(2, init="random", **QUICK).fit(csr_array(digits))
    np.testing.assert_allclose(sparse.transform(digits), dense.transform(digits), atol=1e-6)


def test_weights_held_out_rows_noisy_rows_and_chunks_combine_with_mixing(digits):
    rows, held_out = digits[:200], digits[200:300]
    weights = np.arange(1.0, 201.0)
    mixing = AutoencoderTransformer(2, noise="masking", penalty="l2", alpha=1e-4, **QUICK)
    mixing.fit(rows, sample_weight=weights, X_val=held_out, X_noisy=rows + 1, X_val_noisy=held_out + 1)
    assert np.isfinite(mixing.history_["val_loss"]).all()
    chunks = AutoencoderTransformer(2, **QUICK)
    for chunk in (rows, held_out):
        chunks.partial_fit(chunk)
    assert np.isfinite(chunks.transform(rows)).all()


def test_frames_with_categories_mix():
    frame = pd.DataFrame({"size": np.arange(40.0) % 9, "cut": np.array(["slim", "wide"])[np.arange(40) % 2]})
    mixing = AutoencoderTransformer(1, **QUICK).fit(frame)
    assert set(mixing.reconstruct(frame)["cut"]) <= {"slim", "wide"}


@pytest.mark.parametrize("value", [-0.1, 1.5, "0.7"])
def test_mixing_is_a_share(digits, value):
    with pytest.raises(ValueError, match="'neighbor_mixing' parameter of AutoencoderTransformer must be"):
        AutoencoderTransformer(2, neighbor_mixing=value).fit(digits)
