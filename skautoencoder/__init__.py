"""Autoencoders as scikit-learn transformers."""

from ._autoencoder import AutoencoderTransformer
from .comparison import compare_with_pca

__version__ = "0.1.0.dev0"

__all__ = ["AutoencoderTransformer", "__version__", "compare_with_pca"]
