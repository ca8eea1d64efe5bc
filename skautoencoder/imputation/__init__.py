"""What an imputer does beside training: which columns it recommends."""

from ._recommending import excluded_entries, recommended_columns

__all__ = ["excluded_entries", "recommended_columns"]
