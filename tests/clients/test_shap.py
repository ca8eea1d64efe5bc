"""shap explains why a row is unusual."""

import numpy as np
import pytest

pytest.importorskip("shap")
pytestmark = pytest.mark.filterwarnings("default")


def test_shapley_values_add_up_to_the_score(documented, wine):
    names = documented("shap")
    explanation = names["explanation"]
    assert explanation.values.shape == (3, 13)
    total = explanation.values.sum(axis=1) + explanation.base_values
    np.testing.assert_allclose(total, names["autoencoder"].score_samples(wine[:3]), rtol=1e-6)
