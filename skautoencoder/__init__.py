"""Autoencoders as scikit-learn transformers."""

from ._autoencoder import AutoencoderTransformer
from ._variational import VariationalAutoencoderTransformer
from .architectures import (
    BaseKerasArchitecture,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
)
from .penalties import BasePenalty, ContractivePenalty, KLSparsity, L1Sparsity

__version__ = "0.1.0.dev0"

__all__ = [
    "AutoencoderTransformer",
    "BaseKerasArchitecture",
    "BasePenalty",
    "ContractivePenalty",
    "ConvolutionalArchitecture",
    "KLSparsity",
    "KerasArchitecture",
    "L1Sparsity",
    "RecurrentArchitecture",
    "VariationalAutoencoderTransformer",
    "__version__",
    "compare_with_pca",
]


def __getattr__(name):
    # Loaded when asked for: the comparison brings scikit-learn's pipelines and model selection along, a third of the
    # time that importing the package takes beyond scikit-learn's own.
    if name == "compare_with_pca":
        from .comparison import compare_with_pca

        return compare_with_pca
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return __all__
