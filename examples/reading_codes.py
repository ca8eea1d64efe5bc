"""
What does a code mean, and how much does it add?
================================================

Codes of an autoencoder that starts at PCA have an order, a share of the variance, and columns that they move. Their
first codes are a smaller code. Two data sets show it: handwritten digits, and the measurements of 178 wines.
"""

# %%
# Columns of wine have different units, so a scaler comes first. Everything below takes the whole pipeline, and answers
# in the units and with the names of X.
import numpy as np
import pandas as pd
from _images import read_options, show
from matplotlib import pyplot
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.diagnostics import diagnose
from skautoencoder.inspection import code_effects, explain_row
from skautoencoder.plotting import CodeTraversalDisplay

options = read_options()
digits = load_digits().data[:: 4 if options.quick else 1]
wine = load_wine(as_frame=True).data
autoencoder = AutoencoderTransformer(8, random_state=0).fit(digits)
pipeline = make_pipeline(StandardScaler(), AutoencoderTransformer(6, random_state=0)).fit(wine)

# %%
# What each code adds
# -------------------
# The sum of the shares is the share that the reconstruction explains.
shares = {"autoencoder": autoencoder.explained_variance_ratio_, "PCA": PCA(8).fit(digits).explained_variance_ratio_}
print("Share of the variance that each code of digits adds\n")
print(pd.DataFrame(shares).round(3).T.assign(sum=lambda table: table.sum(axis=1)).to_string())

# %%
# What each code moves
# --------------------
# From -2 to +2 standard deviations of each code, with the others at their means.
display = CodeTraversalDisplay.from_estimator(autoencoder, digits, image_shape=(8, 8))
display.figure_.suptitle("Codes of digits, and the share of each")
show(display.figure_, options)

# %%
# For a table: the columns that move most. Beside the lines are their values in the units of X.
display = CodeTraversalDisplay.from_estimator(pipeline, wine)

# %%
# The same as numbers, in standard deviations of each column, and in words.
effects = code_effects(pipeline, wine)
print("Change of each column as a code rises by one standard deviation, in standard deviations of the column\n")
print(effects.div(wine.std(), axis=0).round(2).to_string())
print()
print(*diagnose(pipeline, wine, describe_codes=True), sep="\n")

# %%
# Which columns make one code, and which make one error
# -----------------------------------------------------
# For the wine with the largest error. "error_ratio" is its error over the usual error of the column.
scaled = pipeline[0].transform(wine)
worst = pipeline[-1].score_samples(scaled).argmin()
table = explain_row(pipeline, wine, wine.iloc[worst])
print(f"Wine {worst}\n")
print(table[["value", "reconstruction", "error_ratio", "code 0", "code 1"]].round(2).to_string())

# %%
# Every size from one fit
# -----------------------
# The first codes of digits, decoded alone.
codes = autoencoder.transform(digits[:1])
decoded = {k: autoencoder.inverse_transform(codes[:, :k])[0] for k in (1, 2, 4, 8)}
figure, axes = pyplot.subplots(1, 5, figsize=(8, 2), layout="constrained")
for ax, (title, row) in zip(axes, {"original": digits[0], **decoded}.items(), strict=True):
    ax.imshow(np.reshape(row, (8, 8)), cmap="gray_r")
    ax.set(title=title if title == "original" else f"{title} of 8 codes", xticks=[], yticks=[])

# %%
# A scree plot on held-out rows beside PCA's, from one fit per fold.
sizes = range(1, 9)
quick = AutoencoderTransformer(epochs=30, random_state=0)
comparison = compare_with_pca(quick, digits, encoding_dims=sizes, cv=2, one_fit=True)
print(comparison.summary())
display = comparison.plot(metric="explained_variance_ratio")

# %%
# Conclusion
# ----------
# Codes can be read like components: each has a share, and a picture of what it moves. Shares need not fall, since
# training starts at the order of PCA and keeps what lowers the whole error. A network that is trained for four codes
# leaves less error than the first four of eight.
