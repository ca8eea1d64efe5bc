"""imbalanced-learn draws more codes of the rare class."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skautoencoder import AutoencoderTransformer

pytest.importorskip("imblearn")
pytestmark = pytest.mark.filterwarnings("default")


def test_codes_are_oversampled(wine):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline

    y = (np.arange(len(wine)) < 59).astype(int)
    pipeline = make_pipeline(
        AutoencoderTransformer(4, epochs=3, random_state=0), SMOTE(random_state=0), LogisticRegression()
    ).fit(wine, y)
    autoencoder, smote, regression = (step for _, step in pipeline.steps)
    codes, classes = smote.fit_resample(autoencoder.transform(wine), y)
    assert classes.mean() == 0.5
    np.testing.assert_allclose(LogisticRegression().fit(codes, classes).coef_, regression.coef_)
