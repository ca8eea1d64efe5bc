"""Rows as your own Keras models read them."""

import inspect

from ._base import BaseKerasArchitecture


class KerasArchitecture(BaseKerasArchitecture):
    """Your own encoder and decoder, made of any Keras layers.

    The models are trained as they are, with their Dropout, BatchNormalization, frozen layers and layer losses;
    `hidden_layer_sizes` and `activation` do not apply. Training starts at the models' own random weights or, with
    ``init="pca"``, at PCA: a linear path is then added beside each model, whose last layer must be linear and starts at
    zero.

    Parameters
    ----------
    build : callable
        Function that is called as ``build(n_features, encoding_dim)`` and returns an encoder and a decoder, both
        `keras.Model`: from rows of `n_features` numbers to `encoding_dim` numbers and back. Inputs and outputs may have
        any shape with that many numbers, for example (28, 28, 1). Each call must return the same network in new layers,
        apart from frozen ones. A function of a module can be pickled and used with ``n_jobs``.

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

    suits_pca_start = False
    owns_activations = True

    def __init__(self, build):
        self.build = build

    def check(self, n_features):
        """Raise a ValueError unless `build` can be called with `n_features` and `encoding_dim`.

        Parameters
        ----------
        n_features : int
            Width of a row.
        """
        try:
            inspect.signature(self.build).bind(n_features, 2)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"build={self.build!r} of KerasArchitecture must be a function build(n_features, encoding_dim) that "
                f"returns an encoder and a decoder, but cannot be called that way: {error}."
            ) from error

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        """Build the two models by calling `build`.

        Parameters
        ----------
        n_features : int
            Width of a row.
        encoding_dim : int
            Width of a code.
        hidden_layer_sizes : tuple of int
            Ignored; `build` decides.
        activation : str
            Ignored; `build` decides.

        Returns
        -------
        encoder : keras.Model
            Model from rows to codes.
        decoder : keras.Model
            Model from codes to rows.
        """
        return self.build(n_features, encoding_dim)
