"""Rows of X as what they are: images, sequences, or numbers side by side."""

from dataclasses import dataclass

import numpy as np

from .._parameter_checks import check_shape
from ._style import shortened

# As many names fit below an axis.
_MOST_NAMES = 30


@dataclass(frozen=True)
class RowShape:
    """How to look at a row.

    Parameters
    ----------
    kind : {"image", "sequence", "plain"}
    shape : tuple of int
        Height, width and channels of an image; steps and channels of a sequence; the number of features otherwise.
    """

    kind: str
    shape: tuple

    @classmethod
    def of(cls, n_features, image_shape, sequence_shape, estimators=()):
        """Check the shapes that were asked for; without one, take that of the first architecture that has one."""
        if image_shape is not None and sequence_shape is not None:
            raise ValueError(
                f"image_shape={image_shape!r} and sequence_shape={sequence_shape!r}: a row is one or the other. Leave "
                "one out."
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
        """Draw a row as an image; `limits` are the values of white and black, or of dark and bright colours."""
        ax.set(xticks=[], yticks=[])
        low, high = limits
        if self.shape[2] == 3:
            ax.imshow(np.clip((row.reshape(self.shape) - low) / (high - low or 1), 0, 1))
        else:
            # Further channels would be other pictures.
            ax.imshow(row.reshape(self.shape)[:, :, 0], cmap="gray_r", vmin=low, vmax=high)

    def draw_line(self, ax, row, **style):
        """Draw a row as lines, one for each channel."""
        label = style.pop("label", None)
        for number, channel in enumerate(row.reshape(self.shape[0], -1).T):
            ax.plot(np.arange(len(channel)), channel, label=label if number == 0 else None, **style)

    def label_features(self, ax, feature_names):
        """Put the names of the features below a line; steps of a sequence have none."""
        if self.kind == "plain" and feature_names is not None and len(feature_names) <= _MOST_NAMES:
            names = [shortened(name, 20) for name in feature_names]
            ax.set_xticks(range(len(names)), names, rotation=90)
        else:
            ax.set_xlabel("step" if self.kind == "sequence" else "feature")


def final_step(estimator):
    """Return the step of a pipeline that makes the codes; any other estimator itself."""
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def name_of(estimator):
    """Return the name of a method: the class of what makes the codes."""
    return type(final_step(estimator)).__name__


def feature_names_of(X, *estimators):
    """Return the names of the columns of X, as it has them or the first of the estimators has seen them, or None."""
    known = [getattr(X, "columns", None), *(getattr(estimator, "feature_names_in_", None) for estimator in estimators)]
    return next(([str(name) for name in names] for names in known if names is not None), None)
