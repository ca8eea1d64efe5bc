"""The code of the pages runs in an empty folder, without a display."""

import pytest

# Code that builds the site, and generated pages.
collect_ignore = ["_extensions", "auto_examples", "conf.py", "generated", "update_outputs.py"]

# Pages whose code trains for more than about ten seconds.
_SLOW_PAGES = {
    "comparing.md",
    "contractive.md",
    "convolutional.md",
    "getting_started.md",
    "missing_values.md",
    "number_of_codes.md",
    "recurrent.md",
    "sparse.md",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.name in _SLOW_PAGES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """Leave neither files nor figures behind, and train without XLA, in half the time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    monkeypatch.setattr("skautoencoder._engine._keras_compat.XLA_WORKS", False)
    monkeypatch.chdir(tmp_path)
    yield
    pyplot.close("all")
