"""The examples run without MNIST, and their networks have learned."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
ONE_LINE = ("LSTM, in one line", "GRU, in one line", "dense, the default")
NAMES = sorted(path.stem for path in EXAMPLES.glob("[a-z]*.py"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:keras")
@pytest.mark.parametrize("name", NAMES)
def test_examples_show_networks_that_have_learned(name, tmp_path, monkeypatch, capsys, pyplot):
    picture = tmp_path / "picture.png"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", [name, "--quick", "--picture", str(picture)])
    variables = runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    if "options" in variables:
        assert picture.read_bytes().startswith(b"\x89PNG")
    else:
        assert pyplot.get_fignums()
    words = ("mse", "val_loss", "ratio_to_pca", "beats PCA", "area under the curve")
    assert any(word in printed for word in words)
    pictures = dict(variables.get("pictures", {"original": np.empty((1, 1))}))
    originals = pictures.pop(next(iter(pictures)))
    unlearned = pictures.pop("noisy", originals.mean(axis=0))
    for method, reconstructed in pictures.items():
        # The tutorial's forty epochs of Adagrad learn nothing, which is the point of that example.
        if name != "plain_from_csv" or method.startswith(("AutoencoderTransformer", "PCA")):
            error = np.mean(np.square(reconstructed - originals))
            assert error < 0.9 * np.mean(np.square(unlearned - originals)), method
    if name == "swap_pca":
        assert variables["table"].xs("AutoencoderTransformer", level="method")["ratio_to_pca"].max() < 1
        assert "Best: {'reduce__encoding_dim': " in printed
    if name == "sequences":
        errors = {row["method"]: row["mse"] for row in variables["table"]}
        assert max(errors[method] for method in ONE_LINE) < 0.9 * errors["PCA"]


def test_examples_are_those_listed_here():
    assert NAMES == [
        "choosing",
        "chunks",
        "compare_with_pca",
        "denoising",
        "first_keras_autoencoder",
        "maps",
        "mixed_table",
        "outliers",
        "plain_from_csv",
        "reading_codes",
        "sequences",
        "sparse",
        "swap_pca",
        "variational",
    ]
