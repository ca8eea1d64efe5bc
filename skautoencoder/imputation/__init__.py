"""Parts of the imputer: arrays and tables, autoencoders, corrections of their mean, draws."""

from ._blend import Blend, Member, Spread
from ._corrections import Neighbours, NormalDistribution
from ._members import MemberOptions, fit_members
from ._tables import ArrayTable, limits_of_filling, marks_nan, table_of, without_mask

__all__ = [
    "ArrayTable",
    "Blend",
    "Member",
    "MemberOptions",
    "Neighbours",
    "NormalDistribution",
    "Spread",
    "fit_members",
    "limits_of_filling",
    "marks_nan",
    "table_of",
    "without_mask",
]
