"""Block by block: how many rows are worked on at once."""

from sklearn import get_config


def row_blocks(n_rows, row_bytes, most_mebibytes):
    """Cut rows into blocks that fit the processor's cache and scikit-learn's ``working_memory``.

    Parameters
    ----------
    n_rows : int
    row_bytes : int
        Bytes that one row takes while it is worked on.
    most_mebibytes : float
        Most mebibytes that a block may take; ``sklearn.set_config(working_memory=...)`` can only lower it.

    Yields
    ------
    slice
        Rows of one block, at least one.
    """
    most_bytes = min(most_mebibytes, get_config()["working_memory"]) * 2**20
    step = max(1, int(most_bytes // row_bytes))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows))
