"""Displays like scikit-learn's: `from_estimator` computes and draws, `plot` draws again. They need matplotlib.

`CodeExplorer` writes a web page instead, without matplotlib.
"""

from ._code import CodeDisplay
from ._code_explorer import CodeExplorer
from ._code_traversal import CodeTraversalDisplay
from ._decoded_grid import DecodedGridDisplay
from ._feature_error import FeatureErrorDisplay
from ._loss_curve import LossCurveDisplay
from ._reconstruction import ReconstructionDisplay
from ._surprise import SurpriseDisplay

__all__ = [
    "CodeDisplay",
    "CodeExplorer",
    "CodeTraversalDisplay",
    "DecodedGridDisplay",
    "FeatureErrorDisplay",
    "LossCurveDisplay",
    "ReconstructionDisplay",
    "SurpriseDisplay",
]
