"""Sliders for codes, and the row that they decode to, as a web page."""

import json
from html import escape
from importlib.resources import files
from numbers import Integral
from pathlib import Path
from string import Template

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted

from .._checks import check_choice
from ..inspection import named_codes
from ..metrics import check_has_inverse, final_step, in_float64, on_numbers, table_of
from ._code import checked_dims
from ._explorer_columns import columns_content, columns_of, moving_columns
from ._exported_decoder import CodeRanges, GridDecoder, encoded, exported_network
from ._row_shape import RowShape

# Number of sliders unless `dims` asks for others: of a network, and of rows that are computed beforehand.
_N_SLIDERS = 8
_N_SLIDERS_OF_GRID = 2
# Percentiles of the codes at the ends of the sliders.
_ENDS = (1, 99)
# Step of the sliders in standard deviations.
_STEP = 0.05
# Parts of the page.
_FILES = ("page.html", "style.css", "decoder.js", "page.js")


class CodeExplorer:
    """Sliders for codes and the row that they decode to, as one web page that needs no server and no network.

    A script in the page decodes. It computes the decoder of a dense autoencoder itself, and the linear map of an
    estimator such as PCA, with the scaling that earlier steps of a pipeline undo. Rows of other decoders, such as
    convolutional and recurrent ones, are computed beforehand on a grid of up to three codes, and the page interpolates
    between them.

    The page shows an image, the line of a sequence, or a table of columns beside their means. In a notebook, an
    explorer as the last expression of a cell shows the page.

    Parameters
    ----------
    content : dict
        What the page shows, as JSON: sliders, decoder, shape or columns of a row, and rows to start from.

    See Also
    --------
    CodeTraversalDisplay : The same as a picture: each code at several values.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder.plotting import CodeExplorer
    >>> X = load_wine(as_frame=True).data
    >>> explorer = CodeExplorer.from_estimator(PCA(2).fit(X), X, rows=X[:5])
    >>> explorer.to_html("wine.html")  # doctest: +SKIP
    """

    def __init__(self, content):
        self.content = content

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        dims=None,
        rows=None,
        image_shape=None,
        sequence_shape=None,
        max_features=30,
        cmap="gray_r",
        title="Code explorer",
    ):
        """Export the decoder of an estimator with the ranges of its codes; return the explorer.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `transform` and `inverse_transform`; a `Pipeline` too. If its last step has
            `explained_variance_ratio_`, the share of each code stands beside its name.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode, such as the training rows. A slider runs from the 1st to the 99th percentile of their
            codes. The page does not contain them.
        dims : sequence of int, default=None
            Indices of the codes with a slider. If None, the first eight or, where rows are computed beforehand, the
            first two. Other codes stay at their means, or at those of a row that is chosen in the page.
        rows : {array-like, sparse matrix, DataFrame} of shape (n_rows, n_features), default=None
            Rows to start from. The page contains them and shows the chosen one beside its reconstruction. Their names
            are the index of a data frame of pandas, else their numbers.
        image_shape : tuple of int, default=None
            Height and width of rows that are images, and channels if there are several. If this and `sequence_shape`
            are None, the shape of the estimator's architecture is used.
        sequence_shape : int or tuple of int, default=None
            Steps of rows that are sequences, and channels if there are several.
        max_features : int, default=30
            Maximum number of columns in a table, those that the codes move most in standard deviations.
        cmap : {"gray_r", "gray"}, default="gray_r"
            Whether large values of images with a single channel are black, or white.
        title : str, default="Code explorer"
            Title of the page.

        Returns
        -------
        CodeExplorer
            The explorer; `to_html` writes its page.

        Raises
        ------
        ValueError
            If `dims` are more than three codes of a decoder that a page cannot compute.
        """
        check_has_inverse(estimator)
        check_is_fitted(estimator)
        check_choice("cmap", cmap, ("gray_r", "gray"))
        if not isinstance(max_features, Integral) or max_features < 1:
            raise ValueError(f"max_features={max_features!r} should be an int of at least 1, the number of columns.")
        tables = [table if hasattr(table, "shape") else np.asarray(table) for table in (X, rows) if table is not None]
        table = table_of(estimator)
        estimator, X, *given = on_numbers(estimator, *tables)
        row_shape = RowShape.of(X, image_shape, sequence_shape, [estimator])
        codes, names = named_codes(estimator.transform(X))
        sliders = checked_dims(range(min(codes.shape[1], _N_SLIDERS)) if dims is None else dims, codes.shape[1])
        sliders = [int(dim) for dim in sliders]
        ranges = CodeRanges.of(codes, _ENDS, _STEP)
        content = {"title": title, "rows": None}
        if given:
            points = ranges.points(named_codes(estimator.transform(given[0]))[0])
            ranges = ranges.including(points)
        columns = columns_of(row_shape, table)
        if row_shape.kind == "plain":
            columns = moving_columns(columns, estimator, ranges, sliders, row_shape.scale, max_features)
            content |= columns_content(columns, row_shape)
        else:
            values = X if issparse(X) else np.asarray(X)
            content |= {"limits": [float(values.min()), float(values.max())], "cmap": cmap}
        entries = np.concatenate([column.entries for column in columns])
        decoder = exported_network(estimator, codes, ranges, entries)
        if decoder is None:
            sliders = sliders[:_N_SLIDERS_OF_GRID] if dims is None else sliders
            decoder = GridDecoder.of(estimator, ranges, sliders, entries)
        if given:
            content["rows"] = {
                "names": _names_of_rows(given[0]),
                "points": encoded(points, "<f8"),
                "entries": encoded(in_float64(given[0])[:, entries], "<f8"),
            }
        content |= {
            "kind": row_shape.kind,
            "shape": [int(size) for size in row_shape.shape],
            "note": _note(X.shape[0], codes.shape[1], len(sliders), decoder),
            "nCodes": codes.shape[1],
            "step": _STEP,
            "sliders": _sliders_content(sliders, names, ranges, final_step(estimator)),
            "decoder": decoder.content(),
        }
        return cls(content)

    def to_html(self, path=None):
        """Write the page to a file, or return it.

        Parameters
        ----------
        path : str or path-like, default=None
            Path of the file. If None, the page is returned.

        Returns
        -------
        str or None
            The page if `path` is None.
        """
        folder = files(__package__) / "explorer_page"
        parts = {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
        page = Template(parts["page.html"]).substitute(
            title=escape(self.content["title"]),
            # A script ends at the first "</script>", even within a string.
            content=json.dumps(self.content).replace("<", "\\u003c"),
            style=parts["style.css"],
            decoder=parts["decoder.js"],
            script=parts["page.js"],
        )
        if path is None:
            return page
        Path(path).write_text(page, encoding="utf-8")

    def _repr_html_(self):
        """Return a frame with the page, which sets its own height."""
        style = "width: 100%; height: 30rem; border: 0"
        title = escape(self.content["title"])
        return f'<iframe title="{title}" style="{style}" srcdoc="{escape(self.to_html())}"></iframe>'


def _note(n_rows, n_codes, n_sliders, decoder):
    """Return what the sliders do, as sentences."""
    low, high = _ENDS
    sentences = [f"A slider runs from percentile {low} to {high} of a code in {n_rows} rows, in standard deviations."]
    if isinstance(decoder, GridDecoder):
        sentences.append("Rows are interpolated between those of a grid, with the other codes at their means.")
    elif n_sliders < n_codes:
        sentences.append(f"{n_codes - n_sliders} further codes have no slider.")
    return " ".join(sentences)


def _sliders_content(dims, names, ranges, estimator):
    shares = getattr(estimator, "explained_variance_ratio_", None)
    if shares is not None and not np.isfinite(shares).all():
        # Constant rows have no variance to share.
        shares = None
    return [
        {
            "dim": dim,
            "name": names[dim],
            "share": None if shares is None else float(shares[dim]),
            "low": float(ranges.low[dim]),
            "high": float(ranges.high[dim]),
        }
        for dim in dims
    ]


def _names_of_rows(rows):
    labels = rows.index if hasattr(rows, "iloc") else range(rows.shape[0])
    return [f"row {label}" for label in labels]
