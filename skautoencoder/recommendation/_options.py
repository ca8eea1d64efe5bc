"""The parameters of a recommender that the fit of its model needs."""

from dataclasses import dataclass

from .._checks import check_choice, check_keras_objects, checked_rate, checked_sizes
from .._other_names import named
from ..networks import ACTIVATIONS
from ..training.plan import TrainingOptions

_LOSSES = ("huber", "mse", "mae")


@dataclass(frozen=True)
class RecommenderOptions:
    """The parameters of a recommender that the fit of its model needs, with standard names."""

    n_factors: int
    encoding_dim: int
    hidden_layer_sizes: tuple
    activation: str
    loss: str
    noise_level: float
    training: TrainingOptions

    @classmethod
    def of(cls, parameters):
        """Resolve the parameters of a recommender, given by name."""
        names = ("optimizer", "weight_decay", "batch_size", "epochs", "patience", "validation_fraction")
        training = {name: parameters[name] for name in names}
        return cls(
            n_factors=int(parameters["n_factors"]),
            encoding_dim=int(parameters["encoding_dim"]),
            hidden_layer_sizes=checked_sizes("hidden_layer_sizes", parameters["hidden_layer_sizes"]),
            activation=named(parameters["activation"], ACTIVATIONS),
            loss=named(parameters["loss"], _LOSSES),
            noise_level=parameters["noise_level"],
            training=TrainingOptions(**training, learning_rate=checked_rate(parameters["learning_rate"])),
        )

    def check(self):
        """Raise a ValueError if a parameter of the network is unknown."""
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, _LOSSES)
        check_keras_objects(self.loss, self.training.optimizer, self.training.learning_rate, [])
