"""The training of a detector's networks, one after the other."""

from functools import partial
from itertools import zip_longest

import numpy as np

from ..training.progress import TrainingProgress
from ..training.run_plan import run_plan


class NetworkFits:
    """Trains the network of each plan that it is called with; after an interruption, it returns untrained ones.

    `attributes` returns the fitted attributes of the estimator, given the networks and histories so far.
    """

    def __init__(self, session, checkpoints, progress_name, attributes):
        self._session = session
        self._checkpoints = checkpoints
        self._progress_name = progress_name
        self._attributes = attributes
        self._fits = []

    def __call__(self, plan):
        if self.interruption or self._session.is_stopped:
            return plan.start
        number = len(self._fits)
        progress = None
        if self._progress_name is not None:
            title = f"{self._progress_name} {number + 1} of {len(self._checkpoints)}"
            progress = TrainingProgress(title, plan.options.epochs, None)
        so_far = partial(self._attributes_with, list(self._fits))
        checkpoint = self._checkpoints[number]
        fitted = run_plan(plan, self._session, so_far, checkpoint=checkpoint, progress=progress)
        self._fits.append(fitted)
        return fitted.autoencoder

    @property
    def interruption(self):
        """Message for a user who interrupted training; empty otherwise."""
        return self._fits[-1].interruption if self._fits else ""

    @property
    def history(self):
        """Losses by epoch: means over the networks."""
        return _mean_history(self._fits)

    def _attributes_with(self, fits, fitted):
        fits = [*fits, fitted]
        return self._attributes(Replay([each.autoencoder for each in fits]), _mean_history(fits))


class Replay:
    """Returns networks that were trained before, in their order, then untrained ones."""

    def __init__(self, networks):
        self._networks = iter(networks)

    def __call__(self, plan):
        return next(self._networks, plan.start)


def _mean_history(fits):
    losses = [fitted.history["loss"] for fitted in fits]
    return {"loss": [float(np.nanmean(of_epoch)) for of_epoch in zip_longest(*losses, fillvalue=np.nan)]}
