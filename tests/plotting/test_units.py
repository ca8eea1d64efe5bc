"""Units of columns are those of the training rows, where somebody knows them."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.plotting._units import units_of_columns


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
    ids=["pipeline", "autoencoder", "sparse", "only the second knows"],
)
def test_of_the_training_rows(fitted, digits):
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
    ids=["other units", "mean only", "random start", "nobody"],
)
def test_of_all_rows_that_are_passed_where_nobody_knows(fitted, digits):
    mean, unit = units_of_columns(digits[:9], fitted(digits))
    np.testing.assert_array_equal(mean, digits[:9].mean(axis=0))
    deviation = digits[:9].std(axis=0)
    np.testing.assert_array_equal(unit, np.where(deviation > 0, deviation, 1))
