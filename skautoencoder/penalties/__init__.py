"""Penalties, which are added to the loss: one file each."""

from ._base import BasePenalty, Batch
from ._contractive import ContractivePenalty
from ._hoyer_sparsity import HoyerSparsity
from ._kl_sparsity import KLSparsity
from ._l1_sparsity import L1Sparsity
from ._l2_penalty import L2Penalty

# Penalties by name, made with their defaults.
PENALTIES = {
    "contractive": ContractivePenalty,
    "hoyer": HoyerSparsity,
    "kl": KLSparsity,
    "l1": L1Sparsity,
    "l2": L2Penalty,
}

__all__ = [
    "PENALTIES",
    "BasePenalty",
    "Batch",
    "ContractivePenalty",
    "HoyerSparsity",
    "KLSparsity",
    "L1Sparsity",
    "L2Penalty",
]
