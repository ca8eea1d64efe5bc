"""Penalties, which are added to the loss: one file each."""

from ._base import BasePenalty, Batch
from ._contractive import ContractivePenalty
from ._kl_sparsity import KLSparsity
from ._l1_sparsity import L1Sparsity

# Penalties by name, to be made with their defaults.
PENALTIES = {"contractive": ContractivePenalty, "kl": KLSparsity, "l1": L1Sparsity}

__all__ = ["PENALTIES", "BasePenalty", "Batch", "ContractivePenalty", "KLSparsity", "L1Sparsity"]
