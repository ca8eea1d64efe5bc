"""Callbacks of scikit-learn see a fit and its epochs as tasks."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderRecommender,
    AutoencoderTransformer,
    VariationalAutoencoderTransformer,
)

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks since 1.9")


class Recorder:
    """Record the tasks of a fit, and stop it after an epoch."""

    def __init__(self, last_epoch=None):
        self.last_epoch, self.told, self.estimators = last_epoch, [], []

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.told.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.told.append(f"end {context.task_name} {context.task_id}")
        self.estimators.append(fitted_estimator)
        return context.task_name == "epoch" and context.task_id + 1 == self.last_epoch


ESTIMATORS = [
    AutoencoderTransformer(3, epochs=3, hidden_layer_sizes=(8,), validation_fraction=0.1, random_state=0),
    VariationalAutoencoderTransformer(3, epochs=3, hidden_layer_sizes=(8,), random_state=0),
    AutoencoderImputer(3, epochs=3, random_state=0),
    AutoencoderRecommender(20, epochs=3, random_state=0),
    AutoencoderOutlierDetector(epochs=3, hidden_layer_sizes=(8,), random_state=0),
]


@pytest.fixture
def rows(digits):
    return digits[:300]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_fit_is_a_task_with_one_task_per_epoch(rows, estimator):
    recorder = Recorder(last_epoch=2)
    X = np.where(rows == 16, np.nan, rows) if isinstance(estimator, AutoencoderImputer) else rows
    assert estimator.set_callbacks(recorder).fit(X).n_iter_ == 2
    epochs = [f"{when} epoch {number}" for number in (0, 1) for when in ("begin", "end")]
    assert recorder.told == ["setup", "begin fit 0", *epochs, "end fit 0", "teardown"]
    estimator.set_callbacks()


def test_estimator_of_an_epoch_equals_a_fit_of_that_many_epochs(rows):
    recorder = Recorder()
    parameters = {"hidden_layer_sizes": (8,), "early_stopping": False, "random_state": 0}
    AutoencoderTransformer(3, epochs=3, **parameters).set_callbacks(recorder).fit(rows)
    for epochs, estimator in enumerate(recorder.estimators[:3], start=1):
        expected = AutoencoderTransformer(3, epochs=epochs, **parameters).fit(rows)
        np.testing.assert_array_equal(estimator.transform(rows), expected.transform(rows))
        assert estimator.history_ == expected.history_


def test_failed_fit_tears_callbacks_down(rows):
    recorder = Recorder()
    with pytest.raises(ValueError, match="contains NaN"):
        ESTIMATORS[0].set_callbacks(recorder).fit(np.full_like(rows, np.nan))
    assert recorder.told == ["setup", "teardown"]
    ESTIMATORS[0].set_callbacks()


def test_search_with_progress_bar_shows_its_fits(rows, capsys):
    search = GridSearchCV(ESTIMATORS[0], {"encoding_dim": [2, 3]}, cv=2)
    search.set_callbacks(callback.ProgressBar()).fit(rows)
    assert "AutoencoderTransformer" in capsys.readouterr().out
