"""The table of Hinton & Salakhutdinov (2006): MNIST with 30 codes, squared error per test image, summed over pixels.

    python benchmarks/hinton2006.py [--epochs N] [--keras-epochs N] [--curves FILE] [--map FILE]

"Reducing the dimensionality of data with neural networks", Science 313: PCA 13.87, logistic PCA 8.01, deep autoencoder
784-1000-500-250-30 3.00. The same network is trained by the public API and by `model.fit` of Keras with the same loss
and optimizer. Seconds exclude the measurements.

To reduce over-fitting, every epoch but the last ones sees new augmented images: slightly rotated, scaled, sheared and
shifted.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import data
import numpy as np
from scipy.sparse import coo_matrix
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer

SIDE = 28
BATCH_SIZE = 256
HIDDEN_LAYER_SIZES = (1000, 500, 250)
PAPER = {"PCA, in the paper": 13.87, "logistic PCA, in the paper": 8.01, "deep autoencoder, in the paper": 3.00}


def squared_error(X, reconstructed):
    return float(np.mean(np.sum(np.square(X - reconstructed), axis=1)))


def warp(random_state):
    """Return the sparse matrix that maps an image to the image slightly rotated, scaled, sheared and shifted."""
    angle = np.deg2rad(random_state.uniform(-8, 8))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, random_state.uniform(-0.1, 0.1)], [0, 1]])
    linear = rotation @ shear * np.exp(random_state.uniform(-0.08, 0.08, size=2))
    pixels = np.indices((SIDE, SIDE)).reshape(2, -1).T
    centre = (SIDE - 1) / 2
    source = (pixels - centre) @ linear.T + centre + random_state.uniform(-0.7, 0.7, size=2)
    corner = np.floor(source).astype(int)
    matrix = 0
    for offset in np.ndindex(2, 2):
        neighbour = corner + offset
        weight = np.prod(1 - np.abs(source - neighbour), axis=1)
        inside = np.all((neighbour >= 0) & (neighbour < SIDE), axis=1)
        places = np.flatnonzero(inside), neighbour[inside] @ [SIDE, 1]
        matrix = matrix + coo_matrix((weight[inside], places), shape=(SIDE**2, SIDE**2), dtype=np.float32).tocsr()
    return matrix


def warped(X, random_state):
    """Return the images of X, warped in random chunks of 250 images."""
    images = np.empty_like(X)
    for chunk in np.array_split(random_state.permutation(len(X)), len(X) // 250):
        images[chunk] = (warp(random_state) @ X[chunk].T).T
    return images


def schedule(n_samples, epochs):
    """Return a learning rate that rises to 2e-3 in two epochs and falls to 0 along a cosine."""
    import keras

    steps = -(-n_samples // BATCH_SIZE)
    return keras.optimizers.schedules.CosineDecay(
        1e-4, (epochs - 2) * steps, warmup_target=2e-3, warmup_steps=2 * steps
    )


def train(X_train, X_test, encoding_dim, epochs):
    """Train on warped images, and on the original ones in the last sixth of the epochs.

    Returns the estimator, and for each epoch the cumulative seconds of training and the test error.
    """
    random_state = np.random.RandomState(0)
    autoencoder = AutoencoderTransformer(
        encoding_dim,
        hidden_layer_sizes=HIDDEN_LAYER_SIZES,
        output_activation="sigmoid",
        loss="binary_crossentropy",
        learning_rate=schedule(len(X_train), epochs),
        batch_size=BATCH_SIZE,
        random_state=0,
    )
    n_warped = epochs - epochs // 6
    seconds, errors, elapsed = [], [], 0.0
    with ThreadPoolExecutor(1) as pool:
        # Warp the images of the next epoch during the training of this one.
        images = pool.submit(warped, X_train, random_state)
        for epoch in range(epochs):
            start = time.perf_counter()
            X = images.result() if epoch < n_warped else X_train
            if epoch + 1 < n_warped:
                images = pool.submit(warped, X_train, random_state)
            autoencoder.partial_fit(X)
            elapsed += time.perf_counter() - start
            seconds.append(elapsed)
            errors.append(squared_error(X_test, autoencoder.reconstruct(X_test)))
            print(f"{encoding_dim} codes, epoch {epoch + 1}, {elapsed:.0f} s: {errors[-1]:.3f}", flush=True)
    return autoencoder, seconds, errors


def train_keras(X_train, X_test, encoding_dim, epochs):
    """Train the same layers by `model.fit` on the same images; return seconds and errors."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((SIDE**2,))])
    for width in HIDDEN_LAYER_SIZES:
        model.add(keras.layers.Dense(width, activation="gelu"))
    model.add(keras.layers.Dense(encoding_dim))
    for width in reversed(HIDDEN_LAYER_SIZES):
        model.add(keras.layers.Dense(width, activation="gelu"))
    model.add(keras.layers.Dense(SIDE**2, activation="sigmoid"))
    model.compile(optimizer=keras.optimizers.Adam(schedule(len(X_train), epochs)), loss="binary_crossentropy")
    seconds, errors, elapsed = [], [], 0.0
    for epoch in range(epochs):
        start = time.perf_counter()
        model.fit(X_train, X_train, batch_size=BATCH_SIZE, verbose=0)
        elapsed += time.perf_counter() - start
        seconds.append(elapsed)
        errors.append(squared_error(X_test, model.predict(X_test, verbose=0)))
        print(f"model.fit, epoch {epoch + 1}, {elapsed:.0f} s: {errors[-1]:.3f}", flush=True)
    return seconds, errors


def draw_curves(path, curves):
    """Draw error against seconds, with the results of the paper."""
    from matplotlib.figure import Figure

    ax = Figure(figsize=(6, 4), layout="constrained").subplots()
    for label, (seconds, errors) in curves.items():
        ax.plot(seconds, errors, label=label)
    for label, level in PAPER.items():
        ax.axhline(level, color="0.6", linestyle=":")
        ax.annotate(label, (1, level), (-4, 2), ("axes fraction", "data"), "offset points", ha="right", fontsize=8)
    ax.set(xlabel="seconds of training", ylabel="squared error of a test image", ylim=(2, 16), yscale="log")
    ax.set_yticks([2, 3, 4, 6, 8, 12, 16], [2, 3, 4, 6, 8, 12, 16], minor=False)
    ax.minorticks_off()
    ax.legend()
    ax.figure.savefig(path, dpi=150)


def draw_map(path, X_test, y_test, maps):
    """Draw the two codes of each test image, for each method."""
    from matplotlib.figure import Figure

    from skautoencoder.plotting import CodeDisplay

    axes = Figure(figsize=(11, 5), layout="constrained").subplots(ncols=len(maps))
    for ax, (label, estimator) in zip(axes, maps.items(), strict=True):
        CodeDisplay.from_estimator(estimator, X_test, y_test, ax=ax)
        error = squared_error(X_test, estimator.inverse_transform(estimator.transform(X_test)))
        ax.set_title(f"{label}: squared error {error:.1f}")
    ax.figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=65)
    parser.add_argument("--keras-epochs", type=int, default=20)
    parser.add_argument("--curves", help="picture of error against seconds")
    parser.add_argument("--map", help="picture of two codes, which takes another training")
    arguments = parser.parse_args()
    X_train, X_test, y_test = data.mnist_split()

    pca = PCA(30).fit(X_train)
    logistic = AutoencoderTransformer(
        30,
        hidden_layer_sizes=(),
        output_activation="sigmoid",
        loss="binary_crossentropy",
        learning_rate=schedule(len(X_train), 20),
        batch_size=BATCH_SIZE,
        epochs=20,
        early_stopping=False,
        random_state=0,
    ).fit(X_train)
    autoencoder, *curve = train(X_train, X_test, 30, arguments.epochs)
    keras_curve = train_keras(X_train, X_test, 30, arguments.keras_epochs)
    errors = PAPER | {
        "PCA": squared_error(X_test, pca.inverse_transform(pca.transform(X_test))),
        "logistic PCA: no hidden layers": squared_error(X_test, logistic.reconstruct(X_test)),
        f"model.fit, {arguments.keras_epochs} epochs, {keras_curve[0][-1]:.0f} s": keras_curve[1][-1],
        f"deep autoencoder, {arguments.epochs} epochs, {curve[0][-1]:.0f} s": curve[1][-1],
        "the same, 10 000 training images": squared_error(X_train[:10_000], autoencoder.reconstruct(X_train[:10_000])),
    }
    for name, error in errors.items():
        print(f"{name:<50} {error:6.3f}")
    reached = [
        seconds for seconds, error in zip(*curve, strict=True) if error <= PAPER["deep autoencoder, in the paper"]
    ]
    if reached:
        print(f"3.00 was reached after {reached[0]:.0f} s")
    if arguments.curves:
        draw_curves(arguments.curves, {"AutoencoderTransformer": curve, "model.fit": keras_curve})
    if arguments.map:
        two_codes, *_ = train(X_train, X_test, 2, arguments.epochs)
        draw_map(arguments.map, X_test, y_test, {"PCA": PCA(2).fit(X_train), "deep autoencoder": two_codes})


if __name__ == "__main__":
    main()
