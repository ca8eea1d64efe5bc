"""
Can it draw digits that nobody wrote?
=====================================

A variational autoencoder encodes rows so that random codes decode to plausible rows. It is a generative model: it draws
new rows of any table.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_digits

from skautoencoder import VariationalAutoencoderTransformer

X = load_digits().data / 16
variational = VariationalAutoencoderTransformer(
    8, loss="binary_crossentropy", output_activation="sigmoid", random_state=0
).fit(X)
drawn = variational.sample(10, noise=False, random_state=0)

# %%
# Ten digits, decoded from random codes.
figure, axes = pyplot.subplots(2, 5, figsize=(6, 2.6), layout="constrained")
for ax, image in zip(axes.flat, drawn, strict=True):
    ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
    ax.set_axis_off()
pyplot.show()

# %%
# None of them is a copy: the distance to the nearest true digit, beside the usual distance between neighbours.
distances = np.sqrt(((drawn[:, np.newaxis] - X) ** 2).sum(axis=2))
usual = np.sqrt(((X[:200, np.newaxis] - X) ** 2).sum(axis=2))
print(f"drawn digits {distances.min(axis=1).mean():.1f}, true digits {np.sort(usual, axis=1)[:, 1].mean():.1f}")

# %%
# When another tool is better
# ---------------------------
# For large photos use diffusion models. For tables of a few columns, a normal distribution or a Gaussian mixture may
# do. For reconstruction alone, a plain autoencoder leaves less error.
