"""
How much of a digit do two numbers keep, and how much do sixty-four?
====================================================================

The plain autoencoder of the tutorials, 784-2-784 and 784-64-784: rows from a CSV file, a relu code, a linear output,
squared error, Adagrad, 40 epochs of batches of 512, a fifth of the rows held out.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _images import arguments, draw_images, load_images, seconds
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from skautoencoder import AutoencoderTransformer


# %%
# The tutorial's forty lines
# --------------------------
def tutorial(X_train, X_test, encoding_dim, epochs):
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((X_train.shape[1],))
    code = keras.layers.Dense(encoding_dim, activation="relu")(inputs)
    autoencoder = keras.Model(inputs, keras.layers.Dense(X_train.shape[1])(code))
    autoencoder.compile(optimizer="adagrad", loss="mse")
    autoencoder.fit(X_train, X_train, epochs=epochs, batch_size=512, validation_data=(X_test, X_test), verbose=0)
    return autoencoder


# %%
# They become one
# ---------------
# Every choice of the tutorial is a parameter. Leaving the choices out is shorter still.
def the_same(encoding_dim, epochs):
    return AutoencoderTransformer(
        encoding_dim,
        hidden_layer_sizes=(),
        code_activation="relu",
        optimizer="adagrad",
        epochs=epochs,
        batch_size=512,
        early_stopping=False,
        random_state=0,
    )


# %%
# The numbers
# -----------
def main(options):
    epochs = 2 if options.quick else 40
    X, _, _, _, shape = load_images(n_test=0, quick=options.quick)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.csv"
        pd.DataFrame(X).to_csv(path, index=False, float_format="%.4g")
        X = pd.read_csv(path).to_numpy("float32")
    X_train, X_test = train_test_split(X, test_size=0.2, random_state=0)
    print(f"From a CSV file, a fifth held out: {len(X_train)} rows to train on, {len(X_test)} to measure on\n")
    AutoencoderTransformer(epochs=1).fit(X_train[:100])  # the import of TensorFlow is nobody's fitting time

    table, pictures = [], {"original": X_test[:10]}
    for encoding_dim in (2, 64 if shape == (28, 28) else 32):
        by_hand, took = seconds(tutorial, X_train, X_test, encoding_dim, epochs)
        reconstructions = {("tutorial, by hand", took): by_hand.predict(X_test, verbose=0)}
        for name, method in {
            "the same in one line": the_same(encoding_dim, epochs),
            "AutoencoderTransformer": AutoencoderTransformer(encoding_dim, epochs=epochs, random_state=0),
            "PCA": PCA(encoding_dim),
        }.items():
            fitted, took = seconds(method.fit, X_train)
            reconstructions[name, took] = fitted.inverse_transform(fitted.transform(X_test))
        for (name, took), reconstructed in reconstructions.items():
            error = np.mean(np.square(X_test - reconstructed))
            table.append({"encoding_dim": encoding_dim, "method": name, "mse": error, "fit_seconds": took})
            pictures[f"{name}\n{encoding_dim} numbers"] = reconstructed[:10]
    print(pd.DataFrame(table).round({"mse": 4, "fit_seconds": 1}).to_string(index=False))
    draw_images(pictures, shape, options.picture, "Held-out digits, and what is left of them")


# %%
# What to take from it
# --------------------
# By hand or in one line, the tutorial's network comes to the same error within one percent. The one line fits several
# times faster. But after 40 epochs of Adagrad at its default rate of 0.001 that network has hardly begun to learn: its
# pictures are empty, and PCA, which needs no epochs, leaves a half (two numbers) or a tenth (sixty-four) of its error.
# Started at PCA, the autoencoder with its hidden layers leaves the least, a third or so below PCA with two numbers and
# not far from half of PCA's with sixty-four. PCA still needs half a second where it needs ten.
if __name__ == "__main__":
    main(arguments("plain_from_csv"))
