"""Loss by epoch."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted

from .._sklearn_compat import merged_style_kwargs
from ..metrics import before_final_step, final_step, reconstruction_error
from ._style import COLORS, PCA_COLOR, axes_for, choose_scale, legend_beside


class LossCurveDisplay:
    """Training and validation loss by epoch, with the best epoch and the loss of PCA.

    Parameters
    ----------
    history : dict of str to list of float
        Losses by epoch, as in `history_`: "loss" of the training rows and optionally "val_loss" of the held-out rows.
    best_epoch : int, default=None
        Epoch whose weights were kept, to mark.
    pca_loss : float, default=None
        Loss of PCA, to draw as a line.

    Attributes
    ----------
    ax_ : Axes
        Axes of the curves.
    figure_ : Figure
        Figure of the axes.
    lines_ : dict of str to Line2D
        Curves by their names in `history`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skautoencoder import AutoencoderTransformer
    >>> from skautoencoder.plotting import LossCurveDisplay
    >>> autoencoder = AutoencoderTransformer(1, epochs=5, random_state=0).fit(load_iris().data)
    >>> display = LossCurveDisplay.from_estimator(autoencoder)
    >>> sorted(display.lines_)
    ['loss', 'val_loss']
    """

    def __init__(self, history, *, best_epoch=None, pca_loss=None):
        self.history = history
        self.best_epoch = best_epoch
        self.pca_loss = pca_loss

    @classmethod
    def from_estimator(cls, estimator, X=None, *, ax=None, line_kwargs=None):
        """Draw the losses of a fitted autoencoder; return the display.

        If training started at PCA, the loss of PCA is that of epoch 0. An imputer has none.

        Parameters
        ----------
        estimator : AutoencoderTransformer, AutoencoderImputer or Pipeline
            Fitted autoencoder, or fitted `Pipeline` that ends in one.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features), default=None
            Training rows, needed for the loss of PCA only if training started at random weights, with ``loss="mse"``.
        ax : Axes, default=None
            Axes to draw into. If None, a new figure is made.
        line_kwargs : dict, default=None
            Keywords passed to `Axes.plot` for the curves.
        """
        check_is_fitted(estimator)
        autoencoder = final_step(estimator)
        history = getattr(autoencoder, "history_", None)
        if history is None:
            raise TypeError(
                f"{estimator!r} has no history_. Pass a fitted autoencoder, or a Pipeline that ends in one."
            )
        pca_loss = None
        init = getattr(autoencoder, "init_", None)
        if init == "pca":
            pca_loss = history.get("val_loss", history["loss"])[0]
        elif init == "random" and X is not None and autoencoder.loss == "mse":
            X = before_final_step(estimator, X)
            pca = PCA(min(autoencoder.encoding_dim_, *np.shape(X))).fit(X)
            pca_loss = reconstruction_error(pca, X)
        return cls(history, best_epoch=autoencoder.best_epoch_, pca_loss=pca_loss).plot(ax, line_kwargs=line_kwargs)

    @classmethod
    def from_history(cls, history, *, best_epoch=None, pca_loss=None, ax=None, line_kwargs=None):
        """Draw given losses; return the display.

        Parameters
        ----------
        history : dict of str to list of float
            Losses by epoch: "loss" and optionally "val_loss".
        best_epoch, pca_loss : optional
            As in the class.
        ax, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        if "loss" not in history:
            raise ValueError(f"history should have the key 'loss', but has the keys {sorted(history)}.")
        lengths = {name: len(series) for name, series in history.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The losses in history should have the same length, but have the lengths {lengths}.")
        if best_epoch is not None and not 0 <= best_epoch < lengths["loss"]:
            raise ValueError(
                f"best_epoch={best_epoch!r} should be one of the epochs 0 to {lengths['loss'] - 1} of history."
            )
        return cls(history, best_epoch=best_epoch, pca_loss=pca_loss).plot(ax, line_kwargs=line_kwargs)

    def plot(self, ax=None, *, line_kwargs=None):
        """Draw the losses by epoch; return the display.

        Parameters
        ----------
        ax, line_kwargs : optional
            As in :meth:`from_estimator`.
        """
        ax = axes_for(ax, figsize=(7.6, 4.8))
        curves = {"loss": ("training", "--"), "val_loss": ("validation", "-")}
        shown = {name: self.history[name] for name in curves if name in self.history}
        self.lines_ = {}
        for (name, series), color in zip(shown.items(), COLORS, strict=False):
            label, linestyle = curves[name]
            style = merged_style_kwargs({"color": color, "linestyle": linestyle, "label": label}, line_kwargs or {})
            (self.lines_[name],) = ax.plot(series, **style)
        if self.best_epoch is not None:
            name = list(shown)[-1]
            style = {"marker": "o", "color": self.lines_[name].get_color(), "linestyle": "none"}
            ax.plot(self.best_epoch, shown[name][self.best_epoch], label=f"kept: epoch {self.best_epoch}", **style)
        if self.pca_loss is not None:
            ax.axhline(self.pca_loss, color=PCA_COLOR, linestyle=":", label="PCA")
        choose_scale(ax, [loss for series in shown.values() for loss in series])
        ax.set(xlabel="epoch", ylabel="loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        legend_beside(ax)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
