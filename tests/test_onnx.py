"""ONNX models compute what the estimators compute."""

import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
)
from skautoencoder.networks import ACTIVATIONS
from skautoencoder.onnx import register_converters

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")

# Keras uses np.object for tf2onnx, whose meaning NumPy 2 changes.
pytestmark = pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")


@pytest.fixture
def keras_export():
    """Skip a test where Keras cannot export to ONNX."""
    pytest.importorskip("tf2onnx")
    pytest.importorskip("keras", "3.8")


def quick(cls=AutoencoderTransformer, **parameters):
    return cls(3, **{"hidden_layer_sizes": (8,), "epochs": 1, "random_state": 0} | parameters)


def answers(model, X):
    """Run an ONNX model (a path or a model of skl2onnx); each column of a DataFrame is one input."""
    session = onnxruntime.InferenceSession(model if isinstance(model, str) else model.SerializeToString())
    if isinstance(X, pd.DataFrame):
        return session.run(None, {name: X[[name]].to_numpy() for name in X})
    return session.run(None, {session.get_inputs()[0].name: X})


def assert_close(computed, expected):
    assert computed.dtype == expected.dtype
    assert computed.shape == expected.shape
    np.testing.assert_allclose(computed, expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def own_models(n_features, encoding_dim):
    from keras import Input, Sequential, layers

    encoder = [layers.Dense(8, "gelu"), layers.BatchNormalization(), layers.Dense(encoding_dim)]
    decoder = [layers.Dense(8, "elu"), layers.Dropout(0.1), layers.LayerNormalization(), layers.Dense(n_features)]
    return Sequential([Input((n_features,)), *encoder]), Sequential([Input((encoding_dim,)), *decoder])


@pytest.mark.usefixtures("keras_export")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cls", [AutoencoderTransformer, VariationalAutoencoderTransformer])
def test_keras_exports_dense_models(digits, tmp_path, cls, dtype):
    X = digits.astype(dtype) + dtype(1e4)
    autoencoder = quick(cls).fit(X)
    codes = autoencoder.transform(X)
    expected = {
        "encoder_": (X, codes),
        "decoder_": (codes, autoencoder.inverse_transform(codes)),
        "autoencoder_": (X, autoencoder.reconstruct(X)),
    }
    for name, (rows, result) in expected.items():
        path = str(tmp_path / f"{name}.onnx")
        getattr(autoencoder, name).export(path, format="onnx", verbose=False)
        assert_close(answers(path, rows)[0], result)


@pytest.mark.usefixtures("keras_export")
@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [
        (ConvolutionalArchitecture((7, 9)), {}),
        (ConvolutionalArchitecture((7, 9)), {"init": "random", "epochs": 0}),
        (RecurrentArchitecture((9, 7)), {"init": "random", "epochs": 0}),
        (RecurrentArchitecture((9, 7), cell="gru"), {"init": "random", "epochs": 0}),
        (KerasArchitecture(own_models), {}),
    ],
)
def test_keras_exports_every_architecture_in_float32(digits, tmp_path, architecture, parameters):
    X = digits[:200, :63].astype(np.float32)
    autoencoder = quick(architecture=architecture, **parameters).fit(X)
    path = str(tmp_path / "autoencoder.onnx")
    autoencoder.autoencoder_.export(path, format="onnx", verbose=False)
    assert_close(answers(path, X)[0], autoencoder.reconstruct(X))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_skl2onnx_converts_every_activation(activation):
    register_converters()
    X = StandardScaler().fit_transform(load_wine().data)
    autoencoder = quick(activation=activation, init="random", epochs=0).fit(X)
    for rows in (X, X.astype(np.float32)):
        assert_close(answers(skl2onnx.to_onnx(autoencoder, rows[:1]), rows)[0], autoencoder.transform(rows))


@pytest.mark.parametrize("cls", [AutoencoderTransformer, VariationalAutoencoderTransformer])
@pytest.mark.parametrize("load", [load_breast_cancer, load_digits, load_wine])
def test_skl2onnx_converts_pipelines(load, cls):
    register_converters()
    X, y = load(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), quick(cls), LogisticRegression()).fit(X, y)
    for rows in (X, X.astype(np.float32)):
        _, probabilities = answers(skl2onnx.to_onnx(pipeline, rows[:1], options={"zipmap": False}), rows)
        np.testing.assert_allclose(probabilities, pipeline.predict_proba(rows), rtol=0, atol=1e-5)
        encode = pipeline[:-1]
        assert_close(answers(skl2onnx.to_onnx(encode, rows[:1]), rows)[0], encode.transform(rows))


def test_skl2onnx_converts_column_transformers(digits):
    register_converters()
    columns = ColumnTransformer([("left", quick(), list(range(32))), ("right", "passthrough", [40, 41])]).fit(digits)
    assert_close(answers(skl2onnx.to_onnx(columns, digits[:1]), digits)[0], columns.transform(digits))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, {"column_0": np.float32}])
def test_skl2onnx_computes_in_the_dtype_of_transform(dtype):
    register_converters()
    X = pd.DataFrame(load_wine().data).add_prefix("column_").astype(dtype)
    autoencoder = quick().fit(X)
    assert_close(answers(skl2onnx.to_onnx(autoencoder, X[:1]), X)[0], autoencoder.transform(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden_layer_sizes", [(), (8,), (8, 5)])
def test_skl2onnx_keeps_large_offsets_exact(digits, hidden_layer_sizes, dtype):
    register_converters()
    X = digits.astype(dtype) + dtype(1e6)
    autoencoder = quick(hidden_layer_sizes=hidden_layer_sizes).fit(X)
    assert_close(answers(skl2onnx.to_onnx(autoencoder, X[:1]), X)[0], autoencoder.transform(X))


def test_skl2onnx_needs_no_tensorflow(digits, tmp_path):
    (tmp_path / "autoencoder.pickle").write_bytes(pickle.dumps((quick().fit(digits), digits[:1])))
    code = (
        "import pickle, sys\n"
        "sys.modules.update(tensorflow=None, keras=None, tf2onnx=None)\n"
        "from skl2onnx import to_onnx\n"
        "from skautoencoder.onnx import register_converters\n"
        "register_converters()\n"
        f"autoencoder, X = pickle.load(open({str(tmp_path / 'autoencoder.pickle')!r}, 'rb'))\n"
        "print(to_onnx(autoencoder, X).graph.output[0].type.tensor_type.shape.dim[1].dim_value)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "3\n"


def test_skl2onnx_refuses_other_architectures(digits):
    register_converters()
    autoencoder = quick(architecture=ConvolutionalArchitecture((8, 8)), epochs=0).fit(digits)
    with pytest.raises(NotImplementedError, match=r"architecture=Conv.*Let Keras export the encoder, encoder_.export"):
        skl2onnx.to_onnx(autoencoder, digits[:1])


def test_skl2onnx_refuses_the_imputer(digits):
    register_converters()
    imputer = AutoencoderImputer(2, epochs=0).fit(np.where(digits == 16, np.nan, digits))
    with pytest.raises(NotImplementedError, match=r"AutoencoderImputer cannot be converted.*linear equations"):
        skl2onnx.to_onnx(imputer, digits[:1])


def test_missing_skl2onnx_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"needs skl2onnx. Run pip install skautoencoder\[onnx\]"):
        register_converters()


def run(block):
    """Run a block of documentation with a single epoch and return its names."""
    names = {}
    exec(block.replace("random_state=0)", "random_state=0, epochs=1)"), names)
    return names


@pytest.mark.usefixtures("keras_export")
def test_documented_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (Path(__file__).parents[1] / "docs" / "serving.md").read_text()
    page = page[page.index("# Serving without Python: ONNX") :]
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    pipeline, network = run(blocks[0] + blocks[1]), run(blocks[2])
    scores = pipeline["detector"].score_samples(pipeline["X"])
    np.testing.assert_allclose(pipeline["scores"], scores, rtol=1e-3)
    expected = pipeline["pipeline"].predict_proba(pipeline["X"])
    np.testing.assert_allclose(pipeline["probabilities"], expected, rtol=0, atol=1e-5)
    assert_close(network["codes"], network["autoencoder"].transform(network["X"]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("parameters", [{}, {"init": "random"}, {"cls": VariationalAutoencoderTransformer}])
def test_skl2onnx_scores_rows(digits, dtype, parameters):
    X = digits.astype(dtype) + dtype(100)
    autoencoder = quick(**parameters).fit(X)
    register_converters()
    model = skl2onnx.to_onnx(autoencoder, X[:1], options={type(autoencoder): {"score_samples": True}})
    codes, scores = answers(model, X)
    assert_close(codes, autoencoder.transform(X))
    assert scores.dtype == dtype
    np.testing.assert_allclose(scores, autoencoder.score_samples(X), rtol=1e-3 if dtype is np.float32 else 1e-6)


def test_skl2onnx_scores_rows_at_the_end_of_a_pipeline(digits):
    X = digits.astype(np.float32)
    pipeline = make_pipeline(StandardScaler(), quick()).fit(X)
    register_converters()
    model = skl2onnx.to_onnx(pipeline, X[:1], options={AutoencoderTransformer: {"score_samples": True}})
    scores = answers(model, X)[1]
    assert scores.shape == (len(X),)
    np.testing.assert_allclose(scores, pipeline.score_samples(X), rtol=1e-3)


def test_truncated_autoencoder_converts_codes_but_no_scores(digits):
    X = digits.astype(np.float32)
    truncated = quick().fit(X).truncated(1)
    register_converters()
    assert_close(answers(skl2onnx.to_onnx(truncated, X[:1]), X)[0], truncated.transform(X))
    with pytest.raises(NotImplementedError, match="Scores of the first 1 codes cannot be converted to ONNX"):
        skl2onnx.to_onnx(truncated, X[:1], options={type(truncated): {"score_samples": True}})
