"""Every code active at a given rate."""

import numpy as np

from .._inference import ACTIVATION_RANGES
from ._base import BasePenalty


class KLSparsity(BasePenalty):
    """Divergence of the codes' mean activity from a target: ``penalty="kl"``.

        sum over codes j of  t log(t / a_j) + (1 - t) log((1 - t) / (1 - a_j))

    where t is the target and a_j the mean of code j over the batch [1]_. It needs codes between 0 and 1
    (``code_activation="sigmoid"``).

    Parameters
    ----------
    target : float, default=0.05
        Mean activity that each code should have, between 0 and 1; Ng's choice.

    References
    ----------
    .. [1] Ng (2011). Sparse autoencoder. CS294A lecture notes, Stanford University, p. 15.
    """

    def __init__(self, target=0.05):
        self.target = target

    def check(self, code_activation):
        """Raise a ValueError unless the codes and the target lie between 0 and 1."""
        if isinstance(self.target, bool) or not isinstance(self.target, (int, float)) or not 0 < self.target < 1:
            raise ValueError(
                f"target={self.target!r} of KLSparsity must be a number between 0 and 1, for example 0.05."
            )
        if ACTIVATION_RANGES.get(code_activation) != (0, 1):
            raise ValueError(
                f"penalty='kl' compares the codes' mean activity with a rate, so they must lie between 0 and 1, but "
                f"code_activation={code_activation!r}. Set code_activation='sigmoid', or use penalty='l1'."
            )

    def __call__(self, batch):
        """Compute the penalty of a batch; see `BasePenalty`."""
        from keras import ops

        activity = ops.clip(batch.mean(batch.codes), 1e-6, 1 - 1e-6)
        target = float(self.target)
        return ops.sum(
            target * (np.log(target) - ops.log(activity)) + (1 - target) * (np.log(1 - target) - ops.log(1 - activity))
        )
