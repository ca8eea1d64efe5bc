"""The benchmarks can be started."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = [
    path for path in (Path(__file__).parents[2] / "benchmarks").glob("*.py") if "ArgumentParser" in path.read_text()
]


@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_benchmark_has_help(path):
    printed = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True, check=True).stdout
    assert printed.startswith(f"usage: {path.name}")
