"""Codes, their names, and the choice of those to draw."""

import numpy as np

_SIZES = {2: "two", 3: "three"}


def named_codes(codes) -> tuple[np.ndarray, list[str]]:
    """Return at least two codes as an array, and their names: columns of a DataFrame, or "code 0", "code 1", ..."""
    columns = getattr(codes, "columns", None)
    codes = np.asarray(codes)
    if codes.shape[1] < 2:
        raise ValueError("A picture of codes needs at least two, but there is one. Fit with encoding_dim=2 or more.")
    names = (
        [f"code {number}" for number in range(codes.shape[1])] if columns is None else [str(name) for name in columns]
    )
    return codes, names


def checked_dims(dims, n_codes: int, sizes: tuple[int, ...]) -> list[int]:
    """Return the indices of the codes to draw, or raise a ValueError unless their number is one of the sizes."""
    dims = list(dims)
    if len(dims) not in sizes or len(set(dims)) < len(dims) or not set(dims) <= set(range(n_codes)):
        number = " or ".join(_SIZES[size] for size in sizes)
        raise ValueError(f"dims={dims!r} should be {number} different codes from 0 to {n_codes - 1}.")
    return dims
