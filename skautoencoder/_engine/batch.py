"""One batch in the compiled step, for objectives: encoder, decoder, means over rows and random numbers."""

from math import factorial

import numpy as np
import tensorflow as tf

# Shifts and multipliers of a mixing function of 32 bits (Wellons 2018).
_ROUNDS = (17, 0xED5AD4BB), (11, 0xAC4C1B51), (15, 0x31848BAB)
_LAST_SHIFT = 14
# The golden ratio in 32 bits: its multiples are far from each other.
_GOLDEN = 0x9E3779B9


class Part:
    """An encoder or a decoder, run with given tensors for its variables.

    `trainable` and `state` are the trainable and the other variables of encoder and decoder together.
    """

    def __init__(self, model, trainable, state):
        self._model = model
        trainable_places = {id(variable): place for place, variable in enumerate(trainable)}
        state_places = {id(variable): place for place, variable in enumerate(state)}
        self._trainable_places = [trainable_places[id(variable)] for variable in model.trainable_variables]
        self._state_places = [state_places[id(variable)] for variable in model.non_trainable_variables]

    def __call__(self, rows, tensors, state, training):
        """Return the outputs and the losses that layers add; update the list `state`."""
        outputs, updated, losses = self._model.stateless_call(
            [tensors[place] for place in self._trainable_places],
            [state[place] for place in self._state_places],
            rows,
            training=training,
            return_losses=True,
        )
        for place, value in zip(self._state_places, updated, strict=True):
            state[place] = value
        return outputs, losses


class BatchNetworks:
    """Encoder and decoder for one batch.

    `tensors` are the values of the trained variables; `kernels` are those with more than one dimension. `state` holds
    the values of the other variables and is updated by each call. `counts`, float32 of shape (n_rows,), are the weights
    of the rows: 1 without `sample_weight`, 0 for padding. `layer_losses` is the sum of the losses that layers have
    added so far, of padding too; `n_rows` is the sum of the weights. `is_training` is False in evaluation.
    """

    def __init__(self, encoder, decoder, tensors, state, counts, draws, training):
        self._encoder = encoder
        self._decoder = decoder
        self._tensors = tensors
        self._counts = counts
        self.is_training = training
        self.kernels = [tensor for tensor in tensors if tensor.shape.rank > 1]
        self.uniform = draws.uniform
        self.normal = draws.normal
        self.state = state
        self.layer_losses = tf.constant(0.0)
        self.n_rows = tf.reduce_sum(counts)

    def encode(self, rows):
        """Return the outputs of the encoder."""
        return self._run(self._encoder, rows)

    def decode(self, codes):
        """Return the outputs of the decoder."""
        return self._run(self._decoder, codes)

    def encode_again(self, rows):
        """Return the outputs of the encoder as in evaluation, without updating the state."""
        return self._encoder(rows, self._tensors, list(self.state), training=False)[0]

    def reconstruct_again(self, rows):
        """Return the outputs of the decoder as in evaluation, without updating the state."""
        return self._decoder(self.encode_again(rows), self._tensors, list(self.state), training=False)[0]

    def mean(self, values, weights=None):
        """Return the mean over rows, ignoring padding; `weights` of shape (n_rows,) multiply the rows' weights."""
        counts = self._counts if weights is None else self._counts * weights
        # tf.tensordot would take many times as long to trace.
        per_row = tf.reshape(counts, [-1] + [1] * (len(values.shape) - 1))
        return tf.reduce_sum(per_row * values, axis=0) / tf.reduce_sum(counts)

    def total(self, values):
        """Return the weighted sum over rows, ignoring padding."""
        return tf.reduce_sum(self._counts * values)

    def _run(self, part, inputs):
        outputs, losses = part(inputs, self._tensors, self.state, self.is_training)
        for loss in losses:
            self.layer_losses += tf.cast(tf.reduce_sum(loss), tf.float32)
        return outputs


class RandomNumbers:
    """Random numbers of one batch: each draw is new, and the same for the same seed, an int32 tensor of shape (2,).

    Bits are a hash [1]_ of the index of an entry, with the seed as its key, as in counter-based generators [2]_. A hash
    takes a dozen integer operations, which XLA fuses with the operations that read them. TensorFlow's Threefry takes
    ten times as long; its Philox, on a CPU, many times as long as a whole training step.

    References
    ----------
    .. [1] Wellons (2018). Prospecting for hash functions. https://nullprogram.com/blog/2018/07/31/
    .. [2] Salmon, Moraes, Dror & Shaw (2011). Parallel random numbers: as easy as 1, 2, 3. SC11.
    """

    def __init__(self, seed):
        self._seed = tf.unstack(tf.bitcast(seed, tf.uint32))
        self._n_draws = 0

    def uniform(self, rows):
        """Draw numbers from 0 to 1, 1 excluded, of the shape of rows."""
        self._n_draws += 1
        key = _mixed(self._seed[0] + _bits(self._n_draws * _GOLDEN))
        key = _mixed(key + self._seed[1])
        entries = tf.bitcast(tf.reshape(tf.range(tf.size(rows)), tf.shape(rows)), tf.uint32)
        # A second key between the rounds prevents nearby keys from giving shifted copies of the same stream.
        drawn = _mixed(entries + key, key=_mixed(key + _bits(_GOLDEN)))
        return tf.cast(tf.bitcast(_shifted(drawn, 8), tf.int32), tf.float32) * 2.0**-24

    def normal(self, rows):
        """Draw standard normal numbers of the shape of rows.

        Source: Box & Muller (1958), A note on the generation of random normal deviates, Ann. Math. Statist. 29.
        """
        # One of the two numbers of a pair: XLA takes longer to join arrays than to draw twice as many numbers.
        radius = tf.sqrt(-2 * tf.math.log(1 - self.uniform(rows)))
        half_turns = self.uniform(rows) - 0.5
        return radius * _sine(half_turns)


def _mixed(bits, key=None):
    """Hash 32 bits so that consecutive inputs look unrelated."""
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
    total = 0.0
    square = tf.square(half_turns)
    for power in range(11, 0, -2):
        total = total * square + (-1) ** (power // 2) * np.pi**power / factorial(power)
    return total * half_turns
