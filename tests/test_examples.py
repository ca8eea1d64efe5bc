"""The examples run, and say what their text says."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


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
