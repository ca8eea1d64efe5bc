"""Estimators in notebooks show their sizes and their loss."""

import subprocess
import sys
from html import unescape

import pytest
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderTransformer, RecurrentArchitecture, VariationalAutoencoderTransformer

DOCUMENTATION = "https://skautoencoder.readthedocs.io/en/stable/generated/skautoencoder.AutoencoderTransformer.html"


def html(estimator):
    return estimator._repr_mimebundle_()["text/html"]


def test_html_of_an_unfitted_estimator_shows_its_parameters(digits):
    shown = html(AutoencoderTransformer(encoding_dim=17))
    assert "17" in shown
    assert DOCUMENTATION in shown
    assert "features," not in shown


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("init", ["pca", "random"])
def test_html_of_a_fitted_estimator_shows_sizes_and_loss(digits, init, early_stopping):
    parameters = {"epochs": 3, "init": init, "early_stopping": early_stopping, "random_state": 0}
    autoencoder = AutoencoderTransformer(4, **parameters).fit(digits)
    losses = autoencoder.history_["val_loss" if early_stopping else "loss"]
    at_pca = f" (PCA: {losses[0]:.4g})" if init == "pca" else ""
    caption = f"4 codes of 64 features, 3 epochs, loss {losses[autoencoder.best_epoch_]:.4g}{at_pca}"
    assert caption in html(autoencoder)
    assert caption in html(make_pipeline("passthrough", autoencoder).fit(digits))


def test_html_gives_the_reason_for_a_random_start(digits):
    autoencoder = AutoencoderTransformer(2, epochs=1, code_activation="relu", penalty="l1").fit(digits[:200])
    assert ", started at random weights (code_activation='relu', penalty='l1')" in unescape(html(autoencoder))
    variational = VariationalAutoencoderTransformer(2, epochs=1, output_activation="relu").fit(digits[:200])
    assert ", started at random weights (output_activation='relu')" in unescape(html(variational))
    assert "started at random" not in html(autoencoder.set_params(init="random").fit(digits[:200]))


def test_html_of_other_architectures_and_estimators_shows_sizes(digits):
    recurrent = AutoencoderTransformer(2, epochs=1, architecture=RecurrentArchitecture((8, 8)), hidden_layer_sizes=(2,))
    for autoencoder in (recurrent, VariationalAutoencoderTransformer(2, epochs=1)):
        assert "2 codes of 64 features, 1 epoch, loss " in html(autoencoder.fit(digits[:200]))


def test_html_of_an_unpickled_estimator_imports_no_tensorflow(fitted, tmp_path):
    import joblib

    joblib.dump(fitted, tmp_path / "fitted.joblib")
    code = (
        f"import sys, joblib; shown = joblib.load(r'{tmp_path / 'fitted.joblib'}')._repr_mimebundle_()['text/html']\n"
        "assert ', loss ' in shown\n"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], check=True)
