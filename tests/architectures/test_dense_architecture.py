"""Dense layers: sizes of the decoder."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    DenseArchitecture,
    VariationalAutoencoderTransformer,
    load,
)


def quick(encoding_dim=3, **parameters):
    return AutoencoderTransformer(encoding_dim, **{"epochs": 2, "random_state": 0} | parameters)


def hidden_sizes(network):
    return [layer.kernel.shape[1] for layer in network.layers[:-1]]


@pytest.mark.parametrize(
    ("hidden_layer_sizes", "decoder_hidden_layer_sizes", "expected"),
    [
        ("auto", "auto", [128, 256]),
        ("auto", (9,), [9]),
        ("auto", 9, [9]),
        ((5, 4), "auto", [4, 5]),
        ((5, 4), np.array([6, 7, 8]), [6, 7, 8]),
        ((5, 4), (), []),
        ((), (5,), [5]),
        ((), "auto", []),
        ((128, 64), "auto", [64, 128]),
    ],
)
def test_decoder_hidden_layer_sizes(wine, hidden_layer_sizes, decoder_hidden_layer_sizes, expected):
    architecture = DenseArchitecture(decoder_hidden_layer_sizes)
    network = quick(hidden_layer_sizes=hidden_layer_sizes, architecture=architecture, epochs=0).fit(wine)._autoencoder
    assert hidden_sizes(network.decoder) == expected
    encoder_sizes = [128, 64] if hidden_layer_sizes == "auto" else list(hidden_layer_sizes)
    assert hidden_sizes(network.encoder) == encoder_sizes


def test_variational_decoder_hidden_layer_sizes(wine):
    for architecture, expected in (("dense", [128, 256]), (DenseArchitecture((9,)), [9])):
        autoencoder = VariationalAutoencoderTransformer(3, architecture=architecture, epochs=0, random_state=0).fit(
            wine
        )
        assert hidden_sizes(autoencoder._autoencoder.decoder) == expected


@pytest.mark.parametrize(("n_features", "expected"), [(255, [128, 256]), (256, [256, 512])])
def test_rows_of_256_features_have_wider_decoder(n_features, expected):
    X = np.random.RandomState(0).normal(size=(20, n_features))
    assert hidden_sizes(quick(epochs=0).fit(X)._autoencoder.decoder) == expected


@pytest.mark.parametrize(("encoding_dim", "expected"), [(13, ([128, 64], [128, 256])), (14, ([128], [512]))])
def test_14_codes_have_one_hidden_layer_on_each_side(digits, encoding_dim, expected):
    network = quick(encoding_dim, epochs=0).fit(digits)._autoencoder
    assert (hidden_sizes(network.encoder), hidden_sizes(network.decoder)) == expected


def test_dense_means_default_dense_architecture(wine):
    named, given = (quick(architecture=architecture).fit(wine) for architecture in ("dense", DenseArchitecture()))
    np.testing.assert_array_equal(named.transform(wine), given.transform(wine))


def test_start_does_not_depend_on_decoder_sizes(wine):
    one, other = (
        quick(epochs=0, architecture=DenseArchitecture(sizes)).fit(wine).reconstruct(wine) for sizes in ((), (5, 9))
    )
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_decoder_sizes_in_search_save_and_warm_start(wine, tmp_path):
    grid = {"architecture__decoder_hidden_layer_sizes": [(4,), (8, 16)]}
    search = GridSearchCV(quick(hidden_layer_sizes=(8,), architecture=DenseArchitecture()), grid, cv=2).fit(wine)
    found = search.best_estimator_
    found.save(tmp_path / "found")
    for other in (pickle.loads(pickle.dumps(found)), load(tmp_path / "found")):
        np.testing.assert_array_equal(other.transform(wine), found.transform(wine))
        other.set_params(warm_start=True).fit(wine)
        other.architecture.decoder_hidden_layer_sizes = (5,)
        with pytest.raises(ValueError, match="Set encoding_dim, hidden_layer_sizes, architecture"):
            other.fit(wine)


@pytest.mark.parametrize("sizes", ["wide", (3, 0), [[3]], (2.5,), (True,), -1])
def test_invalid_decoder_sizes_raise(wine, sizes):
    for estimator in (AutoencoderTransformer, VariationalAutoencoderTransformer, AutoencoderImputer):
        with pytest.raises(ValueError, match=r"decoder_hidden_layer_sizes=.* must be widths of at least 1"):
            estimator(3, architecture=DenseArchitecture(sizes)).fit(wine)


def test_imputer_mirrors_encoder_by_default(wine):
    X = wine.copy()
    X[::3, 0] = np.nan
    for architecture, expected in (("dense", [64, 128]), (DenseArchitecture((7,)), [7])):
        imputer = AutoencoderImputer(3, architecture=architecture, n_estimators=1, epochs=0, random_state=0).fit(X)
        (member,) = imputer._blend.members
        assert hidden_sizes(member.autoencoder.decoder) == expected
