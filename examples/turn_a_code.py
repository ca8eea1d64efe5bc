"""
What happens to a digit if I turn one code?
===========================================

Take one digit, change one of its codes, and decode. The picture is a film strip: from left to right, one number grows.
"""

# %%
import numpy as np
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from skautoencoder import AutoencoderTransformer

# sphinx_gallery_thumbnail_number = 2
X, y = load_digits(return_X_y=True)
autoencoder = AutoencoderTransformer(8, random_state=0).fit(X)
codes = autoencoder.transform(X)
spread = codes.std(axis=0)


def strip(code, number, steps):
    """Return the images of a digit whose code of this number takes several values."""
    turned = np.tile(code, (len(steps), 1))
    turned[:, number] += steps * spread[number]
    return np.hstack(autoencoder.inverse_transform(turned).reshape(-1, 8, 8))


# %%
# One row for each of the first four codes. The column in the middle is the digit as it is.
three = codes[y == 3][0]
steps = np.linspace(-3, 3, 9)
figure, axes = pyplot.subplots(4, 1, figsize=(8, 4), layout="constrained")
for number, ax in enumerate(axes):
    ax.imshow(strip(three, number, steps), cmap="gray_r", vmin=0, vmax=16)
    ax.set(ylabel=f"code {number}", xticks=[], yticks=[])
pyplot.show()

# %%
# From one digit to another: the straight line between their codes, decoded.
zero = codes[y == 0][0]
between = np.linspace(zero, three, 5)
figure, ax = pyplot.subplots(figsize=(6, 1.6), layout="constrained")
ax.imshow(np.hstack(autoencoder.inverse_transform(between).reshape(-1, 8, 8)), cmap="gray_r", vmin=0, vmax=16)
ax.set(xticks=[], yticks=[])
pyplot.show()

# %%
# A classifier names the digit in each of these pictures:
classifier = KNeighborsClassifier(5).fit(X, y)
print(classifier.predict(autoencoder.inverse_transform(between)))

# %%
# When PCA is better
# ------------------
# A component of PCA adds the same picture to every digit. If that is what you want to see, use PCA.
