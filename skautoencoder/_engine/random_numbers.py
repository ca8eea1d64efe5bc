"""Random numbers inside the compiled steps."""

from math import factorial

import numpy as np
import tensorflow as tf


class RandomNumbers:
    """Random numbers of one batch: every draw is a new one, and the same for the same seed.

    Parameters
    ----------
    seed : int32 tensor of shape (2,)
    jit_compile : bool
        Whether XLA compiles the draws.
    """

    def __init__(self, seed, jit_compile):
        self._seed, self._n_draws = seed, 0
        # XLA on a CPU takes more than a hundred times as long for Philox, and plain graphs have no Threefry.
        self._algorithm = "threefry" if jit_compile else "philox"

    def uniform(self, rows):
        """Draw numbers from 0 to 1, 1 excluded, of the shape of rows."""
        return self._draw(tf.shape(rows))

    def normal(self, rows):
        """Draw standard normal numbers of the shape of rows, in pairs [1]_.

        References
        ----------
        .. [1] Box & Muller (1958). A note on the generation of random normal deviates. Annals of Mathematical
           Statistics 29.
        """
        n_pairs = -(-rows.shape[1] // 2)
        drawn = self._draw([2, tf.shape(rows)[0], n_pairs])
        radius, half_turns = tf.sqrt(-2 * tf.math.log(1 - drawn[0])), drawn[1] - 0.5
        # Sine and cosine of half of the angle by their series, to 1e-5. TensorFlow's own, and its normal numbers, take
        # XLA several times as long.
        sine, cosine = half_turns * _series(half_turns, first=1), _series(half_turns, first=0)
        pairs = tf.concat([radius * (1 - 2 * sine * sine), radius * 2 * sine * cosine], axis=1)
        return pairs[:, : rows.shape[1]]

    def _draw(self, shape):
        seed = self._seed + tf.constant([self._n_draws, 0])
        self._n_draws += 1
        return tf.random.stateless_uniform(shape, seed, alg=self._algorithm)


def _series(half_turns, first):
    """Sum six terms of the series of cos(pi x), first=0, or of sin(pi x) / x, first=1, for x up to a half."""
    powers = first + 2 * np.arange(6)
    total, square = 0.0, tf.square(half_turns)
    for sign, power in zip((-1, 1, -1, 1, -1, 1), powers[::-1], strict=True):
        total = total * square + sign * np.pi**power / factorial(power)
    return total
