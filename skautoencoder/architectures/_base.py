"""What an architecture tells the estimators."""

from abc import ABCMeta, abstractmethod

from sklearn.base import BaseEstimator

from .._keras_autoencoder import Blueprint, KerasAutoencoder


class BaseArchitecture(BaseEstimator, metaclass=ABCMeta):
    """Base class of architectures: how a row of X, which is flat, becomes a code and a row again.

    Attributes
    ----------
    default_hidden_layer_sizes : tuple of int
        What ``hidden_layer_sizes="auto"`` stands for.
    starts_at_pca : bool
        Whether ``init="auto"`` starts at PCA.
    owns_activations : bool
        Whether its models have activations of their own on code and output.
    """

    default_hidden_layer_sizes = ()
    starts_at_pca = True
    owns_activations = False

    def check(self, n_features):
        """Raise a ValueError if rows of `n_features` numbers cannot be seen this way.

        Parameters
        ----------
        n_features : int
        """

    @abstractmethod
    def untrained(
        self,
        n_features,
        encoding_dim,
        hidden_layer_sizes,
        *,
        activation,
        code_activation,
        output_activation,
        linear_path,
        n_code_outputs,
        random_state,
    ):
        """Make an untrained autoencoder.

        Parameters
        ----------
        n_features, encoding_dim : int
        hidden_layer_sizes : tuple of int
        activation, code_activation, output_activation : str
            Of the hidden layers, of the code and of the reconstruction.
        linear_path : bool
            Whether a linear map leads from input to output beside the hidden layers, which then start by adding
            nothing.
        n_code_outputs : int
            How many numbers the encoder puts out: `encoding_dim`, or twice as many for the means and the logarithms
            of the variances of a variational autoencoder.
        random_state : RandomState

        Returns
        -------
        DenseAutoencoder or KerasAutoencoder
        """


class BaseKerasArchitecture(BaseArchitecture):
    """Base class of architectures made of Keras layers.

    A subclass stores its parameters and builds two Keras models of flat rows; the estimators do the rest: the linear
    path that starts at PCA, the activations of code and output, training, encoding and decoding.

    Attributes
    ----------
    jit_compile : bool
        Whether XLA compiles the training steps. It pays for many small operations, and not for convolutions.
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
            From the row inwards; what they mean is up to the architecture.
        activation : str
            Of the hidden layers, by Keras' name.

        Returns
        -------
        encoder : keras.Model
            From shape (n_rows, n_features) to (n_rows, encoding_dim). Its last layer is linear.
        decoder : keras.Model
            From shape (n_rows, encoding_dim) to (n_rows, n_features). Its last layer is linear.
        """

    def untrained(self, *sizes, random_state, **options):
        """Make an untrained autoencoder of Keras models; see `BaseArchitecture.untrained`."""
        return KerasAutoencoder.untrained(Blueprint(self, *sizes, **options), random_state)
