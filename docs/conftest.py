"""The code of the pages runs in an empty folder, without a screen."""

import pytest

# What builds the site, and what is built.
collect_ignore = ["_extensions", "auto_examples", "conf.py", "generated", "update_outputs.py"]


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """Leave neither files nor figures behind, and train uncompiled, in half the time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    monkeypatch.setattr("skautoencoder._engine.trainer.can_compile", lambda: False)
    monkeypatch.chdir(tmp_path)
    yield
    pyplot.close("all")
