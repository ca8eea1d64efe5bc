"""Fitted methods read no parameters, since `set_params` may have changed them."""

import numpy as np
import pytest

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, VariationalAutoencoderTransformer
from skautoencoder._representation import caption
from skautoencoder.diagnostics import diagnose
from skautoencoder.plotting import (
    CodeDisplay,
    DecodedGridDisplay,
    FeatureErrorDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)

# Other values of all parameters that a fitted method might read; none of them suits X below.
OTHERS = {
    "encoding_dim": 5,
    "hidden_layer_sizes": (3,),
    "architecture": "unknown",
    "activation": "unknown",
    "output_activation": "softmax",
    "loss": "binary_crossentropy",
    "init": "random",
    "ordered": True,
    "noise": "masking",
    "noise_level": 0.9,
    "neighbor_mixing": 0.7,
    "weight_decay": 1.0,
    "optimizer": "unknown",
    "learning_rate": 7.0,
    "batch_size": 1,
    "epochs": 1000,
    "early_stopping": False,
    "validation_fraction": 0.9,
    "patience": 1,
    "callbacks": [1],
    "checkpoint": 1,
    "warm_start": True,
    "random_state": 9,
    "verbose": 1,
    "code_activation": "softmax",
    "penalty": "l1",
    "alpha": 3.0,
    "beta": 7.0,
}
OTHERS_OF_IMPUTERS = {
    "n_estimators": 7,
    "missing_values": -1.0,
    "add_indicator": False,
    "keep_empty_features": False,
    "handle_unknown": "error",
    "min_value": 100.0,
    "max_value": 101.0,
}
QUICK = {"epochs": 3, "hidden_layer_sizes": (8,), "random_state": 0, "learning_rate": 0.01}


def changed(fitted):
    others = {name: value for name, value in (OTHERS | OTHERS_OF_IMPUTERS).items() if name in fitted.get_params()}
    assert set(fitted.get_params(deep=False)) == set(others)
    return fitted.set_params(**others)


def said(estimator, X):
    """Return the results of all fitted methods and of functions that take a fitted estimator."""
    codes = estimator.transform(X)
    found = {
        "codes": codes,
        "rows": estimator.inverse_transform(codes),
        "reconstruction": estimator.reconstruct(X),
        "score": estimator.score(X),
        "scores": estimator.score_samples(X),
        "n_parameters": estimator.n_parameters_,
        "names": estimator.get_feature_names_out(),
        "keras": estimator.autoencoder_(X).numpy(),
        "diagnosis": [str(finding) for finding in diagnose(estimator, X)],
        "caption": caption(estimator),
    }
    if hasattr(estimator, "posterior"):
        found |= {
            "variances": estimator.posterior(X)[1],
            "drawn": estimator.sample(4, random_state=0),
            "means": estimator.sample(4, random_state=0, noise=False),
        }
    return found


@pytest.mark.parametrize(
    ("estimator", "parameters"),
    [
        (AutoencoderTransformer, {}),
        pytest.param(
            AutoencoderTransformer,
            {"penalty": "l1", "init": "auto", "output_activation": "softplus"},
            marks=pytest.mark.slow,
        ),
        pytest.param(VariationalAutoencoderTransformer, {"beta": 30.0}, marks=pytest.mark.slow),
        (VariationalAutoencoderTransformer, {"loss": "binary_crossentropy", "output_activation": "sigmoid"}),
    ],
)
def test_fitted_autoencoders_read_no_parameters(pyplot, wine, estimator, parameters):
    # The second half lies outside [0, 1], which output activations do not reach.
    X = (wine - wine.min()) / np.ptp(wine)
    fitted = estimator(2, **QUICK | parameters).fit(X)
    rows = X - 0.5
    expected, found = said(fitted, rows), said(changed(fitted), rows)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_displays_read_no_parameters(pyplot, wine):
    def drawn(fitted):
        displays = [
            *(display.from_estimator(fitted, wine) for display in (CodeDisplay, FeatureErrorDisplay)),
            *(display.from_estimator(fitted, wine) for display in (ReconstructionDisplay, DecodedGridDisplay)),
            LossCurveDisplay.from_estimator(fitted),
        ]
        # The arrays that are drawn, without the artists.
        return [repr({name: value for name, value in vars(d).items() if not name.endswith("_")}) for d in displays]

    expected = drawn(AutoencoderTransformer(2, **QUICK).fit(wine))
    assert drawn(changed(AutoencoderTransformer(2, **QUICK).fit(wine))) == expected


def test_fitted_imputers_read_no_parameters(wine):
    X = np.where(np.random.RandomState(0).uniform(size=wine.shape) < 0.2, np.nan, wine)
    X[:, 3], X[:20, 0] = np.nan, np.nan
    imputer = AutoencoderImputer(2, add_indicator=True, keep_empty_features=True, **QUICK).fit(X)

    def said():
        return imputer.transform(X), imputer.score(X), imputer.get_feature_names_out()

    expected = said()
    changed(imputer)
    for found, values in zip(said(), expected, strict=True):
        np.testing.assert_array_equal(found, values)
