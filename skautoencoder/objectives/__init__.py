"""What training minimises: one file per objective, its tensor form and its NumPy form side by side."""

from ._base import Objective
from ._evidence_lower_bound import EvidenceLowerBound
from ._hidden_entries import HiddenEntries
from ._losses import ReconstructionLoss
from ._reconstruction import Reconstruction

__all__ = [
    "EvidenceLowerBound",
    "HiddenEntries",
    "Objective",
    "Reconstruction",
    "ReconstructionLoss",
]
