"""Warnings of rows with which a comparison says less than it seems to."""

import numpy as np
import pandas as pd

from .._checks import dominating_columns, listed, warn
from ..metrics import dense
from ._candidates import without_reduction

# Share of held-out rows that a training row equals from which on the reader is warned: as many can make a win.
_MOST_REPEATED = 0.01


def warn_of_repeated_rows(data):
    """Warn if held-out rows are training rows, too, which makes their reconstruction look better than it is.

    Parameters
    ----------
    data : ComparisonData
        Rows and splits.
    """
    numbers = pd.util.hash_pandas_object(pd.DataFrame(dense(data.X)), index=False).to_numpy()
    n_held_out = sum(len(test) for _, test in data.splits)
    n_repeated = sum(np.isin(numbers[test], numbers[train]).sum() for train, test in data.splits)
    if n_repeated >= _MOST_REPEATED * n_held_out:
        warn(
            f"{n_repeated} of the {n_held_out} held-out rows equal a training row, so that errors and scores look "
            "better than they are for new rows. Drop the copies, for example with X.drop_duplicates(), or keep them "
            "together with GroupKFold as cv.",
            UserWarning,
        )


def warn_of_dominating_columns(estimators, data):
    """Warn if few columns hold most of the variance of the rows that an estimator receives.

    Parameters
    ----------
    estimators : dict of str to estimator
        Unfitted methods by name. For a `Pipeline`, the rows are those that its last step receives.
    data : ComparisonData
        Rows and splits.
    """
    for method, estimator in estimators.items():
        received = data.seeded(without_reduction(estimator)).fit_transform(data.X)
        names = list(getattr(received, "columns", range(received.shape[1])))
        columns, share = dominating_columns(np.asarray(dense(received), dtype=np.float64).var(axis=0))
        if len(columns):
            warn(
                f"{share:.1%} of the variance that {method} receives lies in "
                f"{listed('column', [names[column] for column in columns])} of {len(names)}, so that its error says "
                "little about the others. If the columns have different units, scale X first, for example with "
                "StandardScaler.",
                UserWarning,
            )
            return
