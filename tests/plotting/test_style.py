"""All pictures say in the same words that matplotlib is missing."""

import sys

import numpy as np
import pytest

from skautoencoder.comparison import EncodingDimDisplay
from skautoencoder.plotting import (
    CodeDisplay,
    DecodedGridDisplay,
    FeatureErrorDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)

X = np.eye(4)


@pytest.mark.parametrize(
    "display",
    [
        CodeDisplay.from_codes(X),
        DecodedGridDisplay.from_decoded(X.reshape(2, 2, 4), ([0, 1], [0, 1])),
        DecodedGridDisplay.from_decoded(X.reshape(2, 2, 4), ([0, 1], [0, 1]), image_shape=(2, 2)),
        EncodingDimDisplay({"PCA": {"encoding_dim": X[0], "test_mse": X[:3]}}),
        FeatureErrorDisplay.from_errors({"PCA": X[0]}),
        LossCurveDisplay.from_history({"loss": [2.0, 1.0]}),
        ReconstructionDisplay.from_reconstructions(X, {"PCA": X}),
    ],
    ids=lambda display: type(display).__name__,
)
def test_without_matplotlib(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r"Pictures need matplotlib\. Install it with: pip install skautoencoder\[plot\]"
    ):
        display.plot()
