"""
Can noise that covers the digits be taken off again?
====================================================

The denoising autoencoder of the tutorials: noise of 0.5 on pixels between 0 and 1, convolutions down and up, clean
images to be put out for noisy ones.
"""

import numpy as np
import pandas as pd
from _images import arguments, draw_images, load_images, seconds
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, GaussianNoise, KerasArchitecture

NOISE = 0.5


# %%
# The tutorial's forty lines
# --------------------------
def tutorial(X_train, X_train_noisy, shape, epochs):
    import keras
    from keras.layers import Conv2D, MaxPooling2D, UpSampling2D

    keras.utils.set_random_seed(0)
    options = {"activation": "relu", "padding": "same"}
    autoencoder = keras.Sequential(
        [
            keras.Input((*shape, 1)),
            Conv2D(32, 3, **options),
            MaxPooling2D(2, padding="same"),
            Conv2D(32, 3, **options),
            MaxPooling2D(2, padding="same"),
            Conv2D(32, 3, **options),
            UpSampling2D(2),
            Conv2D(32, 3, **options),
            UpSampling2D(2),
            Conv2D(1, 3, activation="sigmoid", padding="same"),
        ]
    )
    autoencoder.compile(optimizer="adam", loss="binary_crossentropy")
    X, X_noisy = (rows.reshape(-1, *shape, 1) for rows in (X_train, X_train_noisy))
    autoencoder.fit(X_noisy, X, epochs=epochs, batch_size=128, verbose=0)
    return autoencoder


# %%
# They become one
# ---------------
# The same network is an architecture: encoder and decoder, from flat rows to a code and back; its sigmoid is
# `output_activation`. With random initial weights noise is in the units of X, so that the tutorial's numbers are typed
# as they stand. It is drawn anew for every epoch.
def build(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import Conv2D, Flatten, MaxPooling2D, Reshape, UpSampling2D

    side, options = int(np.sqrt(n_features)), {"activation": "relu", "padding": "same"}
    encoder = [Input((n_features,)), Reshape((side, side, 1))]
    decoder = [Input((encoding_dim,)), Reshape((side // 4, side // 4, 32))]
    for _ in range(2):
        encoder += [Conv2D(32, 3, **options), MaxPooling2D(2, padding="same")]
        decoder += [Conv2D(32, 3, **options), UpSampling2D(2)]
    decoder += [Conv2D(1, 3, padding="same"), Flatten()]
    return Sequential([*encoder, Flatten()]), Sequential(decoder)


def in_one_line(encoding_dim, architecture, epochs, noise):
    return AutoencoderTransformer(
        encoding_dim,
        architecture=architecture,
        output_activation="sigmoid",
        loss="binary_crossentropy",
        noise=noise,
        epochs=epochs,
        batch_size=128,
        early_stopping=False,
        random_state=0,
    )


# %%
# The numbers
# -----------
# 10000 of MNIST's rows and 12 epochs, so that it takes minutes; PCA has as many components as the small codes have
# dimensions. Errors are those of the reconstructions of *noisy* held-out digits, measured against the clean ones. The
# last row learns from the tutorial's own pairs, ``fit(clean, X_noisy=noisy)``.
def main(options):
    epochs = 1 if options.quick else 12
    X_train, X_test, _, _, shape = load_images(10000, 2000, options.quick)
    encoding_dim, tutorial_dim = 64 if shape == (28, 28) else 32, 2 * X_train.shape[1]
    generator = np.random.RandomState(0)
    X_train_noisy, X_test_noisy = (
        np.clip(X + NOISE * generator.normal(size=X.shape), 0, 1).astype("float32") for X in (X_train, X_test)
    )
    AutoencoderTransformer(epochs=1).fit(X_train[:100])  # importing TensorFlow does not count as fitting time

    by_hand, took = seconds(tutorial, X_train, X_train_noisy, shape, epochs)
    reconstructions = {"noisy": X_test_noisy}
    reconstructions["tutorial"] = by_hand.predict(X_test_noisy.reshape(-1, *shape, 1), verbose=0).reshape(X_test.shape)
    times = {"tutorial": took}
    noise, images = GaussianNoise(NOISE, clip=(0, 1)), ConvolutionalArchitecture(image_shape=shape)
    for name, method, pairs in (
        ("the same in one line", in_one_line(tutorial_dim, KerasArchitecture(build), epochs, noise), {}),
        ("PCA", PCA(encoding_dim, random_state=0), {}),
        (f"{encoding_dim} codes, without noise", in_one_line(encoding_dim, images, epochs, None), {}),
        (f"{encoding_dim} codes", in_one_line(encoding_dim, images, epochs, noise), {}),
        (f"{encoding_dim} codes, pairs", in_one_line(encoding_dim, images, epochs, None), {"X_noisy": X_train_noisy}),
    ):
        fitted, times[name] = seconds(method.fit, X_train, **pairs)
        reconstructions[name] = fitted.inverse_transform(fitted.transform(X_test_noisy))
    table = [
        {"method": name, "mse": np.mean(np.square(rows - X_test)), "fit_seconds": times.get(name)}
        for name, rows in reconstructions.items()
    ]
    print(pd.DataFrame(table).round({"mse": 4, "fit_seconds": 1}).to_string(index=False, na_rep=""))
    pictures = {"clean": X_test[:10]} | {name: rows[:10] for name, rows in reconstructions.items()}
    draw_images(pictures, shape, options.picture, "Held-out digits under noise, and what is made of them")


# %%
# What to take from it
# --------------------
# Any bottleneck takes some noise off, PCA's and that of a network that has never seen noise; one that has takes off far
# more. The tutorial's network does as well without any bottleneck: its code has twice as many numbers as the image has
# pixels. Ours does its work through 64 numbers, which can be stored, plotted and classified.
if __name__ == "__main__":
    main(arguments("denoising"))
