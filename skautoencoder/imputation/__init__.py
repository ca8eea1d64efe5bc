"""What an imputer does around training: the models of sparse ratings, and which columns it recommends."""

from ._mask_regression import MaskRegression
from ._ratings import RatingModel, RatingPlan, fit_ratings
from ._recommending import excluded_entries, recommended_columns

__all__ = ["MaskRegression", "RatingModel", "RatingPlan", "excluded_entries", "fit_ratings", "recommended_columns"]
