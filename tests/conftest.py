"""Fixtures shared by all tests."""

import re
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderTransformer

TABLES = {
    "digits": load_digits,
    "breast_cancer": load_breast_cancer,
    "wine": load_wine,
    "diabetes": load_diabetes,
    "iris": load_iris,
}


@pytest.fixture
def pyplot():
    """Draw without a screen, and close all figures afterwards."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.fixture(params=TABLES)
def table(request):
    """Each of the tables of scikit-learn."""
    return TABLES[request.param]().data


@pytest.fixture(
    params=[name if name in ("digits", "iris") else pytest.param(name, marks=pytest.mark.slow) for name in TABLES]
)
def some_table(request):
    """The widest and the smallest table of scikit-learn; slow tests take the others too."""
    return TABLES[request.param]().data


@pytest.fixture(scope="session")
def digits():
    X = load_digits().data
    X.setflags(write=False)
    return X


@pytest.fixture(scope="session")
def wine():
    """Wine with its 13 columns standardised; read only."""
    X = scale(load_wine().data)
    X.setflags(write=False)
    return X


@pytest.fixture
def documented(wine, tmp_path, monkeypatch):
    """Run the code below a heading of a page in docs/, in an empty folder; return the names that it defines."""
    monkeypatch.chdir(tmp_path)

    def run(heading, page="other_tools.md"):
        text = (Path(__file__).parents[1] / "docs" / page).read_text()
        (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        names = {"X": wine}
        exec("\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL)), names)
        return names

    return run


@pytest.fixture(scope="session")
def fitted(digits):
    """An autoencoder fitted to digits; read only."""
    return AutoencoderTransformer(8, epochs=10, random_state=0).fit(digits)


@pytest.fixture
def no_trainers(monkeypatch):
    """Begin with an empty cache of trainers."""
    from skautoencoder._engine import trainer

    monkeypatch.setattr(trainer, "_cache", type(trainer._cache)())
    return trainer._cache
