"""
Is it worth it on my data, and how large a code?
================================================

Three lines answer: :func:`~skautoencoder.compare_with_pca` fits PCA and the autoencoder to the same folds with the same
code sizes, `summary` says who wins where, `plot` draws it. With ``--csv table.csv`` the table is yours.
"""

# %%
# The tables: one of images, one of measurements, one where PCA is hard to beat. Columns in different units are scaled
# beforehand: errors are in the units of what is compared, and a column in large units would be all that counts.
import argparse

import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.diagnostics import diagnose
from skautoencoder.plotting import (
    CodeDisplay,
    DecodedGridDisplay,
    FeatureErrorDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)


def tables(csv):
    scaler = StandardScaler().set_output(transform="pandas")
    if csv is not None:
        frame = pd.read_csv(csv).select_dtypes("number").dropna()
        return {csv: (scaler.fit_transform(frame.loc[:, frame.nunique() > 1]), None)}
    digits, cancer, wine = load_digits(), load_breast_cancer(as_frame=True), load_wine(as_frame=True)
    return {
        "digits": (digits.data, digits.target),
        "breast cancer": (scaler.fit_transform(cancer.data), cancer.target),
        "wine": (scaler.fit_transform(wine.data), wine.target),
    }


# %%
# The three lines
# ---------------
def compare(X, encoding_dims):
    comparison = compare_with_pca(AutoencoderTransformer(random_state=0), X, encoding_dims=encoding_dims)
    print(comparison[["encoding_dim", "method", "test_r2", "ratio_to_pca", "pca_equivalent"]].round(3).to_string())
    print(f"\n{comparison.summary()}\n")
    return comparison


# %%
# A closer look at two codes
# --------------------------
# What is left of rows, what the codes look like, where they lead, how training went, which columns are hard; and in
# words what might be wrong.
def look(X, y, comparison, figures):
    methods = {"PCA": PCA(2).fit(X), "autoencoder": AutoencoderTransformer(2, random_state=0).fit(X)}
    autoencoder = methods["autoencoder"]
    is_images = X.shape[1] == 64
    shape = {"image_shape": (8, 8)} if is_images else {}
    upper, lower = figures.subfigures(2, 1)
    axes = upper.subplots(1, 3)
    comparison.plot(axes[0], metric="ratio_to_pca")
    LossCurveDisplay.from_estimator(autoencoder, ax=axes[1])
    CodeDisplay.from_estimator(autoencoder, X, y, ax=axes[2])
    axes = lower.subplots(1, 3 if is_images else 2)
    ReconstructionDisplay.from_estimators(methods, X, n_rows=4 if is_images else 2, ax=axes[0], **shape)
    FeatureErrorDisplay.from_estimators(methods, X, max_features=12, ax=axes[1])
    if is_images:
        DecodedGridDisplay.from_estimator(autoencoder, X, n_cells=10, ax=axes[2], **shape)
    print(*diagnose(autoencoder, X), sep="\n")


def main(options):
    from matplotlib import pyplot

    print("scikit-learn's digits, breast cancer and wine" if options.csv is None else options.csv)
    found = tables(options.csv)
    figure = pyplot.figure(figsize=(15, 9 * len(found)), layout="constrained")
    parts = figure.subfigures(len(found), 1, squeeze=False)[:, 0]
    for part, (name, (X, y)) in zip(parts, found.items(), strict=True):
        if options.quick:
            X, y = X[::4], y[::4]
        print(f"\n{name}: {X.shape[0]} rows, {X.shape[1]} columns\n")
        part.suptitle(name)
        look(X, y, compare(X, [2] if options.quick else None), part)
    figure.savefig(options.picture, dpi=90)
    print(f"Picture: {options.picture}")


# %%
# What to take from it
# --------------------
# On digits the autoencoder is worth it at every code size: its 8 codes are worth 16 components. On breast cancer it
# wins with four and eight codes, and ties elsewhere. On wine one code is better spent on the autoencoder; from two on
# they tie, and PCA fits a hundred times faster.
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--picture", default="compare_with_pca.png", help="where the picture goes")
    parser.add_argument("--quick", action="store_true", help="few rows, one code size")
    parser.add_argument("--csv", help="a table with a header, in place of scikit-learn's; its numeric columns count")
    main(parser.parse_args())
