"""What every network is to the rest of the package."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

import numpy as np


class Autoencoder(ABC):
    """An encoder and a decoder as numbers, untrained or trained.

    Training sees standardised rows and changes `arrays`; `encode` and `decode` take and return the units of X.

    Attributes
    ----------
    standardization : Standardization or None
        What training sees of a row; None leaves rows as they are.
    code_scale : float
        Unit of the codes.
    jit_compile : bool
        Whether XLA compiles the training steps.
    evaluation_rows : int
        Most rows that are evaluated at once during training.
    """

    standardization: object
    code_scale: float
    jit_compile: bool
    evaluation_rows: ClassVar[int]

    def __getstate__(self):
        # What is derived from the arrays, Keras models among it, is left out of pickles.
        return {name: value for name, value in vars(self).items() if value is not None and name != "_derived"}

    def __setstate__(self, state):
        vars(self).update(state, _derived={})

    @property
    def is_extreme(self):
        """Whether float32 cannot hold what is computed in the units of X."""
        return self.standardization is not None and self.standardization.is_extreme

    @property
    @abstractmethod
    def structure(self):
        """Everything that shapes a compiled program: nested tuples of numbers, strings and objects."""

    @abstractmethod
    def is_like(self, other):
        """Whether another autoencoder differs from this one in its numbers alone."""

    @property
    @abstractmethod
    def n_features(self):
        """Width of a row."""

    @property
    @abstractmethod
    def encoding_dim(self):
        """Width of a code."""

    @property
    @abstractmethod
    def output_activation(self):
        """Activation of the reconstruction, as a Keras name."""

    @property
    @abstractmethod
    def arrays(self):
        """Numbers of the encoder and the decoder: a list of ndarray."""

    @abstractmethod
    def with_arrays(self, arrays):
        """Return the same autoencoder with other numbers."""

    @property
    @abstractmethod
    def linear_paths(self):
        """Linear maps beside the hidden layers of the encoder and of the decoder: two `Layer`s, or nothing."""

    @abstractmethod
    def with_linear_paths(self, to_code, from_code):
        """Return the same autoencoder with other linear paths."""

    @abstractmethod
    def with_logits(self):
        """Return the same autoencoder without the activation of its output."""

    def with_standardization(self, standardization, code_scale):
        """Return the autoencoder of rows that are standardised before it sees them.

        Parameters
        ----------
        standardization : Standardization
        code_scale : float
            Unit of the codes that `encode` returns.
        """
        return replace(self, standardization=standardization, code_scale=code_scale)

    def padded(self):
        """Return an autoencoder that trains alike and shares its structure with others of about the same widths.

        Its `arrays` are those of this one, with zeros at their ends that stay zero.
        """
        return self

    @abstractmethod
    def encoder_outputs(self, X):
        """Return all that the encoder puts out for the rows of X, in the dtype of X.

        The first `encoding_dim` columns are the code; a variational encoder puts out the logarithms of its variances
        behind them.
        """

    def encode(self, X):
        """Encode the rows of X: shape (n_samples, encoding_dim), dtype of X."""
        outputs = self.encoder_outputs(X)
        return outputs if outputs.shape[1] == self.encoding_dim else outputs[:, : self.encoding_dim].copy()

    @abstractmethod
    def decode(self, codes):
        """Decode codes: shape (n_samples, n_features), dtype of the codes."""

    def reconstruct(self, X):
        """Encode and decode the rows of X."""
        return self.decode(self.encode(X))

    def posterior(self, X):
        """Return the means and the logarithms of the variances of the codes that a variational encoder puts out."""
        return np.split(self.encoder_outputs(X), 2, axis=1)

    @abstractmethod
    def keras_models(self, dtype):
        """Return "encoder", "decoder" and "autoencoder" as `keras.Model`s of rows of X, sharing their weights.

        Parameters
        ----------
        dtype : str
            "float64" if the units are extreme.

        Returns
        -------
        dict of str to keras.Model
            Built at the first request.
        """

    @abstractmethod
    def training_models(self):
        """Build float32 Keras models of standardised rows, for training.

        Returns
        -------
        encoder, decoder : keras.Model
        variables : list of keras.Variable
            In the order of `arrays`, whose numbers they hold.
        """
