"""Objectives, which training minimises: one file each."""

from ._base import Objective
from ._evidence_lower_bound import EvidenceLowerBound, min_variance
from ._hidden_entries import HiddenEntries
from ._masked_prediction import MaskedPrediction
from ._neighbor_mixing import NeighborMixing
from ._nested_dropout import NestedDropout
from ._penalized_reconstruction import PenalizedReconstruction
from ._reconstruction import Corruption, Reconstruction, ReconstructionLoss

__all__ = [
    "Corruption",
    "EvidenceLowerBound",
    "HiddenEntries",
    "MaskedPrediction",
    "NeighborMixing",
    "NestedDropout",
    "Objective",
    "PenalizedReconstruction",
    "Reconstruction",
    "ReconstructionLoss",
    "min_variance",
]
