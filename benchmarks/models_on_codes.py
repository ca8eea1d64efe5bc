"""Scores of linear models on codes of the default autoencoder and on codes of PCA.

    python benchmarks/models_on_codes.py [--data-dir DIR] [--seeds 3]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target), at most
2000 rows of each; the code takes an eighth, a third and a half of the columns. The last line is a summary as JSON.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer


def tables(data_dir):
    """Yield name, X and y."""
    for load in (load_iris, load_wine, load_diabetes, load_breast_cancer, load_digits):
        yield load.__name__.removeprefix("load_"), *load(return_X_y=True)
    for path in sorted(Path(data_dir).glob("*.csv")) if data_dir else ():
        table = pd.read_csv(path, header=None)
        yield path.stem, table.iloc[:, :-1].select_dtypes("number").to_numpy(dtype=float), table.iloc[:, -1].to_numpy()


def scores(data_dir, seeds):
    """Yield the scores on standardised codes: accuracy for up to ten classes, R2 for numbers."""
    for name, X, y in tables(data_dir):
        rows = np.random.RandomState(0).permutation(len(X))[:2000]
        X, y = X[rows][:, X.std(axis=0) > 0], y[rows]
        is_class = len(np.unique(y)) <= 10
        model = LogisticRegression(max_iter=1000) if is_class else RidgeCV(np.logspace(-3, 3, 7))
        for encoding_dim in sorted({max(1, X.shape[1] // share) for share in (8, 3, 2)}):
            for seed in seeds:
                folds = (StratifiedKFold if is_class else KFold)(3, shuffle=True, random_state=seed)
                of_methods = {}
                for reduction in (PCA(encoding_dim), AutoencoderTransformer(encoding_dim, random_state=seed)):
                    pipeline = make_pipeline(StandardScaler(), reduction, StandardScaler(), model)
                    of_methods[type(reduction).__name__] = cross_val_score(pipeline, X, y, cv=folds).mean()
                yield {"table": name, "codes": encoding_dim, **of_methods}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of further .csv tables")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", UserWarning)
    found = pd.DataFrame(scores(arguments.data_dir, range(arguments.seeds)))
    means = found.groupby(["table", "codes"], sort=False).mean()
    means["difference"] = difference = means["AutoencoderTransformer"] - means["PCA"]
    print(means.round(3).to_string())
    summary = {
        "mean": difference.mean(),
        "median": difference.median(),
        "worst": difference.min(),
        "pairs": len(means),
        "higher": (difference > 0.002).sum(),
        "lower": (difference < -0.002).sum(),
    }
    print(json.dumps({name: round(float(number), 4) for name, number in summary.items()}))


if __name__ == "__main__":
    main()
