"""Where training starts: a linear model of the rows becomes the linear paths of a network."""

from ._factor_analysis import FactorAnalysis, column_shares, start_at_factor_analysis
from ._mask_factorization import MaskFactorization
from ._matrix_factorization import KnownRatings, MatrixFactorization, Posterior, Prior
from ._pca import PrincipalComponents, start_at_pca
from ._probabilistic_pca import start_at_probabilistic_pca

__all__ = [
    "FactorAnalysis",
    "KnownRatings",
    "MaskFactorization",
    "MatrixFactorization",
    "Posterior",
    "PrincipalComponents",
    "Prior",
    "column_shares",
    "start_at_factor_analysis",
    "start_at_pca",
    "start_at_probabilistic_pca",
]
