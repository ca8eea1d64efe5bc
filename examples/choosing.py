"""
Which question, and which autoencoder?
======================================

A smaller reconstruction error is one question. A model on the codes, a map of the rows and a search for unusual rows
are others, and the autoencoder that answers one best need not answer another.
"""

# %%
# Tables of scikit-learn's own. The columns of breast cancer have different units, so they are scaled.
import numpy as np
import pandas as pd
from _images import arguments
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import CodeDisplay


def methods(encoding_dim, noise_level):
    masking = AutoencoderTransformer(encoding_dim, noise="masking", noise_level=noise_level, random_state=0)
    return {
        "PCA": PCA(encoding_dim),
        "autoencoder": AutoencoderTransformer(encoding_dim, random_state=0),
        f"with masking noise, {noise_level}": masking,
    }


# %%
# Reconstruction, and a model on the codes
# ----------------------------------------
# `compare_with_pca` answers both. With `downstream` its summary begins with the model.
def model_on_codes(encoding_dims):
    X, y = load_diabetes(return_X_y=True)
    autoencoder = AutoencoderTransformer(random_state=0)
    comparison = compare_with_pca(autoencoder, X, encoding_dims=encoding_dims, y=y, downstream=Ridge(0.1))
    shown = comparison[["encoding_dim", "method", "ratio_to_pca", "verdict", "downstream_score", "downstream_verdict"]]
    print(f"\nDiabetes: a ridge regression on the codes\n\n{shown.round(3).to_string(index=False)}\n")
    print(comparison.summary())


# %%
# A map
# -----
# Two codes. How many of the held-out digits do their ten nearest neighbours on the map name?
def digits_on_a_map(picture, n_rows):
    X, y = (part[:n_rows] for part in load_digits(return_X_y=True))
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
    found = methods(2, noise_level=0.1)
    table = []
    for name, method in found.items():
        neighbours = KNeighborsClassifier(10).fit(method.fit(X_train).transform(X_train), y_train)
        accuracy = neighbours.score(method.transform(X_test), y_test)
        table.append({"map": name, "accuracy": accuracy, "mse": reconstruction_error(method, X_test)})
    print(f"\nDigits: neighbours on a map\n\n{pd.DataFrame(table).round(3).to_string(index=False)}")
    draw_maps(found, X_test, y_test, picture)


def draw_maps(found, X, y, picture):
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(found), figsize=(15, 5), layout="constrained")
    for ax, (name, method) in zip(axes, found.items(), strict=True):
        CodeDisplay.from_estimator(method, X, y, ax=ax)
        ax.set_title(name)
    figure.savefig(picture, dpi=90)
    print(f"Picture: {picture}")


# %%
# Unusual rows
# ------------
# One row in twenty is of a malignant tumour. Each method is fitted to all rows and ranks them by their error. The area
# under the curve is the share of pairs of a malignant and a benign row that are ranked in the right order.
def rare_rows(seeds):
    X, y = load_breast_cancer(return_X_y=True)
    benign, malignant = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    table = []
    for seed in seeds:
        drawn = np.random.default_rng(seed).choice(malignant, len(benign) // 19, replace=False)
        rows = scale(X[np.concatenate([benign, drawn])])
        is_rare = np.repeat([0, 1], [len(benign), len(drawn)])
        for name, method in methods(4, noise_level=0.5).items():
            errors = reconstruction_error(method.fit(rows), rows, per="sample")
            table.append({"error of": name, "area under the curve": roc_auc_score(is_rare, errors)})
    found = pd.DataFrame(table).groupby("error of", sort=False).mean()
    print(f"\nBreast cancer: one malignant row in twenty\n\n{found.round(3).to_string()}")


def main(options):
    print("scikit-learn's digits, diabetes and breast cancer")
    model_on_codes([8] if options.quick else [1, 4, 8])
    digits_on_a_map(options.picture, 400 if options.quick else None)
    rare_rows(range(1 if options.quick else 3))


# %%
# What to take from it
# --------------------
# On diabetes eight codes leave a third of PCA's error, and the model on them scores no better: what it needs was in
# PCA's codes, too. On a map of two codes the autoencoder shows digits apart that PCA shows on top of each other, and a
# little masking noise helps. For unusual rows among those that are fitted the defaults are the wrong choice: they learn
# to reconstruct these, too, and only with much noise is the error a better sign than PCA's. On other tables it is not,
# and with rows that are known to be usual the defaults do as well as PCA: see docs/choosing.md.
if __name__ == "__main__":
    main(arguments("choosing"))
