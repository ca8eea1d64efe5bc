"""The shape of a row: an image, a sequence or plain features."""

from dataclasses import dataclass

import numpy as np

from .._checks import check_shape
from ..metrics import final_step
from ._names import shortened

# Number of column names that fit below an axis.
_MOST_NAMES = 30


@dataclass(frozen=True)
class RowShape:
    """The kind and the shape of a row, and how to draw it.

    Parameters
    ----------
    kind : {"image", "sequence", "plain"}
        Kind of the row.
    shape : tuple of int
        Height, width and channels of an image; steps and channels of a sequence; the number of features of a plain row.
    """

    kind: str
    shape: tuple

    @classmethod
    def of(cls, n_features, image_shape, sequence_shape, estimators=()):
        """Return the given shape, or that of the first estimator whose architecture has one, or a plain row."""
        if image_shape is not None and sequence_shape is not None:
            raise ValueError(
                f"image_shape={image_shape!r} and sequence_shape={sequence_shape!r} exclude each other, since a row is "
                "either an image or a sequence. Leave one out."
            )
        for estimator in estimators if image_shape is None and sequence_shape is None else ():
            architecture = getattr(final_step(estimator), "architecture", None)
            image_shape = getattr(architecture, "image_shape", None)
            sequence_shape = getattr(architecture, "sequence_shape", None)
            if image_shape is not None or sequence_shape is not None:
                break
        if image_shape is not None:
            return cls("image", check_shape("image_shape", image_shape, 3, n_features))
        if sequence_shape is not None:
            return cls("sequence", check_shape("sequence_shape", sequence_shape, 2, n_features))
        return cls("plain", (n_features,))

    def draw_image(self, ax, row, limits):
        """Draw a row as an image. `limits` are the values of white and black, or of the dark and bright end."""
        ax.set(xticks=[], yticks=[])
        low, high = limits
        if self.shape[2] == 3:
            ax.imshow(np.clip((row.reshape(self.shape) - low) / (high - low or 1), 0, 1))
        else:
            # The first of several channels that are no colours is shown.
            ax.imshow(row.reshape(self.shape)[:, :, 0], cmap="gray_r", vmin=low, vmax=high)

    def draw_line(self, ax, row, **style):
        """Draw a row as lines, one per channel."""
        label = style.pop("label", None)
        for number, channel in enumerate(row.reshape(self.shape[0], -1).T):
            ax.plot(np.arange(len(channel)), channel, label=label if number == 0 else None, **style)

    def label_features(self, ax, feature_names):
        """Label the horizontal axis with the names of the columns, or with "step" or "feature"."""
        if self.kind == "plain" and feature_names is not None and len(feature_names) <= _MOST_NAMES:
            names = [shortened(name, 20) for name in feature_names]
            ax.set_xticks(range(len(names)), names, rotation=90)
        else:
            ax.set_xlabel("step" if self.kind == "sequence" else "feature")
