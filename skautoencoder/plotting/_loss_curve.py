"""Loss by epoch."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted

from ..metrics import reconstruction_error
from ._rows import final_step
from ._style import COLORS, PCA_COLOR, axes_for, choose_scale


class LossCurveDisplay:
    """Training and validation loss by epoch, with the epoch that was kept and PCA's level.

    Parameters
    ----------
    history : dict of str to list of float
        "loss" and perhaps "val_loss" by epoch, epoch 0 being the start; as `history_` of a fitted autoencoder.
    best_epoch : int, default=None
        The epoch that was kept.
    pca_loss : float, default=None
        PCA's level.

    Attributes
    ----------
    ax_ : Axes
    figure_ : Figure
    lines_ : dict of str to Line2D
        The curves, by the names of `history`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skautoencoder import AutoencoderTransformer
    >>> from skautoencoder.plotting import LossCurveDisplay
    >>> autoencoder = AutoencoderTransformer(1, epochs=5, random_state=0).fit(load_iris().data)
    >>> display = LossCurveDisplay.from_estimator(autoencoder).plot()
    >>> sorted(display.lines_)
    ['loss', 'val_loss']
    """

    def __init__(self, history, *, best_epoch=None, pca_loss=None):
        self.history = history
        self.best_epoch = best_epoch
        self.pca_loss = pca_loss

    @classmethod
    def from_estimator(cls, estimator, X=None):
        """Take the losses that a fit has left.

        Parameters
        ----------
        estimator : AutoencoderTransformer or Pipeline
            Fitted; a `Pipeline` ends in the autoencoder.
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features), default=None
            The training rows, for PCA's level where training minimised squared error from random weights. Where it
            started at PCA, epoch 0 is PCA's level.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        TypeError
            If the estimator has no losses by epoch.
        NotFittedError
            If it is not fitted.
        """
        check_is_fitted(estimator)
        autoencoder = final_step(estimator)
        if not hasattr(autoencoder, "history_"):
            raise TypeError(
                f"{estimator!r} has no history_: pass a fitted autoencoder, or a Pipeline that ends in one."
            )
        history, pca_loss = autoencoder.history_, None
        if autoencoder.init_ == "pca":
            pca_loss = history.get("val_loss", history["loss"])[0]
        elif X is not None and autoencoder.loss == "mse":
            seen = estimator[:-1].transform(X) if len(getattr(estimator, "steps", ())) > 1 else X
            pca = PCA(min(autoencoder.encoding_dim_, *np.shape(seen))).fit(seen)
            pca_loss = reconstruction_error(pca, seen)
        return cls(history, best_epoch=autoencoder.best_epoch_, pca_loss=pca_loss)

    @classmethod
    def from_history(cls, history, *, best_epoch=None, pca_loss=None):
        """Take losses by epoch.

        Parameters
        ----------
        history : dict of str to list of float
        best_epoch : int, default=None
        pca_loss : float, default=None
            As for the class.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        ValueError
            If there is no "loss", the series have different lengths, or the best epoch is none of theirs.
        """
        if "loss" not in history:
            raise ValueError(f"history should have the key 'loss', but has {sorted(history)}.")
        lengths = {name: len(series) for name, series in history.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The series of history should be of one length, but have {lengths}.")
        if best_epoch is not None and not 0 <= best_epoch < lengths["loss"]:
            raise ValueError(f"best_epoch={best_epoch!r} is none of the epochs 0 to {lengths['loss'] - 1} of history.")
        return cls(history, best_epoch=best_epoch, pca_loss=pca_loss)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            None: a new figure.

        Returns
        -------
        display : LossCurveDisplay
        """
        ax = axes_for(ax)
        curves = {"loss": ("training", "--"), "val_loss": ("validation", "-")}
        shown = {name: self.history[name] for name in curves if name in self.history}
        self.lines_ = {}
        for (name, series), color in zip(shown.items(), COLORS, strict=False):
            label, linestyle = curves[name]
            (self.lines_[name],) = ax.plot(series, color=color, linestyle=linestyle, label=label)
        if self.best_epoch is not None:
            name = list(shown)[-1]
            best = self.best_epoch, shown[name][self.best_epoch]
            label = f"kept: epoch {self.best_epoch}"
            ax.plot(*best, marker="o", color=self.lines_[name].get_color(), linestyle="none", label=label)
        if self.pca_loss is not None:
            ax.axhline(self.pca_loss, color=PCA_COLOR, linestyle=":", label="PCA")
        choose_scale(ax, [loss for series in shown.values() for loss in series])
        ax.set(xlabel="epoch", ylabel="loss")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self
