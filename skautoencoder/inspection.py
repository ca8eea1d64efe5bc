"""What the codes of a fitted autoencoder mean: which columns a code moves, and which columns make the code of a row."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from ._input import check_table, feature_names_of, is_frame
from .metrics import check_has_inverse, error_between, in_float64, on_numbers, table_of
from .rows import feature_means, row_blocks

# Maximum number of codes that are moved; more would hardly change the means.
_MAX_ROWS = 1000
# Half the width of a difference: of a code in standard deviations, and of an entry as a share of its distance. Rows of
# truncated autoencoders jump where their neighbours change, so small differences of codes would mislead.
_CODE_STEP = 0.5
_ENTRY_STEP = 0.01
# Number of points between the mean row and a row.
_N_POINTS = 20
_BLOCK_MEBIBYTES = 16


def code_effects(estimator, X):
    """Compute how much each code moves each column of the reconstruction, in the units of X.

    This generalises the loadings of PCA, ``components_.T`` times the standard deviations of the codes, to decoders that
    are not linear. The effect of a code on a column is the change of the column as the code of a row rises by one
    standard deviation, from half of it below to half of it above. Its size is the mean of the absolute changes, its
    sign that of the mean change: a column can rise in some rows and fall in others.

    Parameters
    ----------
    estimator : AutoencoderTransformer, Pipeline or other estimator
        Fitted estimator with `transform` and `inverse_transform`, such as PCA. The effects of a `Pipeline` are in the
        units of the X that it received.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows to encode. Of more than 1000, the codes of evenly spaced ones are moved.

    Returns
    -------
    DataFrame of shape (n_features, n_codes)
        Effects, one row per column of X and one column per code. If X has categories, each has a row,
        "column=category", with the change of its probability.

    See Also
    --------
    explain_row : Columns that make the code and the error of one row.
    skautoencoder.plotting.CodeTraversalDisplay : The columns that each code moves, as a picture.

    Notes
    -----
    To rank columns with different units, divide by their standard deviations: ``effects.div(X.std(), axis=0)``.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.inspection import code_effects
    >>> X = load_wine(as_frame=True).data
    >>> code_effects(PCA(2).fit(X), X).loc[["alcohol", "proline"]].round(1)
             code 0  code 1
    alcohol     0.5     0.0
    proline   314.0    -0.2
    """
    sizes, means = mean_changes(estimator, X)
    return sizes * np.where(means < 0, -1.0, 1.0)


def explain_row(estimator, X, row):
    """Say which columns make the code of one row, and which columns make its error.

    The contributions of the columns to a code add up to the code of the row minus the code of the mean row. They are
    integrated gradients [1]_ of the encoder on the line from the mean row of X to the row; for PCA,
    ``(row - X.mean(axis=0)) * components_``.

    Parameters
    ----------
    estimator : AutoencoderTransformer, Pipeline or other estimator
        Fitted estimator with `transform` and `inverse_transform`.
    X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        Rows that the row is compared with, such as the training rows.
    row : array-like, Series or DataFrame of shape (n_features,) or (1, n_features)
        Row to explain, such as ``X.iloc[17]``.

    Returns
    -------
    DataFrame of shape (n_features, 4 + n_codes)
        One row per column of X or, for categories, per indicator, "column=category":

        * "value" and "reconstruction" in the units of X;
        * "error", the squared difference; its mean is the mean squared error of the row;
        * "error_ratio", the error over the mean error of the column in X; NaN if that is 0;
        * one column per code with the contributions, in the units of the code.

    Raises
    ------
    ValueError
        If `row` is not one row with the columns of X.

    See Also
    --------
    code_effects : How much each code moves each column of the reconstruction.

    References
    ----------
    .. [1] Sundararajan, Taly & Yan (2017). Axiomatic attribution for deep networks. ICML.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.inspection import explain_row
    >>> X = load_wine(as_frame=True).data
    >>> table = explain_row(PCA(1).fit(X), X, X.iloc[0])
    >>> table.loc[["alcohol", "proline"], ["value", "reconstruction", "code 0"]].round(1)
              value  reconstruction  code 0
    alcohol    14.2            13.5     0.0
    proline  1065.0          1065.5   318.1
    """
    X = _checked_rows(estimator, X)
    estimator, X, row = _with_row_on_numbers(estimator, X, row)
    columns = _column_names(X, estimator)
    values = _checked_row(row, columns)
    usual = error_between(X, _decoded(estimator, estimator.transform(X)), per="feature")
    encoded = estimator.transform(_like(values[np.newaxis], X))
    _, names = named_codes(encoded)
    reconstruction = _decoded(estimator, encoded)[0]
    error = np.square(values - reconstruction)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usual > 0, error / usual, np.nan)
    table = np.column_stack([values, reconstruction, error, ratio, _contributions(estimator, X, values)])
    return _table(table, columns, ["value", "reconstruction", "error", "error_ratio", *names])


def mean_changes(estimator, X):
    """Return the mean absolute change of each column as each code rises, and the mean change, as in `code_effects`."""
    estimator, X = on_numbers(estimator, _checked_rows(estimator, X))
    codes, names = named_codes(estimator.transform(X))
    deviations = codes.std(axis=0)
    codes = codes[:: -(-len(codes) // _MAX_ROWS)]
    sizes, means = [], []
    for number, deviation in enumerate(deviations):
        step = np.zeros(len(deviations))
        step[number] = _CODE_STEP * deviation
        change = (_decoded(estimator, codes + step) - _decoded(estimator, codes - step)) / (2 * _CODE_STEP)
        sizes.append(np.abs(change).mean(axis=0))
        means.append(change.mean(axis=0))
    columns = _column_names(X, estimator)
    return _table(np.transpose(sizes), columns, names), _table(np.transpose(means), columns, names)


def _with_row_on_numbers(estimator, X, row):
    """Return an estimator, its rows and one further row; those with categories as numbers and indicators."""
    if table_of(estimator) is None:
        return estimator, X, row
    if not is_frame(row) and hasattr(row, "iloc"):
        # A Series of pandas holds a row of objects; one of polars is a column.
        row = row.to_frame().T
    if not is_frame(row):
        raise TypeError(
            f"row is {type(row).__name__}, but X is a data frame with categories. Pass one row of it, such as "
            f"{'X.iloc[[17]]' if hasattr(X, 'iloc') else 'X[17]'}."
        )
    return on_numbers(estimator, X, row)


def _contributions(estimator, X, row):
    """Integrate the derivatives of the encoder from the mean row of X to a row: shape (n_features, n_codes)."""
    mean = feature_means(X) if issparse(X) else in_float64(X).mean(axis=0)
    distance = row - mean
    moved = np.flatnonzero(distance)
    contributions = np.zeros((len(row), estimator.transform(_like(mean[np.newaxis], X)).shape[1]))
    points = [mean + share * distance for share in (np.arange(_N_POINTS) + 0.5) / _N_POINTS]
    for block in row_blocks(len(moved), 8 * len(row), _BLOCK_MEBIBYTES):
        columns = moved[block]
        steps = np.zeros((len(columns), len(row)))
        steps[np.arange(len(columns)), columns] = _ENTRY_STEP * distance[columns]
        for point in points:
            change = _encoded(estimator, point + steps, X) - _encoded(estimator, point - steps, X)
            contributions[columns] += change / (2 * _ENTRY_STEP * _N_POINTS)
    return contributions


def _checked_rows(estimator, X):
    """Return X, or an array of lists; raise an error unless the estimator is fitted and has an inverse."""
    check_has_inverse(estimator)
    check_is_fitted(estimator)
    check_table(X, "X")
    return X if hasattr(X, "shape") else np.asarray(X)


def named_codes(codes) -> tuple[np.ndarray, list[str]]:
    """Return codes as an array, and their names: columns of a DataFrame, or "code 0", "code 1", ..."""
    columns = getattr(codes, "columns", None)
    codes = in_float64(codes)
    if columns is None:
        columns = [f"code {number}" for number in range(codes.shape[1])]
    return codes, [str(name) for name in columns]


def _column_names(X, estimator):
    """Return the column labels of X, or the names that the estimator saw, or "x0", "x1", ..."""
    if getattr(X, "columns", None) is not None:
        return list(X.columns)
    return feature_names_of(X, estimator) or [f"x{number}" for number in range(X.shape[1])]


def _checked_row(row, columns):
    labels = getattr(row, "columns", None)
    if labels is None and hasattr(row, "iloc"):
        labels = row.index
    try:
        values = in_float64(row)
    except (TypeError, ValueError) as error:
        raise ValueError(f"row should hold numbers: {error}.") from error
    if values.shape not in ((len(columns),), (1, len(columns))):
        raise ValueError(
            f"row should be one row of X with {len(columns)} numbers, but has the shape {values.shape}. Pass one row, "
            "such as X[17], or X.iloc[17] of a data frame."
        )
    if labels is not None and list(labels) != columns:
        raise ValueError(
            f"The columns of row should be those of X, {columns}, but are {list(labels)}. Pass them in that order."
        )
    values = values.ravel()
    if not np.all(np.isfinite(values)):
        column = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"row should hold finite numbers, but column {columns[column]!r} is {values[column]}.")
    return values


def _like(rows, X):
    """Return rows as a data frame if X is one, since estimators compare names."""
    return rows if getattr(X, "columns", None) is None else _table(rows, None, list(X.columns))


def _encoded(estimator, rows, X):
    return in_float64(estimator.transform(_like(rows, X)))


def _decoded(estimator, codes):
    return in_float64(estimator.inverse_transform(codes))


def _table(values, index, columns):
    import pandas as pd

    return pd.DataFrame(values, index=index, columns=columns)
