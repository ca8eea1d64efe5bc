"""Comparisons of autoencoders with PCA by held-out error, as a table, a summary and a plot."""

from ._compare import compare_reconstructions, compare_with_pca, encoding_dim_curve
from ._display import EncodingDimDisplay
from ._result import ReconstructionComparison

__all__ = [
    "EncodingDimDisplay",
    "ReconstructionComparison",
    "compare_reconstructions",
    "compare_with_pca",
    "encoding_dim_curve",
]
