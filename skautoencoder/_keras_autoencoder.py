"""A fitted network that only Keras can run: its arrays, and how to build its models again."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import gen_batches

from ._inference import Layer
from ._parameter_checks import parameters_key


@dataclass(frozen=True)
class Blueprint:
    """All that it takes to build the models of an architecture.

    Parameters
    ----------
    architecture : BaseKerasArchitecture
    n_features, encoding_dim : int
    hidden_layer_sizes : tuple of int
    activation, code_activation, output_activation : str
    linear_path : bool
        Whether a linear map leads beside the models, whose last layers then start at zero.
    n_code_outputs : int
        Numbers that the encoder puts out; the first `encoding_dim` of them are the code.
    """

    architecture: Any
    n_features: int
    encoding_dim: int
    hidden_layer_sizes: tuple
    activation: str
    code_activation: str
    output_activation: str
    linear_path: bool
    n_code_outputs: int

    @property
    def key(self):
        """Equal for blueprints of the same models; hashable."""
        return (parameters_key(self.architecture), *list(vars(self).values())[1:])


@dataclass(frozen=True, eq=False)
class KerasAutoencoder:
    """An encoder and a decoder made of Keras layers.

    It computes in the dtype of its input, in blocks, by one compiled call each. Models and calls are built when they
    are first asked for and left out of pickles.

    Parameters
    ----------
    blueprint : Blueprint
    body : list of ndarray
        The numbers in the models that the architecture builds, random states included.
    description : hashable
        What those models are made of.
    linear_paths : tuple of Layer
        The linear maps beside the encoder and the decoder; empty if there are none.
    standardization : Standardization or None
        Of the rows; None leaves them as they are.
    code_scale : float
        Unit of the codes.
    """

    blueprint: Blueprint
    body: list
    description: Any
    linear_paths: tuple = ()
    standardization: Any = None
    code_scale: float = 1.0
    _built: dict = field(default_factory=dict, init=False, repr=False)

    # Rows that go through the models at once: activations of images are large.
    block_rows = 256

    @classmethod
    def untrained(cls, blueprint, random_state):
        """Let the architecture build its models and take their initial numbers, drawn from `random_state`."""
        from ._engine.building import initial_models

        body, description = initial_models(blueprint, int(random_state.randint(2**31)))
        if not blueprint.linear_path:
            return cls(blueprint, body, description)
        sizes = (blueprint.n_features, blueprint.n_code_outputs), (blueprint.encoding_dim, blueprint.n_features)
        return cls(blueprint, body, description, tuple(Layer.glorot_uniform(*size, random_state) for size in sizes))

    def __getstate__(self):
        return {**self.__dict__, "_built": {}, "description": None}

    @property
    def structure(self):
        """Everything but the numbers; hashable."""
        # With the description, since a function that builds models may depend on more than its arguments.
        return self.blueprint.key, self.description, *(array.shape for array in self.arrays)

    @property
    def n_features(self):
        return self.blueprint.n_features

    @property
    def encoding_dim(self):
        return self.blueprint.encoding_dim

    @property
    def output_activation(self):
        return self.blueprint.output_activation

    @property
    def jit_compile(self):
        return self.blueprint.architecture.jit_compile

    @property
    def arrays(self):
        """The numbers of the models, then those of the linear paths."""
        return self.body + [array for path in self.linear_paths for array in path.arrays]

    def with_arrays(self, arrays):
        """Build the same autoencoder with other numbers."""
        rest = iter(arrays[len(self.body) :])
        paths = tuple(path.with_arrays(rest) for path in self.linear_paths)
        return replace(self, body=list(arrays[: len(self.body)]), linear_paths=paths)

    def with_linear_paths(self, to_code, from_code):
        """Build the same autoencoder with other linear paths."""
        return replace(self, linear_paths=(to_code, from_code))

    def with_logits(self):
        """Build the same autoencoder without the activation of its output."""
        return replace(self, blueprint=replace(self.blueprint, output_activation="linear"))

    def in_units(self, standardization, code_scale):
        """Turn an autoencoder of standardised rows into one of rows, with codes in units of `code_scale`."""
        return replace(self, standardization=standardization, code_scale=code_scale)

    def encode(self, X):
        """Encode the rows of X: shape (n_samples, encoding_dim), dtype of X."""
        return self._run("encoder", X)[:, : self.encoding_dim] * X.dtype.type(self.code_scale)

    def posterior(self, X):
        """Return all that the encoder puts out for the rows of X."""
        return self._run("encoder", X)

    def decode(self, codes):
        """Decode codes: shape (n_samples, n_features), dtype of the codes."""
        rows = self._run("decoder", codes / codes.dtype.type(self.code_scale))
        return rows if self.standardization is None else self.standardization.revert(rows)

    def reconstruct(self, X):
        """Encode and decode the rows of X."""
        return self.decode(self.encode(X))

    def _run(self, part, X):
        if X.dtype not in self._built:
            from ._engine.networks import compiled_calls

            self._built[X.dtype] = compiled_calls(self, X.dtype.name)
        call = self._built[X.dtype][part]
        blocks = []
        for rows in gen_batches(X.shape[0], self.block_rows):
            block = X[rows].toarray() if issparse(X) else X[rows]
            if part == "encoder" and self.standardization is not None:
                block = self.standardization.apply(block).astype(X.dtype, copy=False)
            blocks.append(call(block))
        return np.concatenate(blocks)

    def keras_models(self, dtype):
        """Return "encoder", "decoder" and "autoencoder" as `keras.Model`s that share their weights."""
        key = f"models {dtype}"
        if key not in self._built:
            from ._engine.networks import keras_models

            self._built[key] = keras_models(self, dtype)
        return self._built[key]

    def training_models(self):
        """Build float32 models of standardised rows; see `_engine.building.models`."""
        from ._engine.building import architecture_models

        return architecture_models(self, "float32")
