"""Descriptions of compiled programs, and the keys under which they are cached."""

import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from numbers import Number, Real
from types import FunctionType
from typing import Any

import numpy as np

from . import _keras_compat
from .keras_objects import make_optimizer

# Element-wise optimizers: all weights can be one long vector.
_ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl"}
# Larger networks are not fused: matrix products dominate a step, and cutting the vector up would cost time.
_MAX_FUSED = 2**18

# Rows whose losses are measured at once, if steps have fewer.
_MEASURED_ROWS = 128

# Key of the user's code, which may read anything: only the traced graph shows its computation.
OWN_CODE = "code of the user"

_KNOWN_CODE = {"builtins", "keras", "skautoencoder"}
# Layers of Keras whose configuration does not describe all that they compute.
_MORE_THAN_CONFIGURED = {"FlaxLayer", "JaxLayer", "Lambda", "Normalization", "TFSMLayer", "TorchModuleWrapper"}


@dataclass(frozen=True)
class Program:
    """Everything that shapes a compiled program."""

    # An `Autoencoder`; its weights do not matter.
    network: Any
    # An `Objective`; only its key and the shapes of its numbers matter.
    objective: Any
    # Widths of the fields of a row.
    widths: tuple
    # Whether the last field is the weight of the row.
    is_weighted: bool
    optimizer: Any
    learning_rate: Any
    batch_size: int
    # Whether there is any weight decay.
    decays: bool
    # A `RunningMean` of the weights, with which each epoch ends; None: the last weights.
    running_mean: Any
    # Whether there are steps. Without, none is traced, and compiling does not pay.
    takes_steps: bool
    # Maximum number of weights that may be added to the network.
    max_padding: int
    # Whether a call trains several epochs.
    is_of_turns: bool = False

    @cached_property
    def trained_network(self):
        """The network that is trained: padded if that costs little, so that other networks share the program."""
        padded = self.network.padded()
        n_padded = sum(array.size for array in padded.arrays)
        n_added = n_padded - sum(array.size for array in self.network.arrays)
        optimizer = make_optimizer(self.optimizer, self.learning_rate)
        if self.objective.suits_padding and n_added <= self.max_padding and are_fused(n_padded, optimizer):
            return padded
        return self.network

    @property
    def measured_rows(self):
        """Rows of a batch in which losses are measured: more than in a step if these are few."""
        if self.objective.is_evaluated_in_batches:
            return self.batch_size
        return max(self.batch_size, _MEASURED_ROWS)

    @property
    def jit_compile(self):
        """Whether XLA compiles it."""
        return self.network.jit_compile and self.takes_steps and _keras_compat.XLA_WORKS

    @property
    def key(self):
        """Hashable key, without a numeric learning rate, which is set before each fit.

        Programs whose keys contain `OWN_CODE` are compared by their traced graphs.
        """
        schedule = None if isinstance(self.learning_rate, Real) else self.learning_rate
        return (
            part_key(self.trained_network.structure),
            part_key(self.objective.key),
            tuple((name, np.shape(number)) for name, number in sorted(self.objective.numbers.items())),
            self.widths,
            self.is_weighted,
            optimizer_key(self.optimizer),
            optimizer_key(schedule),
            self.batch_size,
            self.decays,
            self.running_mean,
            self.takes_steps,
            self.is_of_turns,
            self.jit_compile,
        )


def are_fused(n_weights, optimizer):
    """Whether this optimizer sees this many weights as one vector."""
    module = str(type(optimizer).__module__)
    clips_norms = any(getattr(optimizer, clip, None) is not None for clip in ("clipnorm", "global_clipnorm"))
    is_elementwise = module.split(".")[0] == "keras" and type(optimizer).__name__ in _ELEMENTWISE and not clips_norms
    return n_weights <= _MAX_FUSED and is_elementwise


def part_key(part):
    """Describe a part of a program by a hashable key that is equal for equal programs.

    Lists and tuples are described by their items, this package's objects with `get_params` by class and parameters.
    Everything but values and code of this package or Keras is `OWN_CODE`.
    """
    if isinstance(part, (tuple, list)):
        return tuple(map(part_key, part))
    if part is None or isinstance(part, (Number, str)):
        return part
    if isinstance(part, np.ndarray):
        return part.shape, part.dtype.str, part.tobytes()
    is_plain_code = isinstance(part, type) or (isinstance(part, FunctionType) and part.__closure__ is None)
    code = part if is_plain_code else type(part)
    # Code that was made by `exec` may have no module.
    if str(code.__module__).split(".")[0] not in _KNOWN_CODE:
        return OWN_CODE
    if is_plain_code:
        return part
    if hasattr(part, "get_params"):
        parameters = sorted(part.get_params(deep=False).items())
        return code, *((name, part_key(value)) for name, value in parameters)
    return OWN_CODE


def optimizer_key(value):
    """Describe an optimizer or a schedule by its configuration: each fit builds a new one."""
    if value is None or isinstance(value, str):
        return value
    settings = {name: setting for name, setting in value.get_config().items() if name != "name"}
    return configuration_key([{"module": type(value).__module__, "class_name": type(value).__name__}, settings])


def configuration_key(configuration):
    """Describe Keras objects by their configuration, or by `OWN_CODE` if that is incomplete."""
    return repr(configuration) if _is_complete(configuration) else OWN_CODE


def _is_complete(configuration):
    if isinstance(configuration, (list, tuple)):
        return all(map(_is_complete, configuration))
    if isinstance(configuration, dict):
        return _is_known(configuration) and all(map(_is_complete, configuration.values()))
    return configuration is None or isinstance(configuration, (Number, str))


def _is_known(configuration):
    """Whether a dict is plain, describes a value such as a tuple, or a class of Keras with a complete configuration."""
    name = configuration.get("class_name", "__none__")
    if name.startswith("__"):
        return name != "__lambda__"
    module = configuration.get("module") or ""
    return module.split(".")[0] == "keras" and name not in _MORE_THAN_CONFIGURED


def holds_own_code(key):
    """Whether a key contains `OWN_CODE`, at any depth."""
    return any(map(holds_own_code, key)) if isinstance(key, tuple) else key == OWN_CODE


def graph_key(function, variables):
    """Describe a traced function by a key that is equal for functions that compute the same.

    `variables` are the Keras variables that each trainer creates; they are compared by position. Other variables, such
    as the user's, are compared by identity, and other captured tensors by value.
    """
    definition = function.graph.as_graph_def()
    functions = definition.library.function
    # TensorFlow numbers the bodies of loops and branches throughout the process, and lists them in any order.
    numbers = {number for body in functions for number in re.findall(r"_(\d+)", body.signature.name)[-1:]}
    numbers = sorted(numbers, key=int)
    ranks = {number: f"#{rank}" for rank, number in enumerate(numbers)}

    def described(part):
        return re.sub(r"(?<=_)\d+", lambda number: ranks.get(number[0], number[0]), str(part))

    digest = sha256()
    for text in [*map(described, definition.node), *sorted(map(described, functions))]:
        digest.update(text.encode())
    places = {id(variable.value.handle): place for place, variable in enumerate(variables)}
    held = [places.get(id(tensor), _tensor_key(tensor)) for tensor, _ in function.graph.captures]
    return digest.hexdigest(), *held


def _tensor_key(tensor):
    return id(tensor) if tensor.dtype.name in ("resource", "variant") else part_key(tensor.numpy())
