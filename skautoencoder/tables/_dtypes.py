"""Dtypes of data frames as plain data, which files can hold, and the dtypes of such data."""

from decimal import Decimal

import numpy as np


def described(dtype, container):
    """Return a dtype as its name, or as a tuple of its kind and its settings if the name says too little.

    The categories of a dtype are not part of it. Raise a TypeError or a ValueError if the dtype cannot be made again.
    """
    describe = _described_in_polars if container == "polars" else _described_in_pandas
    description = describe(dtype)
    if dtype_of(description, container) != dtype:
        raise ValueError(f"{description} makes another dtype.")
    return description


def dtype_of(description, container):
    """Make the dtype that `described` returned a description of."""
    if container == "polars":
        return _of_polars(description)
    return _of_pandas(description)


def _described_in_pandas(dtype):
    import pandas

    name = str(dtype)
    if _is_named(name, dtype):
        return name
    if isinstance(dtype, pandas.StringDtype):
        return "string", dtype.storage, dtype.na_value is not pandas.NA
    if isinstance(dtype, pandas.SparseDtype):
        fill_value = dtype.fill_value
        return "sparse", str(dtype.subtype), fill_value.item() if isinstance(fill_value, np.generic) else fill_value
    if isinstance(dtype, pandas.ArrowDtype):
        return _described_in_arrow(dtype.pyarrow_dtype)
    raise TypeError(f"{name} is no name of a dtype.")


def _is_named(name, dtype):
    """Whether the name of a dtype of pandas makes the dtype."""
    import pandas

    try:
        return pandas.api.types.pandas_dtype(name) == dtype
    except (TypeError, ValueError, NotImplementedError):
        return False


def _described_in_arrow(dtype):
    import pyarrow

    if pyarrow.types.is_decimal(dtype):
        return "arrow decimal", dtype.bit_width, dtype.precision, dtype.scale
    if pyarrow.types.is_dictionary(dtype):
        if not (pyarrow.types.is_string(dtype.value_type) or pyarrow.types.is_large_string(dtype.value_type)):
            raise TypeError(f"{dtype} is no dictionary of words.")
        return "arrow dictionary", str(dtype.index_type), str(dtype.value_type), dtype.ordered
    return "arrow", str(dtype)


def _of_pandas(description):
    import pandas

    if isinstance(description, str):
        return pandas.api.types.pandas_dtype(description)
    kind, *settings = description
    if kind == "string":
        storage, is_missing_nan = settings
        return pandas.StringDtype(storage, na_value=np.nan) if is_missing_nan else pandas.StringDtype(storage)
    if kind == "sparse":
        return pandas.SparseDtype(*settings)
    return pandas.ArrowDtype(_of_arrow(kind, settings))


def _of_arrow(kind, settings):
    import pyarrow

    if kind == "arrow decimal":
        n_bits, precision, scale = settings
        return getattr(pyarrow, f"decimal{n_bits}")(precision, scale)
    if kind == "arrow dictionary":
        index, value, is_ordered = settings
        return pyarrow.dictionary(pyarrow.type_for_alias(index), pyarrow.type_for_alias(value), is_ordered)
    return pyarrow.type_for_alias(*settings)


def _described_in_polars(dtype):
    import polars

    name = str(dtype).split("(")[0]
    if dtype.is_decimal():
        return name, dtype.precision, dtype.scale
    if name == "Categorical" and dtype != polars.Categorical():
        categories = dtype.categories
        return name, categories.name(), categories.namespace(), str(categories.physical())
    return name


def _of_polars(description):
    import polars

    if isinstance(description, str):
        return getattr(polars, description)
    name, *settings = description
    if name == "Decimal":
        return polars.Decimal(*settings)
    label, namespace, physical = settings
    return polars.Categorical(polars.Categories(label, namespace, getattr(polars, physical)))


def decimals(values, precision, scale):
    """Return numbers as decimals of a scale; those of more digits than the precision become the largest ones."""
    nines = (9,) * precision
    largest = Decimal((0, nines, -scale))
    smallest = Decimal((1, nines, -scale))
    rounded = [Decimal(f"{round(float(value), scale):.{max(scale, 0)}f}") for value in values]
    return [min(max(value, smallest), largest) for value in rounded]
