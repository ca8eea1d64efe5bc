"""Base classes of architectures."""

from abc import ABCMeta, abstractmethod

from sklearn.base import BaseEstimator

from ..networks import Blueprint, KerasAutoencoder


class BaseArchitecture(BaseEstimator, metaclass=ABCMeta):
    """Base class of architectures, which make encoders and decoders of flat rows; see `BaseKerasArchitecture`."""

    default_hidden_layer_sizes = ()
    suits_pca_start = True
    owns_activations = False
    uses_column_order = True
    starts_at_given_weights = False

    def check(self, n_features):
        """Raise a ValueError unless the parameters suit rows of `n_features` values.

        Parameters
        ----------
        n_features : int
            Width of a row.
        """

    @abstractmethod
    def untrained(self, n_features, encoding_dim, hidden_layer_sizes, *, random_state, **options):
        """Make an `Autoencoder` with random weights.

        `hidden_layer_sizes` are those of the encoder, from the row to the code; None means "auto". The `options` are
        the fields of `Blueprint` from `activation` on. With a `linear_path`, the hidden layers start at zero.
        """


class BaseKerasArchitecture(BaseArchitecture):
    """Base class of architectures made of Keras layers.

    A subclass stores its parameters and builds two Keras models of flat rows. The estimators add the linear path that
    starts at PCA and the activations of code and output; they train the models, encode and decode.

    Attributes
    ----------
    default_hidden_layer_sizes : tuple of int
        Sizes for ``hidden_layer_sizes="auto"``. The default, ``()``, means no hidden layers.
    jit_compile : bool
        Whether XLA compiles the training steps. The default, True, is faster for many small operations. Convolutions
        always run as a plain graph, which on a CPU is many times faster.
    suits_pca_start : bool
        Whether ``init="auto"`` starts at PCA. The default, True, needs models that end in linear layers.
    owns_activations : bool
        Whether the models apply the activations of code and output themselves. The default is False.
    uses_column_order : bool
        Whether the order of columns matters, so that :class:`AutoencoderImputer` may not leave out empty ones. The
        default is True.

    See Also
    --------
    KerasArchitecture : Your own Keras models, passed as a function.

    Examples
    --------
    Rows are signals, along which a convolution runs:

    >>> from keras import Input, Sequential
    >>> from keras.layers import Conv1D, Dense, Flatten, Reshape
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, BaseKerasArchitecture
    >>> class SignalArchitecture(BaseKerasArchitecture):
    ...     default_hidden_layer_sizes = (4,)
    ...
    ...     def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
    ...         encoder = [Input((n_features,)), Reshape((n_features, 1))]
    ...         encoder += [Conv1D(filters, 3, activation=activation) for filters in hidden_layer_sizes]
    ...         encoder += [Flatten(), Dense(encoding_dim)]
    ...         return Sequential(encoder), Sequential([Input((encoding_dim,)), Dense(n_features)])
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(8, architecture=SignalArchitecture(), epochs=1, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 8)
    """

    jit_compile = True

    @abstractmethod
    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        """Build an untrained encoder and decoder.

        Parameters
        ----------
        n_features : int
            Width of a row.
        encoding_dim : int
            Width of a code.
        hidden_layer_sizes : tuple of int
            Sizes of the encoder's hidden layers, from the row to the code, such as units or filters.
        activation : str
            Activation of the hidden layers, as a Keras name.

        Returns
        -------
        encoder : keras.Model
            Model from shape (n_rows, n_features) to (n_rows, encoding_dim). Its last layer is linear.
        decoder : keras.Model
            Model from shape (n_rows, encoding_dim) to (n_rows, n_features). Its last layer is linear.
        """

    def untrained(self, n_features, encoding_dim, hidden_layer_sizes, *, random_state, **options):
        sizes = self.default_hidden_layer_sizes if hidden_layer_sizes is None else hidden_layer_sizes
        return KerasAutoencoder.untrained(Blueprint(self, n_features, encoding_dim, sizes, **options), random_state)
