"""Pictures, each a Display as scikit-learn has them: `from_estimator` computes, `plot` draws."""

from ._code import CodeDisplay
from ._decoded_grid import DecodedGridDisplay
from ._encoding_dim import EncodingDimDisplay
from ._feature_error import FeatureErrorDisplay
from ._loss_curve import LossCurveDisplay
from ._reconstruction import ReconstructionDisplay

__all__ = [
    "CodeDisplay",
    "DecodedGridDisplay",
    "EncodingDimDisplay",
    "FeatureErrorDisplay",
    "LossCurveDisplay",
    "ReconstructionDisplay",
]
