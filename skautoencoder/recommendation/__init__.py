"""Ratings: how they are read, expected and recommended."""

from ._kernel_regression import ItemKernelRegression, UserKernelRegression
from ._long_frame import LongFrame, frame_ratings, listed_labels
from ._mask_factorization import MaskFactorization
from ._mask_regression import MaskRegression
from ._matrix import rating_matrix
from ._matrix_factorization import KnownRatings, MatrixFactorization, MeanFactorization
from ._options import RecommenderOptions
from ._posteriors import Posterior, Prior
from ._rated_rows import RatedRows
from ._rating_model import RatingModel
from ._rating_plan import RatingPlan
from ._recommending import column_names, excluded_entries
from ._scale import RatingScale

__all__ = [
    "ItemKernelRegression",
    "KnownRatings",
    "LongFrame",
    "MaskFactorization",
    "MaskRegression",
    "MatrixFactorization",
    "MeanFactorization",
    "Posterior",
    "Prior",
    "RatedRows",
    "RatingModel",
    "RatingPlan",
    "RatingScale",
    "RecommenderOptions",
    "UserKernelRegression",
    "column_names",
    "excluded_entries",
    "frame_ratings",
    "listed_labels",
    "rating_matrix",
]
