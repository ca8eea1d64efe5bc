"""The shape of a row: an image, a sequence or plain features."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from .._checks import check_shape
from .._input import feature_names_of
from ..metrics import final_step, in_float64
from ._names import shortened

# Maximum number of column names below axes as wide as a figure.
_MAX_NAMES = 30


@dataclass(frozen=True, eq=False)
class RowShape:
    """Kind and shape of a row, and how to draw it."""

    # "image", "sequence" or "plain".
    kind: str
    # (height, width, channels), (steps, channels) or (n_features,).
    shape: tuple
    # Of plain rows; None numbers the columns.
    feature_names: list | None = None
    # Columns are drawn as (row - mean) / scale.
    mean: np.ndarray | float = 0.0
    scale: np.ndarray | float = 1.0

    @classmethod
    def of(cls, X, image_shape, sequence_shape, estimators=()):
        """Return the given shape, else that of the first architecture that has one, else a plain row.

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

    def draw_image(self, ax, row, limits: tuple[float, float], style: dict):
        """Draw a row as an image and return it; the limits are the values of white and black, or of dark and bright."""
        ax.set(xticks=[], yticks=[])
        low, high = limits
        pixels = row.reshape(self.shape)
        if self.shape[2] == 3:
            return ax.imshow(np.clip((pixels - low) / (high - low or 1), 0, 1), **style)
        # Of channels that are not colours, draw the first.
        return ax.imshow(pixels[:, :, 0], **{"vmin": low, "vmax": high} | style)

    def draw_line(self, ax, row, **style):
        """Draw a row as one line per channel; only the first line has a label."""
        channels = ((row - self.mean) / self.scale).reshape(self.shape[0], -1)
        ax.plot(channels[:, :1], **style)
        ax.plot(channels[:, 1:], **style | {"label": None})

    def label_columns(self, ax, *, max_names=_MAX_NAMES, **style):
        """Label the horizontal axis with evenly spaced column names, or with "step" or "feature"."""
        if self.kind == "plain" and self.feature_names is not None:
            step = -(-len(self.feature_names) // max_names)
            names = shortened(self.feature_names, 20)[::step]
            ax.set_xticks(range(0, len(self.feature_names), step), names, rotation=90, **style)
        else:
            ax.set_xlabel("step" if self.kind == "sequence" else "feature", **style)


def _shape_of_architecture(estimators, n_features):
    for estimator in estimators:
        autoencoder = final_step(estimator)
        architecture = getattr(autoencoder, "architecture", None)
        shapes = [getattr(architecture, name, None) for name in ("image_shape", "sequence_shape")]
        # Earlier steps of a pipeline may change the number of columns.
        if shapes != [None, None] and autoencoder.n_features_in_ == n_features:
            return shapes
    return None, None


def units_of_columns(X, estimators: Iterable) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column, 1.0 for constant columns.

    They are those of the training rows if an estimator has them (a `StandardScaler` as first step, or an autoencoder
    that started at PCA), because few rows do not determine them; otherwise those of X.
    """
    known = [units for units in map(_units_of_training, estimators) if units is not None]
    mean, deviation = known[0] if known else (in_float64(X).mean(axis=0), in_float64(X).std(axis=0))
    return mean, np.where(deviation > 0, deviation, 1.0)


def _units_of_training(estimator):
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    if getattr(first, "_table", None) is not None:
        # Standardised columns are drawn in the units of X.
        return None
    if getattr(first, "mean_", None) is not None and getattr(first, "var_", None) is not None:
        return first.mean_, np.sqrt(first.var_)
    standardization = getattr(getattr(first, "_autoencoder", None), "standardization", None)
    return None if standardization is None else (standardization.mean, standardization.deviations)
