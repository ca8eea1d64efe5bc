"""Varieties combine, and the code of docs/adding_a_variety.md runs."""

import importlib.util
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.decomposition import PCA

from skautoencoder import (
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
)
from skautoencoder._engine import _keras_compat
from skautoencoder.metrics import reconstruction_error

pytestmark = pytest.mark.xla


def build(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(8, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(8, "relu"), BatchNormalization(), Dense(n_features)])


ARCHITECTURES = {
    "dense": ("dense", (8,)),
    "convolutional": (ConvolutionalArchitecture((4, 4)), (3,)),
    "recurrent": (RecurrentArchitecture((4, 4), cell="gru"), (3,)),
    "keras": (KerasArchitecture(build), "auto"),
}
NOISES = {None: None, "gaussian": 0.5, "masking": 0.3, "salt_and_pepper": 0.3}


@pytest.fixture(scope="module")
def X():
    generator = np.random.RandomState(0)
    return generator.normal(size=(64, 3)) @ generator.normal(size=(3, 16)) + 0.1 * generator.normal(size=(64, 16))


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("penalty", [None, "l1", "kl", "contractive", "variational"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_combinations_fit_pickle_and_repeat(X, architecture, penalty, noise, monkeypatch):
    if architecture == "recurrent":
        # XLA takes seconds for each of these twenty programs; other tests compile recurrent ones.
        monkeypatch.setattr(_keras_compat, "XLA_WORKS", False)
    architecture, hidden_layer_sizes = ARCHITECTURES[architecture]
    parameters = {"architecture": architecture, "hidden_layer_sizes": hidden_layer_sizes, "noise": noise}
    parameters |= {"noise_level": NOISES[noise], "epochs": 2, "random_state": 0, "early_stopping": False}
    if penalty == "variational":
        autoencoder = VariationalAutoencoderTransformer(2, **parameters)
    else:
        code_activation = "sigmoid" if penalty == "kl" else "linear"
        autoencoder = AutoencoderTransformer(2, penalty=penalty, code_activation=code_activation, **parameters)
    codes = autoencoder.fit(X).transform(X)
    assert autoencoder.n_iter_ == 2
    assert np.isfinite(autoencoder.history_["loss"]).all()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(autoencoder)).transform(X), codes)
    again = clone(autoencoder).fit(X)
    np.testing.assert_array_equal(again.transform(X), codes)
    assert again.history_ == autoencoder.history_


@pytest.mark.parametrize("noise", [pytest.param(None, marks=pytest.mark.slow), "salt_and_pepper"])
@pytest.mark.parametrize("architecture", ["dense", pytest.param("convolutional", marks=pytest.mark.slow)])
def test_sparse_fit_equals_dense_fit(X, architecture, noise):
    architecture, hidden_layer_sizes = ARCHITECTURES[architecture]
    X = np.where(np.abs(X) > 1, X, 0.0)
    parameters = {"architecture": architecture, "hidden_layer_sizes": hidden_layer_sizes, "noise": noise}
    parameters |= {"epochs": 2, "random_state": 0, "init": "random"}
    dense, sparse = (AutoencoderTransformer(2, **parameters).fit(rows) for rows in (X, csr_array(X)))
    np.testing.assert_allclose(sparse.transform(csr_array(X)), dense.transform(X), atol=1e-6)
    np.testing.assert_allclose(sparse.reconstruct(csr_array(X)), dense.reconstruct(X), atol=1e-6)


@pytest.mark.slow
def test_deep_beats_vanilla_which_matches_pca(digits):
    train, test = digits[::2], digits[1::2]
    vanilla = AutoencoderTransformer(8, hidden_layer_sizes=(), init="random", epochs=400, random_state=0).fit(train)
    deep = AutoencoderTransformer(8, hidden_layer_sizes=(128, 64), random_state=0).fit(train)
    pca_error = reconstruction_error(PCA(8).fit(train), train)
    # Linear: no better than PCA on the training rows, and nearly as good from a random start.
    assert pca_error * (1 - 1e-6) <= reconstruction_error(vanilla, train) < 1.1 * pca_error
    assert reconstruction_error(deep, test) < 0.8 * reconstruction_error(vanilla, test)
    widths = [layer.units for layer in deep.decoder_.layers if "dense" in layer.name]
    assert widths == [64, 128, 64]


@pytest.mark.slow
@pytest.mark.parametrize("encoding_dim", [64, 100])
def test_overcomplete_codes_warn_without_penalty_or_noise(digits, encoding_dim):
    parameters = {"epochs": 1, "random_state": 0, "hidden_layer_sizes": ()}
    with pytest.warns(UserWarning, match=rf"encoding_dim={encoding_dim} .* copy its input.* with noise or penalty"):
        AutoencoderTransformer(encoding_dim, **parameters).fit(digits)
    # Warnings are errors in these tests.
    AutoencoderTransformer(encoding_dim, penalty="contractive", **parameters).fit(digits)
    AutoencoderTransformer(encoding_dim, noise="masking", **parameters).fit(digits)
    VariationalAutoencoderTransformer(encoding_dim, **parameters).fit(digits)


def code_blocks():
    text = (Path(__file__).parents[2] / "docs" / "adding_a_variety.md").read_text()
    return dict(re.findall(r"`(\w+\.py)`[^`]*\n\n```python\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The files of docs/adding_a_variety.md as modules outside the package."""
    monkeypatch.syspath_prepend(tmp_path)
    modules = {}
    for name, code in code_blocks().items():
        (tmp_path / name).write_text(code)
        specification = importlib.util.spec_from_file_location(name.removesuffix(".py"), tmp_path / name)
        modules[name] = importlib.util.module_from_spec(specification)
        monkeypatch.setitem(sys.modules, name.removesuffix(".py"), modules[name])
        specification.loader.exec_module(modules[name])
    return modules


@pytest.mark.slow
def test_penalty_in_docs(plugin, digits):
    penalty = plugin["decorrelation.py"].Decorrelation
    parameters = {"epochs": 60, "random_state": 0, "hidden_layer_sizes": (32,), "init": "random"}

    def correlation(alpha):
        autoencoder = AutoencoderTransformer(4, penalty=penalty(), alpha=alpha, **parameters).fit(digits)
        correlations = np.corrcoef(autoencoder.transform(digits).T)
        return np.abs(correlations[~np.eye(4, dtype=bool)]).mean()

    assert correlation(0.1) < 0.5 * correlation(0.0)
    fitted = AutoencoderTransformer(4, penalty=penalty(), **parameters | {"epochs": 1}).fit(digits)
    assert pickle.loads(pickle.dumps(clone(fitted))).penalty.get_params() == penalty().get_params()


@pytest.mark.slow
def test_architecture_in_docs(plugin, digits, tmp_path):
    architecture = plugin["signal_architecture.py"].SignalArchitecture(kernel_size=5)
    autoencoder = AutoencoderTransformer(4, architecture=architecture, epochs=5, random_state=0).fit(digits)
    start = AutoencoderTransformer(4, architecture=architecture, epochs=0, random_state=0).fit(digits)
    np.testing.assert_allclose(start.transform(digits), PCA(4).fit_transform(digits), atol=1e-8)
    assert reconstruction_error(autoencoder, digits) < reconstruction_error(start, digits)
    with pytest.raises(ValueError, match=r"kernel_size=0"):
        AutoencoderTransformer(4, architecture=type(architecture)(kernel_size=0)).fit(digits)
    # A fresh process that can import the module unpickles the estimator.
    (tmp_path / "fitted").write_bytes(pickle.dumps(autoencoder))
    np.save(tmp_path / "digits.npy", digits)
    code = (
        "import pickle, numpy as np\n"
        "fitted = pickle.load(open('fitted', 'rb'))\n"
        "print(fitted.transform(np.load('digits.npy')).sum())"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert float(printed.stdout) == pytest.approx(autoencoder.transform(digits).sum())


def test_objective_in_docs(plugin, digits):
    module = plugin["smooth_reconstruction.py"]
    parameters = {"epochs": 30, "hidden_layer_sizes": (32,), "random_state": 0, "early_stopping": False}
    X = digits[:256]

    def roughness(rows):
        return np.mean(np.diff(rows, axis=1) ** 2)

    plain, smooth = (module.SmoothAutoencoder(8, alpha=alpha, **parameters).fit(X) for alpha in (0.0, 1.0))
    assert roughness(smooth.reconstruct(X)) < 0.7 * roughness(plain.reconstruct(X))
    history = smooth.history_
    # Both forms against NumPy: what was minimised, of the kept network, in the units of X.
    assert history["reconstruction_loss"][-1] == pytest.approx(reconstruction_error(smooth, X), rel=1e-4)
    assert history["roughness"][-1] == pytest.approx(roughness(smooth.reconstruct(X) - X.mean(axis=0)), rel=1e-4)
    combined = np.add(history["reconstruction_loss"], history["roughness"])
    np.testing.assert_allclose(history["loss"], combined, rtol=1e-9)
    without = AutoencoderTransformer(8, **parameters).fit(X)
    np.testing.assert_allclose(plain.transform(X), without.transform(X), atol=0.02)


def test_display_in_docs(plugin, digits, pyplot):
    pca = PCA(4).fit(digits)
    _, ax = pyplot.subplots()
    display = plugin["code_spread_display.py"].CodeSpreadDisplay.from_estimator(pca, digits, ax=ax)
    heights = [bar.get_height() for bar in display.bars_]
    np.testing.assert_allclose(heights, np.sqrt(pca.explained_variance_ * (len(digits) - 1) / len(digits)), rtol=1e-6)
    assert display.plot().ax_ is not ax


def test_code_in_docs_is_short():
    lines = {name: len(code.strip().splitlines()) for name, code in code_blocks().items()}
    assert lines["decorrelation.py"] <= 20
    assert lines["signal_architecture.py"] <= 30
    assert lines["smooth_reconstruction.py"] <= 60
