"""The objective of ordinary autoencoders: reconstruction loss plus a weighted penalty."""

from dataclasses import dataclass, field
from typing import Any

from ..noises import Corruption
from ..penalties import Batch
from ._base import Objective
from ._losses import ReconstructionLoss, as_tensor


@dataclass(frozen=True)
class Reconstruction(Objective):
    """Reconstruction loss of rows that the encoder may see with noise, plus a weighted penalty.

    Parameters
    ----------
    loss : ReconstructionLoss
    penalty : BasePenalty or callable or None, default=None
    penalty_weight : float, default=0.0
        Weight of the penalty beside the loss of the rows that training sees.
    corruption : Corruption, default=Corruption()
        What the encoder sees of rows.
    """

    loss: ReconstructionLoss
    penalty: Any = None
    penalty_weight: float = 0.0
    corruption: Corruption = field(default_factory=Corruption)

    @property
    def part_names(self):
        """Names of the parts."""
        return () if self.penalty is None else ("reconstruction_loss", "penalty")

    @property
    def uses_random_numbers(self):
        """Whether noise is drawn."""
        return self.corruption.noise is not None

    @property
    def is_evaluated_in_batches(self):
        """Whether there is a penalty, which may look at the batch, or pass every row through the encoder many times."""
        return self.penalty is not None

    @property
    def suits_linear_models(self):
        """Whether it is nothing but a loss that a linear reconstruction has too."""
        return self.penalty is None and self.corruption.is_none and self.loss.kind != "binary_crossentropy"

    @property
    def suits_padding(self):
        """Whether there is no penalty, which may look at codes and kernels."""
        return self.penalty is None

    @property
    def key(self):
        """Loss, penalty and kind of noise."""
        return type(self), self.loss.key, self.penalty, self.corruption.key

    @property
    def numbers(self):
        """Weight of the penalty, and what loss and noise need to know."""
        weight = {} if self.penalty is None else {"penalty_weight": self.penalty_weight}
        return weight | self.loss.numbers | self.corruption.numbers

    def parts(self, networks, fields, numbers):
        """Compute the reconstruction loss and the penalty of a batch; see `Objective`."""
        rows, seen = self.corruption.apply(networks, fields, numbers)
        codes = networks.encode(seen)
        means = []
        if self.penalty is not None:
            batch = Batch(seen, codes, networks.encode_again, networks.mean, networks.kernels)
            means.append(_mean_penalty(self.penalty, batch))
        outputs = networks.decode(codes)
        return [networks.mean(self.loss.of_rows(rows, outputs, numbers)), *means], networks.n_rows

    def combine_tensors(self, means, numbers):
        """Return loss + weight * penalty, as a tensor."""
        return means[0] if self.penalty is None else means[0] + numbers["penalty_weight"] * means[1]

    def combine(self, loss, penalty=0.0):
        """Return loss + weight * penalty."""
        return loss + self.penalty_weight * penalty

    def in_units_of_X(self, value):
        """Take the objective into the units of X; see `Objective`."""
        return self.loss.in_units_of_X(value)

    def parts_in_units_of_X(self, loss, penalty=0.0):
        """Take the loss into the units of X; the penalty is unweighted and stays as it is."""
        return self.in_units_of_X(loss), penalty

    def error(self, reconstruct, X, sample_weight=None):
        """Compute the mean loss of X; see `Objective`."""
        return self.loss.mean(reconstruct, X, sample_weight)


def _mean_penalty(penalty, batch):
    """Compute what a penalty makes of a batch, averaged over its rows: a scalar tensor.

    Raises
    ------
    ValueError
        If it is neither one real number nor one per row.
    """
    value = as_tensor("penalty", penalty, penalty(batch), "one number or one per row, shape () or (n_rows,)")
    if value.shape.rank not in (0, 1) or (value.shape.rank == 1 and value.shape[0] not in (None, batch.rows.shape[0])):
        raise ValueError(
            f"penalty={penalty!r} must return one number or one per row, shape () or (n_rows,), but returned shape "
            f"{tuple(value.shape)}."
        )
    return batch.mean(value) if value.shape.rank == 1 else value
