"""The objective of imputers: the reconstruction loss of entries that the encoder has not seen."""

from dataclasses import dataclass

import numpy as np

from ._base import Objective
from ._reconstruction import ReconstructionLoss


@dataclass(frozen=True)
class HiddenEntries(Objective):
    """Mean loss of hidden entries: rows have the fields of `IncompleteRows`."""

    loss: ReconstructionLoss

    suits_linear_models = True
    suits_padding = True

    def parts(self, networks, fields, numbers):
        import tensorflow as tf

        seen, hidden = fields
        outputs = networks.decode(networks.encode(seen))
        is_hidden = tf.logical_not(tf.math.is_nan(hidden))
        # Mask entries that were not hidden; weight rows by their share of hidden entries.
        share = tf.maximum(tf.reduce_mean(tf.cast(is_hidden, tf.float32), axis=1), 1e-6)
        losses = self.loss.of_rows(tf.where(is_hidden, hidden, tf.stop_gradient(outputs)), outputs, numbers)
        return [networks.mean(losses / share, share)], networks.total(share)

    def error(self, reconstruct, seen, hidden, weights=None):
        """Compute the mean squared error of hidden entries, by which filled values are judged."""
        if np.isnan(hidden).all():
            # With few rows, no entry may be hidden.
            return 0.0
        squares = np.square(reconstruct(seen) - hidden)
        if weights is None:
            return float(np.nanmean(squares))
        return float(np.nansum(weights * squares) / np.sum(weights * ~np.isnan(squares)))
