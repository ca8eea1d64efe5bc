"""
Can strong noise be removed from digits?
========================================

The denoising autoencoder of Keras tutorials: noise with a standard deviation of 0.5 on pixels between 0 and 1, a
convolutional encoder and decoder, clean images as targets. With MNIST in Keras' cache it takes some minutes.
"""

import keras
import numpy as np
import pandas as pd
from _images import draw_images, load_images, read_options, seconds, show
from keras.layers import Conv2D, Flatten, MaxPooling2D, Reshape, UpSampling2D
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, GaussianNoise, KerasArchitecture

options = read_options()
X_train, X_test, _, _, shape = load_images(10000, 2000, options.quick)
n_features = X_train.shape[1]
encoding_dim, epochs, batch_size = (64, 12, 128) if shape == (28, 28) else (32, 30, 32)
noise = 0.5
generator = np.random.RandomState(0)
X_train_noisy, X_test_noisy = (
    np.clip(X + noise * generator.normal(size=X.shape), 0, 1).astype("float32") for X in (X_train, X_test)
)
reconstructions, times = {"noisy": X_test_noisy}, {}

# %%
# The tutorial's Keras code
# -------------------------
keras.utils.set_random_seed(0)
relu = {"activation": "relu", "padding": "same"}
by_hand = keras.Sequential(
    [
        keras.Input((*shape, 1)),
        Conv2D(32, 3, **relu),
        MaxPooling2D(2, padding="same"),
        Conv2D(32, 3, **relu),
        MaxPooling2D(2, padding="same"),
        Conv2D(32, 3, **relu),
        UpSampling2D(2),
        Conv2D(32, 3, **relu),
        UpSampling2D(2),
        Conv2D(1, 3, activation="sigmoid", padding="same"),
    ]
)
by_hand.compile(optimizer="adam", loss="binary_crossentropy")
images, noisy_images = (rows.reshape(-1, *shape, 1) for rows in (X_train, X_train_noisy))
_, times["tutorial"] = seconds(by_hand.fit, noisy_images, images, epochs=epochs, batch_size=batch_size, verbose=0)
denoised = by_hand.predict(X_test_noisy.reshape(-1, *shape, 1), verbose=0)
reconstructions["tutorial"] = denoised.reshape(X_test.shape)


# %%
# The same in one estimator
# -------------------------
# The network becomes an architecture that maps flat rows to a code and back; its sigmoid is `output_activation`. With
# random initial weights, noise is in the units of X, so the tutorial's values carry over. The noise is drawn anew in
# every step.
def build(n_features, encoding_dim):
    side = int(np.sqrt(n_features))
    encoder = [keras.Input((n_features,)), Reshape((side, side, 1))]
    decoder = [keras.Input((encoding_dim,)), Reshape((side // 4, side // 4, 32))]
    for _ in range(2):
        encoder += [Conv2D(32, 3, **relu), MaxPooling2D(2, padding="same")]
        decoder += [Conv2D(32, 3, **relu), UpSampling2D(2)]
    decoder += [Conv2D(1, 3, padding="same"), Flatten()]
    return keras.Sequential([*encoder, Flatten()]), keras.Sequential(decoder)


def in_one_line(encoding_dim, architecture, noise=None):
    return AutoencoderTransformer(
        encoding_dim,
        architecture=architecture,
        output_activation="sigmoid",
        loss="binary_crossentropy",
        noise=noise,
        epochs=epochs,
        batch_size=batch_size,
        early_stopping=False,
        random_state=0,
    )


# %%
# The numbers
# -----------
# PCA has as many components as the small codes. Errors compare the reconstructions of *noisy* held-out digits with the
# clean ones. The last row is trained on the tutorial's pairs, ``fit(clean, X_noisy=noisy)``.
gaussian, convolutions = GaussianNoise(noise, clip=(0, 1)), ConvolutionalArchitecture(image_shape=shape)
for name, method, pairs in (
    ("the same in one line", in_one_line(2 * n_features, KerasArchitecture(build), gaussian), {}),
    ("PCA", PCA(encoding_dim, random_state=0), {}),
    (f"{encoding_dim} codes, without noise", in_one_line(encoding_dim, convolutions), {}),
    (f"{encoding_dim} codes", in_one_line(encoding_dim, convolutions, gaussian), {}),
    (f"{encoding_dim} codes, pairs", in_one_line(encoding_dim, convolutions), {"X_noisy": X_train_noisy}),
):
    fitted, times[name] = seconds(method.fit, X_train, **pairs)
    reconstructions[name] = fitted.inverse_transform(fitted.transform(X_test_noisy))
table = [
    {"method": name, "mse": np.mean(np.square(rows - X_test)), "fit_seconds": times.get(name)}
    for name, rows in reconstructions.items()
]
print(pd.DataFrame(table).round({"mse": 4, "fit_seconds": 1}).to_string(index=False, na_rep=""))

# %%
pictures = {"clean": X_test[:10]} | {name: rows[:10] for name, rows in reconstructions.items()}
show(draw_images(pictures, shape, "Noisy held-out digits and their reconstructions"), options)

# %%
# Conclusion
# ----------
# Every bottleneck removes some noise, also that of PCA or of a network trained without noise. Training with noise
# removes far more. The tutorial's network has no bottleneck: its code has twice as many numbers as the image has
# pixels. The small codes above can be stored, plotted and classified.
