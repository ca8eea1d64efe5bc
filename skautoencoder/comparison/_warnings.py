"""Warnings of rows that make the result of a comparison misleading."""

import numpy as np
import pandas as pd

from .._checks import dominating_columns, listed, warn
from ..metrics import dense
from ._candidates import without_reduction

# Warn from this share of duplicated held-out rows on; that is enough to fake a win.
_MIN_REPEATED = 0.01


def warn_of_repeated_rows(data):
    """Warn if held-out rows equal training rows, which makes their errors look better than those of new rows."""
    hashes = pd.util.hash_pandas_object(pd.DataFrame(dense(data.X)), index=False).to_numpy()
    n_held_out = sum(len(test) for _, test in data.splits)
    n_repeated = sum(np.isin(hashes[test], hashes[train]).sum() for train, test in data.splits)
    if n_repeated >= _MIN_REPEATED * n_held_out:
        warn(
            f"{n_repeated} of the {n_held_out} held-out rows equal a training row, so that errors and scores look "
            "better than they are for new rows. Drop the copies, for example with X.drop_duplicates(), or keep them "
            "together with GroupKFold as cv.",
            UserWarning,
        )


def warn_of_dominating_columns(estimators, data):
    """Warn if few columns hold most of the variance of the rows that the last step of a method receives."""
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
