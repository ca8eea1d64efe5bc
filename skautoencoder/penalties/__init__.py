"""What is added to the loss: one file per penalty."""

from ._base import BasePenalty, Batch
from ._contractive import ContractivePenalty
from ._kl_sparsity import KLSparsity
from ._l1_sparsity import L1Sparsity

# By name, with their defaults.
PENALTIES = {"contractive": ContractivePenalty, "kl": KLSparsity, "l1": L1Sparsity}

__all__ = ["PENALTIES", "BasePenalty", "Batch", "ContractivePenalty", "KLSparsity", "L1Sparsity"]
