"""Data frames of numbers for each entry of X."""

from .._input import feature_names_of


def data_frame(values, like, estimator):
    """Return a pandas data frame with the index and the columns of X; without names, "x0", "x1" and so on."""
    import pandas as pd

    names = feature_names_of(like, estimator) or [f"x{number}" for number in range(values.shape[1])]
    return pd.DataFrame(values, index=like.index if hasattr(like, "iloc") else None, columns=names)
