"""Networks that only Keras can run: their arrays, and the blueprint of their models."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import gen_batches

from ..rows import Standardization
from ._base import Autoencoder
from ._code_map import CodeMap
from ._dense import Layer

# Rows of one call: activations of images are large.
_ROWS_OF_CALL = 256


@dataclass(frozen=True)
class Blueprint:
    """Everything that is needed to build the models of an architecture."""

    # Its method `build_models` makes the Keras models.
    architecture: Any
    n_features: int
    encoding_dim: int
    hidden_layer_sizes: tuple[int, ...]
    activation: str
    code_activation: str
    output_activation: str
    # Whether a linear layer is added in parallel to each model, whose last layer then starts at zero.
    linear_path: bool
    # Width of the encoder's output, whose first `encoding_dim` columns are the code.
    n_code_outputs: int


@dataclass(frozen=True, eq=False)
class KerasAutoencoder(Autoencoder):
    """An encoder and a decoder made of Keras layers.

    It computes in the dtype of its input, in blocks, by one compiled call each. Models and calls are built at their
    first use.
    """

    blueprint: Blueprint
    # Numbers of the models that the architecture builds, random states included.
    body: list[np.ndarray]
    # Description of these models, part of the key of a compiled program; None if the autoencoder was unpickled.
    description: Any
    # Linear maps beside the encoder and the decoder; empty if there are none.
    linear_paths: tuple[Layer, ...] = ()
    standardization: Standardization | None = None
    code_map: CodeMap | None = None
    _derived: dict = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def untrained(cls, blueprint, random_state):
        """Build the models of the architecture and take their initial numbers, drawn from `random_state`."""
        from .._engine.building import initial_models

        body, description = initial_models(blueprint, int(random_state.randint(2**31)))
        if not blueprint.linear_path:
            return cls(blueprint, body, description)
        to_code = Layer.glorot_uniform(blueprint.n_features, blueprint.n_code_outputs, random_state)
        from_code = Layer.glorot_uniform(blueprint.encoding_dim, blueprint.n_features, random_state)
        return cls(blueprint, body, description, (to_code, from_code))

    def __getstate__(self):
        return {**super().__getstate__(), "description": None}

    @property
    def structure(self):
        # A function that builds models may depend on more than its arguments.
        models = self.blueprint.architecture if self.description is None else self.description
        sizes = vars(replace(self.blueprint, architecture=None)).values()
        return models, *sizes, *(array.shape for array in self.arrays)

    def is_like(self, other):
        if not isinstance(other, KerasAutoencoder):
            return False
        # Architectures are copied for each fit, so only their representations can be compared.
        if repr(self.blueprint) != repr(other.blueprint):
            return False
        return [array.shape for array in self.arrays] == [array.shape for array in other.arrays]

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
        """Whether XLA compiles the training steps."""
        return self.blueprint.architecture.jit_compile

    @property
    def arrays(self):
        """Numbers of the models, then those of the linear paths."""
        return self.body + [array for path in self.linear_paths for array in path.arrays]

    def with_arrays(self, arrays):
        rest = iter(arrays[len(self.body) :])
        paths = tuple(path.with_arrays(rest) for path in self.linear_paths)
        return replace(self, body=list(arrays[: len(self.body)]), linear_paths=paths)

    def with_linear_paths(self, to_code, from_code):
        return replace(self, linear_paths=(to_code, from_code))

    def with_logits(self):
        return replace(self, blueprint=replace(self.blueprint, output_activation="linear"))

    def encoder_outputs(self, X):
        outputs = self._run("encoder", X)
        return outputs if self.code_map is None else self.code_map.codes(outputs)

    def decode(self, codes):
        rows = self._run("decoder", codes if self.code_map is None else self.code_map.outputs(codes))
        return rows if self.standardization is None else self.standardization.revert(rows)

    def _run(self, part, X):
        if X.dtype not in self._derived:
            from .._engine.building import compiled_calls

            self._derived[X.dtype] = compiled_calls(self, X.dtype.name)
        call = self._derived[X.dtype][part]
        blocks = []
        for rows in gen_batches(X.shape[0], _ROWS_OF_CALL):
            block = X[rows].toarray() if issparse(X) else X[rows]
            if part == "encoder" and self.standardization is not None:
                block = self.standardization.apply(block).astype(X.dtype, copy=False)
            blocks.append(call(block))
        return np.concatenate(blocks)

    def keras_models(self, dtype):
        key = f"models {dtype}"
        if key not in self._derived:
            from .._engine.building import keras_models

            self._derived[key] = keras_models(self, dtype)
        return self._derived[key]

    def training_models(self):
        from .._engine.building import architecture_models

        return architecture_models(self, "float32")
