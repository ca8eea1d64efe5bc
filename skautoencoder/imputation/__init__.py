"""What an imputer is made of: autoencoders and neighbours that find entries, and which columns are recommended."""

from ._blend import Blend, Member
from ._frames import FrameColumns, is_frame, is_frame_of_categories, with_columns
from ._limits import limits_of_filling
from ._members import check_members, fit_members
from ._neighbours import Neighbours
from ._recommending import excluded_entries, recommended_columns
from ._spread import Spread

__all__ = [
    "Blend",
    "FrameColumns",
    "Member",
    "Neighbours",
    "Spread",
    "check_members",
    "excluded_entries",
    "fit_members",
    "is_frame",
    "is_frame_of_categories",
    "limits_of_filling",
    "recommended_columns",
    "with_columns",
]
