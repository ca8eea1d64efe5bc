"""The least and the largest values that an imputer may fill in."""

import numpy as np

from .._sklearn_compat import check_feature_names_in


def limits_of_filling(imputer, observed_bounds, features, is_fixed):
    """Return the limits of each column that the network knows, from `min_value` and `max_value`.

    Parameters
    ----------
    imputer : AutoencoderImputer
        Its parameters and the number and names of its features count.
    observed_bounds : pair of ndarray of shape (n_columns,)
        Least and largest observed value, for which None stands.
    features : int ndarray of shape (n_columns,)
        For each column, its feature of X.
    is_fixed : bool ndarray of shape (n_columns,)
        Columns for which the parameters do not count: empty ones, and those of categories.

    Returns
    -------
    low, high : ndarray of shape (n_columns,)

    Raises
    ------
    ValueError
        If a parameter has the wrong shape, or nothing lies between the limits of a column.
    """
    n_features, limits = imputer.n_features_in_, []
    for name, of_column in zip(("min_value", "max_value"), observed_bounds, strict=True):
        limit = getattr(imputer, name)
        if limit is not None:
            try:
                limit = np.asarray(limit, dtype=np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"{name} should be one number, or one for each of the {n_features} columns of X, but is {limit!r}."
                ) from error
            if limit.shape not in ((), (n_features,)):
                raise ValueError(
                    f"{name} should be one number, or one for each of the {n_features} columns of X, but has shape "
                    f"{limit.shape}."
                )
            of_column = np.where(is_fixed, of_column, np.broadcast_to(limit, n_features)[features])
        limits.append(of_column)
    low, high = limits
    is_range = (low <= high) & (low < np.inf) & (high > -np.inf)
    if not is_range.all():
        first = np.argmin(is_range)
        name = check_feature_names_in(imputer)[features[first]]
        raise ValueError(
            f"Column {name!r} cannot be filled with values from {low[first]:g} to {high[first]:g}. Choose a "
            "min_value below max_value; None stands for the least and the largest observed value."
        )
    return low, high
