"""Pickles of another version of this package."""

import pickle

import numpy as np
import pytest
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderRecommender,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)
from skautoencoder.persistence import pickles

KINDS = [AutoencoderTransformer, VariationalAutoencoderTransformer, AutoencoderImputer, AutoencoderRecommender]
ESTIMATORS = [kind(2) for kind in KINDS]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_pickle_of_another_version_warns(estimator, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "7.8.9")
        pickled = pickle.dumps(estimator)
        # Warnings are errors in these tests.
        assert pickle.loads(pickled).encoding_dim == 2
    name, version = type(estimator).__name__, skautoencoder.__version__
    message = f"pickle of {name} was written by skautoencoder 7.8.9, and this is {version}"
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        assert pickle.loads(pickled).get_params().keys() == estimator.get_params().keys()
    assert [warning.filename for warning in caught] == [__file__]


def test_pickled_pipeline_of_another_version_warns_once(digits, fitted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "0.0.1")
        pickled = pickle.dumps(make_pipeline(StandardScaler(), fitted))
    with pytest.warns(InconsistentVersionWarning, match=r"skautoencoder 0\.0\.1") as caught:
        loaded = pickle.loads(pickled)
    assert len(caught) == 1
    np.testing.assert_array_equal(loaded[-1].transform(digits), fitted.transform(digits))


class Future:
    """A class that this version does not have."""


def test_pickle_of_a_newer_format_names_the_version_to_install(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(skautoencoder, "__version__", "7.8.9")
        patch.setattr(pickles, "PICKLE_FORMAT", 2)
        pickled = pickle.dumps(AutoencoderTransformer(2, noise=Future()))
    monkeypatch.delitem(globals(), "Future")
    message = f"written by skautoencoder 7.8.9, whose pickles this version, {skautoencoder.__version__}, cannot read"
    with pytest.raises(ValueError, match=rf"{message}. Install that version"):
        pickle.loads(pickled)
