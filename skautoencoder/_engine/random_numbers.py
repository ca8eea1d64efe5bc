"""Random numbers inside the compiled steps."""

from math import factorial

import numpy as np
import tensorflow as tf

# Shifts and multipliers of a mixing function of 32 bits [1].
_ROUNDS = (17, 0xED5AD4BB), (11, 0xAC4C1B51), (15, 0x31848BAB)
_LAST_SHIFT = 14
# The golden ratio in 32 bits: multiples of it are far from each other.
_GOLDEN = 0x9E3779B9


class RandomNumbers:
    """Random numbers of one batch: every draw is a new one, and the same for the same seed.

    Bits are a mixing function [1]_ of the number of an entry, with the seed as its key, as in counter-based generators
    [2]_. These are a dozen integer operations an entry, which XLA computes within the operations that read them. It
    takes ten times as long for TensorFlow's Threefry, and on a CPU many times as long as a whole step for its Philox.

    Parameters
    ----------
    seed : int32 tensor of shape (2,)

    References
    ----------
    .. [1] Wellons (2018). Prospecting for hash functions. https://nullprogram.com/blog/2018/07/31/
    .. [2] Salmon, Moraes, Dror & Shaw (2011). Parallel random numbers: as easy as 1, 2, 3. SC11.
    """

    def __init__(self, seed):
        self._seed, self._n_draws = tf.unstack(tf.bitcast(seed, tf.uint32)), 0

    def uniform(self, rows):
        """Draw numbers from 0 to 1, 1 excluded, of the shape of rows."""
        self._n_draws += 1
        key = _mixed(self._seed[0] + _bits(self._n_draws * _GOLDEN))
        key = _mixed(key + self._seed[1])
        entries = tf.bitcast(tf.reshape(tf.range(tf.size(rows)), tf.shape(rows)), tf.uint32)
        # A second key between the rounds: where two keys are close, the draws must not be those of shifted entries.
        drawn = _mixed(entries + key, key=_mixed(key + _bits(_GOLDEN)))
        return tf.cast(tf.bitcast(_shifted(drawn, 8), tf.int32), tf.float32) * 2.0**-24

    def normal(self, rows):
        """Draw standard normal numbers of the shape of rows [1]_.

        References
        ----------
        .. [1] Box & Muller (1958). A note on the generation of random normal deviates. Annals of Mathematical
           Statistics 29.
        """
        # One of the two numbers of a pair: XLA takes longer to join arrays than to draw twice as many numbers.
        radius, half_turns = tf.sqrt(-2 * tf.math.log(1 - self.uniform(rows))), self.uniform(rows) - 0.5
        return radius * _sine(half_turns)


def _mixed(bits, key=None):
    """Turn 32 bits into others, none of which is to be told from those of the number before or after."""
    for number, (shift, multiplier) in enumerate(_ROUNDS):
        bits = (bits ^ _shifted(bits, shift)) * _bits(multiplier)
        if number == 0 and key is not None:
            bits ^= key
    return bits ^ _shifted(bits, _LAST_SHIFT)


def _shifted(bits, by):
    return tf.bitwise.right_shift(bits, _bits(by))


def _bits(number):
    return tf.constant(number % 2**32, tf.uint32)


def _sine(half_turns):
    """Sum the series of sin(pi x) for x up to a half, to 1e-7: XLA takes several times as long for tf.sin."""
    total, square = 0.0, tf.square(half_turns)
    for power in range(11, 0, -2):
        total = total * square + (-1) ** (power // 2) * np.pi**power / factorial(power)
    return total * half_turns
