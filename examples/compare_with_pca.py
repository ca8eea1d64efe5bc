"""
Is it worth it on my data, and how large a code?
================================================

Three lines answer: :func:`~skautoencoder.compare_with_pca` fits PCA and the autoencoder to the same folds with the same
code sizes, `summary` says who wins where, `plot` draws it. On a table of your own, read from a CSV file, they are the
same.
"""

# %%
# Without `encoding_dims`, all powers of two that X allows would be compared.
#
# The tables: one of images, one of measurements, one where PCA is hard to beat. Columns in different units are scaled
# beforehand: errors are in the units of what is compared, and a column in large units would be all that counts.
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
# The three lines
# ---------------
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
# What is left of rows, what the codes look like, where they lead, how training went.
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
# And in words, what might be wrong.
print(*diagnose(autoencoder, X), sep="\n")

# %%
# What to take from it
# --------------------
# On images the autoencoder is worth it at every code size. On tables of measurements it may win at some code sizes and
# tie at others; where they tie, PCA fits a hundred times faster.
