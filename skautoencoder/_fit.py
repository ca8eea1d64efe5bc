"""The one place where fitting happens: from a plan, which decides everything, to what was found."""

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ._checks import warn
from .networks import Autoencoder
from .objectives import Objective
from .rows import RowSource


@dataclass(frozen=True)
class FitPlan:
    """Every decision of a fit.

    Parameters
    ----------
    start : Autoencoder
        Where training starts; epoch 0.
    objective : Objective
        What training minimises.
    rows : RowSource
        Rows to train on and, unless there are `validation_rows`, to validate on.
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
    random_state : RandomState
        Draws the order of the rows and the seeds of noise.
    """

    start: Autoencoder
    objective: Objective
    rows: RowSource
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
    random_state: np.random.RandomState


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
    """

    autoencoder: Autoencoder
    history: dict
    best_epoch: int


def fit(plan, *, callbacks=(), progress=None):
    """Train a network and keep its best epoch, or the start.

    Parameters
    ----------
    plan : FitPlan
    callbacks : sequence of keras.callbacks.Callback, default=()
        Copied before use.
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
        network=plan.start.with_logits() if plan.objective.from_logits else plan.start,
        objective=plan.objective,
        widths=plan.rows.widths,
        optimizer=plan.optimizer,
        learning_rate=plan.learning_rate,
        batch_size=min(plan.batch_size, capacity(len(plan.training))),
        decays=plan.weight_decay > 0,
    )
    with progress or nullcontext(lambda history: None) as show, borrowed_trainer(program) as trainer:
        history, best_epoch, arrays = _train(plan, Run(trainer, plan), callbacks, show)
    autoencoder = plan.start if best_epoch == 0 else plan.start.with_arrays(arrays)
    if best_epoch > 0 and plan.reference is not None and plan.objective.suits_linear_models:
        # Validation rows are a small sample: the network must also have less error than its start on all rows.
        error, start_error = (
            plan.objective.error(candidate.reconstruct, *plan.reference) for candidate in (autoencoder, plan.start)
        )
        if not error < start_error:
            autoencoder, best_epoch = plan.start, 0
    return Fitted(autoencoder, {name: [losses[name] for losses in history] for name in history[0]}, best_epoch)


def _train(plan, run, callbacks, show):
    """Run epoch after epoch; return the losses of each, the best epoch and its numbers."""

    def judge(losses):
        """Return the losses of an epoch by name, and the one that decides whether it is kept."""
        objective = plan.objective.fitted_to(losses[""])
        named = {
            name: number for prefix, means in losses.items() for name, number in objective.named(means, prefix).items()
        }
        return named, objective.value(losses.get("val_", losses[""]))

    losses = run.start()
    if not _is_finite(losses):
        raise ValueError(
            "The loss of the untrained network is not finite: the values of X are too large for float32. "
            "Scale X first, for example with StandardScaler."
        )
    named, best_value = judge(losses)
    history = [named]
    keep_best, best_epoch, best_arrays = plan.keep_best, 0, None
    show(history)
    try:
        run.begin(callbacks)
        for epoch in range(1, plan.epochs + 1):
            losses = run.epoch(epoch)
            if not _is_finite(losses):
                warn(
                    f"Training diverged: the loss of epoch {epoch} is not finite. {_kept(best_epoch)} Lower "
                    f"learning_rate={plan.learning_rate!r}, or scale X, for example with StandardScaler.",
                    ConvergenceWarning,
                )
                keep_best = True
                break
            named, value = judge(losses)
            history.append(named)
            show(history)
            if value < best_value:
                best_value, best_epoch, best_arrays = value, epoch, run.arrays()
            run.callbacks.epoch_end(epoch, history[-1])
            out_of_patience = plan.patience is not None and epoch - best_epoch >= plan.patience
            if run.callbacks.stop_training or out_of_patience:
                break
    except KeyboardInterrupt:
        warn(f"Training was interrupted after {len(history) - 1} epochs. {_kept(best_epoch)}", ConvergenceWarning)
        keep_best = True
    run.callbacks.end(history[-1])
    if not keep_best:
        best_epoch, best_arrays = len(history) - 1, run.arrays()
    return history, best_epoch, best_arrays


def _is_finite(losses):
    return all(np.all(np.isfinite(means)) for means in losses.values())


def _kept(best_epoch):
    return f"Epoch {best_epoch}, the best so far, is kept."


def keep(estimator, fitted):
    """Set the fitted attributes that every estimator has."""
    estimator._autoencoder = fitted.autoencoder
    estimator.encoding_dim_ = fitted.autoencoder.encoding_dim
    estimator.history_ = fitted.history
    estimator.n_iter_ = len(fitted.history["loss"]) - 1
    estimator.best_epoch_ = fitted.best_epoch


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


def chosen_batch_size(batch_size, n_samples):
    """Return the rows per step that "auto" stands for, given the number of training rows."""
    if batch_size != "auto":
        return int(batch_size)
    # Some 32 steps an epoch, in powers of two so that folds of about the same size share one compiled program.
    return int(np.clip(2 ** round(np.log2(n_samples / 32)), 32, 256))
