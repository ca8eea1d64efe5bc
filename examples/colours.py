"""
How few numbers hold a photo?
=============================

A photo is cut into tiles of 8 x 8 pixels in three colours: rows of 192 numbers. Each tile is reduced to six numbers,
decoded, and put back in its place.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_sample_image
from sklearn.decomposition import PCA

from skautoencoder import AutoencoderTransformer

photo = load_sample_image("flower.jpg")[:424:2, :640:2] / 255
height, width = photo.shape[0] // 8 * 8, photo.shape[1] // 8 * 8
photo = photo[:height, :width]


def to_tiles(image):
    """Return the tiles of an image as rows."""
    return image.reshape(height // 8, 8, width // 8, 8, 3).swapaxes(1, 2).reshape(-1, 192)


def to_image(tiles):
    """Return the image of which these rows are the tiles."""
    return tiles.reshape(height // 8, width // 8, 8, 8, 3).swapaxes(1, 2).reshape(height, width, 3).clip(0, 1)


# %%
X = to_tiles(photo)
pictures = {"original: 192 numbers": photo}
for name, method in {"PCA": PCA(6), "autoencoder": AutoencoderTransformer(6, random_state=0)}.items():
    decoded = method.fit(X).inverse_transform(method.transform(X))
    pictures[f"{name}: 6 numbers"] = to_image(decoded)
    print(f"{name}: {100 * np.mean((decoded - X) ** 2) / X.var(axis=0).mean():.1f} % of the variance is lost")

# %%
figure, axes = pyplot.subplots(1, 3, figsize=(7.5, 1.9), layout="constrained")
for ax, (name, image) in zip(axes, pictures.items(), strict=True):
    ax.imshow(image)
    ax.set(title=name, xticks=[], yticks=[])
pyplot.show()

# %%
# When another tool is better
# ---------------------------
# To store photos, use JPEG. Codes of tiles are for a model, a search or a map. The errors here are those of the
# fitted tiles; hold some out to compare methods.
