"""skops files hold fitted estimators."""

import numpy as np
import pytest

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, ConvolutionalArchitecture

io = pytest.importorskip("skops.io")


def test_documented_recipe(documented, wine):
    names = documented("skops")
    np.testing.assert_array_equal(names["loaded"].transform(wine), names["autoencoder"].transform(wine))


@pytest.mark.parametrize(
    "estimator",
    [
        AutoencoderImputer(2, epochs=1),
        AutoencoderTransformer(
            2, penalty="l1", architecture=ConvolutionalArchitecture((12, 1)), hidden_layer_sizes=(4,), epochs=1
        ),
    ],
    ids=["imputer", "convolutional"],
)
def test_nothing_but_this_package_is_to_be_trusted(wine, estimator):
    X = wine[:, :12].copy()
    if isinstance(estimator, AutoencoderImputer):
        X[::3, 0] = np.nan
    file = io.dumps(estimator.fit(X))
    types = io.get_untrusted_types(data=file)
    assert {name.partition(".")[0] for name in types} == {"skautoencoder"}
    np.testing.assert_array_equal(io.loads(file, trusted=types).transform(X), estimator.transform(X))
