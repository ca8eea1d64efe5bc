"""The objective of ordinary autoencoders, and the noise of its rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ..noises import BaseNoise, CleanBatch
from ._base import Objective
from ._losses import ReconstructionLoss


@dataclass(frozen=True)
class Corruption:
    """The rows that the encoder sees in training: clean rows or their given noisy forms, with or without noise."""

    noise: BaseNoise | Callable | None = None
    # Numbers that the noise returned for the rows; see `BaseNoise.numbers`.
    noise_numbers: dict[str, float | np.ndarray] = field(default_factory=dict)
    # Whether rows have a second field, their noisy form.
    is_given: bool = False

    @property
    def key(self):
        """Everything that shapes a compiled program: class and parameters of the noise, without its numbers."""
        if not hasattr(self.noise, "get_params"):
            return self.noise
        parameters = sorted(self.noise.get_params(deep=False).items())
        return type(self.noise), *(item for item in parameters if item[0] not in self.noise_numbers)

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number."""
        return {f"noise_{name}": number for name, number in self.noise_numbers.items()}

    def apply(self, networks, fields, numbers):
        """Return the rows of a batch, as the decoder should return them and as the encoder sees them.

        Raise a ValueError if the noise returns a tensor of another shape.
        """
        rows = fields[0]
        given = fields[-1]
        if self.noise is None:
            return rows, given
        import tensorflow as tf

        noise_numbers = {name: numbers[f"noise_{name}"] for name in self.noise_numbers}
        batch = CleanBatch(given, partial(networks.uniform, given), partial(networks.normal, given), noise_numbers)
        seen = tf.cast(tf.convert_to_tensor(self.noise(batch)), tf.float32)
        if not seen.shape.is_compatible_with(given.shape):
            raise ValueError(
                f"noise={self.noise!r} must return rows of the shape of batch.rows, (n_rows, {given.shape[1]}), but "
                f"returned shape {tuple(seen.shape)}."
            )
        return rows, seen


@dataclass(frozen=True)
class Reconstruction(Objective):
    """Reconstruction loss of rows that the encoder may see with noise."""

    loss: ReconstructionLoss
    corruption: Corruption = field(default_factory=Corruption)

    penalty_weight = 0.0
    suits_padding = True

    @property
    def uses_random_numbers(self):
        """Whether noise is drawn."""
        return self.corruption.noise is not None

    @property
    def suits_linear_models(self):
        """Whether the objective is a loss of linear reconstructions of rows without noise."""
        is_clean = self.corruption.noise is None and not self.corruption.is_given
        return is_clean and self.loss.kind != "binary_crossentropy"

    @property
    def key(self):
        """Loss and kind of noise."""
        return type(self), self.loss.key, self.corruption.key

    @property
    def numbers(self):
        """Numbers of loss and noise."""
        return self.loss.numbers | self.corruption.numbers

    def parts(self, networks, fields, numbers):
        """Compute the reconstruction loss of a batch; see `Objective`."""
        rows, seen = self.corruption.apply(networks, fields, numbers)
        outputs = networks.decode(networks.encode(seen))
        return [networks.mean(self.loss.of_rows(rows, outputs, numbers))], networks.n_rows

    def combine(self, means, numbers):
        """Return the loss; see `Objective`."""
        return means[0]

    def in_units_of_X(self, value, loss):
        """Convert the loss; see `Objective`."""
        return self.loss.in_units_of_X(value), self.loss.in_units_of_X(loss)

    def error(self, reconstruct, X, sample_weight=None):
        """Compute the mean loss of X; see `Objective`."""
        return self.loss.mean(reconstruct, X, sample_weight)
