"""Bit-by-bit comparison of fitted numbers before and after a refactoring.

    python benchmarks/fitted_numbers.py record before.json
    python benchmarks/fitted_numbers.py record after.json        # in the changed checkout
    python benchmarks/fitted_numbers.py compare before.json after.json

Every estimator, variety and start is fitted to scikit-learn's tables with a fixed seed. Codes, reconstructions, Keras
weights and draws are compared by hashes, the losses of every epoch by relative differences.
"""

import argparse
import contextlib
import hashlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import minmax_scale, scale

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderRecommender,
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
)

DIGITS, CANCER, WINE = load_digits().data, load_breast_cancer().data, scale(load_wine().data)
SHORT = {"hidden_layer_sizes": (32,), "epochs": 8}
SIGMOID = {"loss": "binary_crossentropy", "output_activation": "sigmoid", "code_activation": "relu"}


def build(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    hidden = Dense(32, "relu", activity_regularizer="l2")
    encoder = Sequential([Input((n_features,)), Dropout(0.1), hidden, Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(32, "relu"), BatchNormalization(), Dense(n_features)])


def squared_code(batch):
    return batch.codes[:, 0] ** 2


def holes(X):
    return np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)


def ratings():
    generator = np.random.default_rng(0)
    people, things = generator.normal(size=(600, 2)), generator.normal(size=(60, 2))
    truth = 3 + 2 * np.tanh(people @ things.T) + 0.1 * generator.normal(size=(600, 60))
    return csr_array(np.where(generator.uniform(size=truth.shape) < 0.2, truth, 0.0))


def configurations():
    """Yield (name, estimator, X)."""
    import keras

    def transformer(name, encoding_dim, X=DIGITS, **parameters):
        return name, AutoencoderTransformer(encoding_dim, random_state=0, **parameters), X

    def variational(name, X=DIGITS, **parameters):
        return name, VariationalAutoencoderTransformer(4, random_state=0, **parameters), X

    def imputer(name, X, **parameters):
        return name, AutoencoderImputer(random_state=0, **parameters), X

    images, sequences = ConvolutionalArchitecture((8, 8)), RecurrentArchitecture((8, 8), cell="gru")
    for init in ("pca", "random"):
        for loss in ("mse", "mae", "huber"):
            yield transformer(f"{init}, {loss}", 8, init=init, loss=loss, epochs=15)
        for noise, level in (("gaussian", 0.5), ("masking", 0.3), ("salt_and_pepper", 0.2)):
            yield transformer(f"{init}, {noise}", 8, init=init, noise=noise, noise_level=level, **SHORT)
        for penalty in ("l1", "l2", "hoyer", "contractive"):
            yield transformer(f"{init}, {penalty}", 4, init=init, penalty=penalty, **SHORT)
        all_at_once = {"penalty": squared_code, "noise": "gaussian", "weight_decay": 0.1}
        yield transformer(f"{init}, function, noise and decay", 4, init=init, **all_at_once, **SHORT)
        yield transformer(f"{init}, Keras loss", 4, init=init, loss=keras.losses.LogCosh(), **SHORT)
        yield transformer(f"{init}, no early stopping", 4, init=init, early_stopping=False, **SHORT)
        yield transformer(f"{init}, sparse X", 4, csr_array(np.where(DIGITS > 8, DIGITS, 0)), init=init, **SHORT)
        yield transformer(
            f"{init}, convolutions", 4, init=init, architecture=images, hidden_layer_sizes=(4, 8), epochs=4
        )
        yield transformer(f"{init}, gru", 4, init=init, architecture=sequences, hidden_layer_sizes=(8,), epochs=3)
        yield transformer(f"{init}, own models", 4, init=init, architecture=KerasArchitecture(build), epochs=6)
        yield variational(f"variational, {init}", init=init, **SHORT)
        yield variational(f"variational, {init}, noise, beta 3", init=init, noise="masking", beta=3.0, **SHORT)
        yield variational(
            f"variational, {init}, convolutions", init=init, architecture=images, hidden_layer_sizes=(4,), epochs=3
        )
    yield transformer("digits by default", 8)
    yield transformer("breast cancer by default", 6, CANCER)
    yield transformer("wine by default", 4, WINE)
    yield transformer("float32", 8, DIGITS.astype(np.float32), **SHORT)
    yield transformer("large offset", 8, DIGITS + 1e6, **SHORT)
    yield transformer("share of variance", 0.8, **SHORT)
    yield transformer("no hidden layer", 8, hidden_layer_sizes=(), epochs=10)
    yield transformer("no epochs", 8, epochs=0)
    yield transformer("overcomplete", 80, noise="gaussian", **SHORT)
    yield transformer("crossentropy", 8, minmax_scale(DIGITS), epochs=10, **SIGMOID)
    yield transformer("crossentropy, l1", 8, minmax_scale(DIGITS), penalty="l1", alpha=1e-3, **SIGMOID, **SHORT)
    yield transformer("kl", 8, minmax_scale(DIGITS), penalty="kl", code_activation="sigmoid", **SHORT)
    plain = {"penalty": "l1", "alpha": 1e-4, "code_activation": "relu"}
    yield transformer("plain l1", 8, minmax_scale(DIGITS), **plain, **SHORT)
    yield transformer("sgd", 8, optimizer="sgd", learning_rate=0.01, **SHORT)
    yield transformer("lamb", 8, optimizer=keras.optimizers.Lamb(0.002), **SHORT)
    yield transformer("schedule", 8, learning_rate=keras.optimizers.schedules.CosineDecay(1e-3, 300), **SHORT)
    plateau = keras.callbacks.ReduceLROnPlateau(patience=2, min_delta=1.0)
    yield transformer("callback by epoch", 8, callbacks=plateau, **SHORT)
    by_batch = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    yield transformer("callback by batch", 8, callbacks=by_batch, **SHORT)
    yield transformer("progress bar", 8, verbose=1, **SHORT)
    yield transformer("eight rows", 2, WINE[:8], **SHORT)
    walks = np.random.RandomState(0).normal(size=(300, 2000)).cumsum(axis=1)
    yield transformer("more columns than rows", 3, walks, **SHORT)
    yield variational(
        "variational, crossentropy",
        minmax_scale(DIGITS),
        loss="binary_crossentropy",
        output_activation="sigmoid",
        **SHORT,
    )
    yield variational("variational by default", epochs=30)
    yield variational("variational, beta 0", beta=0.0, **SHORT)
    yield imputer("imputer, digits", holes(DIGITS), epochs=6)
    yield imputer("imputer, wine by default", holes(WINE))
    yield imputer("imputer, no epochs", holes(CANCER), epochs=0)
    yield imputer("one imputer, no epochs", holes(CANCER), n_estimators=1, epochs=0)
    yield imputer("one imputer", holes(CANCER), n_estimators=1, epochs=6)
    for loss in ("mse", "mae"):
        yield imputer(f"imputer, {loss}", holes(scale(CANCER)), loss=loss, epochs=6)
    yield "recommender", AutoencoderRecommender(epochs=6, random_state=0), ratings()
    yield imputer("imputer, convolutions", holes(DIGITS[:300]), architecture=images, hidden_layer_sizes=(4,), epochs=3)


def digest(*arrays):
    sha = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        sha.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return sha.hexdigest()[:16]


def numbers(fitted, X):
    """Return the fitted numbers by name."""
    codes = fitted.transform(X)
    found = {"n_iter_": fitted.n_iter_, "best_epoch_": fitted.best_epoch_, "transform": digest(codes)}
    if hasattr(fitted, "inverse_transform"):
        found["inverse_transform"] = digest(fitted.inverse_transform(codes))
        found["Keras weights"] = digest(*fitted.encoder_.get_weights(), *fitted.decoder_.get_weights())
    if hasattr(fitted, "noise_variance_"):
        found["noise_variance_"] = fitted.noise_variance_
        found["sample"] = digest(fitted.sample(5, random_state=0))
    return found | {"history_": fitted.history_}


def record(path):
    recorded = {}
    for name, estimator, X in configurations():
        with contextlib.redirect_stdout(io.StringIO()):
            recorded[name] = numbers(estimator.fit(X), X)
        print(name, flush=True)
    Path(path).write_text(json.dumps(recorded))


def compare(before, after):
    before, after = (json.loads(Path(path).read_text()) for path in (before, after))
    equal = [name for name in after if after[name] == before.get(name)]
    print(f"{len(equal)} of {len(after)} configurations are equal to the bit.")
    for name in [name for name in after if name not in equal]:
        if name not in before:
            print(f"{name}: new")
            continue
        differences = [key for key in after[name] if key != "history_" and after[name][key] != before[name].get(key)]
        for series, losses in after[name]["history_"].items():
            earlier = before[name]["history_"].get(series, [])
            n_epochs = min(len(losses), len(earlier))
            if losses != earlier:
                relative = np.abs(np.divide(losses[:n_epochs], earlier[:n_epochs]) - 1)
                differences.append(f"{series} by up to {max(relative, default=np.nan):.1e}")
        print(f"{name}: {', '.join(differences)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record").add_argument("path")
    comparison = commands.add_parser("compare")
    comparison.add_argument("before")
    comparison.add_argument("after")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.command == "record":
        record(arguments.path)
    else:
        compare(arguments.before, arguments.after)


if __name__ == "__main__":
    main()
