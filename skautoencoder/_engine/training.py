"""Epoch after epoch: early stopping, divergence, interruption."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import gen_batches

from .batches import Rows
from .callbacks import FitCallbacks
from .trainer import Conditions, Program, borrowed_trainer

__all__ = ["Data", "Program", "TrainingResult", "train"]


@dataclass(frozen=True)
class TrainingResult:
    """What training found.

    Parameters
    ----------
    autoencoder : DenseAutoencoder or KerasAutoencoder
        With the weights of the epoch that is kept.
    history : dict of str to list of float
        Losses by epoch, epoch 0 being the start.
    best_epoch : int
        The epoch that is kept.
    """

    autoencoder: Any
    history: dict
    best_epoch: int


@dataclass(frozen=True)
class Data:
    """Rows to train on and, optionally, to validate on.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    X_val : ndarray or CSR matrix of shape (n_validation, n_features), or None if the validation rows are among X
    train : int ndarray
        Numbers of the rows of X to train on.
    validation : int ndarray
        Numbers of the rows to validate on; may be empty.
    standardization : Standardization
        What training sees of a row.
    """

    X: Any
    X_val: Any
    train: np.ndarray
    validation: np.ndarray
    standardization: Any


@dataclass(frozen=True)
class Settings:
    """The numbers among the parameters, which change nothing about the program.

    Parameters
    ----------
    epochs : int
        The most that may be run.
    patience : int or None
        Stop after so many epochs without a new best; None: never.
    keep_best : bool
        Keep the weights of the best epoch, by validation loss if there are validation rows, else by training loss;
        otherwise those of the last.
    penalty_weight, weight_decay : float
    noise_level : float
        Standard deviation in units of the standardised rows, or share of the entries.
    low, high : float
        The values, in units of X, of pepper and salt.
    """

    epochs: int
    patience: int | None
    keep_best: bool
    penalty_weight: float
    weight_decay: float
    noise_level: float
    low: float
    high: float


def train(program, data, settings, *, callbacks, in_units_of_X, random_state, on_epoch):
    """Train an autoencoder.

    Parameters
    ----------
    program : Program
        With the autoencoder to start from.
    data : Data
    settings : Settings
    callbacks : list of keras.callbacks.Callback
        Copied before use.
    in_units_of_X : callable
        From a record of losses to the numbers of `history`, by name.
    random_state : RandomState
        Draws the order of the rows and, if there are any, the seeds of noise.
    on_epoch : callable
        Called after the start and after each epoch with the numbers of `history` at that epoch, by name.

    Returns
    -------
    TrainingResult
    """
    with borrowed_trainer(program) as trainer:
        trainer.reset(program.autoencoder, program.learning_rate)
        run = _Run(trainer, program, data, settings, random_state, in_units_of_X)
        # One dict per epoch: "loss" and, if there are validation rows, "val_loss", each with its parts.
        records = [run.start_losses()]
        if not _is_finite(records[0]):
            raise ValueError(
                "The loss of the untrained network is not finite: the values of X are too large for float32. "
                "Scale X first, for example with StandardScaler."
            )
        history = [in_units_of_X(records[0])]
        on_epoch(history)
        monitored = "val_loss" if "val_loss" in records[0] else "loss"
        keep_best, best_epoch, best_arrays = settings.keep_best, 0, None
        watching = FitCallbacks(callbacks, trainer, data, settings.epochs)
        try:
            watching.begin()
            for epoch in range(1, settings.epochs + 1):
                losses = run.train(random_state.permutation(data.train), watching, epoch)
                if not _is_finite(losses):
                    _warn(
                        f"Training diverged: the loss of epoch {epoch} is not finite. {_kept(best_epoch)} Lower "
                        f"learning_rate={program.learning_rate!r}, or scale X, for example with StandardScaler."
                    )
                    keep_best = True
                    break
                records.append(losses)
                history.append(in_units_of_X(losses))
                on_epoch(history)
                is_best = losses[monitored][0] < records[best_epoch][monitored][0]
                if is_best:
                    best_epoch, best_arrays = epoch, trainer.arrays()
                watching.epoch_end(epoch, history[-1])
                out_of_patience = settings.patience is not None and epoch - best_epoch >= settings.patience
                if watching.stop_training or out_of_patience:
                    break
        except KeyboardInterrupt:
            _warn(f"Training was interrupted after {len(records) - 1} epochs. {_kept(best_epoch)}")
            keep_best = True
        watching.end(history[-1])
        if not keep_best:
            best_epoch, best_arrays = len(records) - 1, trainer.arrays()
    autoencoder = program.autoencoder if best_epoch == 0 else program.autoencoder.with_arrays(best_arrays)
    series = {name: [record[name] for record in history] for name in history[0]}
    return TrainingResult(autoencoder, series, best_epoch)


def _is_finite(losses):
    return all(np.all(np.isfinite(parts)) for parts in losses.values())


def _warn(message):
    # Above stand `train`, the estimator's `_train`, `_fit` and `fit`, scikit-learn's wrapper, then the user.
    warnings.warn(message, ConvergenceWarning, stacklevel=7)


def _kept(best_epoch):
    return f"Epoch {best_epoch}, the best so far, is kept."


def _after(seed, n_steps):
    """Return the seed of a step so many steps after the one of `seed`."""
    return seed + np.array([0, n_steps], dtype=np.int32)


class _Run:
    """A trainer beside the data and the settings of one fit."""

    def __init__(self, trainer, program, data, settings, random_state, in_units_of_X):
        self._trainer = trainer
        self._data = data
        self._in_units_of_X = in_units_of_X
        self._rows = Rows(data.X, data.standardization)
        self._validation_rows = self._rows if data.X_val is None else Rows(data.X_val, data.standardization)
        self._weight = settings.penalty_weight
        numbers = (
            data.standardization.mean,
            data.standardization.scale,
            settings.penalty_weight,
            settings.weight_decay,
            settings.noise_level,
            settings.low,
            settings.high,
        )
        self._conditions = Conditions(*(tf.constant(number, tf.float32) for number in numbers))
        self._random_state = random_state if program.draws else None
        # The same noise at every evaluation, so that epochs can be compared.
        self._evaluation_seed = self._seed()
        # A penalty may take a pass through the encoder for every code: no more rows at once than in training.
        self._evaluation_rows = trainer.batch_size if program.objective.penalty else program.autoencoder.block_rows

    def train(self, indices, watching, epoch):
        """Train on these rows in this order; return the losses of training and of validation rows."""
        watching.epoch_begin(epoch)
        seed = self._seed()
        if watching.wants_batches:
            totals = np.zeros(3)
            for number, batch in enumerate(gen_batches(len(indices), self._trainer.batch_size)):
                watching.batch_begin(number)
                batch_totals = self._train(indices[batch], _after(seed, number))
                totals += batch_totals
                n_rows = min(batch.stop, len(indices)) - batch.start
                losses = {"loss": self._trainer.combine(batch_totals, n_rows, self._weight)}
                watching.batch_end(number, self._in_units_of_X(losses))
                if watching.stop_training:
                    indices = indices[: batch.stop]
                    break
        else:
            totals = self._train(indices, seed)
        return {"loss": self._trainer.combine(totals, len(indices), self._weight), **self._validation_loss(watching)}

    def start_losses(self):
        """Return the losses of training and of validation rows before the first step."""
        # The first call of a program compiles it: here with no row to train on, while the start is evaluated.
        with ThreadPoolExecutor(max_workers=1) as compiler:
            compiling = compiler.submit(self._train, self._data.train[:0], self._evaluation_seed)
            losses = {"loss": self._evaluate(self._rows, self._data.train), **self._validation_loss()}
            compiling.result()
        return losses

    def _seed(self):
        if self._random_state is None:
            return np.zeros(2, dtype=np.int32)
        # Half of the range: steps are counted on from here.
        return self._random_state.randint(2**30, size=2).astype(np.int32)

    def _train(self, indices, seed):
        return self._totals(self._trainer.train, self._rows, indices, self._trainer.batch_size, seed)

    def _validation_loss(self, watching=None):
        if not len(self._data.validation):
            return {}
        if watching is None:
            return {"val_loss": self._evaluate(self._validation_rows, self._data.validation)}
        watching.validation_begin()
        losses = self._evaluate(self._validation_rows, self._data.validation)
        watching.validation_end(self._in_units_of_X({"loss": losses}))
        return {"val_loss": losses}

    def _evaluate(self, rows, indices):
        totals = np.zeros(3)
        for number, part in enumerate(gen_batches(len(indices), self._evaluation_rows)):
            seed = _after(self._evaluation_seed, number)
            totals += self._totals(self._trainer.evaluate, rows, indices[part], 1, seed)
        return self._trainer.combine(totals, len(indices), self._weight)

    def _totals(self, function, rows, indices, step_rows, seed):
        totals, n_steps = np.zeros(3), 0
        for buffer, order, n_rows in rows.blocks(indices, step_rows):
            block_seed = tf.constant(_after(seed, n_steps))
            totals += function(buffer, order, n_rows, block_seed, self._conditions).numpy()
            n_steps += -(-int(n_rows) // step_rows)
        return totals
