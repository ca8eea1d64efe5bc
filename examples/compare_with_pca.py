"""
Is it worth it on my data, and how large a code?
================================================

:func:`~skautoencoder.compare_with_pca` fits PCA and the autoencoder to the same folds with the same code sizes.
`summary` reports who wins at which size, `plot` draws the errors.
"""

# %%
# Without `encoding_dims`, all powers of two that X allows are compared.
#
# The tables are images, measurements, and a table on which PCA is hard to beat. Columns with different units are scaled
# first, because a column in large units would dominate the error.
from _images import read_options, show
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.diagnostics import diagnose
from skautoencoder.plotting import CodeDisplay, DecodedGridDisplay, LossCurveDisplay, ReconstructionDisplay

options = read_options()
every, encoding_dims = (4, [2]) if options.quick else (1, [1, 4, 8])
scaler = StandardScaler().set_output(transform="pandas")
digits, cancer, wine = load_digits(), load_breast_cancer(as_frame=True), load_wine(as_frame=True)
tables = {
    "digits": digits.data[::every],
    "breast cancer": scaler.fit_transform(cancer.data)[::every],
    "wine": scaler.fit_transform(wine.data)[::every],
}
print("scikit-learn's digits, breast cancer and wine")


# %%
# The comparison
# --------------
def compare(name):
    X = tables[name]
    comparison = compare_with_pca(AutoencoderTransformer(random_state=0), X, encoding_dims=encoding_dims)
    print(f"{name}: {X.shape[0]} rows, {X.shape[1]} columns\n\n{comparison.summary()}\n")
    return comparison


comparisons = {name: compare(name) for name in tables}

# %%
# The comparison is a data frame.
columns = ["encoding_dim", "method", "test_r2", "ratio_to_pca", "pca_equivalent", "verdict"]
print(comparisons["digits"][columns].round(3).to_string(index=False))

# %%
# A closer look at two codes of digits
# ------------------------------------
# Errors, training curve, codes, and rows decoded from a grid of codes.
X, y = tables["digits"], digits.target[::every]
pca, autoencoder = PCA(2).fit(X), AutoencoderTransformer(2, random_state=0).fit(X)
methods = {"PCA": pca, "autoencoder": autoencoder}
figure, axes = pyplot.subplots(2, 3, figsize=(16, 10), layout="constrained")
for ax, name in zip(axes[0], tables, strict=True):
    comparisons[name].plot(ax, metric="ratio_to_pca")
    ax.set_title(name)
    if name != "wine":
        ax.get_legend().remove()
LossCurveDisplay.from_estimator(autoencoder, ax=axes[1, 0])
CodeDisplay.from_estimator(autoencoder, X, y, ax=axes[1, 1])
DecodedGridDisplay.from_estimator(autoencoder, X, n_cells=10, ax=axes[1, 2], image_shape=(8, 8))
show(figure, options)

# %%
display = ReconstructionDisplay.from_estimators(methods, X, n_rows=8, image_shape=(8, 8))

# %%
# Possible problems, in words.
print(*diagnose(autoencoder, X), sep="\n")

# %%
# Conclusion
# ----------
# On images the autoencoder wins at every code size. On tables of measurements it can win at some code sizes and tie at
# others. Where they tie, use PCA, which fits much faster.
