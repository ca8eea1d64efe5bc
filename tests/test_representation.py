"""What a notebook shows of an estimator."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderTransformer, RecurrentArchitecture, VariationalAutoencoderTransformer

DOCUMENTATION = "https://skautoencoder.readthedocs.io/en/stable/generated/skautoencoder.AutoencoderTransformer.html"


def html(estimator):
    return estimator._repr_mimebundle_()["text/html"]


def test_unfitted(digits):
    shown = html(AutoencoderTransformer(encoding_dim=17))
    assert "17" in shown
    assert DOCUMENTATION in shown
    assert "features," not in shown


@pytest.mark.parametrize("init", ["pca", "random"])
def test_fitted(digits, init):
    autoencoder = AutoencoderTransformer(4, epochs=1, init=init, random_state=0).fit(digits)
    pca = PCA(4).fit(digits).explained_variance_ratio_.sum()
    assert autoencoder.pca_r2_ == pytest.approx(pca, rel=1e-9)
    assert autoencoder.r2_ == pytest.approx(autoencoder.score(digits), rel=1e-9)
    assert autoencoder.init_ == init
    caption = f"4 codes of 64 features, 1 epoch, R² {autoencoder.r2_:.3f} (PCA: {pca:.3f})"
    assert caption in html(autoencoder)
    assert caption in html(make_pipeline("passthrough", autoencoder).fit(digits))


def test_many_rows_are_thinned_out():
    X = np.random.default_rng(0).normal(size=(12_000, 3)) * [3, 2, 1]
    autoencoder = AutoencoderTransformer(1, epochs=0).fit(X)
    assert autoencoder.r2_ == autoencoder.pca_r2_ == pytest.approx(autoencoder.score(X[::3]), rel=1e-9)


def test_wide_rows_from_random_weights_have_no_pca():
    X = np.random.default_rng(0).normal(size=(20, 1001))
    autoencoder = AutoencoderTransformer(1, epochs=1, hidden_layer_sizes=(), init="random", random_state=0).fit(X)
    assert np.isnan(autoencoder.pca_r2_)
    assert f"R² {autoencoder.r2_:.3f}</div>" in html(autoencoder)


def test_other_architectures_and_estimators(digits):
    recurrent = AutoencoderTransformer(2, epochs=1, architecture=RecurrentArchitecture((8, 8)), hidden_layer_sizes=(2,))
    for autoencoder in (recurrent, VariationalAutoencoderTransformer(2, epochs=1)):
        autoencoder.fit(digits)
        assert f"2 codes of 64 features, 1 epoch, R² {autoencoder.r2_:.3f}" in html(autoencoder)


def test_showing_an_unpickled_estimator_leaves_tensorflow_asleep(fitted, tmp_path):
    import joblib

    joblib.dump(fitted, tmp_path / "fitted.joblib")
    code = (
        f"import sys, joblib; shown = joblib.load(r'{tmp_path / 'fitted.joblib'}')._repr_mimebundle_()['text/html']\n"
        "assert 'R² ' in shown\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True)
