"""A fit that diverges keeps its best epoch and warns at the line of the user."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, VariationalAutoencoderTransformer


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.mark.parametrize("estimator", [AutoencoderTransformer, VariationalAutoencoderTransformer])
@pytest.mark.parametrize("early_stopping", [pytest.param(False, marks=pytest.mark.slow), True])
def test_divergence_in_the_last_epoch_warns(digits, estimator, early_stopping):
    autoencoder = estimator(
        3, optimizer="sgd", learning_rate=1e5, epochs=1, early_stopping=early_stopping, random_state=0
    )
    with pytest.warns(ConvergenceWarning, match="Training diverged: the loss of epoch 1 is not finite. Epoch 0"):
        autoencoder.fit(digits)
    assert autoencoder.best_epoch_ == 0
    assert autoencoder.score(digits) > 0.3
    assert np.isfinite(getattr(autoencoder, "noise_variance_", 0.0))


@pytest.mark.parametrize(
    "fit",
    [
        lambda autoencoder, X: autoencoder.fit(X),
        lambda autoencoder, X: autoencoder.fit_transform(X),
        lambda autoencoder, X: autoencoder.set_output(transform="pandas").fit_transform(X),
        lambda autoencoder, X: make_pipeline(StandardScaler(), autoencoder).fit(X),
        lambda autoencoder, X: make_pipeline(StandardScaler(), autoencoder, memory=None).fit_transform(X),
        pytest.param(
            lambda autoencoder, X: GridSearchCV(autoencoder, {"alpha": [1.0]}, cv=2).fit(X), marks=pytest.mark.slow
        ),
    ],
    ids=["fit", "fit_transform", "set_output", "Pipeline.fit", "Pipeline.fit_transform", "GridSearchCV.fit"],
)
def test_warnings_name_the_line_of_the_user(digits, fit):
    autoencoder = quick(encoding_dim=64, optimizer="sgd", learning_rate=1e12, init="random", epochs=1)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        fit(autoencoder, digits)
    assert {warning.category for warning in record} == {UserWarning, ConvergenceWarning}
    assert {warning.filename for warning in record} == {__file__}


def test_divergence_keeps_the_best_epoch_and_names_the_rate_to_lower(digits):
    autoencoder = quick(optimizer="sgd", learning_rate=1e12, init="random", epochs=20)
    with pytest.warns(ConvergenceWarning, match=r"diverged: .* Lower learning_rate=1000000000000\.0") as record:
        autoencoder.fit(digits)
    assert record[0].filename == __file__
    assert autoencoder.best_epoch_ == 0
    assert np.isfinite(autoencoder.history_["loss"]).all()
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


def test_values_beyond_float32_raise(digits):
    with pytest.raises(ValueError, match=r"too large for float32.*StandardScaler"):
        quick(init="random").fit(digits * 1e30)
