"""Saved estimators return to the bit, and loading imports only trusted names."""

import re
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    BasePenalty,
    ContractivePenalty,
    ConvolutionalArchitecture,
    KerasArchitecture,
    KLSparsity,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
    load,
)
from skautoencoder.persistence.archive import write_archive


class OwnPenalty(BasePenalty):
    """A penalty that is not the package's."""

    def __init__(self, factor=2.0):
        self.factor = factor

    def __call__(self, batch):
        return self.factor * batch.mean(batch.codes[:, 0] ** 2)


def own_loss(rows, reconstructed):
    return (rows - reconstructed) ** 2


def build(n_features, encoding_dim, width=4):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(width, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(width), BatchNormalization(), Dense(n_features)])


def quick(encoding_dim=2, estimator=AutoencoderTransformer, **parameters):
    return estimator(encoding_dim, **{"hidden_layer_sizes": (4,), "epochs": 2, "random_state": 0} | parameters)


VARIETIES = {
    "vanilla": quick(),
    "deep": quick(hidden_layer_sizes=(6, 4)),
    "sparse": quick(penalty=KLSparsity(), code_activation="sigmoid", init="random"),
    "denoising": quick(noise="gaussian", noise_level=0.3),
    "contractive": quick(penalty=ContractivePenalty(), init="random"),
    "convolutional": quick(architecture=ConvolutionalArchitecture((4, 3))),
    "recurrent": quick(architecture=RecurrentArchitecture((4, 3), cell="gru")),
    "variational": quick(estimator=VariationalAutoencoderTransformer),
    "own_models": quick(architecture=KerasArchitecture(build, width=3), hidden_layer_sizes="auto"),
}
TRUSTED = [f"{__name__}.{name}" for name in ("OwnPenalty", "build", "own_loss")]


@pytest.fixture(scope="module")
def X(wine):
    return wine[:80, :12]


@pytest.fixture
def through_a_file(tmp_path):
    def through_a_file(estimator, trusted=TRUSTED):
        estimator.save(tmp_path / "estimator")
        return load(tmp_path / "estimator", trusted=trusted)

    return through_a_file


@pytest.mark.parametrize(
    ("variety", "dtype"),
    [
        ("vanilla", "float32"),
        pytest.param("own_models", "float32", marks=pytest.mark.slow),
        *((name, "float64") for name in ("vanilla", "sparse", "variational", "own_models")),
        *(
            pytest.param(name, "float64", marks=pytest.mark.slow)
            for name in ("deep", "denoising", "contractive", "convolutional", "recurrent")
        ),
    ],
)
def test_loaded_estimator_returns_the_same_bits(X, through_a_file, variety, dtype):
    estimator = VARIETIES[variety].fit(X.astype(dtype))
    loaded = through_a_file(estimator)
    assert repr(loaded) == repr(estimator)
    assert loaded.history_ == estimator.history_
    for rows in (X, X.astype("float32")):
        codes = estimator.transform(rows)
        assert loaded.transform(rows).dtype == rows.dtype
        np.testing.assert_array_equal(loaded.transform(rows), codes)
        np.testing.assert_array_equal(loaded.inverse_transform(codes), estimator.inverse_transform(codes))
        np.testing.assert_array_equal(loaded.reconstruct(rows), estimator.reconstruct(rows))
        assert loaded.score(rows) == estimator.score(rows)
    if variety == "variational":
        np.testing.assert_array_equal(loaded.sample(5, random_state=0), estimator.sample(5, random_state=0))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"random_state": np.random.RandomState(0), "penalty": OwnPenalty(3.0), "init": "random"},
        pytest.param(
            {"architecture": ConvolutionalArchitecture((4, 3)), "optimizer": "rmsprop"}, marks=pytest.mark.slow
        ),
        {"estimator": VariationalAutoencoderTransformer, "random_state": np.random.RandomState(0)},
    ],
)
def test_loaded_warm_start_continues_in_the_same_steps(X, through_a_file, parameters):
    estimator = quick(warm_start=True, **parameters).fit(X)
    loaded = through_a_file(estimator)
    np.testing.assert_array_equal(loaded.fit(X).transform(X), estimator.fit(X).transform(X))
    assert loaded.history_ == estimator.history_


def test_loaded_partial_fit_continues_in_the_same_steps(X, through_a_file):
    estimator = quick().partial_fit(X[:40])
    loaded = through_a_file(estimator)
    np.testing.assert_array_equal(loaded.partial_fit(X[40:]).transform(X), estimator.partial_fit(X[40:]).transform(X))


@pytest.mark.parametrize(
    "missing_values",
    [np.nan, pytest.param(pd.NA, marks=pytest.mark.slow), pytest.param(-1.0, marks=pytest.mark.slow)],
)
def test_loaded_imputer_fills_the_same_values(X, through_a_file, missing_values):
    holed = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)
    if isinstance(missing_values, float):
        holed = np.nan_to_num(holed, nan=missing_values)
    imputer = AutoencoderImputer(
        2, epochs=1, random_state=0, missing_values=missing_values, add_indicator=missing_values is np.nan
    ).fit(holed)
    loaded = through_a_file(imputer)
    np.testing.assert_array_equal(loaded.transform(holed), imputer.transform(holed))
    np.testing.assert_array_equal(loaded.get_feature_names_out(), imputer.get_feature_names_out())
    assert loaded.score(holed) == imputer.score(holed)
    assert str(loaded.missing_values) == str(missing_values)


def test_loaded_estimator_keeps_feature_names_output_and_metadata_requests(X, through_a_file):
    import sklearn

    frame = pd.DataFrame(X, columns=[f"column {number}" for number in range(12)])
    estimator = quick().fit(frame).set_output(transform="pandas")
    with sklearn.config_context(enable_metadata_routing=True):
        estimator.set_fit_request(sample_weight=True, X_val="held_out")
        loaded = through_a_file(estimator)
        expected = estimator.get_metadata_routing().fit.requests
        assert loaded.get_metadata_routing().fit.requests == expected
        assert expected["X_val"] == "held_out"
    pd.testing.assert_frame_equal(loaded.transform(frame), estimator.transform(frame))
    pd.testing.assert_frame_equal(loaded.inverse_transform(X[:, :2]), estimator.inverse_transform(X[:, :2]))
    np.testing.assert_array_equal(loaded.feature_names_in_, frame.columns)


def test_loaded_parameters_keep_type_and_value(through_a_file):
    import keras

    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    parameters = {
        "encoding_dim": np.int64(3),
        "hidden_layer_sizes": np.array([5, 4]),
        "learning_rate": schedule,
        "optimizer": keras.optimizers.SGD(0.25, momentum=0.5),
        "loss": keras.losses.Huber(0.7),
        "penalty": OwnPenalty(7.0),
        "noise_level": float("inf"),
        "callbacks": [],
        "random_state": np.random.RandomState(3),
    }
    loaded = through_a_file(AutoencoderTransformer(**parameters))
    assert type(loaded.encoding_dim) is np.int64
    np.testing.assert_array_equal(loaded.hidden_layer_sizes, [5, 4])
    assert float(loaded.learning_rate(7)) == float(schedule(7))
    assert loaded.optimizer.get_config() == parameters["optimizer"].get_config()
    # 0.7 * (3 - 0.7 / 2): Keras' own configuration forgets delta.
    assert float(loaded.loss(np.zeros((1, 1)), np.full((1, 1), 3.0))) == pytest.approx(1.855)
    assert loaded.penalty.factor == 7.0
    assert loaded.noise_level == float("inf")
    assert loaded.random_state.uniform() == np.random.RandomState(3).uniform()


def test_load_imports_only_trusted_names(X, tmp_path):
    path = tmp_path / "own"
    AutoencoderTransformer(penalty=OwnPenalty(), loss=own_loss).save(path)
    needed = sorted([f"{__name__}.OwnPenalty", f"{__name__}.own_loss"])
    with pytest.raises(ValueError, match="not this package's") as raised:
        load(path)
    assert str(raised.value).endswith(f"pass trusted={needed!r}.")
    with pytest.raises(ValueError, match=r"own_loss\. If you trust"):
        load(path, trusted=needed[:1])
    assert load(path, trusted=needed).loss is own_loss
    with pytest.raises(ValueError, match=r"should be a list of names: write trusted=\['a\.b'\]"):
        load(path, trusted="a.b")


def test_load_refuses_architecture_that_builds_other_models(X, tmp_path, monkeypatch):
    def changed(n_features, encoding_dim, width=4):
        from keras import activations

        encoder, decoder = original(n_features, encoding_dim, width)
        encoder.layers[1].activation = activations.tanh
        return encoder, decoder

    original = build
    VARIETIES["own_models"].fit(X).save(tmp_path / "own")
    monkeypatch.setattr(sys.modules[__name__], "build", changed)
    with pytest.raises(
        ValueError, match=r"own' cannot be loaded: KerasArchitecture\(\.\.\.\) builds other models than those"
    ):
        load(tmp_path / "own", trusted=TRUSTED)


@pytest.mark.parametrize(
    "document",
    [
        [{"type": "os.system", "state": {}}],
        [{"type": "skautoencoder.L2Penalty", "state": {"x": {"name": "os.system"}}}],
        [{"type": "skautoencoder.L2Penalty", "state": {"type": {"tuple": [{"name": "os.system"}]}}}],
        [{"random_state": {"name": "os.system"}}],
        [{"keras": {"module": "os", "class_name": "system", "config": {}}, "settings": {}}],
        [{"keras": {"module": "keras.layers", "class_name": "Lambda", "config": {}}, "settings": {}}],
        [{"type": "skautoencoder.networks.Layer", "state": {"nonsense": 1}}],
        [{"type": "skautoencoder.L2Penalty", "state": {}}],
        [{"type": "skautoencoder.L2Penalty", "state": {"x": {"object": 0}}}],
        [{"type": "skautoencoder.L2Penalty", "state": {"x": {"array": "0"}}}],
        [{"type": "skautoencoder.L2Penalty", "state": {"x": {"unknown": "0"}}}],
        [],
        {},
        None,
    ],
)
def test_load_refuses_forged_documents(tmp_path, document):
    path = tmp_path / "made up"
    write_archive(path, "estimator", document, {})
    with pytest.raises(ValueError, match=r"made up' (cannot be loaded: |uses classes or functions that are not)"):
        load(path)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"loss": lambda rows, reconstructed: 0},
            r"loss=<lambda> of AutoencoderTransformer cannot be saved: it is def",
        ),
        (
            {"architecture": KerasArchitecture(lambda n_features, encoding_dim: None)},
            r"architecture\.build=<lambda> of AutoencoderTransformer cannot be saved.* Define it at the top",
        ),
        ({"callbacks": [types.SimpleNamespace()]}, r"callbacks=.* cannot be saved: .*set_params\(callbacks=None\)"),
        (
            {"noise_level": iter([])},
            r"noise_level=list_iterator\(\.\.\.\) .* cannot be saved: only pickle can store .* type list_iterator",
        ),
    ],
)
def test_save_refuses_unsupported_parameters_before_writing(tmp_path, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(**parameters).save(tmp_path / "refused")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_loaded_dense_network_needs_no_tensorflow(X, tmp_path):
    estimator = quick().fit(X)
    estimator.save(tmp_path / "dense")
    np.save(tmp_path / "X.npy", X)
    code = (
        "import sys, numpy, skautoencoder\n"
        f"loaded = skautoencoder.load(r'{tmp_path / 'dense'}')\n"
        f"X = numpy.load(r'{tmp_path / 'X.npy'}')\n"
        f"numpy.save(r'{tmp_path / 'found.npy'}', loaded.reconstruct(X))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy"), estimator.reconstruct(X))


def test_skops_types_are_of_this_package():
    assert {name.split(".")[0] for name in skautoencoder.skops_types()} == {"skautoencoder"}


def test_lines_of_the_serving_page_run(tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()
    lines = re.search(r"## One estimator: save and load\n\n```python\n(.*?)```", page, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    # The lines compare the loaded estimator with the original.
    exec(lines.replace("random_state=0)", "random_state=0, epochs=1)"), {})
    assert [path.name for path in tmp_path.iterdir()] == ["digits.autoencoder"]
