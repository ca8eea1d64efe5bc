"""Epochs: their steps, the best one, losses by name, and early ends; shared by training runs and trials."""

from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .._checks import warn
from .divergence import after_divergence, infinite_start
from .plan import FitPlan, Fitted

# Share of PCA's loss. Training that starts at PCA ends when `patience` epochs have gained less.
_RELEVANT_GAIN = 0.005


class BestEpoch:
    """The epoch with the lowest loss so far, and its result."""

    def __init__(self, epoch, loss, result=None):
        self.epoch = epoch
        self.loss = loss
        self.result = result

    def update(self, epoch, loss, result=None):
        """Take another epoch if its loss is lower; `result`, a function of the epoch, is called only then."""
        if loss < self.loss:
            self.epoch = epoch
            self.loss = loss
            self.result = None if result is None else result(epoch)


def newest_gain(history):
    """Return the newest epoch by which the held-out loss had fallen by a relevant part of that of PCA, epoch 0."""
    losses = [named["val_loss"] for named in history]
    newest = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[newest] - _RELEVANT_GAIN * losses[0]:
            newest = epoch
    return newest


def unchanged(plan: FitPlan, history=None, interruption="") -> Fitted:
    """Return the start of a plan as the result of its fit."""
    best_epoch = 0 if plan.earlier is None else plan.earlier.best_epoch
    state = plan.state if plan.options.continues else None
    return Fitted(plan.start, history, best_epoch, state, interruption)


def chosen_batch_size(batch_size, n_samples, min_rows=32):
    """Return the rows per step: for "auto" the power of two from `min_rows` to 256 that makes about 32 steps."""
    if batch_size != "auto":
        return int(batch_size)
    # A power of two, so that folds of about the same size share one compiled program.
    return int(np.clip(2 ** round(np.log2(n_samples / 32)), min_rows, 256))


def started_run(plan, trainer):
    """Return a run of the engine and the losses of its start; raise a ValueError if these are not finite.

    The run begins at the plan's start, with the optimizer state of the earlier fit if there is one.
    """
    from .._engine.run import Run

    return _started(plan, partial(Run, optimizer_state=plan.state.optimizer), trainer)


def started_trial(plan, trainer):
    """Return a run of turns and the losses of its start, as `started_run` does."""
    from .._engine.run import TrialRun

    return _started(plan, TrialRun, trainer)


def _started(plan, make_run, trainer):
    options = plan.options
    run = make_run(
        trainer,
        plan.start,
        plan.objective,
        plan.split,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        random_state=plan.state.random_state,
    )
    losses = run.start()
    if not are_finite(losses):
        raise ValueError(infinite_start(plan, losses))
    return run, losses


def are_finite(losses):
    """Whether all losses of an epoch are finite."""
    return all(np.isfinite(means).all() for means in losses.values())


def by_name(history):
    """Turn the losses of each epoch into lists by name, with NaN where an epoch has no loss of that name."""
    names = dict.fromkeys(name for losses in history for name in losses)
    return {name: [losses.get(name, np.nan) for losses in history] for name in names}


def warn_of_divergence(plan, epoch, best_epoch):
    """Warn that the loss of an epoch is not finite."""
    happened = f"Training diverged: the loss of epoch {epoch} is not finite."
    warn(f"{happened} {_kept(best_epoch)} {after_divergence(plan)}", ConvergenceWarning)


def interrupted(n_epochs, best_epoch):
    """Return the message for a user who interrupted training."""
    return f"Training was interrupted after {n_epochs} epochs. {_kept(best_epoch)}"


def _kept(best_epoch):
    return f"Epoch {best_epoch}, the best so far, is kept."
