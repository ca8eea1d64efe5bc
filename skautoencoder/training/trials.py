"""Trials: runs on other splits of the rows, beside the run on all rows, choose which of its epochs is kept."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from operator import methodcaller

import numpy as np

from .epochs import (
    BestEpoch,
    are_finite,
    by_name,
    interrupted,
    newest_gain,
    started_trial,
    unchanged,
    warn_of_divergence,
)
from .plan import FitPlan, Fitted
from .session import FitSession

# Minimum relative improvement of the validation loss over the start.
_MIN_GAIN = 0.03
# The run on all rows is behind if its loss has fallen by less than the trials', by more than this share of PCA's loss.
_MAX_LAG = 0.05


def run_trials(plan: FitPlan, trainer, session: FitSession, attributes, show) -> Fitted:
    """Train on all rows and, at the same time, in the trials of a plan; keep the epoch with the trials' lowest loss.

    If the run on all rows is behind the trials in that epoch, a later one of it is kept. The start is kept if no epoch
    is a clear improvement on it in the trials.
    """
    plans = [*plan.trials, plan]
    history = []
    held_out = []
    best = _KeptEpoch(0, np.inf)
    interruption = ""
    try:
        for epoch, (*tried, final) in enumerate(_epochs(plans, trainer, plan.options.epochs)):
            if not all(are_finite(run.losses) for run in (*tried, final)):
                warn_of_divergence(plan, epoch, best.result.best_epoch)
                break
            named = [_named_losses(*run) for run in zip(plan.trials, tried, strict=True)]
            held_out.append(np.array([losses["val_loss"] for losses in named]))
            history.append({name: float(np.mean([losses[name] for losses in named])) for name in named[0]})
            show(history)
            best.see(history, _named_losses(plan, final)["loss"], partial(_result, plan, final))
            if epoch > 0:
                session.epoch_begin()
                session.epoch_end(partial(_attributes_now, plan, final, history, attributes))
            is_out_of_patience = epoch - newest_gain(history) >= plan.options.patience
            if session.is_stopped or (is_out_of_patience and not best.is_behind):
                break
    except KeyboardInterrupt:
        if not history:
            raise
        interruption = interrupted(len(history) - 1, best.result.best_epoch)
    result = best.result if _is_clear_gain(held_out[0], held_out[best.epoch]) else unchanged(plan)
    return replace(result, history=by_name(history), interruption=interruption)


class _KeptEpoch(BestEpoch):
    """The trials' best epoch, and the network of all rows in it or, if that is behind the trials then, in a later one.

    Early stopping by the loss that was reached, not by the epoch: Goodfellow, Bengio & Courville (2016), Deep
    Learning, section 7.8.
    """

    is_behind = False
    _start_loss = None

    def see(self, history, loss, result):
        """Take note of the newest epoch, in which the run on all rows has this loss; `result` is as in `update`."""
        epoch = len(history) - 1
        if epoch == 0:
            self._start_loss = loss
        self.update(epoch, history[epoch]["val_loss"], result)
        is_best = self.epoch == epoch
        if self.is_behind and not is_best:
            self.result = result(epoch)
        # Relative to the starts, because PCA of fewer rows has less error on them.
        trials_share = history[self.epoch]["loss"] / (history[0]["loss"] or 1.0)
        lag = loss / (self._start_loss or 1.0) - trials_share
        self.is_behind = (is_best or self.is_behind) and lag > _MAX_LAG


@dataclass(frozen=True)
class _Epoch:
    """One epoch of a run: its losses by prefix, as the engine returns them, and a function that returns its weights."""

    losses: dict
    weights: Callable | None = None


def _epochs(plans, trainer, n_epochs):
    """Yield the starts of the runs of these plans, then their epochs: a list of `_Epoch`, one for each run.

    There is one thread per core: two cores train two small networks in about half of the time of one core.
    """
    from .._engine._keras_compat import N_THREADS
    from .._engine.trainer import EPOCHS_OF_TURN

    runs, starts = zip(*[started_trial(plan, trainer) for plan in plans], strict=True)
    yield list(map(_Epoch, starts))
    with ThreadPoolExecutor(N_THREADS) as threads:
        for n_done in range(0, n_epochs, EPOCHS_OF_TURN):
            n_turn = min(EPOCHS_OF_TURN, n_epochs - n_done)
            # `map` cancels turns that have not begun if one fails or the fit is interrupted.
            turns = threads.map(methodcaller("turn", n_turn), runs)
            for results in zip(*turns, strict=True):
                yield [_Epoch(*result) for result in results]


def _named_losses(plan, epoch):
    """Return the losses of an epoch of a run by name."""
    return plan.objective.judged(epoch.losses)[0]


def _result(plan, final, epoch):
    """Return an epoch of the run on all rows as the result of a fit."""
    if epoch == 0:
        return unchanged(plan)
    return Fitted(plan.start.with_arrays(final.weights()), {}, epoch, None)


def _attributes_now(plan, final, history, attributes):
    return attributes(replace(_result(plan, final, len(history) - 1), history=by_name(history)))


def _is_clear_gain(start, best):
    """Whether the trials' validation losses fell by more than their standard error and `_MIN_GAIN`."""
    # Relative gains, so that squaring cannot overflow; `or 1.0` avoids dividing by zero.
    gains = (start - best) / (start.mean() or 1.0)
    standard_error = np.std(gains) / np.sqrt(max(len(gains) - 1, 1))
    return gains.mean() > max(standard_error, _MIN_GAIN)
