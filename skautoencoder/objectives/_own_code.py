"""Functions and objects of users that training calls: errors that name them, and what they must return."""

# Fragments of errors about the number of dimensions.
_OF_SHAPES = ("rank", "ndim", "dims", "dimension", "Index out of range", "too many indices", "shape")


def called(name, function, rows, *arguments):
    """Call code of a user on a batch; an error names the parameter `name` and says what the rows are like."""
    try:
        return getattr(function, "call", function)(*arguments) if name == "loss" else function(*arguments)
    except Exception as error:  # Users' code may raise anything.
        raise ValueError(
            f"{name}={function!r} failed on a batch of rows of shape (n_rows, {rows.shape[1]}): "
            f"{_first_line(error)} {_way_out(str(error), rows.shape[1])}"
        ) from error


def _first_line(error):
    line = (str(error) or type(error).__name__).splitlines()[0].partition(" for '{{node")[0]
    return line if line.endswith(".") else f"{line}."


def _way_out(message, n_features):
    if "symbolic" in message or "numpy" in message.lower():
        return "Write it with keras.ops or TensorFlow: NumPy cannot compute with the tensors of training."
    if any(fragment in message for fragment in _OF_SHAPES):
        side = int(n_features**0.5)
        shape = f"(-1, {side}, {side}, 1)" if side**2 == n_features else "(-1, height, width, channels)"
        return f"Rows are flat: reshape them to images or series first, as in keras.ops.reshape(rows, {shape})."
    return "Try it on rows of that shape outside of fit."


def as_tensor(name, function, value, expected):
    """Return the value of a user's function as a float32 tensor.

    Raise a ValueError unless it holds real numbers; `name` is the parameter of the function, `expected` its value.
    """
    import tensorflow as tf

    try:
        tensor = tf.convert_to_tensor(value)
        is_real = tensor.dtype.is_floating or tensor.dtype.is_integer
    except (TypeError, ValueError):
        is_real = False
    if not is_real:
        raise ValueError(
            f"{name}={function!r} must return {expected}, real numbers made by keras.ops or TensorFlow, but returned "
            f"{value!r}."
        )
    return tf.cast(tensor, tf.float32)
