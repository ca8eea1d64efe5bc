"""The objective of outlier detectors: the loss of entries that are hidden anew in every step."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from ._base import Objective
from ._reconstruction import ReconstructionLoss, uniform_by_column


@dataclass(frozen=True)
class MaskedPrediction(Objective):
    """Mean loss of hidden entries, which a network predicts from the other entries of their row.

    Rows have one field, standardised; missing entries are NaN. Each step hides a share of the observed entries, drawn
    at random. The network sees zeros in place of hidden and of missing entries. Columns with equal numbers in `groups`
    are hidden together.
    """

    loss: ReconstructionLoss
    share: float
    groups: np.ndarray | None = None

    uses_random_numbers = True
    suits_padding = True

    @property
    def key(self):
        """Kind of loss, and whether columns are hidden together."""
        return *super().key, self.groups is None

    @property
    def numbers(self):
        """Numbers of the loss, the share of hidden entries and, if columns are hidden together, their groups."""
        numbers = super().numbers | {"share": self.share}
        return numbers if self.groups is None else numbers | {"groups": self.groups}

    def parts(self, networks, fields, numbers):
        import tensorflow as tf

        (rows,) = fields
        is_observed = tf.logical_not(tf.math.is_nan(rows))
        uniform = partial(networks.uniform, rows)
        drawn = uniform() if self.groups is None else uniform_by_column(uniform, numbers["groups"])
        is_drawn = drawn < numbers["share"]
        is_hidden = tf.logical_and(is_observed, is_drawn)
        seen = tf.where(tf.logical_and(is_observed, tf.logical_not(is_drawn)), rows, 0.0)
        outputs = networks.decode(networks.encode(seen))
        # Weight rows by their share of hidden entries.
        share = tf.maximum(tf.reduce_mean(tf.cast(is_hidden, tf.float32), axis=1), 1e-6)
        losses = self.loss.of_rows(tf.where(is_hidden, rows, tf.stop_gradient(outputs)), outputs, numbers)
        return [networks.mean(losses / share, share)], networks.total(share)
