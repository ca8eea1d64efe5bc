"""
How few codes at a time are enough?
===================================

A sparse autoencoder has many codes, of which any one row uses few. The tutorials add the absolute values of the codes
to the loss, or, after Ng, a divergence from a target activity.
"""

import numpy as np
import pandas as pd
from _images import arguments, draw_images, load_images, seconds

from skautoencoder import AutoencoderTransformer


# %%
# The tutorial's forty lines
# --------------------------
def tutorial(X_train, encoding_dim, epochs, factor):
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((X_train.shape[1],))
    regularizer = keras.regularizers.L1(factor)
    code = keras.layers.Dense(encoding_dim, activation="relu", activity_regularizer=regularizer)(inputs)
    outputs = keras.layers.Dense(X_train.shape[1], activation="sigmoid")(code)
    autoencoder = keras.Model(inputs, outputs)
    autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
    autoencoder.fit(X_train, X_train, epochs=epochs, batch_size=256, verbose=0)
    return keras.Model(inputs, code), autoencoder


# %%
# They become one
# ---------------
# ``penalty="l1"`` is Keras' activity regularizer, with the tutorial's factor as `alpha`. ``alpha="auto"``, the default,
# finds a factor that makes codes plainly sparse. ``penalty="hoyer"`` is the ratio of the L1 norm of a code to its L2
# norm: a network cannot lower it by making codes small and decoder weights large. ``penalty="kl"`` is Ng's.
def in_one_line(encoding_dim, epochs, penalty, alpha, code_activation="relu"):
    return AutoencoderTransformer(
        encoding_dim,
        hidden_layer_sizes=(),
        penalty=penalty,
        alpha=alpha,
        code_activation=code_activation,
        output_activation="sigmoid",
        loss="binary_crossentropy",
        epochs=epochs,
        batch_size=256,
        early_stopping=False,
        random_state=0,
    )


def share_near_zero(codes):
    """Return the share of the codes below a tenth of their own root mean square."""
    return np.mean(np.abs(codes) < 0.1 * np.sqrt(np.mean(np.square(codes), axis=0) + 1e-12))


# %%
# The numbers
# -----------
# 20000 of MNIST's rows. "zero" is the share of codes that are exactly 0, "near_zero" of those below a tenth of their
# own root mean square.
def main(options):
    epochs, encoding_dim = (2, 16) if options.quick else (30, 64)
    X_train, X_test, _, _, shape = load_images(20000, 2000, options.quick)
    AutoencoderTransformer(epochs=1).fit(X_train[:100])  # the import of TensorFlow is nobody's fitting time

    table, pictures = [], {"original": X_test[:10]}

    def add(name, alpha, codes, reconstructed, took):
        error = np.mean(np.square(reconstructed - X_test))
        row = {"penalty": name, "alpha": f"{alpha:.2g}", "zero": np.mean(codes == 0)}
        row |= {"near_zero": share_near_zero(codes), "mean_code": codes.mean()}
        table.append(row | {"mse": error, "fit_seconds": took})

    factors = (0.0, 1e-4) if options.quick else (0.0, 1e-5, 1e-4, 1e-3)
    for factor in factors:
        (encoder, autoencoder), took = seconds(tutorial, X_train, encoding_dim, epochs, factor)
        codes, reconstructed = (model.predict(X_test, verbose=0) for model in (encoder, autoencoder))
        add("activity regularizer, by hand", factor, codes, reconstructed, took)
    for name, penalty, alphas, code_activation in (
        ("the same in one line", "l1", (*factors, "auto"), "relu"),
        ("hoyer", "hoyer", ("auto",), "relu"),
        ("kl, target 0.05", "kl", (0.0, "auto"), "sigmoid"),
    ):
        for alpha in alphas:
            method = in_one_line(encoding_dim, epochs, penalty, alpha, code_activation)
            fitted, took = seconds(method.fit, X_train)
            reconstructed = fitted.reconstruct(X_test)
            add(name, fitted.alpha_, fitted.transform(X_test), reconstructed, took)
        pictures[f"{name}\nalpha {fitted.alpha_:.2g}"] = reconstructed[:10]
    print(
        pd.DataFrame(table)
        .round({"zero": 2, "near_zero": 2, "mean_code": 3, "mse": 4, "fit_seconds": 1})
        .to_string(index=False)
    )
    draw_images(
        pictures,
        shape,
        options.picture,
        "Held-out digits from few codes at a time, at the alpha that each penalty chooses",
    )


# %%
# What to take from it
# --------------------
# Sparsity costs error: with six codes in ten near zero it is more than twice that of no penalty at all. Both kinds of
# "l1" ask about the same price for the same share of zeros. But with the tutorial's penalty a larger factor first makes
# codes smaller, fifteen times smaller at 0.001, while the normalized one lets them keep more of their size. Sigmoid
# codes hardly learn in 30 epochs; "kl" helps them on, and they stay behind relu codes. If all that counts is the error
# for a given number of codes, leave the penalty out.
if __name__ == "__main__":
    main(arguments("sparse"))
