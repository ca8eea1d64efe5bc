"""What an imputer is made of: what finds entries of tables, and of ratings, and which columns are recommended."""

from ._blend import Blend, Member
from ._frames import FrameColumns, is_frame, is_frame_of_categories, with_columns
from ._kernel_regression import ColumnKernelRegression, RowKernelRegression
from ._limits import limits_of_filling
from ._mask_regression import MaskRegression
from ._members import check_members, fit_members
from ._neighbours import Neighbours
from ._normal_distribution import NormalDistribution
from ._ratings import RatingModel, fit_ratings, moments_of_ratings
from ._recommending import excluded_entries, recommended_columns
from ._spread import Spread

__all__ = [
    "Blend",
    "ColumnKernelRegression",
    "FrameColumns",
    "MaskRegression",
    "Member",
    "Neighbours",
    "NormalDistribution",
    "RatingModel",
    "RowKernelRegression",
    "Spread",
    "check_members",
    "excluded_entries",
    "fit_members",
    "fit_ratings",
    "is_frame",
    "is_frame_of_categories",
    "limits_of_filling",
    "moments_of_ratings",
    "recommended_columns",
    "with_columns",
]
