"""The progress bar of `verbose=1`."""

import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer


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
