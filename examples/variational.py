"""
What do new digits look like?
=============================

A variational autoencoder maps digits to a plane, on which every point decodes to an image. New digits are decoded from
random points.
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
# The tutorial's Keras code
# -------------------------
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
# The same in one estimator
# -------------------------
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
# "neighbours" is the accuracy of the fifteen nearest neighbours on the map, for held-out digits.
variational = fitted["the same in one line"]
print(pd.DataFrame(table).round({"mse": 4, "neighbours": 3, "fit_seconds": 1}).to_string(index=False))
print(f"Divergence of each code of the tutorial's in one line: {variational.kl_divergence_.round(2)} nats")

# %%
# The codes, the decoded plane, and random new digits.
figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(13, 4.8), layout="constrained")
codes = variational.transform(X_test)
for digit in range(10):
    left.scatter(*codes[y_test == digit].T, s=6, color=f"C{digit}", label=str(digit))
left.set(title="Codes of held-out digits", xlabel="code 0", ylabel="code 1", aspect="equal")
left.legend(markerscale=3, ncols=5, loc="lower center", fontsize="small", columnspacing=1, handletextpad=0)
left.margins(y=0.2)

# Quantiles of a normal distribution with the mean and the spread of the codes.
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
# Conclusion
# ----------
# Two codes make a map, not a good reconstruction. The map separates digits that overlap for PCA, but rows are decoded
# to typical digits, and some random points decode to no digit. Binary crossentropy gives the tutorial's map; the
# defaults are squared error and a start at PCA. Their `sample` adds the noise of single pixels; ``sample(noise=False)``
# draws smooth images. The divergence of a code is an upper bound on its information about a digit, in nats; log(10) =
# 2.3 suffices to tell ten digits apart.
