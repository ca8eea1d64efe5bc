"""Units of columns are those of the training rows if an estimator has them."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.plotting._row_shape import units_of_columns


def fitted_to(X, convert=np.asarray, **parameters):
    return AutoencoderTransformer(2, epochs=0, **parameters).fit(convert(X))


@pytest.mark.parametrize(
    "fitted",
    [
        lambda X: [make_pipeline(StandardScaler(), PCA(2)).fit(X)],
        lambda X: [PCA(2).fit(X), fitted_to(X)],
        lambda X: [fitted_to(X, csr_array)],
        lambda X: [fitted_to(X, init="random"), StandardScaler().fit(X)],
    ],
    ids=["pipeline", "autoencoder", "sparse", "second estimator"],
)
def test_units_of_the_training_rows_are_used_if_known(fitted, digits):
    mean, unit = units_of_columns(digits[:5], fitted(digits))
    np.testing.assert_allclose(mean, digits.mean(axis=0), atol=1e-9)
    deviation = digits.std(axis=0)
    np.testing.assert_allclose(unit, np.where(deviation > 0, deviation, 1))


@pytest.mark.parametrize(
    "fitted",
    [
        lambda X: [PCA(2).fit(X), make_pipeline(MinMaxScaler(), AutoencoderTransformer(2, epochs=0)).fit(X)],
        lambda X: [make_pipeline(StandardScaler(with_std=False), PCA(2)).fit(X)],
        lambda X: [fitted_to(X, init="random")],
        lambda X: [],
    ],
    ids=["other units", "mean only", "random start", "no estimator"],
)
def test_units_of_the_given_rows_are_used_otherwise(fitted, digits):
    mean, unit = units_of_columns(digits[:9], fitted(digits))
    np.testing.assert_array_equal(mean, digits[:9].mean(axis=0))
    deviation = digits[:9].std(axis=0)
    np.testing.assert_array_equal(unit, np.where(deviation > 0, deviation, 1))
