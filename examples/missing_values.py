"""
Can gaps in a table be filled?
==============================

Half of the pixels of each digit are lost. :class:`~skautoencoder.AutoencoderImputer` fills them from the others, as it
fills gaps in any table.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.impute import KNNImputer, SimpleImputer

from skautoencoder import AutoencoderImputer

X = load_digits().data[::3]
missing = np.random.default_rng(0).uniform(size=X.shape) < 0.5
incomplete = np.where(missing, np.nan, X)
imputers = {
    "column means": SimpleImputer(keep_empty_features=True),
    "nearest neighbours": KNNImputer(keep_empty_features=True),
    "autoencoder": AutoencoderImputer(keep_empty_features=True, random_state=0),
}
filled = {name: imputer.fit_transform(incomplete) for name, imputer in imputers.items()}

# %%
# The root mean squared error of the missing pixels:
errors = {name: np.sqrt(np.mean((rows - X)[missing] ** 2)) for name, rows in filled.items()}
for name, error in errors.items():
    print(f"{name}: {error:.2f}")
figure, ax = pyplot.subplots(figsize=(6, 3), layout="constrained")
ax.barh(list(errors), list(errors.values()), color=["C7", "C7", "C0"])
ax.set(xlabel="root mean squared error of the missing pixels")
pyplot.show()

# %%
# Eight digits: with gaps (grey), filled, and as they were.
figure, axes = pyplot.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
greys = pyplot.get_cmap("gray_r").copy()
greys.set_bad("lightsteelblue")
for row, (name, images) in enumerate({"gaps": incomplete, "filled": filled["autoencoder"], "true": X}.items()):
    for ax, image in zip(axes[row], images, strict=False):
        ax.imshow(image.reshape(8, 8), cmap=greys, vmin=0, vmax=16)
        ax.set(xticks=[], yticks=[])
    axes[row, 0].set_ylabel(name)
pyplot.show()

# %%
# When another imputer is better
# ------------------------------
# For a first model, column means may do, and `HistGradientBoostingClassifier` reads gaps itself. No imputer here knows
# *why* a value is missing. See :doc:`/missing_values`.
