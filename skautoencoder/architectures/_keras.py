"""A row is whatever your own Keras models make of it."""

import inspect

from ._base import BaseKerasArchitecture


class KerasArchitecture(BaseKerasArchitecture):
    """Your own encoder and decoder, whatever they are made of.

    The models are trained as they are, Dropout, BatchNormalization, frozen layers and losses of their layers included;
    `hidden_layer_sizes` and `activation` do not apply. Training starts at their own random weights, or, with
    ``init="pca"``, at PCA: then a linear path is laid beside them, and their last layers, which must be linear, start
    at zero.

    Parameters
    ----------
    build : callable
        ``build(n_features, encoding_dim)`` returns an encoder and a decoder, both `keras.Model`: from rows of
        `n_features` numbers to `encoding_dim` numbers and back. Inputs and outputs may have any shape that holds as
        many numbers, (28, 28, 1) for instance. It must return the same network each time, in new layers unless they
        are frozen; functions of a module can be pickled and used with ``n_jobs``.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, KerasArchitecture
    >>> def build(n_features, encoding_dim):
    ...     from keras import Input, Sequential
    ...     from keras.layers import BatchNormalization, Dense, Dropout
    ...     encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(32, "relu"), Dense(encoding_dim)])
    ...     decoder = Sequential([Input((encoding_dim,)), Dense(32, "relu"), BatchNormalization(), Dense(n_features)])
    ...     return encoder, decoder
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(8, architecture=KerasArchitecture(build), epochs=2, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 8)
    """

    starts_at_pca = False
    owns_activations = True

    def __init__(self, build):
        self.build = build

    def check(self, n_features):
        """Raise a ValueError unless `build` can be called with `n_features` and `encoding_dim`."""
        try:
            inspect.signature(self.build).bind(n_features, 2)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"build={self.build!r} of KerasArchitecture must be a function build(n_features, encoding_dim) that "
                f"returns an encoder and a decoder, but cannot be called that way: {error}."
            ) from error

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        """Call `build`; see `BaseKerasArchitecture.build_models`."""
        return self.build(n_features, encoding_dim)
