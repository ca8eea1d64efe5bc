"""The one place where fitting happens: from a plan, which decides everything, to what was found."""

from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._checkpoint import Standing, generator_state
from ._checks import warn
from .networks import Autoencoder
from .objectives import Objective, after_divergence, infinite_start
from .rows import RowSource

# Epochs that a trial runs before the next one takes its turn: the numbers of a network are exchanged in between.
_TURN = 10
# Share of the start's loss of held-out rows that trials must take off.
_LEAST_GAIN = 0.03
# Weights times rows that padding may add to an epoch, so that fits of other widths share its program: some three
# milliseconds an epoch, where compiling takes half a second.
_MOST_PADDING = 2**25


@dataclass(frozen=True)
class TrainingState:
    """What passes from one fit to the next that goes on with the same training, beside the network.

    Parameters
    ----------
    random_state : RandomState
        Draws the order of the rows and the seeds of noise.
    before_split : RandomState or None, default=None
        Draws the rows that are held out: the same ones for as many rows.
    weight_unit : float, default=1.0
        Sample weight that counts as one row.
    optimizer : dict or None, default=None
        Where the optimizer stands; None if it has seen nothing.
    """

    random_state: np.random.RandomState
    before_split: np.random.RandomState | None = None
    weight_unit: float = 1.0
    optimizer: dict | None = None


@dataclass(frozen=True)
class Fitted:
    """What a fit found.

    Parameters
    ----------
    autoencoder : Autoencoder
        The network of the epoch that is kept.
    history : dict of str to list of float
        Losses by epoch, epoch 0 being the start, in the units of X.
    best_epoch : int
        The epoch that is kept.
    state : TrainingState or None
        Where training stood at that epoch; None if it was not to go on.
    interruption : str, default=""
        What to tell the user who interrupted training; empty if nobody did.
    """

    autoencoder: Autoencoder
    history: dict
    best_epoch: int
    state: TrainingState | None
    interruption: str = ""


@dataclass(frozen=True)
class FitPlan:
    """Every decision of a fit.

    Parameters
    ----------
    start : Autoencoder
        Where training starts: epoch 0, or what an earlier fit kept.
    objective : Objective
        What training minimises.
    rows : RowSource
        Rows to train on and, unless there are `validation_rows`, to validate on.
    is_weighted : bool
        Whether the last field of the rows, of width 1, is how often each counts.
    training : int ndarray
        Numbers of the rows to train on.
    validation_rows : RowSource or None
        Rows to validate on, if they are others.
    validation : int ndarray
        Numbers of the rows to validate on; may be empty.
    reference : tuple or None
        Rows on which the kept epoch must have less error than the start, as `objective.error` takes them; None if the
        start is no linear model to fall back to.
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule
    weight_decay : float
    batch_size : int
        Rows per step.
    epochs : int
        Most passes over the training rows.
    keep_best : bool
        Whether the epoch of the lowest loss is kept, by the validation rows if there are any; if not, the last one is.
    patience : int or None
        Epochs without a lower loss after which training stops; None: never.
    state : TrainingState
        Where training stands before the first step.
    earlier : Fitted or None, default=None
        What an earlier fit found, if training goes on from there.
    goes_on : bool, default=False
        Whether a later fit is to go on from what is found.
    averages : bool, default=False
        Whether an epoch leaves the running mean of the weights.
    trials : tuple of FitPlan, default=()
        Plans that differ in the rows to train on, in the start, which is that of these rows, and in the rows to
        validate on. They choose the number of epochs before training begins.
    """

    start: Autoencoder
    objective: Objective
    rows: RowSource
    is_weighted: bool
    training: np.ndarray
    validation_rows: RowSource | None
    validation: np.ndarray
    reference: tuple | None
    optimizer: Any
    learning_rate: Any
    weight_decay: float
    batch_size: int
    epochs: int
    keep_best: bool
    patience: int | None
    state: TrainingState
    earlier: Fitted | None = None
    goes_on: bool = False
    averages: bool = False
    trials: tuple = ()

    @property
    def network(self):
        """What is trained: the start, without the activation of its output if the objective takes logits."""
        return self.start.with_logits() if self.objective.from_logits else self.start

    @property
    def earlier_epochs(self):
        """Losses of the epochs of earlier fits, by name: a list of dict."""
        if self.earlier is None:
            return []
        history = self.earlier.history
        return [dict(zip(history, losses, strict=True)) for losses in zip(*history.values(), strict=True)]

    @property
    def last_epoch(self):
        """Number of the last epoch that may be run."""
        return self.epochs + (0 if self.earlier is None else len(self.earlier.history["loss"]) - 1)

    def unchanged(self, history, interruption=""):
        """Return what was found if the start is kept."""
        best_epoch = 0 if self.earlier is None else self.earlier.best_epoch
        return Fitted(self.start, history, best_epoch, self.state if self.goes_on else None, interruption)


def fit(plan, task, checkpoint, *, callbacks=(), progress=None):
    """Train a network and keep its best epoch, or the start.

    Parameters
    ----------
    plan : FitPlan
    task : FitTask
        Told of each epoch.
    checkpoint : Checkpoint
        Holds where the fit stands, and where to go on from.
    callbacks : sequence of keras.callbacks.Callback, default=()
    progress : TrainingProgress, default=None
        Shows the losses of the start and of each epoch. If None, nothing is shown.

    Returns
    -------
    Fitted
    """
    from ._engine.buffers import capacity
    from ._engine.run import Run
    from ._engine.trainer import Program, borrowed_trainer

    program = Program(
        network=plan.network,
        objective=plan.objective,
        widths=plan.rows.widths,
        is_weighted=plan.is_weighted,
        optimizer=plan.optimizer,
        learning_rate=plan.learning_rate,
        batch_size=min(plan.batch_size, capacity(len(plan.training))),
        decays=plan.weight_decay > 0,
        averages=plan.averages,
        takes_steps=plan.epochs > 0,
        most_padding=_MOST_PADDING // capacity(len(plan.training)),
    )
    with progress or nullcontext(_show_nothing) as show, borrowed_trainer(program) as trainer:
        tried = None
        if plan.trials:
            tried = _try(plan, trainer, show)
            if tried.best_epoch == 0 or tried.interruption:
                return tried
            plan = replace(plan, epochs=tried.best_epoch, keep_best=False, patience=None)
            show = _show_nothing
        with closing(Run(trainer, plan)) as run:
            fitted = _train(plan, run, task, checkpoint, callbacks, show)
    if tried is not None:
        fitted = replace(fitted, history=tried.history)
    is_changed = fitted.autoencoder is not plan.start
    if is_changed and plan.reference is not None and plan.objective.suits_linear_models:
        # Validation rows are a small sample: the network must also have less error than its start on all rows.
        error, start_error = (
            plan.objective.error(candidate.reconstruct, *plan.reference)
            for candidate in (fitted.autoencoder, plan.start)
        )
        if not error < start_error:
            return plan.unchanged(fitted.history, fitted.interruption)
    return fitted


def _start(plan, run):
    """Compile; return the losses of the start, or raise a ValueError if they are not finite."""
    losses = run.start()
    if not _is_finite(losses):
        raise ValueError(infinite_start(plan, losses))
    return losses


class _Trial:
    """A trial that takes turns with others at one compiled program.

    Parameters
    ----------
    plan : FitPlan
    run : Run
    """

    def __init__(self, plan, run):
        self._run, self.start = run, _start(plan, run)
        self._state = run.state()

    def turn(self, epochs):
        """Run epochs by their numbers; return their losses."""
        self._run.resume(self._state)
        losses = list(map(self._run.epoch, epochs))
        self._state = self._run.state()
        return losses


def _side_by_side(trials, n_epochs):
    """Yield the losses of all trials epoch by epoch, from the start on."""
    yield [trial.start for trial in trials]
    for first in range(1, n_epochs + 1, _TURN):
        turn = range(first, min(first + _TURN, n_epochs + 1))
        yield from zip(*[trial.turn(turn) for trial in trials], strict=True)


def _try(plan, trainer, show):
    """Run the trials of a plan side by side.

    Returns
    -------
    Fitted
        The start, with the means over the trials as its history. The best epoch is that of the lowest mean loss of
        held-out rows, or 0 if that is no clear gain on the start.
    """
    from ._engine.run import Run

    history, held_out, best_epoch, interruption = [], [], 0, ""
    with ExitStack() as stack:
        trials = [_Trial(trial, stack.enter_context(closing(Run(trainer, trial)))) for trial in plan.trials]
        try:
            for epoch, losses in enumerate(_side_by_side(trials, plan.epochs)):
                if not all(map(_is_finite, losses)):
                    _warn_of_divergence(plan, epoch, best_epoch)
                    break
                named = [trial.objective.judged(means)[0] for trial, means in zip(plan.trials, losses, strict=True)]
                held_out.append(np.array([numbers["val_loss"] for numbers in named]))
                history.append({name: float(np.mean([numbers[name] for numbers in named])) for name in named[0]})
                show(history)
                if history[epoch]["val_loss"] < history[best_epoch]["val_loss"]:
                    best_epoch = epoch
                if epoch - best_epoch >= plan.patience:
                    break
        except KeyboardInterrupt:
            best_epoch, interruption = 0, _interrupted(len(history) - 1, best_epoch=0)
    # Shares, so that squares of large losses stay finite; a start without any error leaves nothing to gain.
    gains = (held_out[0] - held_out[best_epoch]) / (held_out[0].mean() or 1.0)
    standard_error = np.std(gains) / np.sqrt(max(len(gains) - 1, 1))
    if not gains.mean() > max(standard_error, _LEAST_GAIN):
        best_epoch = 0
    return replace(plan.unchanged(_by_name(history), interruption), best_epoch=best_epoch)


def _train(plan, run, task, checkpoint, callbacks, show):
    """Run epoch after epoch; return what was found."""

    def found(epoch):
        """Return the present state of the network as what was found."""
        state = replace(plan.state, optimizer=run.optimizer_state()) if plan.goes_on else None
        return Fitted(plan.start.with_arrays(run.arrays()), {}, epoch, state)

    def standing_now():
        """Return all that it takes to go on from here in another process."""
        kept = {} if lowest_since == n_before else {"network": best.autoencoder.arrays}
        if kept and plan.goes_on:
            kept["optimizer"] = best.state.optimizer["arrays"]
        generator = generator_state(plan.state.random_state)
        return Standing(history, float(best_value), lowest_since, generator, run.state(), kept)

    losses = _start(plan, run)
    named, best_value = plan.objective.judged(losses)
    history = plan.earlier_epochs or [named]
    n_before, best, keep_best, interruption = len(history) - 1, plan.unchanged({}), plan.keep_best, ""
    lowest_since = n_before
    if (standing := checkpoint.standing(losses)) is not None:
        history, best_value, lowest_since = standing.history, standing.best_value, standing.lowest_since
        plan.state.random_state.set_state(standing.generator)
        if standing.best:
            run.resume(standing.present | standing.best)
            # Beside the numbers that it leaves, an epoch may have others that training goes on from.
            best = replace(found(lowest_since), autoencoder=plan.start.with_arrays(standing.best["network"]))
        run.resume(standing.present)
    show(history)
    try:
        run.begin(callbacks)
        for epoch in range(len(history), plan.last_epoch + 1):
            task.epoch_begin()
            losses = run.epoch(epoch)
            if not _is_finite(losses):
                _warn_of_divergence(plan, epoch, best.best_epoch)
                keep_best = True
                break
            named, value = plan.objective.judged(losses)
            history.append(named)
            show(history)
            if value < best_value:
                best_value, best, lowest_since = value, found(epoch), epoch
            run.callbacks.epoch_end(epoch, named)
            is_stopped = task.epoch_end(
                lambda epoch=epoch: attributes(replace(found(epoch), history=_by_name(history)))
            )
            out_of_patience = plan.patience is not None and epoch - lowest_since >= plan.patience
            if is_stopped or run.callbacks.stop_training or out_of_patience:
                break
            if checkpoint.is_due:
                checkpoint.write(standing_now)
    except KeyboardInterrupt:
        interruption = _interrupted(len(history) - 1, best.best_epoch)
        keep_best = True
    run.callbacks.end(history[-1])
    n_run = len(history) - 1 - n_before
    result = best if keep_best or n_run == 0 else found(n_before + n_run)
    return replace(result, history=_by_name(history), interruption=interruption)


def _show_nothing(history):
    """Stand in for a progress bar."""


def _is_finite(losses):
    return all(np.all(np.isfinite(means)) for means in losses.values())


def _warn_of_divergence(plan, epoch, best_epoch):
    happened = f"Training diverged: the loss of epoch {epoch} is not finite."
    warn(f"{happened} {_kept(best_epoch)} {after_divergence(plan)}", ConvergenceWarning)


def _interrupted(n_epochs, best_epoch):
    return f"Training was interrupted after {n_epochs} epochs. {_kept(best_epoch)}"


def _kept(best_epoch):
    return f"Epoch {best_epoch}, the best so far, is kept."


def _by_name(history):
    """Turn the losses of each epoch into lists by name, with NaN where an epoch has no loss of that name."""
    names = dict.fromkeys(name for losses in history for name in losses)
    return {name: [losses.get(name, np.nan) for losses in history] for name in names}


def attributes(fitted):
    """Return the fitted attributes that every estimator has, by name."""
    return {
        "_autoencoder": fitted.autoencoder,
        "_training_state": fitted.state,
        "encoding_dim_": fitted.autoencoder.encoding_dim,
        "history_": fitted.history,
        "n_iter_": len(fitted.history["loss"]) - 1,
        "best_epoch_": fitted.best_epoch,
    }


def kept(estimator):
    """Return what an earlier fit of an estimator found, or None if there was none."""
    if not hasattr(estimator, "_autoencoder"):
        return None
    return Fitted(estimator._autoencoder, estimator.history_, estimator.best_epoch_, estimator._training_state)


@contextmanager
def unchanged_on_failure(estimator):
    """Restore the attributes of an estimator if the block raises.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator that the block changes.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def chosen_batch_size(batch_size, n_samples, fewest=32):
    """Return the rows per step that "auto" stands for, given the number of training rows and the fewest per step."""
    if batch_size != "auto":
        return int(batch_size)
    # Some 32 steps an epoch, in powers of two so that folds of about the same size share one compiled program.
    return int(np.clip(2 ** round(np.log2(n_samples / 32)), fewest, 256))
