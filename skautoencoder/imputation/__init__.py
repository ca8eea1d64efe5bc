"""What an imputer is made of: what finds entries of tables, and of ratings, and which columns are recommended."""

from ._blend import Blend, Member
from ._frames import FrameTable, is_frame_of_categories
from ._kernel_regression import ColumnKernelRegression, RowKernelRegression
from ._limits import limits_of_filling
from ._mask_regression import MaskRegression
from ._members import LOSSES_OF_ENTRIES, MemberOptions, fit_members
from ._neighbours import Neighbours
from ._normal_distribution import NormalDistribution
from ._ratings import RatingModel, fit_ratings, moments_of_ratings
from ._recommending import excluded_entries, recommended_columns
from ._spread import Spread
from ._tables import ArrayTable, SparseTable, hints_on_bad_input, marks_nan, table_of

__all__ = [
    "LOSSES_OF_ENTRIES",
    "ArrayTable",
    "Blend",
    "ColumnKernelRegression",
    "FrameTable",
    "MaskRegression",
    "Member",
    "MemberOptions",
    "Neighbours",
    "NormalDistribution",
    "RatingModel",
    "RowKernelRegression",
    "SparseTable",
    "Spread",
    "excluded_entries",
    "fit_members",
    "fit_ratings",
    "hints_on_bad_input",
    "is_frame_of_categories",
    "limits_of_filling",
    "marks_nan",
    "moments_of_ratings",
    "recommended_columns",
    "table_of",
]
