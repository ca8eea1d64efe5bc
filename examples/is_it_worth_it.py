"""
Is an autoencoder worth it on my table?
=======================================

:func:`~skautoencoder.compare_with_pca` fits PCA and the autoencoder to the same folds with the same number of codes,
and says who wins. The table has 30 measurements of 569 tumours, in different units, so it is scaled first.
"""

# %%
from textwrap import fill

from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca

X = StandardScaler().set_output(transform="pandas").fit_transform(load_breast_cancer(as_frame=True).data)
comparison = compare_with_pca(AutoencoderTransformer(epochs=50, random_state=0), X, encoding_dims=[2, 4, 8], cv=3)
print(fill(comparison.summary(), 100))

# %%
# A ratio of 0.8 means that a fifth of PCA's error is gone. Bands are confidence intervals.
display = comparison.plot(metric="ratio_to_pca")
pyplot.show()

# %%
# The comparison is a data frame. "pca_equivalent" is the number of principal components with the same error.
columns = ["encoding_dim", "method", "test_r2", "ratio_to_pca", "pca_equivalent", "verdict"]
print(comparison[columns].round(2).to_string(index=False))

# %%
# When PCA is better
# ------------------
# Where the verdict is a tie, use PCA: it fits in milliseconds. A smaller error does not imply a better model on the
# codes. Pass your model as `downstream` to measure that, too.
