"""HTML representation of fitted autoencoders in notebooks, made without importing Keras."""

import numpy as np


def caption(autoencoder):
    """Return a line about a fit, such as "4 codes of 64 features, 3 epochs, loss 3.2"; None before a fit."""
    if not autoencoder.__sklearn_is_fitted__():
        return None
    losses = autoencoder.history_.get("val_loss", autoencoder.history_["loss"])
    start = f" (PCA: {losses[0]:.4g})" if autoencoder.init_ == "pca" else ""
    if start and autoencoder.best_epoch_ == 0 and autoencoder.n_iter_ > 0:
        start = " (PCA is kept)"
    if reasons := autoencoder._random_start_reasons:
        start = f", started at random weights ({', '.join(reasons.values())})"
    codes = _counted(autoencoder.encoding_dim_, "code")
    epochs = _counted(autoencoder.n_iter_, "epoch")
    loss = losses[autoencoder.best_epoch_]
    return f"{codes} of {autoencoder.n_features_in_} features, {epochs}, loss {loss:.4g}{start}"


def fitted_attributes(estimator):
    """Return type and value of each fitted attribute; properties, which would build Keras models, are left out."""
    shown = {}
    for name, value in vars(estimator).items():
        if name.startswith("_") or not name.endswith("_"):
            continue
        shown[name] = {"type_name": type(value).__name__, "value": value}
        if isinstance(value, np.ndarray):
            shown[name] |= {"shape": value.shape, "dtype": value.dtype}
    return shown


def _counted(count, noun):
    return f"{count} {noun}{'' if count == 1 else 's'}"
