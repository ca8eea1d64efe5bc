"""Rows for the tests of training."""

import pytest
from sklearn.preprocessing import minmax_scale


@pytest.fixture(scope="session")
def few(digits):
    """Few enough rows that all of them are used to measure the training loss; read only."""
    return digits[:256]


@pytest.fixture(scope="session")
def scaled(digits):
    """Digits with entries from 0 to 1; read only."""
    X = minmax_scale(digits)
    X.setflags(write=False)
    return X
