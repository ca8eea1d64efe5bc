"""
Can noise be removed from images?
=================================

A denoising autoencoder sees noisy rows during training and learns to return the clean ones. Here the noise is as strong
as the signal.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from skautoencoder import AutoencoderTransformer
from skautoencoder.plotting import ReconstructionDisplay

X_train, X_test = train_test_split(load_digits().data, test_size=0.5, random_state=0)
noisy = X_test + 4.3 * np.random.default_rng(0).normal(size=X_test.shape)
methods = {
    "PCA": PCA(16),
    "autoencoder": AutoencoderTransformer(16, noise="gaussian", noise_level=1.0, random_state=0),
}
cleaned = {"noisy": noisy}
for name, method in methods.items():
    cleaned[name] = method.fit(X_train).inverse_transform(method.transform(noisy))

# %%
# The squared error of a pixel, beside the true image:
for name, rows in cleaned.items():
    print(f"{name}: {np.mean((rows - X_test) ** 2):.1f}")

# %%
# One held-out digit: with noise, and as PCA and the autoencoder return it.
figure, axes = pyplot.subplots(1, 3, figsize=(6, 2.4), layout="constrained")
for ax, (name, rows) in zip(axes, cleaned.items(), strict=True):
    ax.imshow(rows[0].reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
    ax.set(title=name, xticks=[], yticks=[])
pyplot.show()

# %%
# Eight held-out digits, in the first row as they are without noise.
eight = {name: rows[:8] for name, rows in cleaned.items()}
display = ReconstructionDisplay.from_reconstructions(X_test[:8], eight, image_shape=(8, 8))
pyplot.show()

# %%
# When PCA is better
# ------------------
# Where columns depend on each other linearly, PCA removes as much noise in milliseconds. If you have pairs of noisy and
# clean rows, ``fit(clean, X_noisy=noisy)`` learns from them.
