"""What holds for all tests: those in files of their own, and the examples in docstrings."""

import pytest


@pytest.fixture(autouse=True)
def plain_graphs(request, monkeypatch):
    """Train uncompiled, in half the time, all but the tests marked `xla` and the pages of the documentation."""
    if "xla" not in request.keywords and request.node.path.suffix == ".py":
        monkeypatch.setattr("skautoencoder._engine.trainer.can_compile", lambda: False)
