"""What tells one compiled program from another: parameters, and the traced graph where code is the user's own."""

import re
from hashlib import sha256
from numbers import Number
from types import FunctionType

import numpy as np

# Stands in a key for code of the user's own, which may read anything: only a trace tells what it computes.
OWN_CODE = "code of the user's own"

_KNOWN_CODE = {"builtins", "keras", "skautoencoder"}
# Layers of Keras' own whose configuration does not tell all that they compute.
_MORE_THAN_CONFIGURED = {"FlaxLayer", "JaxLayer", "Lambda", "Normalization", "TFSMLayer", "TorchModuleWrapper"}


def part_key(part):
    """Describe what shapes a program by something hashable that is equal for equal programs.

    Parameters
    ----------
    part : object
        Lists and tuples are described by what they hold, this package's objects with `get_params` by their class and
        their parameters. What is neither a value nor code of this package or of Keras is `OWN_CODE`.
    """
    if isinstance(part, (tuple, list)):
        return tuple(map(part_key, part))
    if part is None or isinstance(part, (Number, str)):
        return part
    if isinstance(part, np.ndarray):
        return part.shape, part.dtype.str, part.tobytes()
    is_plain_code = isinstance(part, type) or (isinstance(part, FunctionType) and part.__closure__ is None)
    code = part if is_plain_code else type(part)
    if code.__module__.split(".")[0] not in _KNOWN_CODE:
        return OWN_CODE
    if is_plain_code:
        return part
    if hasattr(part, "get_params"):
        parameters = sorted(part.get_params(deep=False).items())
        return code, *((name, part_key(value)) for name, value in parameters)
    return OWN_CODE


def optimizer_key(value):
    """Describe an optimizer or a schedule, of which a new one is built for each fit, by its configuration."""
    if value is None or isinstance(value, str):
        return value
    settings = {name: setting for name, setting in value.get_config().items() if name != "name"}
    return configuration_key([{"module": type(value).__module__, "class_name": type(value).__name__}, settings])


def configuration_key(configuration):
    """Describe Keras objects by their configuration, or by `OWN_CODE` if that does not tell all that they compute."""
    return repr(configuration) if _tells_all(configuration) else OWN_CODE


def _tells_all(configuration):
    if isinstance(configuration, (list, tuple)):
        return all(map(_tells_all, configuration))
    if isinstance(configuration, dict):
        return _is_known(configuration) and all(map(_tells_all, configuration.values()))
    return configuration is None or isinstance(configuration, (Number, str))


def _is_known(configuration):
    """Whether it is the configuration of no object, of one of Keras' own, or of a value such as a tuple."""
    name = configuration.get("class_name", "__none__")
    if name.startswith("__"):
        return name != "__lambda__"
    module = configuration.get("module") or ""
    return module.split(".")[0] == "keras" and name not in _MORE_THAN_CONFIGURED


def holds_own_code(key):
    """Whether `OWN_CODE` stands anywhere in a key."""
    return any(map(holds_own_code, key)) if isinstance(key, tuple) else key == OWN_CODE


def graph_key(function, variables):
    """Describe a traced function by something that is equal for functions that compute the same.

    Parameters
    ----------
    function : tf.types.experimental.ConcreteFunction
    variables : list of keras.Variable
        Variables that every such function has of its own. Other variables, such as one of the user's, equal themselves
        alone; other tensors that the function holds equal those of the same value.
    """
    definition = function.graph.as_graph_def()
    functions = definition.library.function
    # TensorFlow numbers the bodies of loops and branches through the process, and lists them in any order.
    last = (number for body in functions for number in re.findall(r"_(\d+)", body.signature.name)[-1:])
    numbers = sorted(set(last), key=int)
    ranks = {number: f"#{rank}" for rank, number in enumerate(numbers)}

    def described(part):
        return re.sub(r"(?<=_)\d+", lambda number: ranks.get(number[0], number[0]), str(part))

    digest = sha256()
    for text in [*map(described, definition.node), *sorted(map(described, functions))]:
        digest.update(text.encode())
    places = {id(variable.value.handle): place for place, variable in enumerate(variables)}
    held = (places.get(id(tensor), _tensor_key(tensor)) for tensor, _ in function.graph.captures)
    return digest.hexdigest(), *held


def _tensor_key(tensor):
    return id(tensor) if tensor.dtype.name in ("resource", "variant") else part_key(tensor.numpy())
