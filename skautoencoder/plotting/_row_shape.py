"""The shape of a row: an image, a sequence or plain features."""

from dataclasses import dataclass

import numpy as np

from .._checks import check_shape
from ..metrics import final_step
from ._names import feature_names_of, shortened
from ._units import units_of_columns

# Number of column names that fit below axes over the width of a figure.
_MOST_NAMES = 30


@dataclass(frozen=True, eq=False)
class RowShape:
    """The kind and the shape of a row, and how to draw it.

    Parameters
    ----------
    kind : {"image", "sequence", "plain"}
        Kind of the row.
    shape : tuple of int
        Height, width and channels of an image; steps and channels of a sequence; the number of features of a plain row.
    feature_names : list of str, default=None
        Names of the columns of plain rows. If None, columns are numbered.
    mean : ndarray of shape (n_features,) or float, default=0.0
        Value of each column that is drawn as 0.
    scale : ndarray of shape (n_features,) or float, default=1.0
        Unit of each column.
    """

    kind: str
    shape: tuple
    feature_names: list | None = None
    mean: np.ndarray | float = 0.0
    scale: np.ndarray | float = 1.0

    @classmethod
    def of(cls, X, image_shape, sequence_shape, estimators=()):
        """Return the given shape, or that of the first estimator whose architecture has one, or a plain row.

        Plain rows are drawn in standard deviations of each column from its mean.
        """
        n_features = X.shape[1]
        if image_shape is not None and sequence_shape is not None:
            raise ValueError(
                f"image_shape={image_shape!r} and sequence_shape={sequence_shape!r} exclude each other, since a row is "
                "either an image or a sequence. Leave one out."
            )
        if image_shape is None and sequence_shape is None:
            image_shape, sequence_shape = _shape_of_architecture(estimators, n_features)
        if image_shape is not None:
            return cls("image", check_shape("image_shape", image_shape, 3, n_features))
        if sequence_shape is not None:
            return cls("sequence", check_shape("sequence_shape", sequence_shape, 2, n_features))
        mean, scale = units_of_columns(X, estimators)
        return cls("plain", (n_features,), feature_names_of(X, *estimators), mean, scale)

    def draw_image(self, ax, row, limits, style):
        """Draw a row as an image.

        Parameters
        ----------
        ax : Axes
        row : ndarray of shape (n_features,)
        limits : tuple of two float
            Values of white and black, or of the dark and the bright end of colours.
        style : dict
            Keywords of `imshow`.

        Returns
        -------
        AxesImage
        """
        ax.set(xticks=[], yticks=[])
        low, high = limits
        pixels = row.reshape(self.shape)
        if self.shape[2] == 3:
            return ax.imshow(np.clip((pixels - low) / (high - low or 1), 0, 1), **style)
        # The first of several channels that are no colours is shown.
        return ax.imshow(pixels[:, :, 0], **{"vmin": low, "vmax": high} | style)

    def draw_line(self, ax, row, **style):
        """Draw a row as lines, one per channel. The first one has the label."""
        channels = ((row - self.mean) / self.scale).reshape(self.shape[0], -1)
        ax.plot(channels[:, :1], **style)
        ax.plot(channels[:, 1:], **style | {"label": None})

    def label_columns(self, ax, *, most_names=_MOST_NAMES, **style):
        """Label the horizontal axis with the names of at most so many columns, or with "step" or "feature"."""
        if self.kind == "plain" and self.feature_names is not None:
            step = -(-len(self.feature_names) // most_names)
            names = shortened(self.feature_names, 20)[::step]
            ax.set_xticks(range(0, len(self.feature_names), step), names, rotation=90, **style)
        else:
            ax.set_xlabel("step" if self.kind == "sequence" else "feature", **style)


def _shape_of_architecture(estimators, n_features):
    for estimator in estimators:
        autoencoder = final_step(estimator)
        architecture = getattr(autoencoder, "architecture", None)
        shapes = [getattr(architecture, name, None) for name in ("image_shape", "sequence_shape")]
        # The steps before it may change the number of columns.
        if shapes != [None, None] and autoencoder.n_features_in_ == n_features:
            return shapes
    return None, None
