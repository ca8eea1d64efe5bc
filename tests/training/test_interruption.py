"""An interrupted fit keeps its best epoch; a failed fit leaves the estimator unchanged."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skautoencoder import AutoencoderImputer, AutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture
def interrupted(monkeypatch):
    """Interrupt the first fit before its fourth epoch."""
    from skautoencoder._engine.run import Run

    original, calls = Run.epoch, []

    def epoch(self, *arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(Run, "epoch", epoch)


@pytest.mark.xla
@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize("early_stopping", [True, False])
def test_interruption_keeps_the_best_epoch(digits, early_stopping):
    autoencoder = quick(epochs=10, warm_start=True, early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted after 3 epochs. Epoch 3, the best so far, is kept"):
        autoencoder.fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 3)
    expected = quick(epochs=3, early_stopping=early_stopping).fit(digits)
    np.testing.assert_array_equal(autoencoder.transform(digits), expected.transform(digits))
    # A warm start continues from there.
    assert autoencoder.fit(digits).n_iter_ == 13
    assert autoencoder.history_["loss"][:4] == expected.history_["loss"]


@pytest.mark.usefixtures("interrupted")
def test_interruption_ends_a_search(digits):
    search = GridSearchCV(quick(), {"encoding_dim": [2, 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt, match="interrupted after 3 epochs"):
        search.fit(digits)
    assert not hasattr(search, "cv_results_")


@pytest.mark.usefixtures("interrupted")
def test_interrupted_imputer_keeps_the_best_epoch(digits):
    X = np.where(digits[:200] == 16, np.nan, digits[:200])
    imputer = AutoencoderImputer(n_estimators=1, epochs=10, random_state=0)
    with pytest.raises(KeyboardInterrupt, match="interrupted after 3 epochs"):
        imputer.fit(X)
    expected = AutoencoderImputer(n_estimators=1, epochs=3, random_state=0).fit(X)
    np.testing.assert_array_equal(imputer.transform(X), expected.transform(X))


def test_interruption_before_training_leaves_the_estimator_unchanged(digits, monkeypatch):
    from skautoencoder._engine.run import Run

    def start(self):
        raise KeyboardInterrupt("before the first step")

    monkeypatch.setattr(Run, "start", start)
    autoencoder = quick()
    with pytest.raises(KeyboardInterrupt, match="before the first step"):
        autoencoder.fit(digits)
    assert not hasattr(autoencoder, "n_features_in_")


def test_failed_fit_keeps_the_earlier_fit(digits):
    autoencoder = quick().fit(digits)
    codes = autoencoder.transform(digits)
    with pytest.raises(ValueError, match="optimizer='adm' is unknown"):
        autoencoder.set_params(optimizer="adm").fit(digits[:, :5])
    np.testing.assert_array_equal(autoencoder.transform(digits), codes)
    unfitted = quick(optimizer="adm")
    with pytest.raises(ValueError, match="Did you mean 'adam'"):
        unfitted.fit(digits)
    assert not hasattr(unfitted, "n_features_in_")
