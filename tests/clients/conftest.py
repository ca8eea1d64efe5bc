"""What the tests of the clients share: a table, and the code of docs/other_tools.md, which is run as it stands."""

import re
from pathlib import Path

import pytest
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "other_tools.md"


@pytest.fixture
def X():
    return scale(load_wine().data)


@pytest.fixture
def documented(X, tmp_path, monkeypatch):
    """Run the code below a heading of docs/other_tools.md in an empty folder, and return the names that it defines."""
    monkeypatch.chdir(tmp_path)

    def run(heading):
        (section,) = re.findall(
            rf"^## {heading}\n(.*?)(?=^## |\Z)", DOCUMENTATION.read_text(), re.MULTILINE | re.DOTALL
        )
        names = {"X": X}
        exec("\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL)), names)
        return names

    return run
