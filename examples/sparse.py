"""
How sparse can codes be?
========================

A sparse autoencoder has many codes, few of them active in any one row. Tutorials penalise the absolute values of the
codes or, following Ng, the divergence from a target activity.
"""

import keras
import numpy as np
import pandas as pd
from _images import draw_images, load_images, read_options, seconds, show

from skautoencoder import AutoencoderTransformer

options = read_options()
X_train, X_test, _, _, shape = load_images(20000, 2000, options.quick)
encoding_dim, epochs, batch_size = (64, 30, 256) if shape == (28, 28) else (32, 60, 32)
factors = (0.0, 1e-4, 1e-3)
table, pictures = [], {"original": X_test[:10]}


def measure(name, alpha, codes, reconstructed, took):
    near_zero = np.abs(codes) < 0.1 * np.sqrt(np.mean(np.square(codes), axis=0) + 1e-12)
    row = {"penalty": name, "alpha": f"{alpha:.2g}", "zero": np.mean(codes == 0), "near_zero": np.mean(near_zero)}
    error = np.mean(np.square(reconstructed - X_test))
    table.append(row | {"mean_code": codes.mean(), "mse": error, "fit_seconds": took})


# %%
# The tutorial's Keras code
# -------------------------
for factor in factors:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((X_train.shape[1],))
    regularizer = keras.regularizers.L1(factor)
    code = keras.layers.Dense(encoding_dim, activation="relu", activity_regularizer=regularizer)(inputs)
    autoencoder = keras.Model(inputs, keras.layers.Dense(X_train.shape[1], activation="sigmoid")(code))
    autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
    _, took = seconds(autoencoder.fit, X_train, X_train, epochs=epochs, batch_size=batch_size, verbose=0)
    codes, reconstructed = (model.predict(X_test, verbose=0) for model in (keras.Model(inputs, code), autoencoder))
    measure("activity regularizer, by hand", factor, codes, reconstructed, took)


# %%
# The same in one estimator
# -------------------------
# ``penalty="l1"`` is Keras' activity regularizer, with the tutorial's factor as `alpha`. ``alpha="auto"``, the default,
# chooses the weight. ``penalty="hoyer"`` is the ratio of the L1 norm of a code to its L2 norm, which does not depend on
# the scale of the codes. ``penalty="kl"`` is Ng's divergence.
def in_one_line(penalty, alpha="auto", code_activation="relu"):
    return AutoencoderTransformer(
        encoding_dim,
        hidden_layer_sizes=(),
        penalty=penalty,
        alpha=alpha,
        code_activation=code_activation,
        output_activation="sigmoid",
        loss="binary_crossentropy",
        epochs=epochs,
        batch_size=batch_size,
        early_stopping=False,
        random_state=0,
    )


for name, methods in {
    "l1, in one line": [in_one_line("l1", alpha) for alpha in (*factors, "auto")],
    "hoyer": [in_one_line("hoyer")],
    "kl, target 0.05": [in_one_line("kl", alpha, "sigmoid") for alpha in (0.0, "auto")],
}.items():
    for method in methods:
        fitted, took = seconds(method.fit, X_train)
        measure(name, fitted.alpha_, fitted.transform(X_test), fitted.reconstruct(X_test), took)
    pictures[f"{name}\nalpha {fitted.alpha_:.2g}"] = fitted.reconstruct(X_test[:10])

# %%
# The numbers
# -----------
# "zero" is the share of codes that are exactly 0, "near_zero" that of codes below a tenth of their root mean square.
decimals = {"zero": 2, "near_zero": 2, "mean_code": 3, "mse": 4, "fit_seconds": 1}
print(pd.DataFrame(table).round(decimals).to_string(index=False))

# %%
title = "Held-out digits from sparse codes, with the alpha that each penalty chooses"
show(draw_images(pictures, shape, title), options)

# %%
# Conclusion
# ----------
# Sparsity costs reconstruction error. With "l1" a larger weight also shrinks the codes; with "hoyer" they keep their
# size. Sigmoid codes learn slowly; "kl" makes them sparser, and their error stays above that of relu codes. If only the
# error counts, use no penalty.
