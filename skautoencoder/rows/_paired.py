"""Rows of two sources, side by side."""


class PairedRows:
    """Rows of as many fields as two sources have together, such as clean and noisy rows.

    Parameters
    ----------
    first, second : RowSource
        As many rows each.
    """

    def __init__(self, first, second):
        self._first, self._second = first, second
        self.widths = first.widths + second.widths

    def __len__(self):
        return len(self._first)

    def take(self, indices, out):
        """Write rows into arrays; see `RowSource`."""
        n_first = len(self._first.widths)
        self._first.take(indices, out[:n_first])
        self._second.take(indices, out[n_first:])
