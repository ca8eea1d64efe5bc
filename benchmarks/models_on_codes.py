"""Scores of linear models on codes of the default autoencoder and on codes of PCA.

    python benchmarks/models_on_codes.py [--data-dir DIR] [--seeds 3]

The tables are scikit-learn's own and, with --data-dir, every headerless .csv in a folder (last column: target), at most
2000 rows of each; the code takes an eighth, a third and a half of the columns. The last line is a summary as JSON.
"""

import argparse
import json
import warnings

import numpy as np
import pandas as pd
from data import small_tables
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer


def scores(data_dir, seeds):
    """Yield the scores on standardised codes: accuracy for up to ten classes, R2 for numbers."""
    for name, X, y in small_tables(data_dir):
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
