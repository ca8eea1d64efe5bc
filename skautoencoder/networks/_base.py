"""The interface of networks."""

from abc import ABC, abstractmethod

import numpy as np

from ..rows import Standardization
from ._code_map import CodeMap


class Autoencoder(ABC):
    """An encoder and a decoder as numbers, untrained or trained.

    Training reads standardised rows and changes `arrays`; `encode` and `decode` take and return the units of X.
    """

    # Widths of a row and of a code.
    n_features: int
    encoding_dim: int
    # Activation of the reconstruction, as a Keras name.
    output_activation: str
    # Numbers of the encoder and the decoder.
    arrays: list[np.ndarray]
    # Two `Layer`s beside the hidden layers of the encoder and of the decoder, or nothing.
    linear_paths: tuple
    # Everything that shapes a compiled program: nested tuples of numbers, strings and objects.
    structure: tuple
    # None leaves rows as they are.
    standardization: Standardization | None
    # From the outputs of the encoder to codes; None: the outputs are the codes.
    code_map: CodeMap | None
    # Whether XLA compiles the training steps.
    jit_compile: bool

    def __getstate__(self):
        # Pickles omit Keras models and everything else that is derived from the arrays.
        return {name: value for name, value in vars(self).items() if value is not None and name != "_derived"}

    def __setstate__(self, state):
        vars(self).update(state, _derived={})

    @property
    def linear_decoding(self):
        """Kernel of the decoder of standardised rows, of shape (encoding_dim, n_features); None if it is not linear."""
        return None

    @property
    def is_extreme(self):
        """Whether computing in the units of X exceeds the range of float32."""
        return self.standardization is not None and self.standardization.is_extreme

    @abstractmethod
    def is_like(self, other):
        """Whether another autoencoder differs from this one only in its numbers."""

    @abstractmethod
    def with_arrays(self, arrays):
        """Return the same autoencoder with other numbers."""

    @abstractmethod
    def with_linear_paths(self, to_code, from_code):
        """Return the same autoencoder with other linear paths."""

    @abstractmethod
    def with_logits(self):
        """Return the same autoencoder without the activation of its output."""

    def padded(self):
        """Return an autoencoder that trains alike and shares its structure with others of similar widths.

        Its `arrays` are those of this one, extended by zeros that stay zero.
        """
        return self

    @abstractmethod
    def encoder_outputs(self, X):
        """Return all columns of the encoder's output for the rows of X, in the dtype of X.

        The first `encoding_dim` columns are the code. A variational encoder adds the logarithms of its variances.
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
        """Return the means and the log-variances of the codes of a variational encoder."""
        return np.split(self.encoder_outputs(X), 2, axis=1)

    @abstractmethod
    def keras_models(self, dtype):
        """Return "encoder", "decoder" and "autoencoder" as `keras.Model`s of rows of X in a dtype, sharing weights."""

    @abstractmethod
    def training_models(self):
        """Build float32 Keras models of standardised rows: encoder, decoder, and variables in the order of `arrays`."""
