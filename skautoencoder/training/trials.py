"""Trials: runs on other splits of the rows, beside the run on all rows, choose which of its epochs is kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

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


def run_trials(plan: FitPlan, trainers, session: FitSession, attributes, show) -> Fitted:
    """Train on all rows and, side by side, in the trials of a plan; keep the epoch in which the trials were best.

    Each of the trainers works in a thread of its own: two threads train two small networks in about half of the time
    that one network after the other takes. The start is kept if no epoch is a clear improvement on it in the trials.
    """
    plans = [*plan.trials, plan]
    lanes = [_Lane(plans[number :: len(trainers)], trainer) for number, trainer in enumerate(trainers)]
    history = []
    held_out = []
    best = BestEpoch(0, np.inf)
    interruption = ""
    try:
        for epoch, runs in enumerate(_epochs(lanes, plan.options.epochs)):
            if not all(are_finite(run.losses) for run in runs):
                warn_of_divergence(plan, epoch, best.epoch)
                break
            named = [run.plan.objective.judged(run.losses)[0] for run in runs if run.plan is not plan]
            held_out.append(np.array([losses["val_loss"] for losses in named]))
            history.append({name: float(np.mean([losses[name] for losses in named])) for name in named[0]})
            show(history)
            best.update(epoch, history[epoch]["val_loss"], partial(_result, plan, runs))
            if epoch > 0:
                session.epoch_begin()
                session.epoch_end(partial(_attributes_now, plan, runs, history, attributes))
            if session.is_stopped or epoch - newest_gain(history) >= plan.options.patience:
                break
    except KeyboardInterrupt:
        interruption = interrupted(len(history) - 1, best.epoch)
    result = best.result if _is_clear_gain(held_out[0], held_out[best.epoch]) else unchanged(plan)
    return replace(result, history=by_name(history), interruption=interruption)


@dataclass(frozen=True)
class _Epoch:
    """One epoch of a run: its losses by prefix, as the engine returns them, and the weights at its end."""

    plan: FitPlan
    losses: dict
    arrays: list | None = None


class _Lane:
    """Runs that take turns at one trainer."""

    def __init__(self, plans, trainer):
        self._plans = plans
        self._trainer = trainer
        self._runs = []

    def start(self):
        """Begin all runs; return a list of their starts, each a list of one epoch."""
        starts = []
        for plan in self._plans:
            run, losses = started_trial(plan, self._trainer)
            self._runs.append(run)
            starts.append([_Epoch(plan, losses)])
        return starts

    def turn(self, n_epochs):
        """Train so many epochs in every run; return a list of lists of them."""
        runs = zip(self._plans, self._runs, strict=True)
        return [[_Epoch(plan, *results) for results in run.turn(n_epochs)] for plan, run in runs]


def _epochs(lanes, n_epochs):
    """Yield the starts of all runs, then their epochs: a tuple of `_Epoch`, one for each run."""
    from .._engine.trainer import EPOCHS_OF_TURN

    with ThreadPoolExecutor(len(lanes)) as threads:
        yield from zip(*chain.from_iterable(threads.map(_Lane.start, lanes)), strict=True)
        for first in range(0, n_epochs, EPOCHS_OF_TURN):
            turn = partial(_Lane.turn, n_epochs=min(EPOCHS_OF_TURN, n_epochs - first))
            yield from zip(*chain.from_iterable(threads.map(turn, lanes)), strict=True)


def _result(plan, runs, epoch):
    """Return an epoch of the run on all rows as the result of a fit."""
    if epoch == 0:
        return unchanged(plan)
    arrays = next(run.arrays for run in runs if run.plan is plan)
    return Fitted(plan.start.with_arrays(arrays), {}, epoch, None)


def _attributes_now(plan, runs, history, attributes):
    return attributes(replace(_result(plan, runs, len(history) - 1), history=by_name(history)))


def _is_clear_gain(start, best):
    """Whether the trials' validation losses fell by more than their standard error and `_MIN_GAIN`."""
    # Relative gains, so that squaring cannot overflow; `or 1.0` avoids dividing by zero.
    gains = (start - best) / (start.mean() or 1.0)
    standard_error = np.std(gains) / np.sqrt(max(len(gains) - 1, 1))
    return gains.mean() > max(standard_error, _MIN_GAIN)
