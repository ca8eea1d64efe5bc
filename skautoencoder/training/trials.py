"""Trials: short runs on other splits of the rows, which choose the number of epochs before training on all rows."""

from dataclasses import replace
from itertools import chain

import numpy as np

from .epochs import BestEpoch, are_finite, by_name, interrupted, started_run, unchanged, warn_of_divergence
from .plan import FitPlan, Fitted

# Epochs a trial runs before its weights are swapped for the next trial's.
_TURN = 10
# Minimum relative improvement of the validation loss over the start.
_MIN_GAIN = 0.03


def run_trials(plan: FitPlan, trainer, show) -> Fitted:
    """Run the trials of a plan side by side, with one compiled program.

    The result is the start with the mean losses of the trials as its history. Its best epoch has the lowest mean
    validation loss; it is 0 if that is no clear improvement on the start.
    """
    history = []
    held_out = []
    best = BestEpoch(0, np.inf)
    interruption = ""
    runs = []
    starts = []
    states = []
    for trial in plan.trials:
        run, losses = started_run(trial, trainer)
        runs.append(run)
        starts.append(losses)
        states.append(trainer.state())
    try:
        for epoch, losses in enumerate(chain([starts], _turns(trainer, runs, states, plan.options.epochs))):
            if not all(map(are_finite, losses)):
                warn_of_divergence(plan, epoch, best.epoch)
                break
            named = [trial.objective.judged(means)[0] for trial, means in zip(plan.trials, losses, strict=True)]
            held_out.append(np.array([numbers["val_loss"] for numbers in named]))
            history.append({name: float(np.mean([numbers[name] for numbers in named])) for name in named[0]})
            show(history)
            best.update(epoch, history[epoch]["val_loss"])
            if epoch - best.epoch >= plan.options.patience:
                break
    except KeyboardInterrupt:
        best = BestEpoch(0, np.inf)
        interruption = interrupted(len(history) - 1, best_epoch=0)
    best_epoch = best.epoch if _is_clear_gain(held_out[0], held_out[best.epoch]) else 0
    return replace(unchanged(plan, by_name(history), interruption), best_epoch=best_epoch)


def _turns(trainer, runs, states, n_epochs):
    """Yield the losses of all runs epoch by epoch; the runs take turns at the weights of one trainer."""
    for first in range(1, n_epochs + 1, _TURN):
        epochs = range(first, min(first + _TURN, n_epochs + 1))
        losses = []
        for number, run in enumerate(runs):
            trainer.resume(states[number])
            losses.append([run.epoch(epoch) for epoch in epochs])
            states[number] = trainer.state()
        yield from zip(*losses, strict=True)


def _is_clear_gain(start, best):
    """Whether the trials' validation losses fell by more than their standard error and `_MIN_GAIN`."""
    # Relative gains, so that squaring cannot overflow; `or 1.0` avoids dividing by zero.
    gains = (start - best) / (start.mean() or 1.0)
    standard_error = np.std(gains) / np.sqrt(max(len(gains) - 1, 1))
    return gains.mean() > max(standard_error, _MIN_GAIN)
