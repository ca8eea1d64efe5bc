"""
Which digits has nobody ever written?
=====================================

A variational autoencoder fills a plane with digits: each has its place, and every place decodes to one. New digits are
drawn from it.
"""

import keras
import numpy as np
import pandas as pd
from _images import load_images, read_options, seconds, show
from keras import layers, ops
from matplotlib import pyplot
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from skautoencoder import VariationalAutoencoderTransformer

options = read_options()
X_train, X_test, y_train, y_test, shape = load_images(20000, 2000, options.quick)
n_features = X_train.shape[1]
epochs, batch_size = (30, 256) if shape == (28, 28) else (100, 64)
table = []


def measure(name, codes_train, codes_test, reconstructed, took):
    accuracy = KNeighborsClassifier(15).fit(codes_train, y_train).score(codes_test, y_test)
    error = np.mean(np.square(reconstructed - X_test))
    table.append({"method": name, "mse": error, "neighbours": accuracy, "fit_seconds": took})


# %%
# The tutorial's forty lines
# --------------------------
class Sampling(layers.Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, inputs):
        mean, log_variance = inputs
        divergence = ops.exp(log_variance) + ops.square(mean) - 1 - log_variance
        self.add_loss(ops.mean(ops.sum(divergence, axis=1)) / 2)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(log_variance / 2) * noise


def summed_crossentropy(X, X_reconstructed):
    return n_features * keras.losses.binary_crossentropy(X, X_reconstructed)


keras.utils.set_random_seed(0)
inputs = keras.Input((n_features,))
hidden = layers.Dense(64, "relu")(layers.Dense(128, "relu")(inputs))
mean, log_variance = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
hidden = layers.Dense(128, "relu")(layers.Dense(64, "relu")(Sampling()([mean, log_variance])))
by_hand = keras.Model(inputs, layers.Dense(n_features, "sigmoid")(hidden))
by_hand.compile(optimizer="adam", loss=summed_crossentropy)
_, took = seconds(by_hand.fit, X_train, X_train, epochs=epochs, batch_size=batch_size, verbose=0)
encoder = keras.Model(inputs, mean)
codes_train, codes_test = (encoder.predict(X, verbose=0) for X in (X_train, X_test))
measure("tutorial, by hand", codes_train, codes_test, by_hand.predict(X_test, verbose=0), took)


# %%
# They become one
# ---------------
def in_one_line(**parameters):
    return VariationalAutoencoderTransformer(
        2, epochs=epochs, batch_size=batch_size, early_stopping=False, random_state=0, **parameters
    )


fitted = {
    "the same in one line": in_one_line(loss="binary_crossentropy", output_activation="sigmoid", activation="relu"),
    "VariationalAutoencoderTransformer": in_one_line(),
    "PCA": PCA(2),
}
for name, method in fitted.items():
    _, took = seconds(method.fit, X_train)
    codes_train, codes_test = method.transform(X_train), method.transform(X_test)
    measure(name, codes_train, codes_test, method.inverse_transform(codes_test), took)

# %%
# The numbers
# -----------
# "neighbours" is the share of held-out digits that are what most of their fifteen neighbours on the map are.
variational = fitted["the same in one line"]
print(pd.DataFrame(table).round({"mse": 4, "neighbours": 3, "fit_seconds": 1}).to_string(index=False))
print(f"Divergence of each code of the tutorial's in one line: {variational.kl_divergence_.round(2)} nats")

# %%
# The map of the codes, the plane decoded, and digits that were drawn at random.
figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(13, 4.8), layout="constrained")
codes = variational.transform(X_test)
for digit in range(10):
    left.scatter(*codes[y_test == digit].T, s=6, color=f"C{digit}", label=str(digit))
left.set(title="Codes of held-out digits", xlabel="code 0", ylabel="code 1", aspect="equal")
left.legend(markerscale=3, ncols=5, loc="lower center", fontsize="small", columnspacing=1, handletextpad=0)
left.margins(y=0.2)

# Equal shares of the normal distribution, along the spread that the codes have.
n_side = 15
places = norm.ppf(np.linspace(0.03, 0.97, n_side))
across, up = (codes.mean(axis=0) + np.outer(places, codes.std(axis=0))).T
plane = variational.inverse_transform(np.array([(x, y) for y in up[::-1] for x in across]))
drawn = variational.sample(n_side**2, random_state=0)
for ax, images, title in ((middle, plane, "The plane, decoded"), (right, drawn, "Drawn at random")):
    mosaic = images.reshape(n_side, n_side, *shape).swapaxes(1, 2).reshape(n_side * shape[0], -1)
    ax.imshow(mosaic, cmap="gray_r", vmin=0, vmax=1)
    ax.set(title=title, xticks=[], yticks=[])
figure.suptitle("VariationalAutoencoderTransformer(2) with binary crossentropy")
show(figure, options)

# %%
# What to take from it
# --------------------
# Two codes are for looking, not for keeping: the map sorts digits that PCA's plane mixes, but what comes back is a
# typical digit rather than this one, and what is drawn at random is now and then no digit at all. With crossentropy the
# map is the tutorial's; squared error and the start at PCA are the default. Its `sample` adds the noise that rows have,
# so that single pixels look rough; ``sample(noise=False)`` draws smooth pictures. The divergence of a code is the most
# that it tells of a digit, in nats: 2.3 would be enough to name one of ten.
