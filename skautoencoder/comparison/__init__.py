"""Is an autoencoder worth it on these data, and how large a code? The answer as a table, in words, as a picture."""

from ._compare import compare_reconstructions, compare_with_pca, encoding_dim_curve
from ._result import ReconstructionComparison

__all__ = ["ReconstructionComparison", "compare_reconstructions", "compare_with_pca", "encoding_dim_curve"]
