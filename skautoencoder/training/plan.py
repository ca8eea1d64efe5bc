"""The plan of a fit and its result: plain data, passed between planning, training and the estimators."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..networks import Autoencoder
from ..objectives import Objective
from ..rows import Split
from .row_space import RowSpace
from .unusual_rows import SeenRows


@dataclass(frozen=True)
class TrainingOptions:
    """The parameters of an estimator that control training."""

    optimizer: Any
    learning_rate: Any
    weight_decay: float
    batch_size: int | str
    epochs: int
    # None: never stop early.
    patience: int | None
    early_stopping: bool = True
    validation_fraction: float | str = 0.1
    callbacks: tuple = ()
    # Whether a later fit continues this training.
    continues: bool = False
    # One epoch over a chunk of rows, as in `partial_fit`.
    is_partial: bool = False


@dataclass(frozen=True)
class RunningMean:
    """Running mean over a share of the steps so far, up to a number of steps."""

    share: float
    max_steps: int


@dataclass(frozen=True)
class TrainingState:
    """What a later fit needs, besides the network, to continue the same training."""

    # Draws the order of the rows and the seeds of noise.
    random_state: np.random.RandomState
    # Draws the validation rows: the same ones for the same number of rows.
    before_split: np.random.RandomState | None = None
    # Sample weight that counts as one row.
    weight_unit: float = 1.0
    # None: no step was taken yet.
    optimizer: dict | None = None
    # The rows of `partial_fit` so far; None without any.
    seen: SeenRows | None = None


@dataclass(frozen=True)
class Fitted:
    """The result of a fit: the network of the best epoch, and the losses by epoch in the units of X."""

    autoencoder: Autoencoder
    history: dict
    best_epoch: int
    # None unless a later fit continues this training.
    state: TrainingState | None
    # Message for a user who interrupted training; empty otherwise.
    interruption: str = ""


@dataclass(frozen=True)
class FitPlan:
    """Every decision of a fit."""

    # Epoch 0: an untrained network, or the network of an earlier fit.
    start: Autoencoder
    objective: Objective
    split: Split
    # Resolved: `batch_size` is an int, `patience` is None without early stopping.
    options: TrainingOptions
    state: TrainingState
    # Keep the epoch with the lowest loss, not the last one.
    keeps_best: bool
    # Rows, as `Objective.error` takes them, on which the result must have less error than the start.
    reference: tuple | None = None
    earlier: Fitted | None = None
    # Each epoch ends with the running mean of the weights; None: with the last weights.
    running_mean: RunningMean | None = None
    # With this learning rate training begins again if the first `patience` epochs gain nothing; None: it does not.
    second_learning_rate: float | None = None
    # Plans on other splits, which run beside this one and choose its epoch.
    trials: tuple = ()
    # Names of the parameters that rule out the start at PCA; empty unless ``init="auto"``.
    obstacles_to_pca: tuple = ()
    # Whether the weights of the start were given by the user.
    starts_at_given_weights: bool = False
    # The space in whose coordinates training sees the rows; None: the columns of X.
    row_space: RowSpace | None = None

    def of_rows(self, autoencoder):
        """Return a network of this plan as one of rows of X."""
        return autoencoder if self.row_space is None else self.row_space.lifted(autoencoder)

    @property
    def init(self):
        """The name of the start: "pca", "given" or "random"."""
        if self.start.standardization is not None:
            return "pca"
        return "given" if self.starts_at_given_weights else "random"
