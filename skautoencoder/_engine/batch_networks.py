"""Encoder and decoder inside the compiled step, as objectives call them."""

import tensorflow as tf


class BatchNetworks:
    """Encoder and decoder for one batch, as objectives see them.

    Parameters
    ----------
    encoder, decoder : Part
    tensors, state : list of tensor
        Values of the trained variables, and of all others.
    counts : float32 tensor of shape (n_rows,)
        Weights of the rows of the batch, 1 without `sample_weight`; 0 for rows that only fill it up.
    draws : RandomNumbers
    training : bool

    Attributes
    ----------
    kernels : list of float32 tensor
        Trained variables with more than one dimension, which are no biases.
    uniform, normal : callable
        Methods of `draws`.
    state : list of tensor
        Values of the variables that are not trained, after the calls so far.
    layer_losses : float32 scalar tensor
        What the layers themselves added to the objective in the calls so far.
    n_rows : float32 scalar tensor
        Number of rows, each as often as its weight says, ignoring padding.
    """

    def __init__(self, encoder, decoder, tensors, state, counts, draws, training):
        self._encoder, self._decoder = encoder, decoder
        self._tensors, self._counts, self._training = tensors, counts, training
        self.kernels = [tensor for tensor in tensors if tensor.shape.rank > 1]
        self.uniform, self.normal = draws.uniform, draws.normal
        self.state, self.layer_losses = state, tf.constant(0.0)

    def encode(self, rows):
        """Return what the encoder puts out for rows."""
        return self._run(self._encoder, rows)

    def decode(self, codes):
        """Return what the decoder puts out for codes."""
        return self._run(self._decoder, codes)

    def encode_again(self, rows):
        """Return what the encoder puts out for rows, as in evaluation, and leave no trace."""
        return self._encoder(rows, self._tensors, list(self.state), training=False)[0]

    @property
    def n_rows(self):
        """Number of rows, each as often as its weight says, ignoring padding."""
        return tf.reduce_sum(self._counts)

    def mean(self, values, weights=None):
        """Return the mean over rows by their weights, ignoring padding.

        Parameters
        ----------
        values : float32 tensor of shape (n_rows, ...)
        weights : float32 tensor of shape (n_rows,), default=None
            Weights of the values beside those of the rows. If None, there are no others.
        """
        counts = self._counts if weights is None else self._counts * weights
        return tf.tensordot(counts, values, 1) / tf.reduce_sum(counts)

    def total(self, values):
        """Return the sum over rows by their weights, ignoring padding."""
        return tf.reduce_sum(self._counts * values)

    def _run(self, part, inputs):
        outputs, losses = part(inputs, self._tensors, self.state, self._training)
        for loss in losses:
            self.layer_losses += tf.cast(tf.reduce_sum(loss), tf.float32)
        return outputs


class Part:
    """An encoder or a decoder, run with given tensors for its variables.

    Parameters
    ----------
    model : keras.Model
    trainable, state : list of keras.Variable
        All that are trained, and all others, of both parts.
    """

    def __init__(self, model, trainable, state):
        self._model = model
        self._trainable_places = _places(trainable, model.trainable_variables)
        self._state_places = _places(state, model.non_trainable_variables)

    def __call__(self, rows, tensors, state, training):
        """Return the outputs and the losses that layers add; bring the list `state` up to date."""
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


def _places(variables, chosen):
    """Find where in a list of variables the chosen ones are."""
    place = {id(variable): number for number, variable in enumerate(variables)}
    return [place[id(variable)] for variable in chosen]
