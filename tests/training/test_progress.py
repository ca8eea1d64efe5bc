"""The progress bar of `verbose=1`."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, RecurrentArchitecture


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


def test_progress_in_a_log_file_is_eleven_lines(digits, capsys):
    quick(epochs=20, verbose=1).fit(digits)
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("AutoencoderTransformer: epoch 0/20 - loss: ")
    assert all(" - val_loss: " in line and " - PCA: " in line for line in lines)
    quick(epochs=20, verbose=0).fit(digits)
    assert capsys.readouterr() == ("", "")


def test_progress_in_a_terminal_is_a_bar(digits, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    quick(verbose=1).fit(digits)
    out = capsys.readouterr().out
    assert 0 < out.index("compiling, once per network shape") < out.index("epoch 4/4 - loss: ")


@pytest.mark.parametrize("init", ["pca", pytest.param("random", marks=pytest.mark.slow)])
def test_progress_changes_no_number(init, capsys):
    """X is so wide that scikit-learn's PCA draws random numbers."""
    X = np.random.RandomState(0).normal(size=(600, 700))
    quiet, shown = (quick(init=init, verbose=verbose, epochs=1).fit(X) for verbose in (0, 1))
    assert "PCA: " in capsys.readouterr().out
    assert shown.history_ == quiet.history_
    np.testing.assert_array_equal(shown.transform(X), quiet.transform(X))


@pytest.mark.parametrize("init", ["pca", "random"])
def test_progress_shows_the_loss_of_pca(digits, capsys, init):
    quick(init=init, verbose=1, epochs=1).fit(digits)
    start = quick(init="pca", epochs=0).fit(digits).history_["val_loss"][0]
    shown = float(capsys.readouterr().out.splitlines()[0].split("PCA: ")[1])
    assert shown == pytest.approx(start, rel=0.1 if init == "random" else 1e-3)


def test_progress_without_comparable_pca_loss_omits_pca(scaled, capsys):
    import keras

    for loss in ("binary_crossentropy", keras.losses.BinaryCrossentropy()):
        quick(loss=loss, init="random", output_activation="sigmoid", verbose=1, epochs=1).fit(scaled)
    assert "PCA" not in capsys.readouterr().out


class TestPCAIsKept:
    """Training that does not improve on PCA says so."""

    PARAMETERS = {"learning_rate": 10.0, "epochs": 2}

    def test_last_line_of_progress_says_so(self, digits, capsys):
        autoencoder = quick(verbose=1, **self.PARAMETERS).fit(digits[:200])
        assert autoencoder.best_epoch_ == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last == "AutoencoderTransformer: PCA (epoch 0) is kept: none of 2 epochs was clearly better"
        quick(verbose=1, epochs=0).fit(digits[:200])
        assert "is kept" not in capsys.readouterr().out

    def test_caption_in_notebooks_says_so(self, digits):
        shown = quick(**self.PARAMETERS).fit(digits[:200])._repr_mimebundle_()["text/html"]
        assert " (PCA is kept)" in shown

    def test_architecture_that_was_asked_for_warns(self, digits):
        recurrent = {"architecture": RecurrentArchitecture((8, 8)), "hidden_layer_sizes": (2,)}
        with pytest.warns(ConvergenceWarning, match="PCA is kept: no epoch of RecurrentArchitecture was"):
            quick(**recurrent, **self.PARAMETERS).fit(digits[:200])

    def test_dense_network_and_pca_on_request_do_not_warn(self, digits):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert quick(**self.PARAMETERS).fit(digits[:200]).best_epoch_ == 0
            images = ConvolutionalArchitecture((8, 8))
            assert quick(architecture=images, hidden_layer_sizes=(2,), epochs=0).fit(digits[:200]).n_iter_ == 0
