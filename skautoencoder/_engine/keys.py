"""What tells one compiled program from another."""


def part_key(part):
    """Describe what shapes a program by something hashable that is equal for equal programs.

    Parameters
    ----------
    part : object
        Objects with `get_params`, such as architectures and penalties, are described by their parameters, lists and
        tuples by what they hold. Other hashable objects stand for themselves, and the rest equals nothing else.
    """
    if isinstance(part, (tuple, list)):
        return tuple(map(part_key, part))
    if hasattr(part, "get_params") and not isinstance(part, type):
        parameters = sorted(part.get_params(deep=False).items())
        return type(part), *((name, part_key(value)) for name, value in parameters)
    try:
        hash(part)
    except TypeError:
        return object()
    return part


def optimizer_key(value):
    """Describe an optimizer or a schedule by something that is equal for those that compile to the same program.

    Keras' own are described by their configuration, of which they are built again for each fit. An object of the user's
    own may hide anything, so it equals itself alone.
    """
    if isinstance(value, str) or value is None or type(value).__module__.split(".")[0] != "keras":
        return value
    settings = {name: setting for name, setting in value.get_config().items() if name != "name"}
    return type(value).__name__, repr(settings)
