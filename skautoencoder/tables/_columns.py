"""Columns of data frames: read as numbers or objects, and written back with filled entries and the same dtype."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np

from .._input import is_number
from ._dtypes import decimals, described, dtype_of


@dataclass(frozen=True)
class Column:
    """One column of a frame."""

    name: str
    # Numbers if the dtype is numeric, else objects.
    values: np.ndarray
    is_missing: np.ndarray
    # Whether objects may be numbers: the dtype is neither categorical nor boolean.
    is_plain: bool
    # dtype of NumPy with the same numbers; object if the column does not hold numbers.
    dtype: np.dtype

    @property
    def holds_numbers(self):
        """Whether all observed entries are numbers."""
        if self.values.dtype != object:
            return True
        return self.is_plain and all(_is_number(value) for value in self.values[~self.is_missing])

    @property
    def reads_as_numbers(self):
        """Whether all observed entries are numbers, or words that spell numbers."""
        observed = self.values[~self.is_missing]
        return self.holds_numbers or (self.is_plain and all(isinstance(v, str) and is_number(v) for v in observed))

    @property
    def is_unknown(self):
        """Whether the column has dtype object and no observed entry."""
        return self.values.dtype == object and bool(self.is_missing.all())

    def numbers(self):
        """Return the entries as float64, NaN where they are missing; raise a ValueError if some are no numbers."""
        if not self.holds_numbers:
            strange = next(value for value in self.values[~self.is_missing] if not _is_number(value))
            raise ValueError(
                f"Column {self.name!r} held numbers in fit, but holds {strange!r}. Pass numbers, or fit to rows in "
                "which it holds categories."
            )
        return np.where(self.is_missing, np.nan, self.values).astype(np.float64)


@dataclass(frozen=True)
class ColumnType:
    """What a column of a frame needs, besides its entries, to be made again."""

    label: Any
    # Names of the levels of all labels.
    label_names: list
    # The dtype of the entries or, if pandas declares categories, of these, as `described` returns it.
    dtype: str | tuple
    # Categories that the dtype declares, in their order; None if it declares none.
    levels: list | None
    is_ordered: bool


def _is_number(value):
    return isinstance(value, Number) and not isinstance(value, (bool, np.bool_, complex, np.complexfloating))


def columns_of(X, marker):
    """Yield the columns of a frame; entries that are null, NaN or the marker are missing."""
    entries = _pandas_entries if hasattr(X, "iloc") else _polars_entries
    for number in range(X.shape[1]):
        column = _column(X, number)
        values, is_missing, is_plain = entries(column)
        if isinstance(marker, Number) and marker == marker:
            is_missing = is_missing | (values == marker)
        yield Column(str(column.name), values, is_missing, is_plain, dtype_of_numbers(column))


def _column(X, number):
    return X.iloc[:, number] if hasattr(X, "iloc") else X.to_series(number)


def has_numeric_dtypes(X):
    """Whether all columns of a frame have numeric dtypes; entries are not read."""
    return all(_is_numeric(dtype) for dtype in set(X.dtypes))


def _is_numeric(dtype):
    if hasattr(dtype, "is_numeric"):
        return dtype.is_numeric()
    return dtype.kind in "iuf" and not hasattr(dtype, "categories")


def hold_integers(X):
    """Return which columns of a frame have an integer dtype."""
    return np.array([dtype_of_numbers(_column(X, number)).kind in "iu" for number in range(X.shape[1])])


def dtype_of_numbers(column):
    """Return the dtype of NumPy with the numbers of a column; object if its dtype is not numeric."""
    if hasattr(column.dtype, "is_numeric"):
        return np.dtype(column[:0].to_numpy().dtype if column.dtype.is_numeric() else object)
    kind = column.dtype.kind
    if kind not in "iuf" or hasattr(column.dtype, "categories"):
        return np.dtype(object)
    # Of a sparse column, the dtype of its entries.
    dtype = getattr(column.dtype, "subtype", column.dtype)
    return np.dtype(f"{kind}{dtype.itemsize}")


def _pandas_entries(column):
    kind = column.dtype.kind
    _check_kind(column, kind in "mM" or str(column.dtype).startswith("period") or _holds_times(column), kind == "c")
    is_missing = column.isna().to_numpy(dtype=bool)
    if kind in "iuf" and not hasattr(column.dtype, "categories"):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), is_missing, True
    is_plain = kind != "b" and not hasattr(column.dtype, "categories")
    return column.to_numpy(dtype=object), is_missing, is_plain


def _polars_entries(column):
    _check_kind(column, column.dtype.is_temporal(), False)
    if column.dtype.is_numeric():
        values = column.cast(float).fill_null(np.nan).to_numpy()
        return values, np.isnan(values), True
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_list()
    return values, column.is_null().to_numpy(), str(column.dtype) == "Object"


def _holds_times(column):
    """Whether the first entry that is not null is a date or a time of Python."""
    if column.dtype.kind != "O" or hasattr(column.dtype, "categories"):
        return False
    observed = column.dropna()
    return len(observed) > 0 and isinstance(observed.iloc[0], (date, time, timedelta))


def _check_kind(column, is_time, is_complex):
    if is_time:
        raise ValueError(
            f"Column {str(column.name)!r} holds {column.dtype}, neither numbers nor categories. Turn it into numbers, "
            "such as days since the first one, or leave it out."
        )
    if is_complex:
        raise ValueError(
            f"Complex data not supported: column {str(column.name)!r} has dtype {column.dtype}. Pass real and "
            "imaginary parts as two columns."
        )


def filled_frame(X, is_missing, fillings):
    """Return columns of a frame by number, their missing entries filled with given values, all with their dtypes."""
    if hasattr(X, "iloc"):
        return _pandas_filled(X, is_missing, fillings)
    return _polars_filled(X, is_missing, fillings)


def _pandas_filled(X, is_missing, fillings):
    filled = X.iloc[:, list(fillings)].copy()
    for place, (number, values) in enumerate(fillings.items()):
        if not is_missing[:, number].any():
            continue
        column = filled.iloc[:, place]
        dtype = dtype_of_numbers(column)
        if dtype.kind != "O" and isinstance(values, list):
            # Words in a column of NaN: all of its entries are missing.
            column = column.astype(object)
            dtype = column.dtype
        elif dtype.kind != "O":
            values = in_dtype(values, dtype)
        elif hasattr(column.dtype, "categories"):
            column = column.cat.add_categories(
                [new for new in dict.fromkeys(values) if new not in column.cat.categories]
            )
        elif _holds_decimals(column):
            values = [Decimal(repr(float(value))) for value in values]
        # Arrays of sparse columns cannot be written to.
        array = column.to_numpy(dtype=dtype) if hasattr(column.dtype, "subtype") else column.array.copy()
        array[is_missing[:, number]] = values
        filled.isetitem(place, type(column)(array, index=column.index, name=column.name, dtype=column.dtype))
    return filled


def _polars_filled(X, is_missing, fillings):
    columns = []
    for number, values in fillings.items():
        column = X.to_series(number)
        if is_missing[:, number].any():
            entries = column.to_list()
            values, dtype = _in_polars(values, column)
            for row, value in zip(np.flatnonzero(is_missing[:, number]), values, strict=True):
                entries[row] = value
            column = type(column)(column.name, entries, dtype=dtype)
        columns.append(column)
    return X.select(column.name for column in columns).with_columns(columns)


def _in_polars(values, column):
    """Return values as a column of polars takes them, and the dtype of the column with them."""
    dtype = column.dtype
    if str(dtype) == "Null" or (dtype.is_numeric() and isinstance(values, list)):
        # All entries are missing: the dtype is that of the values.
        return values, None
    if dtype.is_decimal():
        return [Decimal(f"{value:.{dtype.scale}f}") for value in values], dtype
    if dtype.is_numeric():
        return in_dtype(values, dtype_of_numbers(column)).tolist(), dtype
    if type(dtype).__name__ == "Enum":
        known = dtype.categories.to_list()
        dtype = type(dtype)([*known, *(new for new in dict.fromkeys(values) if new not in known)])
    return values, dtype


def _holds_decimals(column):
    observed = column.dropna()
    return len(observed) > 0 and isinstance(observed.iloc[0], Decimal)


def in_dtype(values, dtype):
    """Return numbers in a dtype; those beyond the range of integers become the smallest or the largest one."""
    if dtype.kind not in "iu":
        return np.asarray(values).astype(dtype)
    limits = np.iinfo(dtype)
    # The largest int64 is no float64: the next smaller number is.
    return np.clip(values, float(limits.min), np.nextafter(float(limits.max) + 1, 0)).astype(dtype)


def with_columns(table, names, columns):
    """Return an array or a data frame with further columns; data frames of pandas are changed in place."""
    if isinstance(table, np.ndarray):
        return np.hstack([table, columns])
    for name, column in zip(names, columns.T, strict=True):
        if hasattr(table, "iloc"):
            table[name] = column
        else:
            table = table.with_columns(type(table.to_series(0))(name, column))
    return table


def with_declared_categories(frame, names):
    """Return a frame whose columns of words with these names declare their categories, so that parts keep all."""
    if container_of(frame) == "pandas":
        words = [name for name in names if frame[name].dtype.kind == "O" and not _levels(frame[name].dtype)[0]]
        return frame.astype(dict.fromkeys(words, "category"))
    import polars

    words = [name for name in names if frame[name].dtype == polars.String]
    return frame.with_columns(frame[name].cast(polars.Enum(frame[name].drop_nulls().unique())) for name in words)


def container_of(frame):
    """Return the library of a frame, "pandas" or "polars"."""
    return "pandas" if hasattr(frame, "iloc") else "polars"


def column_types(frame):
    """Return the type of each column of a frame; raise a ValueError that names a column whose dtype has no type."""
    container = container_of(frame)
    label_names = list(getattr(frame.columns, "names", [None]))
    return [
        _column_type(label, label_names, dtype, container)
        for label, dtype in zip(frame.columns, frame.dtypes, strict=True)
    ]


def _column_type(label, label_names, dtype, container):
    levels, is_ordered = _levels(dtype)
    has_own_dtype = levels is None or container == "polars"
    try:
        description = described(dtype if has_own_dtype else dtype.categories.dtype, container)
    except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
        way_out = "cast(polars.String)" if container == "polars" else "astype('string')"
        raise ValueError(
            f"Column {str(label)!r} has the dtype {dtype}, which a reconstruction cannot be given. Turn the column "
            f"into numbers, or into words with {way_out}, or leave it out."
        ) from error
    return ColumnType(label, label_names, description, levels, is_ordered)


def _levels(dtype):
    """Return the categories that a dtype declares or None, and whether they are ordered."""
    levels = getattr(dtype, "categories", None)
    if levels is None:
        return None, False
    if type(dtype).__name__ == "Categorical":
        # In polars, all frames share these categories.
        return [], False
    return list(levels.tolist() if hasattr(levels, "tolist") else levels), bool(getattr(dtype, "ordered", False))


def frame_of(container, types, columns, index=None):
    """Make a frame of arrays of numbers and lists of categories; numbers are rounded for dtypes of integers."""
    if container == "polars":
        import polars

        series = [_polars_column(polars, kind, values) for kind, values in zip(types, columns, strict=True)]
        return polars.DataFrame(series)
    import pandas

    series = [_pandas_column(pandas, kind, values, index) for kind, values in zip(types, columns, strict=True)]
    frame = pandas.concat(series, axis=1)
    label_names = types[0].label_names
    frame.columns = pandas.Index([kind.label for kind in types], tupleize_cols=len(label_names) > 1)
    frame.columns.names = label_names
    return frame


def _pandas_column(pandas, kind, values, index):
    dtype = dtype_of(kind.dtype, "pandas")
    if kind.levels is not None:
        dtype = pandas.CategoricalDtype(pandas.Index(kind.levels, dtype=dtype), kind.is_ordered)
    if isinstance(values, np.ndarray):
        values = _numbers_in(values, dtype, pandas.Series(dtype=dtype))
    return pandas.Series(values, index=index, dtype=dtype)


def _polars_column(polars, kind, values):
    dtype = polars.Enum(kind.levels) if kind.dtype == "Enum" else dtype_of(kind.dtype, "polars")
    if isinstance(values, np.ndarray):
        values = _numbers_in(values, dtype, polars.Series(dtype=dtype))
    return polars.Series(kind.label, values, dtype=dtype)


def _numbers_in(values, dtype, column):
    """Return numbers as a column without rows, and its dtype, take them."""
    dtype = getattr(dtype, "pyarrow_dtype", dtype)
    if hasattr(dtype, "scale"):
        return decimals(values, dtype.precision, dtype.scale)
    numbers = dtype_of_numbers(column)
    return _rounded(values, numbers) if numbers.kind != "O" else values.tolist()


def _rounded(values, dtype):
    """Return numbers in a dtype, rounded if it holds integers; as float64 if it holds objects."""
    if dtype.kind in "iu":
        values = np.rint(values)
    return in_dtype(values, dtype) if dtype.kind != "O" else values


def in_container(frame, container):
    """Return a frame as a frame of pandas or of polars."""
    if container == container_of(frame):
        return frame
    names = list(map(str, frame.columns))
    entries = [entries_of(frame, number) for number in range(frame.shape[1])]
    columns = dict(zip(names, entries, strict=True))
    if container == "pandas":
        import pandas

        return pandas.DataFrame(columns)
    import polars

    # Columns of objects may mix integers and other numbers.
    return polars.DataFrame(columns, strict=False)


def entries_of(frame, number):
    """Return a column of numbers as an array, another one as a list."""
    column = _column(frame, number)
    dtype = dtype_of_numbers(column)
    if dtype.kind == "O":
        return column.to_list()
    return column.to_numpy(dtype=dtype) if hasattr(frame, "iloc") else column.to_numpy()
