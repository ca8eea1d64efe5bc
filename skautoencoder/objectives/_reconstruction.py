"""The objective of ordinary autoencoders: its loss, the noise of its rows, and both together."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.special import huber

from ..metrics import reconstructed_blocks
from ..noises import BaseNoise, CleanBatch
from ..rows import Standardization
from ._base import Objective
from ._neighbor_mixing import NeighborMixing
from ._nested_dropout import NestedDropout
from ._own_code import as_tensor, called

# Losses of single errors in NumPy, as Keras defines them, and the power of the scale to which each is proportional.
_ERROR_LOSSES = {"mse": (np.square, 2), "mae": (np.abs, 1), "huber": (partial(huber, 1), 2)}


@dataclass(frozen=True)
class ReconstructionLoss:
    """Loss of rows and their reconstruction."""

    # The parameter `loss` of an estimator.
    kind: Any
    # Training reads standardised rows; Keras losses and functions are computed in the units of X.
    standardization: Standardization
    # Whether the decoder outputs logits: "binary_crossentropy" is then exact where the sigmoid rounds to 0 or 1.
    from_logits: bool = False

    @property
    def target_standardization(self):
        """Standardisation of the rows that the loss compares with the decoder's outputs.

        Keras losses and functions get the values of X: scaled back, zeros would not be exact.
        """
        if isinstance(self.kind, str) or self.standardization.is_identity:
            return self.standardization
        return Standardization.none(self.standardization.mean.size)

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number."""
        if isinstance(self.kind, str):
            return {}
        return {"mean": self.standardization.mean, "scale": self.standardization.scale}

    def of_rows(self, rows, outputs, numbers):
        """Compute the loss of each row, of shape (n_rows,), in the units of the rows that training sees.

        `rows`, standardised as `target_standardization` says, and the decoder's outputs are float32 tensors of shape
        (n_rows, n_features); `numbers` holds the property `numbers` as tensors.
        """
        import keras
        import tensorflow as tf

        if not isinstance(self.kind, str):
            return self._of_rows_of_X(rows, outputs * numbers["scale"] + numbers["mean"])
        error = outputs - rows
        if self.kind == "mse":
            entries = tf.square(error)
        elif self.kind == "mae":
            entries = tf.abs(error)
        elif self.kind == "huber":
            entries = tf.where(tf.abs(error) <= 1, 0.5 * tf.square(error), tf.abs(error) - 0.5)
        else:
            entries = keras.ops.binary_crossentropy(rows, outputs, self.from_logits)
        return tf.reduce_mean(entries, axis=1)

    def _of_rows_of_X(self, rows, outputs):
        """Compute a Keras loss or a function for each row, averaged over entries if it returns one number per entry."""
        import tensorflow as tf

        losses = called("loss", self.kind, rows, rows, outputs)
        losses = as_tensor("loss", self.kind, losses, "one number per row, shape (n_rows,)")
        if losses.shape.rank == 2:
            losses = tf.reduce_mean(losses, axis=1)
        if losses.shape.rank != 1 or losses.shape[0] not in (None, rows.shape[0]):
            raise ValueError(
                f"loss={self.kind!r} must return one number per row, shape (n_rows,), but returned shape "
                f"{tuple(losses.shape)}. Average over the columns alone, as in keras.ops.mean(..., axis=-1)."
            )
        return losses

    def to_learn(self, targets, rows, weights=None):
        """Compute how far training can reduce the loss: from predicting feature means to a perfect reconstruction.

        `targets` are as `of_rows` takes them, `rows` as the encoder sees them, both float32; `weights` have shape
        (n_rows,). Return the reduction and the root mean variance of the features, or 1.0, a typical value, for logits.
        """
        of_values = replace(self, from_logits=False)
        # float64 would make the outputs of another type than the rows.
        numbers = {name: np.float32(number) for name, number in self.numbers.items()}
        means = np.broadcast_to(np.average(rows, axis=0, weights=weights), rows.shape)
        of_means = np.average(of_values.of_rows(targets, means, numbers), weights=weights)
        of_rows = np.average(of_values.of_rows(targets, rows, numbers), weights=weights)
        variances = np.average(np.square(rows - means), axis=0, weights=weights)
        scale = 1.0 if self.kind == "binary_crossentropy" else float(np.sqrt(variances.mean()))
        return float(of_means - of_rows), scale

    def in_units_of_X(self, value):
        """Convert a loss of the rows that training sees into the units of X."""
        is_of_errors = isinstance(self.kind, str) and self.kind in _ERROR_LOSSES
        power = _ERROR_LOSSES[self.kind][1] if is_of_errors else 0
        return value * self.standardization.scale**power

    def mean(self, reconstruct, X, sample_weight=None):
        """Compute the mean loss of the rows of X that the function `reconstruct` returns, in the units of X."""
        total = 0.0
        weight = 0.0
        for rows, reconstructed, weights in reconstructed_blocks(reconstruct, X, sample_weight):
            total += np.sum(self._of_block(rows, reconstructed) @ weights)
            weight += weights.sum()
        return self.in_units_of_X(float(total / weight))

    def _of_block(self, rows, reconstructed):
        """Return the loss of each row of a block, in the units of the rows that training sees."""
        if isinstance(self.kind, str):
            # float64: squares of values below 1e-22 or above 1e19 exceed the range of float32.
            errors = np.subtract(rows, reconstructed, dtype=np.float64) / self.standardization.scale
            return np.mean(_ERROR_LOSSES[self.kind][0](errors), axis=-1)
        import tensorflow as tf

        return self._of_rows_of_X(tf.constant(rows, tf.float32), tf.constant(reconstructed, tf.float32)).numpy()


@dataclass(frozen=True)
class Corruption:
    """Noisy rows that the encoder sees in training: the given noisy forms of rows, added noise, or both."""

    noise: BaseNoise | Callable | None = None
    # Numbers that the noise returned for the rows; see `BaseNoise.numbers`.
    noise_numbers: dict[str, float | np.ndarray] = field(default_factory=dict)
    # Number of the column of each entry; entries of one column share their uniform random numbers. None: none share.
    column_numbers: np.ndarray | None = None

    @property
    def key(self):
        """Everything that shapes a compiled program: class and parameters of the noise, without its numbers."""
        shares = self.column_numbers is not None
        if not hasattr(self.noise, "get_params"):
            return self.noise, shares
        parameters = sorted(self.noise.get_params(deep=False).items())
        return type(self.noise), shares, *(item for item in parameters if item[0] not in self.noise_numbers)

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number."""
        numbers = {f"noise_{name}": number for name, number in self.noise_numbers.items()}
        if self.column_numbers is not None:
            numbers["column_numbers"] = self.column_numbers
        return numbers

    def apply(self, networks, given, numbers):
        """Return the rows of a batch as the encoder sees them; `given` are its noisy rows or, without these, its rows.

        Raise a ValueError if the noise returns a tensor of another shape.
        """
        if self.noise is None:
            return given
        noise_numbers = {name: numbers[f"noise_{name}"] for name in self.noise_numbers}
        uniform = partial(networks.uniform, given)
        if self.column_numbers is not None:
            uniform = partial(uniform_by_column, uniform, numbers["column_numbers"])
        batch = CleanBatch(given, uniform, partial(networks.normal, given), noise_numbers)
        seen = as_tensor("noise", self.noise, called("noise", self.noise, given, batch), "rows")
        if not seen.shape.is_compatible_with(given.shape):
            raise ValueError(
                f"noise={self.noise!r} must return rows of the shape of batch.rows, (n_rows, {given.shape[1]}), but "
                f"returned shape {tuple(seen.shape)}."
            )
        return seen


def uniform_by_column(uniform, column_numbers):
    """Draw one random number for each row and column, shared by the entries of the column."""
    import tensorflow as tf

    return tf.gather(uniform(), tf.cast(column_numbers, tf.int32), axis=1)


@dataclass(frozen=True)
class Reconstruction(Objective):
    """Reconstruction loss of rows that the encoder may see with noise."""

    loss: ReconstructionLoss
    corruption: Corruption | None = None
    # Puts the codes in order; None if they have none.
    nested_dropout: NestedDropout | None = None
    # Moves rows towards similar rows; None: rows stay as they are.
    neighbor_mixing: NeighborMixing | None = None

    penalty_weight = 0.0
    suits_padding = True

    @property
    def suits_linear_models(self):
        """Whether the objective is a loss of linear reconstructions of rows without noise."""
        return self.corruption is None and self.loss.kind != "binary_crossentropy"

    @property
    def uses_random_numbers(self):
        """Whether parts depend on random numbers."""
        return any(self._changes) or super().uses_random_numbers

    @property
    def key(self):
        """Loss, kind of noise, and which changes there are in training."""
        return *super().key, tuple(map(type, self._changes))

    @property
    def numbers(self):
        """Numbers of the loss, the noise and the changes in training."""
        numbers = super().numbers
        for change in filter(None, self._changes):
            numbers = numbers | change.numbers
        return numbers

    @property
    def _changes(self):
        return self.nested_dropout, self.neighbor_mixing

    def parts(self, networks, fields, numbers):
        fields = self._mixed(networks, fields, numbers)
        seen = fields[-1] if self.corruption is None else self.corruption.apply(networks, fields[-1], numbers)
        return [self._mean_loss(networks, fields[0], networks.encode(seen), numbers)], networks.n_rows

    def _mixed(self, networks, fields, numbers):
        """Return the fields of a batch, moved towards similar rows."""
        return fields if self.neighbor_mixing is None else self.neighbor_mixing.apply(networks, fields, numbers)

    def _mean_loss(self, networks, rows, codes, numbers):
        """Decode the codes of a batch and compute the mean loss of its rows."""
        if self.nested_dropout is not None:
            codes = self.nested_dropout.apply(networks, codes, numbers)
        return networks.mean(self.loss.of_rows(rows, networks.decode(codes), numbers))

    def error(self, reconstruct, X, sample_weight=None):
        return self.loss.mean(reconstruct, X, sample_weight)
