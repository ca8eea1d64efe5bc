"""The parameters of an outlier detector that the fit of its model needs."""

from dataclasses import dataclass, replace

import numpy as np

from .._checks import check_choice, check_keras_objects, checked_rate, checked_sizes
from .._other_names import named
from ..networks import ACTIVATIONS
from ..training.epochs import chosen_batch_size
from ..training.plan import TrainingOptions

# Networks of a pass: each is trained on the other folds, so that every row has a network that has not learned it.
N_FOLDS = 2
_LOSSES = ("huber", "mse", "mae")
# Epochs with epochs="auto".
MAX_EPOCHS = 80
_MIN_EPOCHS = 2
# Maximum number of multiplications per network: rows times weights times epochs.
_MAX_WORK = 1e10
# Neighbours with n_neighbors="auto": of clean rows, and of rows among which a few unusual ones may be left.
_NEIGHBORS_OF_CLEAN_ROWS = 3
_NEIGHBORS_OF_CORE = 40


@dataclass(frozen=True)
class OutlierOptions:
    """The parameters of an outlier detector that the fit of its model needs, with standard names."""

    novelty: bool
    n_neighbors: int
    keeps_rows: bool
    support_fraction: float
    max_samples: int
    # None: the default.
    hidden_layer_sizes: tuple
    activation: str
    loss: str
    noise_level: float
    # `epochs` may be "auto".
    training: TrainingOptions
    # None: show no progress.
    progress_name: str | None

    @classmethod
    def of(cls, estimator_name, parameters):
        """Resolve the parameters of a detector, given by name."""
        names = ("optimizer", "weight_decay", "batch_size", "epochs")
        training = {name: parameters[name] for name in names}
        n_neighbors = parameters["n_neighbors"]
        if n_neighbors == "auto":
            n_neighbors = _NEIGHBORS_OF_CLEAN_ROWS if parameters["novelty"] else _NEIGHBORS_OF_CORE
        return cls(
            novelty=parameters["novelty"],
            n_neighbors=int(n_neighbors),
            keeps_rows=parameters["criterion"] == "neighbors",
            support_fraction=1.0 if parameters["novelty"] else parameters["support_fraction"],
            max_samples=int(parameters["max_samples"]),
            hidden_layer_sizes=checked_sizes("hidden_layer_sizes", parameters["hidden_layer_sizes"]),
            activation=named(parameters["activation"], ACTIVATIONS),
            loss=named(parameters["loss"], _LOSSES),
            noise_level=parameters["noise_level"],
            training=TrainingOptions(
                **training, learning_rate=checked_rate(parameters["learning_rate"]), patience=None
            ),
            progress_name=estimator_name if parameters["verbose"] else None,
        )

    def check(self):
        """Raise a ValueError if a parameter of the network is unknown."""
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, _LOSSES)
        check_keras_objects(self.loss, self.training.optimizer, self.training.learning_rate, [])

    def for_rows(self, n_samples, n_features):
        """Return the options with a number of epochs and a batch size, which both passes share, as one program."""
        epochs = self.training.epochs
        if epochs == "auto":
            width = sum(self.hidden_layer_sizes[:1]) + n_features
            epochs = int(np.clip(_MAX_WORK / (n_samples * n_features * width), _MIN_EPOCHS, MAX_EPOCHS))
        n_learned = max(self.support_fraction * n_samples * (N_FOLDS - 1) / N_FOLDS, 1.0)
        batch_size = chosen_batch_size(self.training.batch_size, n_learned)
        return replace(self, training=replace(self.training, epochs=epochs, batch_size=batch_size))
