"""Outliers: surprises of rows, their nearest neighbours, and the fit of a detector."""

from ._detection import Detection, fit_detection
from ._frames import Categories, Numbers, data_frame
from ._known_rows import KnownRows
from ._neighbours import NearestRows
from ._options import MAX_EPOCHS, N_FOLDS, OutlierOptions
from ._predictor import MaskedPredictor
from ._surprises import Standardized, Surprises
from ._threshold import threshold
from ._training import NetworkFits, Replay

__all__ = [
    "MAX_EPOCHS",
    "N_FOLDS",
    "Categories",
    "Detection",
    "KnownRows",
    "MaskedPredictor",
    "NearestRows",
    "NetworkFits",
    "Numbers",
    "OutlierOptions",
    "Replay",
    "Standardized",
    "Surprises",
    "data_frame",
    "fit_detection",
    "threshold",
]
