"""
Maps, models on codes, unusual rows: which autoencoder?
=======================================================

Codes serve a model, a map or a search for unusual rows. The autoencoder with the smallest reconstruction error is not
always the best one for these tasks.
"""

# %%
# Three tables of scikit-learn. The columns of breast cancer have different units, so they are scaled.
import numpy as np
import pandas as pd
from _images import read_options, show
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA, KernelPCA
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import scale

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import CodeDisplay

options = read_options()
print("scikit-learn's digits, diabetes and breast cancer")

# %%
# Reconstruction, and a model on the codes
# ----------------------------------------
# `compare_with_pca` measures both. With `downstream` its summary begins with the model.
X, y = load_diabetes(return_X_y=True)
encoding_dims = [8] if options.quick else [1, 4, 8]
autoencoder = AutoencoderTransformer(random_state=0)
comparison = compare_with_pca(autoencoder, X, encoding_dims=encoding_dims, y=y, downstream=Ridge(0.1))
shown = comparison[["encoding_dim", "method", "ratio_to_pca", "verdict", "downstream_score", "downstream_verdict"]]
print(shown.round(3).to_string(index=False))

# %%
print(comparison.summary())

# %%
# A map
# -----
# Two codes. The accuracy is that of the ten nearest neighbours on the map, for held-out digits. Kernel PCA is
# non-linear, too; it decodes by a regression.
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
maps = {
    "PCA": PCA(2),
    "kernel PCA": KernelPCA(2, kernel="rbf", gamma=1e-3, fit_inverse_transform=True, alpha=0.1),
    "autoencoder": AutoencoderTransformer(2, random_state=0),
    "with masking noise, 0.1": AutoencoderTransformer(2, noise="masking", noise_level=0.1, random_state=0),
}
table = []
for name, method in maps.items():
    neighbours = KNeighborsClassifier(10).fit(method.fit(X_train).transform(X_train), y_train)
    accuracy = neighbours.score(method.transform(X_test), y_test)
    table.append({"map": name, "accuracy": accuracy, "mse": reconstruction_error(method, X_test)})
print(pd.DataFrame(table).round(3).to_string(index=False))

# %%
figure, axes = pyplot.subplots(2, 2, figsize=(11, 9), layout="constrained")
for ax, (name, method) in zip(axes.flat, maps.items(), strict=True):
    CodeDisplay.from_estimator(method, X_test, y_test, ax=ax)
    ax.set_title(name)
show(figure, options)

# %%
# Unusual rows
# ------------
# One row in twenty is a malignant tumour. Each method is fitted to all rows and ranks them by their error. The area
# under the curve is the share of pairs of a malignant and a benign row that are ranked correctly.
X, y = load_breast_cancer(return_X_y=True)
benign, malignant = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
table = []
for seed in range(1 if options.quick else 3):
    drawn = np.random.default_rng(seed).choice(malignant, len(benign) // 19, replace=False)
    rows = scale(X[np.concatenate([benign, drawn])])
    is_rare = np.repeat([0, 1], [len(benign), len(drawn)])
    for name, method in {
        "PCA": PCA(4),
        "autoencoder": AutoencoderTransformer(4, random_state=0),
        "with masking noise, 0.5": AutoencoderTransformer(4, noise="masking", noise_level=0.5, random_state=0),
    }.items():
        errors = reconstruction_error(method.fit(rows), rows, per="sample")
        table.append({"error of": name, "area under the curve": roc_auc_score(is_rare, errors)})
print(pd.DataFrame(table).groupby("error of", sort=False).mean().round(3).to_string())

# %%
# Conclusion
# ----------
# On diabetes eight codes leave far less error than PCA's, but the model scores no better: PCA's codes already contain
# what it needs. On a map of two codes the autoencoder separates digits that overlap for PCA. To find unusual rows
# within the training data, the defaults are the wrong choice: they learn to reconstruct unusual rows, too. Strong noise
# helps here. On other tables PCA's error can be better; see :doc:`/choosing`.
