"""Write the golden files of this version: a fitted estimator of every variety in every format, and its results.

    python tests/golden/make.py

On the oldest Python that is supported, so that all others read them.
"""

import pickle
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from golden_models import build

import skautoencoder
from skautoencoder import (
    AutoencoderImputer,
    AutoencoderOutlierDetector,
    AutoencoderRecommender,
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    KerasArchitecture,
    RecurrentArchitecture,
    VariationalAutoencoderTransformer,
    load,
)

FOLDER = Path(__file__).parent
TINY = {"hidden_layer_sizes": (4,), "epochs": 3, "random_state": 0}
DENSE = {
    "vanilla": AutoencoderTransformer(2, init="random", **TINY | {"hidden_layer_sizes": ()}),
    "deep": AutoencoderTransformer(2, **TINY | {"hidden_layer_sizes": (5, 4, 3)}),
    "sparse": AutoencoderTransformer(2, penalty="kl", code_activation="sigmoid", **TINY),
    "denoising": AutoencoderTransformer(2, noise="masking", **TINY),
    "contractive": AutoencoderTransformer(2, penalty="contractive", **TINY),
    "regularised": AutoencoderTransformer(2, penalty="l2", weight_decay=0.1, warm_start=True, **TINY),
    "variational": VariationalAutoencoderTransformer(2, **TINY),
    "imputer": AutoencoderImputer(2, **TINY),
    "recommender": AutoencoderRecommender(n_factors=2, epochs=3, random_state=0),
    "outliers": AutoencoderOutlierDetector(**TINY),
    "mixed": AutoencoderTransformer(2, handle_unknown="ignore", **TINY),
}
OF_KERAS = {
    "convolutional": AutoencoderTransformer(2, architecture=ConvolutionalArchitecture((2, 3)), **TINY),
    "recurrent": AutoencoderTransformer(2, architecture=RecurrentArchitecture((3, 2)), **TINY),
    "own_models": AutoencoderTransformer(2, architecture=KerasArchitecture(build, width=3), **TINY),
}


# Functions that write and read a fitted estimator, by the ending of its file.
FORMATS = {
    "autoencoder": (
        lambda estimator, path: estimator.save(path),
        lambda path: load(path, trusted=["golden_models.build"]),
    ),
    "pickle": (
        lambda estimator, path: path.write_bytes(pickle.dumps(estimator, protocol=4)),
        lambda path: pickle.loads(path.read_bytes()),
    ),
}


def rows(estimator):
    """Return rows of three dimensions: some with missing entries, some as a data frame with categories."""
    generator = np.random.RandomState(0)
    X = generator.normal(size=(40, 3)) @ generator.normal(size=(3, 6)) + 0.1 * generator.normal(size=(40, 6))
    if isinstance(estimator, (AutoencoderImputer, AutoencoderRecommender)):
        X[generator.uniform(size=X.shape) < 0.2] = np.nan
    if getattr(estimator, "handle_unknown", "error") == "ignore" and not isinstance(estimator, AutoencoderImputer):
        frame = pd.DataFrame(X).add_prefix("column ")
        return frame.assign(word=np.where(X[:, 0] > 0, "yes", "no"), truth=X[:, 1] > 0, whole=np.arange(40))
    return X


def results(estimator):
    """Return codes and reconstructions of a few rows, filled rows, or the scores of outliers."""
    X = rows(estimator)[:8]
    if isinstance(estimator, AutoencoderOutlierDetector):
        return {"scores": estimator.score_samples(X), "surprises": estimator.explain(X).to_numpy()}
    if isinstance(estimator, (AutoencoderImputer, AutoencoderRecommender)):
        return {"filled": estimator.transform(X)}
    reconstructed = estimator.reconstruct(X)
    if isinstance(X, pd.DataFrame):
        reconstructed = pd.get_dummies(reconstructed).to_numpy(dtype=np.float64)
    return {"codes": estimator.transform(X), "reconstructed": reconstructed}


def main():
    folder = FOLDER / skautoencoder.__version__.partition(".dev")[0]
    folder.mkdir(exist_ok=True)
    expected = {}
    for name, estimator in (DENSE | OF_KERAS).items():
        estimator.fit(rows(estimator))
        expected |= {f"{name} {what}": values for what, values in results(estimator).items()}
        for ending, (write, _) in FORMATS.items():
            write(estimator, folder / f"{name}.{ending}")
    np.savez_compressed(folder / "expected.npz", **expected)


if __name__ == "__main__":
    if sys.version_info[:2] != (3, 11):
        sys.exit("Golden files are made on Python 3.11, so that all others read them.")
    main()
