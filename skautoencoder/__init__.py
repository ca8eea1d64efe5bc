"""Autoencoders as scikit-learn transformers."""

from ._autoencoder import AutoencoderTransformer
from ._imputer import AutoencoderImputer
from ._outliers import AutoencoderOutlierDetector
from ._recommender import AutoencoderRecommender
from ._variational import VariationalAutoencoderTransformer
from .architectures import (
    BaseKerasArchitecture,
    Conv1DArchitecture,
    ConvolutionalArchitecture,
    DenseArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
)
from .noises import BaseNoise, GaussianNoise, MaskingNoise, SaltAndPepperNoise
from .penalties import BasePenalty, ContractivePenalty, HoyerSparsity, KLSparsity, L1Sparsity, L2Penalty
from .persistence import load, skops_types

__version__ = "0.1.0"

__all__ = [
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "AutoencoderRecommender",
    "AutoencoderTransformer",
    "BaseKerasArchitecture",
    "BaseNoise",
    "BasePenalty",
    "ContractivePenalty",
    "Conv1DArchitecture",
    "ConvolutionalArchitecture",
    "DenseArchitecture",
    "GaussianNoise",
    "HoyerSparsity",
    "KLSparsity",
    "KerasArchitecture",
    "L1Sparsity",
    "L2Penalty",
    "MaskingNoise",
    "RecurrentArchitecture",
    "SaltAndPepperNoise",
    "VariationalAutoencoderTransformer",
    "__version__",
    "compare_reconstructions",
    "compare_with_pca",
    "encoding_dim_curve",
    "load",
    "skops_types",
]


def __getattr__(name):
    # Loaded on first access: importing pandas and scikit-learn's model selection would dominate the import time.
    if name in ("compare_reconstructions", "compare_with_pca", "encoding_dim_curve"):
        from . import comparison

        return getattr(comparison, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
