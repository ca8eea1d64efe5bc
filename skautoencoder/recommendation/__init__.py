"""Ratings: how they are read, expected and recommended."""

from ._kernel_regression import ItemKernelRegression, UserKernelRegression
from ._long_frame import LongFrame, frame_ratings, is_frame, listed_labels
from ._mask_factorization import MaskFactorization
from ._mask_regression import MaskRegression
from ._matrix import rating_matrix
from ._matrix_factorization import KnownRatings, MatrixFactorization, MeanFactorization
from ._mixture import RatingModel, RatingPlan
from ._network import RecommenderOptions
from ._posteriors import Posterior, Prior
from ._rated_rows import RatedRows
from ._recommending import excluded_entries, recommended_columns
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
    "excluded_entries",
    "frame_ratings",
    "is_frame",
    "listed_labels",
    "rating_matrix",
    "recommended_columns",
]
