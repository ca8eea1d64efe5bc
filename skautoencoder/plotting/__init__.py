"""Displays in the manner of scikit-learn: `from_estimator` computes and draws, `plot` draws again."""

from ._code import CodeDisplay
from ._decoded_grid import DecodedGridDisplay
from ._feature_error import FeatureErrorDisplay
from ._loss_curve import LossCurveDisplay
from ._reconstruction import ReconstructionDisplay

__all__ = [
    "CodeDisplay",
    "DecodedGridDisplay",
    "FeatureErrorDisplay",
    "LossCurveDisplay",
    "ReconstructionDisplay",
]
