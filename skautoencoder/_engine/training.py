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
from .trainer import Program, borrowed_trainer

__all__ = ["Data", "Program", "TrainingResult", "train"]

# Rows that are evaluated at once.
_EVALUATION_ROWS = 1024


@dataclass(frozen=True)
class TrainingResult:
    """What training found.

    Parameters
    ----------
    autoencoder : Autoencoder
        With the weights of the epoch that is kept.
    history : dict of str to list of float
        Loss by epoch, epoch 0 being the start.
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


def train(program, data, *, epochs, patience, keep_best, random_state, on_epoch):
    """Train an autoencoder.

    Parameters
    ----------
    program : Program
        With the autoencoder to start from.
    data : Data
    epochs : int
        The most that may be run.
    patience : int or None
        Stop after so many epochs without a new best; None: never.
    keep_best : bool
        Keep the weights of the best epoch, by validation loss if there are validation rows, else by training loss;
        otherwise those of the last.
    random_state : RandomState
        Draws the order of the rows.
    on_epoch : callable
        Called after the start and after each epoch with the losses so far: one tuple per epoch, of the training
        loss and, if there are validation rows, the validation loss.

    Returns
    -------
    TrainingResult
    """
    with borrowed_trainer(program) as trainer:
        trainer.reset(program.autoencoder, program.learning_rate)
        run = _Run(trainer, data)
        # One tuple per epoch: training loss and, if there are validation rows, validation loss.
        records = [run.start_losses()]
        if not np.all(np.isfinite(records[0])):
            raise ValueError(
                "The loss of the untrained network is not finite: the values of X are too large for float32. "
                "Scale X first, for example with StandardScaler."
            )
        on_epoch(records)
        best_epoch, best_arrays = 0, None
        try:
            for epoch in range(1, epochs + 1):
                losses = run.train(random_state.permutation(data.train))
                if not np.all(np.isfinite(losses)):
                    _warn(
                        f"Training diverged: the loss of epoch {epoch} is not finite. {_kept(best_epoch)} Lower "
                        f"learning_rate={program.learning_rate!r}, or scale X, for example with StandardScaler."
                    )
                    keep_best = True
                    break
                records.append(losses)
                on_epoch(records)
                if losses[-1] < records[best_epoch][-1]:
                    best_epoch, best_arrays = epoch, trainer.weights.arrays()
                elif patience is not None and epoch - best_epoch >= patience:
                    break
        except KeyboardInterrupt:
            _warn(f"Training was interrupted after {len(records) - 1} epochs. {_kept(best_epoch)}")
            keep_best = True
        if not keep_best:
            best_epoch, best_arrays = len(records) - 1, trainer.weights.arrays()
    autoencoder = program.autoencoder if best_epoch == 0 else program.autoencoder.with_arrays(best_arrays)
    names = ("loss", "val_loss")
    history = {name: list(series) for name, series in zip(names, zip(*records, strict=True), strict=False)}
    return TrainingResult(autoencoder, history, best_epoch)


def _warn(message):
    # Above stand `train`, the estimator's `_train`, `_fit` and `fit`, scikit-learn's wrapper, then the user.
    warnings.warn(message, ConvergenceWarning, stacklevel=7)


def _kept(best_epoch):
    return f"Epoch {best_epoch}, the best so far, is kept."


class _Run:
    """A trainer beside the data of one fit."""

    def __init__(self, trainer, data):
        self._trainer = trainer
        self._data = data
        self._rows = Rows(data.X, data.standardization)
        self._validation_rows = self._rows if data.X_val is None else Rows(data.X_val, data.standardization)
        self._units = (
            tf.constant(data.standardization.mean, tf.float32),
            tf.constant(data.standardization.scale, tf.float32),
        )

    def train(self, indices):
        """Train on these rows in this order; return the mean losses of training and of validation rows."""
        return self._train(indices) / len(indices), *self._validation_loss()

    def start_losses(self):
        """Return the mean losses of training and of validation rows before the first step."""
        # The first call of a program compiles it: here with no row to train on, while the start is evaluated.
        with ThreadPoolExecutor(max_workers=1) as compiler:
            compiling = compiler.submit(self._train, self._data.train[:0])
            losses = self._evaluate(self._rows, self._data.train), *self._validation_loss()
            compiling.result()
        return losses

    def _train(self, indices):
        return self._total_loss(self._trainer.train, self._rows, indices, self._trainer.batch_size)

    def _validation_loss(self):
        if len(self._data.validation):
            yield self._evaluate(self._validation_rows, self._data.validation)

    def _evaluate(self, rows, indices):
        parts = (indices[part] for part in gen_batches(len(indices), _EVALUATION_ROWS))
        return sum(self._total_loss(self._trainer.evaluate, rows, part, 1) for part in parts) / len(indices)

    def _total_loss(self, function, rows, indices, step_rows):
        return sum(float(function(*block, *self._units)) for block in rows.blocks(indices, step_rows))
