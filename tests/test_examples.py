"""The examples run, and say what their text says."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.slow
def test_swap_pca(tmp_path):
    picture = tmp_path / "demo.png"
    command = [sys.executable, EXAMPLES / "swap_pca.py", "--picture", picture]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in printed.splitlines() if "AutoencoderTransformer" in line]
    ratios = [float(row[-2]) for row in rows]
    assert len(ratios) == 5
    assert max(ratios) < 1
    assert "Best: {'reduce__encoding_dim': " in printed
    assert picture.read_bytes().startswith(b"\x89PNG")


STORIES = sorted(path.stem for path in EXAMPLES.glob("[a-z]*.py") if path.stem != "swap_pca")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning:keras")
@pytest.mark.parametrize("story", STORIES)
def test_stories_run_without_mnist(story, tmp_path, monkeypatch, capsys, pyplot):
    picture = tmp_path / "story.png"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setattr(sys, "argv", [story, "--quick", "--picture", str(picture)])
    runpy.run_path(str(EXAMPLES / f"{story}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    data = printed.splitlines()[0]
    assert data.startswith(("scikit-learn's digits", "Sinusoids"))
    assert any(word in printed for word in ("mse", "val_loss", "ratio_to_pca"))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_every_story_is_known():
    assert STORIES == [
        "choosing",
        "chunks",
        "compare_with_pca",
        "denoising",
        "first_keras_autoencoder",
        "plain_from_csv",
        "sequences",
        "sparse",
        "variational",
    ]
