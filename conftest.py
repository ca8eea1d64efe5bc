"""Fixtures for all tests, doctests included."""

import pytest


@pytest.fixture(autouse=True)
def plain_graphs(request, monkeypatch):
    """Train plain graphs, in half the time, except in tests marked `xla` and in README.md."""
    if "xla" not in request.keywords and request.node.path.suffix == ".py":
        monkeypatch.setattr("skautoencoder._engine._keras_compat.XLA_WORKS", False)


@pytest.fixture(autouse=True, scope="session")
def more_trainers():
    """Cache more programs than users need, since tests train many kinds of networks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skautoencoder._engine.trainer._CACHE_SIZE", 128)
        yield
