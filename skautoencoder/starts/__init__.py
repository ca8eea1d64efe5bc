"""Where training starts: a linear model of the rows becomes the linear paths of a network."""

from ._factor_analysis import FactorAnalysis, column_shares, start_at_factor_analysis
from ._pca import PrincipalComponents, start_at_pca
from ._probabilistic_pca import start_at_probabilistic_pca

__all__ = [
    "FactorAnalysis",
    "PrincipalComponents",
    "column_shares",
    "start_at_factor_analysis",
    "start_at_pca",
    "start_at_probabilistic_pca",
]
