"""Neighbor mixing, which makes training rows out of pairs of similar rows."""

from dataclasses import dataclass

import numpy as np

# Squared distances below this share of the squared lengths are rounding errors of float32: equal rows.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class NeighborMixing:
    """In training, each row is moved towards the nearest other row of its batch, as in mixup [1]_.

    The share of the way is drawn uniformly from 0 to `max_share`. A row moves no further than its reconstruction misses
    it: where the network fits rows well, straight lines between them would leave a curved surface. The encoder sees the
    moved row, and the decoder returns it. Batches are random, so that the nearest row is one of the nearest of all.

    References
    ----------
    .. [1] Zhang, Cisse, Dauphin & Lopez-Paz (2018). mixup: beyond empirical risk minimization. ICLR.
    """

    max_share: float
    # Whether the decoder outputs logits of rows.
    from_logits: bool = False

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number."""
        return {"max_share": self.max_share}

    def apply(self, networks, fields, numbers):
        """Return the fields of a batch as training sees them."""
        if not networks.is_training:
            return fields
        import tensorflow as tf

        rows = fields[-1]
        nearest = _nearest_rows(rows)
        distances = tf.norm(tf.gather(rows, nearest) - rows, axis=1, keepdims=True)
        outputs = networks.reconstruct_again(rows)
        errors = tf.norm((tf.sigmoid(outputs) if self.from_logits else outputs) - rows, axis=1, keepdims=True)
        limits = tf.stop_gradient(tf.math.divide_no_nan(errors, distances))
        shares = tf.minimum(numbers["max_share"], limits) * networks.uniform(rows[:, :1])
        return [field + shares * (tf.gather(field, nearest) - field) for field in fields]


def _nearest_rows(rows):
    """Return the number of the nearest other row of each row that is not a copy of it, as padding is."""
    import tensorflow as tf

    # Far from the origin, rounding would hide the distances.
    rows -= tf.reduce_mean(rows, axis=0)
    squares = tf.reduce_sum(tf.square(rows), axis=1)
    sums = squares[:, tf.newaxis] + squares
    distances = sums - 2 * tf.matmul(rows, rows, transpose_b=True)
    return tf.argmin(tf.where(distances > _ROUNDING * sums, distances, np.inf), axis=1)
