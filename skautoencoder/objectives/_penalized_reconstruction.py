"""The objective of autoencoders with a penalty."""

from collections.abc import Callable
from dataclasses import dataclass

from ..penalties import BasePenalty, Batch
from ._own_code import as_tensor, called
from ._reconstruction import Reconstruction


@dataclass(frozen=True, kw_only=True)
class PenalizedReconstruction(Reconstruction):
    """Reconstruction loss plus a weighted penalty."""

    penalty: BasePenalty | Callable
    penalty_weight: float = 1.0

    part_names = ("reconstruction_loss", "penalty")
    # Penalties may depend on the batch, encode every row many times, or depend on the number of codes and weights.
    is_evaluated_in_batches = True
    suits_linear_models = False
    suits_padding = False

    @property
    def key(self):
        """Penalty, and all that shapes a program without one."""
        return *super().key, self.penalty

    @property
    def numbers(self):
        """Weight of the penalty, and the other numbers."""
        return super().numbers | {"penalty_weight": self.penalty_weight}

    def parts(self, networks, fields, numbers):
        fields = self._mixed(networks, fields, numbers)
        seen = fields[-1] if self.corruption is None else self.corruption.apply(networks, fields[-1], numbers)
        codes = networks.encode(seen)
        batch = Batch(seen, codes, networks.encode_again, networks.mean, networks.kernels)
        penalty = self._mean_penalty(batch)
        return [self._mean_loss(networks, fields[0], codes, numbers), penalty], networks.n_rows

    def _mean_penalty(self, batch):
        """Compute the penalty of a batch, a scalar tensor; raise a ValueError for other shapes than () or (n_rows,)."""
        expected = "one number or one per row, shape () or (n_rows,)"
        value = as_tensor("penalty", self.penalty, called("penalty", self.penalty, batch.rows, batch), expected)
        if value.shape.rank == 0:
            return value
        if value.shape.rank != 1 or value.shape[0] not in (None, batch.rows.shape[0]):
            raise ValueError(
                f"penalty={self.penalty!r} must return {expected}, but returned shape {tuple(value.shape)}."
            )
        return batch.mean(value)

    def combine(self, means, numbers):
        return means[0] + numbers["penalty_weight"] * means[1]

    def in_units_of_X(self, value, loss, penalty):
        """Convert the objective and the loss; the penalty is unweighted and has no unit."""
        return self.loss.in_units_of_X(value), self.loss.in_units_of_X(loss), penalty
