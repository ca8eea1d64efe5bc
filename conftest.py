"""A fixture for all tests, doctests included."""

import pytest


@pytest.fixture(autouse=True)
def plain_graphs(request, monkeypatch):
    """Train plain graphs, which takes half the time, except in tests marked `xla` and in pages of the docs."""
    if "xla" not in request.keywords and request.node.path.suffix == ".py":
        monkeypatch.setattr("skautoencoder._engine._keras_compat.XLA_WORKS", False)
