"""Parts of the imputer: reading and writing of tables, autoencoders, corrections of their mean, draws."""

from ._blend import Blend, Member, Spread
from ._corrections import Neighbours, NormalDistribution
from ._frames import FrameTable, is_frame_of_categories
from ._members import MemberOptions, fit_members
from ._tables import ArrayTable, limits_of_filling, marks_nan, table_of, with_columns, without_mask

__all__ = [
    "ArrayTable",
    "Blend",
    "FrameTable",
    "Member",
    "MemberOptions",
    "Neighbours",
    "NormalDistribution",
    "Spread",
    "fit_members",
    "is_frame_of_categories",
    "limits_of_filling",
    "marks_nan",
    "table_of",
    "with_columns",
    "without_mask",
]
