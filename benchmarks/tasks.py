"""Measurements that run in separate processes: `python benchmarks/tasks.py NAME [JSON arguments]`.

The last line printed is the result as JSON.
"""

import itertools
import json
import pickle
import resource
import sys
import tempfile
import threading
import time

import data
import numpy as np

RECIPE = {"code_activation": "relu", "output_activation": "sigmoid", "loss": "binary_crossentropy"}


def crossentropy(X, reconstructed):
    """Return the mean binary crossentropy over the first rows, by the same formula for all libraries."""
    p = np.clip(np.asarray(reconstructed, dtype=np.float64), 1e-7, 1 - 1e-7)
    return float(-np.mean(X * np.log(p) + (1 - X) * np.log(1 - p)))


def keras_model(widths):
    """Build the Keras model by hand: relu layers and a sigmoid output."""
    import keras

    layers = [keras.Input((784,))]
    layers += [keras.layers.Dense(width, activation="relu") for width in (*widths, *widths[-2::-1])]
    layers.append(keras.layers.Dense(784, activation="sigmoid"))
    return keras.Sequential(layers)


def start_tensorflow():
    """Import the engine, so that importing TensorFlow does not count as fitting time."""
    import skautoencoder._engine  # noqa: F401


def timed_fits(fit, epochs, repeat=1):
    """Return the seconds of fits of `epochs` epochs; the first one includes the compilation."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        fit(epochs)
        seconds.append(time.perf_counter() - start)
    return seconds


def fit_skautoencoder(widths, epochs, batch_size, squared_error=False):
    from skautoencoder import AutoencoderTransformer

    start_tensorflow()

    X = data.mnist()
    autoencoder = AutoencoderTransformer(
        widths[-1],
        hidden_layer_sizes=tuple(widths[:-1]),
        activation="relu",
        batch_size=batch_size,
        early_stopping=False,
        random_state=0,
        **({"code_activation": "relu", "init": "random"} if squared_error else RECIPE),
    )
    seconds = timed_fits(lambda epochs: autoencoder.set_params(epochs=epochs).fit(X), epochs)
    reconstructed = autoencoder.reconstruct(X[:5000])
    loss = (
        float(np.mean(np.square(X[:5000] - reconstructed))) if squared_error else crossentropy(X[:5000], reconstructed)
    )
    short, long = (
        min(timed_fits(lambda n: autoencoder.set_params(epochs=n).fit(X), n, 3)) for n in (1, 1 + epochs // 2)
    )
    return {"seconds": seconds[0], "loss": loss, "per_epoch": (long - short) / (epochs // 2)}


def varieties(n_rows, epochs):
    """Return the seconds per epoch of every variety, the plain network, the imputer and the default network."""
    from skautoencoder import (
        AutoencoderImputer,
        AutoencoderTransformer,
        KerasArchitecture,
        VariationalAutoencoderTransformer,
    )

    start_tensorflow()
    X, digits = data.mnist()[:n_rows], data.digits()
    incomplete = np.where(np.random.RandomState(0).uniform(size=digits.shape) < 0.1, np.nan, digits)

    def dropout(n_features, encoding_dim):
        from keras import Input, Sequential
        from keras.layers import Dense, Dropout

        encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(encoding_dim, "relu")])
        return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])

    steps = {"batch_size": 256, "random_state": 0}
    common = steps | {"early_stopping": False}
    crossentropy = {"output_activation": "sigmoid", "loss": "binary_crossentropy", "init": "random"}
    dense = common | RECIPE | {"hidden_layer_sizes": ()}
    estimators = {
        "plain": AutoencoderTransformer(32, **dense),
        **{
            f"noise={noise!r}": AutoencoderTransformer(32, noise=noise, **dense)
            for noise in ("gaussian", "masking", "salt_and_pepper")
        },
        **{
            f"penalty={penalty!r}": AutoencoderTransformer(32, penalty=penalty, **dense)
            for penalty in ("l1", "l2", "hoyer")
        },
        "penalty='kl'": AutoencoderTransformer(32, penalty="kl", **dense | {"code_activation": "sigmoid"}),
        "penalty='contractive', 8 codes": AutoencoderTransformer(8, penalty="contractive", **dense),
        "weight_decay=0.01": AutoencoderTransformer(32, weight_decay=0.01, **dense),
        "variational": VariationalAutoencoderTransformer(32, hidden_layer_sizes=(), **common | crossentropy),
        "Dropout(0.1) of Keras": AutoencoderTransformer(
            32, architecture=KerasArchitecture(dropout), **common | crossentropy
        ),
        "default, digits": AutoencoderTransformer(8, **common),
        "imputer, digits": AutoencoderImputer(8, patience=10**6, **steps),
    }
    rows = {"default, digits": digits, "imputer, digits": incomplete}
    fits = {name: {1: [], 1 + epochs: []} for name in estimators}
    # Interleaved, so that disturbances affect all alike; the first turn compiles.
    for turn in range(4):
        for name, estimator in estimators.items():
            for n, seconds in fits[name].items():
                estimator.set_params(epochs=n)
                fitted = timed_fits(lambda _, name=name, fit=estimator.fit: fit(rows.get(name, X)), n)
                seconds += fitted if turn else []
    return {name: (min(seconds[1 + epochs]) - min(seconds[1])) / epochs for name, seconds in fits.items()}


def fit_keras(widths, epochs, batch_size, **compiled):
    import keras

    X = data.mnist()
    keras.utils.set_random_seed(0)
    start = time.perf_counter()
    model = keras_model(widths)
    model.compile(optimizer="adam", loss="binary_crossentropy", **compiled)
    model.fit(X, X, epochs=epochs, batch_size=batch_size, verbose=0)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "loss": crossentropy(X[:5000], model.predict(X[:5000], verbose=0))}


def fit_scikeras(widths, epochs, batch_size):
    from scikeras.wrappers import KerasRegressor

    def build():
        model = keras_model(widths)
        model.compile(optimizer="adam", loss="binary_crossentropy")
        return model

    X = data.mnist()
    start = time.perf_counter()
    wrapper = KerasRegressor(build, epochs=epochs, batch_size=batch_size, verbose=0, random_state=0).fit(X, X)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "loss": crossentropy(X[:5000], wrapper.predict(X[:5000]))}


def fit_torch(widths, epochs, batch_size):
    import torch

    torch.manual_seed(0)
    X = data.mnist()
    start = time.perf_counter()
    rows = torch.from_numpy(X)
    sizes = [784, *widths, *widths[-2::-1], 784]
    layers = []
    for n_inputs, n_units in itertools.pairwise(sizes):
        linear = torch.nn.Linear(n_inputs, n_units)
        torch.nn.init.xavier_uniform_(linear.weight)
        torch.nn.init.zeros_(linear.bias)
        layers += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
    loss_function = torch.nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for chosen in torch.randperm(len(rows)).split(batch_size):
            batch = rows[chosen]
            optimizer.zero_grad()
            loss_function(model(batch), batch).backward()
            optimizer.step()
    seconds = time.perf_counter() - start
    with torch.no_grad():
        return {"seconds": seconds, "loss": crossentropy(X[:5000], torch.sigmoid(model(rows[:5000])).numpy())}


def fit_mlp(widths, epochs, batch_size):
    import warnings

    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")
    X = data.mnist()
    start = time.perf_counter()
    hidden = (*widths, *widths[-2::-1])
    mlp = MLPRegressor(
        hidden_layer_sizes=hidden,
        batch_size=batch_size,
        max_iter=epochs,
        tol=0,
        n_iter_no_change=epochs,
        random_state=0,
    )
    mlp.fit(X, X)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "loss": float(np.mean(np.square(X[:5000] - mlp.predict(X[:5000])))),
        "n_iter": mlp.n_iter_,
    }


def floor(widths, batch_size):
    """Return the seconds of the matrix products of an epoch, for a large product and at the shapes of a step."""
    random_state = np.random.RandomState(0)

    def matrix(*shape):
        return random_state.rand(*shape).astype(np.float32)

    def best(function, repeat):
        function()
        seconds = []
        for _ in range(repeat):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    square = matrix(2000, 2000)
    rate = 2 * 2000**3 / best(lambda: square @ square, 10)
    sizes = [784, *widths, *widths[-2::-1], 784]
    steps = -(-60000 // batch_size)
    flops = own_shapes = 0
    for number, (n_inputs, n_units) in enumerate(itertools.pairwise(sizes)):
        x, w, d = matrix(batch_size, n_inputs), matrix(n_inputs, n_units), matrix(batch_size, n_units)
        products = [lambda x=x, w=w: x @ w, lambda x=x, d=d: x.T @ d]
        if number:  # the input needs no gradient
            products.append(lambda d=d, w=w: d @ w.T)
        flops += len(products) * 2 * batch_size * n_inputs * n_units
        own_shapes += sum(best(product, 30) for product in products)
    return {"gflops": rate / 1e9, "per_epoch": steps * flops / rate, "per_epoch_own_shapes": steps * own_shapes}


def search(engine, encoding_dims, folds, epochs):
    """Return the seconds of a grid search over code sizes on digits, with the same network and folds."""
    import keras
    from sklearn.base import BaseEstimator
    from sklearn.model_selection import GridSearchCV, KFold

    from skautoencoder import AutoencoderTransformer
    from skautoencoder.metrics import reconstruction_r2

    start_tensorflow()

    class HandWritten(BaseEstimator):
        def __init__(self, encoding_dim=2):
            self.encoding_dim = encoding_dim

        def fit(self, X, y=None):
            inputs = keras.Input((64,))
            code = keras.layers.Dense(self.encoding_dim, activation="relu")(inputs)
            outputs = keras.layers.Dense(64, activation="sigmoid")(code)
            self.encoder_, self.model_ = keras.Model(inputs, code), keras.Model(inputs, outputs)
            self.decoder_ = keras.Model(code, outputs)
            self.model_.compile(optimizer="adam", loss="binary_crossentropy")
            self.model_.fit(X, X, epochs=epochs, batch_size=32, verbose=0)
            return self

        def transform(self, X):
            return self.encoder_.predict(X, verbose=0)

        def inverse_transform(self, X):
            return self.decoder_.predict(X, verbose=0)

        def score(self, X, y=None):
            return reconstruction_r2(self, X)

    ours = AutoencoderTransformer(
        hidden_layer_sizes=(), epochs=epochs, batch_size=32, early_stopping=False, random_state=0, **RECIPE
    )
    estimator = ours if engine == "skautoencoder" else HandWritten()
    grid_search = GridSearchCV(
        estimator, {"encoding_dim": encoding_dims}, cv=KFold(folds, shuffle=True, random_state=0), refit=False
    )
    start = time.perf_counter()
    grid_search.fit(data.digits())
    return {
        "seconds": time.perf_counter() - start,
        "scores": grid_search.cv_results_["mean_test_score"].round(3).tolist(),
    }


def repeated_fit():
    """Return the seconds of a first fit, of later fits, and of later fits with another number of rows."""
    from skautoencoder import AutoencoderTransformer

    start_tensorflow()

    X = data.digits()
    autoencoder = AutoencoderTransformer(
        8, hidden_layer_sizes=(), epochs=50, batch_size=32, early_stopping=False, random_state=0, **RECIPE
    )
    first = timed_fits(lambda _: autoencoder.fit(X), 50)[0]
    second = min(timed_fits(lambda _: autoencoder.fit(X), 50, 3))
    other = max(timed_fits(lambda left_out: autoencoder.fit(X[left_out:]), 1, 3))
    return {"first": first, "second": second, "other_size": other}


def default_fit(table, n_rows, encoding_dim):
    """Return the seconds of default fits: the first, the second, what comes before and after the steps, and PCA's."""
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    from skautoencoder import AutoencoderTransformer

    start_tensorflow()
    tables = {
        "wine": lambda: StandardScaler().fit_transform(load_wine().data),
        "breast cancer": lambda: StandardScaler().fit_transform(load_breast_cancer().data),
        "digits": lambda: load_digits().data,
        "MNIST": data.mnist,
        "random factors": lambda: data.wide_rows(n_rows, 5000),
    }
    X = tables[table]()[:n_rows]
    autoencoder = AutoencoderTransformer(encoding_dim, random_state=0)
    first, second = timed_fits(lambda _: autoencoder.fit(X), None, 2)
    n_epochs = autoencoder.n_iter_
    untrained = AutoencoderTransformer(encoding_dim, epochs=0, random_state=0)
    around = timed_fits(lambda _: untrained.fit(X), None, 2)[1]
    pca = timed_fits(lambda _: PCA(encoding_dim).fit(X), None, 2)[1]
    return {"first": first, "second": second, "around": around, "epochs": n_epochs, "pca": pca}


def transform():
    """Return the seconds of transform, PCA.transform and Keras' predict, for one row and for many."""
    from sklearn.decomposition import PCA

    from skautoencoder import AutoencoderTransformer

    start_tensorflow()

    X = data.mnist()[:10000]
    autoencoder = AutoencoderTransformer(32, hidden_layer_sizes=(), epochs=1, random_state=0, **RECIPE).fit(X)
    default = AutoencoderTransformer(32, epochs=1, random_state=0).fit(X)
    pca = PCA(32).fit(X)
    encoder, default_encoder = autoencoder.encoder_, default.encoder_

    def best(function, rows, repeat):
        function(rows)
        seconds = []
        for _ in range(repeat):
            start = time.perf_counter()
            function(rows)
            seconds.append(time.perf_counter() - start)
        return float(np.median(seconds))

    results = {}
    for name, rows, repeat in (("one_row", X[:1], 500), ("many_rows", X, 20)):
        # Interleaved, so that disturbances affect all alike.
        for _ in range(3):
            for method, function in (
                ("pca", pca.transform),
                ("vanilla", autoencoder.transform),
                ("default", default.transform),
            ):
                key = f"{name}_{method}"
                results[key] = min(results.get(key, np.inf), best(function, rows, repeat))
        results[f"{name}_predict"] = best(lambda rows: encoder.predict(rows, verbose=0), rows, 10)
        results[f"{name}_default_predict"] = best(lambda rows: default_encoder.predict(rows, verbose=0), rows, 10)
    return results


def save_pipeline(path, reducer):
    """Fit and pickle a pipeline; return the sizes of the pickled reducer and of its weights."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skautoencoder import AutoencoderTransformer

    X = data.digits()
    step = PCA(8) if reducer == "pca" else AutoencoderTransformer(8, epochs=5, random_state=0)
    pipeline = make_pipeline(StandardScaler(), step, LogisticRegression(max_iter=5000)).fit(X, np.arange(len(X)) % 10)
    with open(path, "wb") as file:
        pickle.dump(pipeline, file)
    if reducer == "pca":
        return {}
    weights = sum(array.size for array in step._autoencoder.arrays)
    return {"pickle_bytes": len(pickle.dumps(step)), "weight_bytes": 4 * weights}


def layers(kind, epochs):
    """Fit and apply a convolutional or recurrent network, and the same model in Keras."""
    import keras

    from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, RecurrentArchitecture

    start_tensorflow()
    X = data.mnist()[:6000]
    architecture, hidden_layer_sizes = {
        "convolutional": (ConvolutionalArchitecture((28, 28)), (16, 32)),
        "lstm": (RecurrentArchitecture((28, 28)), (32,)),
    }[kind]
    autoencoder = AutoencoderTransformer(
        16,
        architecture=architecture,
        hidden_layer_sizes=hidden_layer_sizes,
        init="random",
        batch_size=64,
        early_stopping=False,
        random_state=0,
    )
    start = autoencoder.set_params(epochs=0).fit(X)
    model, encoder = start.autoencoder_, start.encoder_
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")

    def by_keras(epochs):
        model.fit(X, X, epochs=epochs, batch_size=64, verbose=0)

    def by_us(epochs):
        autoencoder.set_params(epochs=epochs).fit(X)

    result = {}
    for name, fit in (("keras", by_keras), ("ours", by_us)):
        result[name] = timed_fits(fit, epochs)[0]
        short, long = (min(timed_fits(fit, n, 3)) for n in (1, 1 + epochs // 2))
        result[f"{name}_per_epoch"] = (long - short) / (epochs // 2)
    many = np.tile(X, (2, 1))[:10000]
    for name, rows, repeat in (("one_row", X[:1], 30), ("many_rows", many, 3)):
        for method, call in (
            ("ours", autoencoder.transform),
            ("predict", lambda rows: encoder.predict(rows, verbose=0)),
        ):
            call(rows)
            result[f"{name}_{method}"] = min(timed_fits(lambda _, rows=rows, call=call: call(rows), None, repeat))
    return result


def memory(kind, n_rows):
    """Return the anonymous memory in bytes of the TensorFlow process before a fit and at its peak."""
    from scipy import sparse

    from skautoencoder import AutoencoderTransformer

    start_tensorflow()

    def anonymous():
        with open("/proc/self/status") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon"))

    # A small fit first, so that the memory of the compiler is not counted.
    parameters = {"epochs": 1, "random_state": 0, "hidden_layer_sizes": (64,), "early_stopping": False}
    AutoencoderTransformer(7, **parameters).fit(np.eye(30, dtype=np.float32))
    bare, peak, running = anonymous(), [0], [True]
    folder = tempfile.TemporaryDirectory()
    if kind == "array":
        X = data.mnist()[:n_rows]
        X_bytes = X.nbytes
    elif kind == "memmap":
        X = np.lib.format.open_memmap(f"{folder.name}/X.npy", mode="w+", dtype=np.float32, shape=(n_rows, 784))
        rows = data.mnist()
        for start in range(0, n_rows, 60000):
            X[start : start + 60000] = rows[: n_rows - start]
        del rows, X
        X = np.load(f"{folder.name}/X.npy", mmap_mode="r")
        X_bytes = X.nbytes
    else:
        X = sparse.random_array((n_rows, 20000), density=1e-3, format="csr", dtype=np.float32, rng=0)
        X_bytes = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes

    def watch():
        while running[0]:
            peak[0] = max(peak[0], anonymous())
            time.sleep(0.005)

    before = anonymous()
    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    autoencoder = AutoencoderTransformer(8, **parameters).fit(X)
    fit_seconds = time.perf_counter() - start
    running[0] = False
    watcher.join()
    start = time.perf_counter()
    codes = autoencoder.transform(X)
    return {
        "bare": bare,
        "before": before,
        "peak": peak[0],
        "X": X_bytes,
        "maxrss": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "fit_seconds": fit_seconds,
        "transform_seconds": time.perf_counter() - start,
        "codes": list(codes.shape),
    }


def bounded_memory(budget_mb):
    """Fit a memory map four times as large as the memory that the process may still allocate."""
    from skautoencoder import AutoencoderTransformer

    start_tensorflow()

    parameters = {"epochs": 1, "random_state": 0, "hidden_layer_sizes": (64,), "early_stopping": False}
    AutoencoderTransformer(7, **parameters).fit(np.eye(30, dtype=np.float32))
    rows = data.mnist()[:5000]
    with tempfile.TemporaryDirectory() as folder:
        n_rows = 4 * budget_mb * 2**20 // (4 * 784)
        X = np.lib.format.open_memmap(f"{folder}/X.npy", mode="w+", dtype=np.float32, shape=(n_rows, 784))
        for start in range(0, n_rows, 5000):
            X[start : start + 5000] = rows[: n_rows - start]
        del X
        with open("/proc/self/status") as status:
            used = next(1024 * int(line.split()[1]) for line in status if line.startswith("VmData"))
        resource.setrlimit(resource.RLIMIT_DATA, (used + budget_mb * 2**20, resource.RLIM_INFINITY))
        X = np.load(f"{folder}/X.npy", mmap_mode="r")
        autoencoder = AutoencoderTransformer(8, **parameters).fit(X)
        return {"X": X.nbytes, "budget": budget_mb * 2**20, "loss": autoencoder.history_["loss"]}


def many_fits(n_fits):
    """Return the resident memory after each tenth of many fits of different shapes."""
    import gc

    from skautoencoder import AutoencoderTransformer

    X = data.digits()[:100]
    resident = []
    for number in range(n_fits):
        AutoencoderTransformer(1 + number % 50, hidden_layer_sizes=(16 + number,), epochs=1, random_state=0).fit(X)
        if (number + 1) % (n_fits // 10) == 0:
            gc.collect()
            with open("/proc/self/status") as status:
                resident.append(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS")))
    return {"megabytes": resident}


def parallel_search(n_jobs, epochs):
    """Return the seconds of a grid search of about a minute."""
    from sklearn.model_selection import GridSearchCV

    from skautoencoder import AutoencoderTransformer

    search = GridSearchCV(
        AutoencoderTransformer(epochs=epochs, early_stopping=False, random_state=0),
        {"encoding_dim": [2, 4, 8, 16], "learning_rate": [3e-4, 1e-3, 3e-3]},
        cv=5,
        n_jobs=n_jobs,
        refit=False,
    )
    start = time.perf_counter()
    search.fit(data.digits())
    return {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    task = globals()[sys.argv[1]]
    print(json.dumps(task(**json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))))
