"""
Can I write an autoencoder instead of PCA?
==========================================

Yes: one line changes. Handwritten digits of 64 pixels are reduced to eight numbers, and decoded again. Half of the
digits are held out; all errors are measured on them.
"""

# %%
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import ReconstructionDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
pca = PCA(n_components=8).fit(X_train)
autoencoder = AutoencoderTransformer(encoding_dim=8, random_state=0).fit(X_train)

# %%
# The error is the squared error of a pixel, which lies between 0 and 16.
print(f"PCA {reconstruction_error(pca, X_test):.1f}, autoencoder {reconstruction_error(autoencoder, X_test):.1f}")

# %%
# The first of each digit, decoded from eight numbers.
first_of_each = [int((y_test == digit).argmax()) for digit in range(10)]
methods = {"PCA": pca, "autoencoder": autoencoder}
display = ReconstructionDisplay.from_estimators(methods, X_test[first_of_each], image_shape=(8, 8))
pyplot.show()

# %%
# Everything else is used as with PCA: :meth:`~skautoencoder.AutoencoderTransformer.transform` returns codes, and
# :meth:`~skautoencoder.AutoencoderTransformer.inverse_transform` returns rows.
codes = autoencoder.transform(X_test)
print(codes.shape, autoencoder.inverse_transform(codes).shape)

# %%
# When PCA is better
# ------------------
# PCA fits in milliseconds. Where the columns of a table depend on each other linearly, its error is as small: use it
# there. :func:`~skautoencoder.compare_with_pca` measures this on your table.
