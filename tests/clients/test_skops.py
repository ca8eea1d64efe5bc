"""skops files hold fitted estimators."""

import numpy as np
import pytest

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KLSparsity,
    MaskingNoise,
    VariationalAutoencoderTransformer,
    skops_types,
)

io = pytest.importorskip("skops.io")


def test_documented_recipe(documented, wine):
    names = documented("skops")
    np.testing.assert_array_equal(names["loaded"].predict(wine), names["pipeline"].predict(wine))


@pytest.mark.parametrize(
    "estimator",
    [
        AutoencoderImputer(2, epochs=1),
        AutoencoderTransformer(
            2, penalty="l1", architecture=ConvolutionalArchitecture((12, 1)), hidden_layer_sizes=(4,), epochs=1
        ),
        AutoencoderTransformer(
            2, penalty=KLSparsity(), code_activation="sigmoid", noise=MaskingNoise(), warm_start=True, epochs=1
        ),
        VariationalAutoencoderTransformer(2, epochs=1),
    ],
    ids=["imputer", "convolutional", "warm", "variational"],
)
def test_skops_types_are_all_that_is_to_be_trusted(wine, estimator):
    X = wine[:, :12].copy()
    if isinstance(estimator, AutoencoderImputer):
        X[::3, 0] = np.nan
    file = io.dumps(estimator.fit(X))
    assert set(io.get_untrusted_types(data=file)) <= set(skops_types())
    np.testing.assert_array_equal(io.loads(file, trusted=skops_types()).transform(X), estimator.transform(X))
