"""yellowbrick draws validation curves."""

import numpy as np
import pytest
from sklearn.model_selection import validation_curve

from skautoencoder import AutoencoderTransformer

pytest.importorskip("yellowbrick")
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.usefixtures("pyplot")]


def test_validation_curve_over_code_sizes(wine):
    from yellowbrick.model_selection import ValidationCurve

    arguments = {"param_name": "encoding_dim", "param_range": [1, 4], "cv": 2}
    autoencoder = AutoencoderTransformer(epochs=2, random_state=0)
    drawn = ValidationCurve(autoencoder, **arguments).fit(wine)
    _, expected = validation_curve(autoencoder, wine, None, **arguments)
    np.testing.assert_array_equal(drawn.test_scores_, expected)
