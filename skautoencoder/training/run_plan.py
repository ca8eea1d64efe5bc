"""Training: from a plan to its result."""

from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from .checkpoint import Checkpoint, Standing, generator_state
from .epochs import BestEpoch, are_finite, by_name, interrupted, newest_gain, started_run, unchanged, warn_of_divergence
from .plan import FitPlan, Fitted
from .session import FitSession
from .trials import run_trials

# Maximum (padding weights x rows) per epoch; about 3 ms, versus 0.5 s for compiling another program.
_MAX_PADDING = 2**25


def run_plan(
    plan: FitPlan, session: FitSession, attributes, *, checkpoint: Checkpoint | None = None, progress=None
) -> Fitted:
    """Train a network and keep its best epoch, or the start.

    `attributes` takes a `Fitted` and returns the fitted attributes of the estimator by name. `progress` shows the
    losses of the start and of each epoch.
    """
    from .._engine.buffers import capacity
    from .._engine.programs import Program
    from .._engine.trainer import borrowed_trainer

    options = plan.options
    n_buffer_rows = capacity(len(plan.split.training))
    program = Program(
        network=plan.start.with_logits() if plan.objective.loss.from_logits else plan.start,
        objective=plan.objective,
        widths=plan.split.rows.widths,
        is_weighted=plan.split.is_weighted,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        batch_size=min(options.batch_size, n_buffer_rows),
        decays=options.weight_decay > 0,
        running_mean=plan.running_mean,
        takes_steps=options.epochs > 0,
        max_padding=_MAX_PADDING // n_buffer_rows,
        is_of_turns=bool(plan.trials),
    )
    show = (lambda history: None) if progress is None else progress.show
    with progress or nullcontext(), borrowed_trainer(program) as trainer:
        if plan.trials:
            fitted = run_trials(plan, trainer, session, attributes, show)
        else:
            fitted = _Training(plan, trainer, session, attributes, checkpoint).result(show)
    if _is_worse_than_start(fitted, plan):
        return unchanged(plan, fitted.history, fitted.interruption)
    return fitted


def keeps_pca(fitted: Fitted, plan: FitPlan):
    """Whether a complete fit of at least one epoch ended where it started, at PCA."""
    is_start = fitted.autoencoder is plan.start and plan.earlier is None and plan.start.standardization is not None
    return is_start and len(fitted.history["loss"]) > 1 and not fitted.interruption


class _Training:
    """The epochs of one run, from the start or from a checkpoint."""

    def __init__(self, plan, trainer, session, attributes, checkpoint):
        self._plan = plan
        self._trainer = trainer
        self._run, losses = started_run(plan, trainer)
        self._session = session
        self._attributes = attributes
        self._checkpoint = checkpoint
        named, loss = plan.objective.judged(losses)
        self._history = [named] if plan.earlier is None else _epochs_of(plan.earlier)
        self._n_before = len(self._history) - 1
        self._best = BestEpoch(self._n_before, loss, unchanged(plan))
        if checkpoint is not None and (standing := checkpoint.standing(losses)) is not None:
            self._resume(standing)

    def result(self, show) -> Fitted:
        """Train to the last epoch; return the epoch that is kept."""
        plan = self._plan
        history = self._history
        keeps_best = plan.keeps_best
        interruption = ""
        last_epoch = self._n_before + plan.options.epochs
        show(history)
        try:
            self._run.begin(plan.options.callbacks, last_epoch, self._code_map_now)
            for epoch in range(len(history), last_epoch + 1):
                self._session.epoch_begin()
                losses = self._run.epoch(epoch)
                if not are_finite(losses):
                    warn_of_divergence(plan, epoch, self._best.result.best_epoch)
                    keeps_best = True
                    break
                if self._is_last(epoch, losses, show):
                    break
        except KeyboardInterrupt:
            interruption = interrupted(len(history) - 1, self._best.result.best_epoch)
            keeps_best = True
        except BaseException:
            self._run.close()
            raise
        self._run.end(history[-1])
        newest = len(history) - 1
        fitted = self._best.result if keeps_best or newest == self._n_before else self._now(newest)
        return replace(fitted, history=by_name(history), interruption=interruption)

    def _is_last(self, epoch, losses, show):
        """Record the losses of an epoch, call the callbacks and return whether training ends."""
        named, loss = self._plan.objective.judged(losses)
        self._history.append(named)
        show(self._history)
        self._best.update(epoch, loss, self._now)
        is_stopped = self._run.epoch_end(epoch, named)
        is_stopped |= self._session.epoch_end(partial(self._attributes_now, epoch))
        if is_stopped or self._is_out_of_patience(epoch):
            return True
        if self._checkpoint is not None and self._checkpoint.is_due:
            self._checkpoint.write(self._standing())
        return False

    def _is_out_of_patience(self, epoch):
        """Return whether training ends for want of gains; begin again, once, where the plan says so."""
        plan = self._plan
        patience = plan.options.patience
        if patience is None:
            return False
        newest = newest_gain(self._history) if plan.running_mean else self._best.epoch
        if plan.second_learning_rate is not None and newest_gain(self._history[: patience + 1]) == 0:
            if epoch == patience:
                self._trainer.reset(plan.start, plan.second_learning_rate)
            newest = max(newest, patience)
        return epoch - newest >= patience

    def _now(self, epoch):
        """Return the present weights as the result of an epoch."""
        plan = self._plan
        state = None
        if plan.options.continues:
            state = replace(plan.state, optimizer=self._trainer.optimizer_state())
        return Fitted(plan.start.with_arrays(self._trainer.arrays()), {}, epoch, state)

    def _attributes_now(self, epoch):
        return self._attributes(replace(self._now(epoch), history=by_name(self._history)))

    def _code_map_now(self):
        if self._plan.start.code_map is None:
            return None
        return self._attributes_now(len(self._history) - 1)["_autoencoder"].code_map

    def _standing(self):
        """Return all that another process needs to continue."""
        best = {}
        if self._best.epoch > self._n_before:
            best["network"] = self._best.result.autoencoder.arrays
            if self._plan.options.continues:
                best["optimizer"] = self._best.result.state.optimizer["arrays"]
        return Standing(
            history=self._history,
            best_value=float(self._best.loss),
            lowest_since=self._best.epoch,
            generator=generator_state(self._plan.state.random_state),
            present=self._trainer.state(),
            best=best,
        )

    def _resume(self, standing):
        """Continue from the checkpoint of a killed fit."""
        self._history = standing.history
        self._best = BestEpoch(standing.lowest_since, standing.best_value, self._best.result)
        self._plan.state.random_state.set_state(standing.generator)
        if standing.best:
            self._trainer.resume(standing.present | standing.best)
            # The weights that an epoch reports, its averages, may differ from those training resumes from.
            network = self._plan.start.with_arrays(standing.best["network"])
            self._best.result = replace(self._now(standing.lowest_since), autoencoder=network)
        self._trainer.resume(standing.present)


def _is_worse_than_start(fitted, plan):
    """Whether the error on all rows did not fall: the validation rows are a small sample."""
    if fitted.autoencoder is plan.start or plan.reference is None or not plan.objective.suits_linear_models:
        return False
    error = plan.objective.error(fitted.autoencoder.reconstruct, *plan.reference)
    return not error < plan.objective.error(plan.start.reconstruct, *plan.reference)


def _epochs_of(fitted):
    """Return the losses of the epochs of an earlier fit, by name: a list of dict."""
    return [dict(zip(fitted.history, losses, strict=True)) for losses in zip(*fitted.history.values(), strict=True)]
