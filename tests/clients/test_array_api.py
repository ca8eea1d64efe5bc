"""Arrays of the array API become NumPy arrays, also with scikit-learn's array API dispatch."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("array_api_strict")

SCRIPT = """
import array_api_strict as xp
import numpy as np
from sklearn import config_context
from skautoencoder import AutoencoderImputer, AutoencoderTransformer

X = np.random.default_rng(0).normal(size=(40, 5))
weight = np.arange(40.0)
for estimator in (AutoencoderTransformer(2, epochs=1, random_state=0), AutoencoderImputer(2, epochs=1, random_state=0)):
    expected = estimator.fit(X, sample_weight=weight).transform(X)
    with config_context(array_api_dispatch=True):
        found = estimator.fit(xp.asarray(X), sample_weight=xp.asarray(weight)).transform(xp.asarray(X))
        assert type(estimator.score(xp.asarray(X))) is float
        if hasattr(estimator, "inverse_transform"):
            assert type(estimator.inverse_transform(xp.asarray(found))) is np.ndarray
    np.testing.assert_array_equal(found, expected, strict=True)
"""


def test_arrays_become_those_of_numpy():
    # SciPy reads the variable when it is imported.
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=os.environ | {"SCIPY_ARRAY_API": "1"})
