"""
How many codes do I need?
=========================

More codes nearly always leave less error. So say what is good enough, or take the number after which the curve is flat.
"""

# %%
# One fit per fold is enough for all sizes, since codes have an order: the first four of sixteen are a code of size 4.
from matplotlib import pyplot
from sklearn.datasets import load_digits

from skautoencoder import AutoencoderTransformer, compare_with_pca

X = load_digits().data[:1300]
quick = AutoencoderTransformer(epochs=20, random_state=0)
comparison = compare_with_pca(quick, X, encoding_dims=[2, 4, 8, 12, 16], cv=2, one_fit=True)
display = comparison.plot(metric="test_r2")
pyplot.show()

# %%
# The smallest code that explains 80 % of the variance of held-out digits:
chosen = comparison.best(min_r2=0.8)
print(f"{chosen['encoding_dim']:.0f} codes, by {chosen['method']}")

# %%
# Without a comparison: as many codes as the autoencoder needs for 80 % of the variance of the training rows.
autoencoder = AutoencoderTransformer(0.8, epochs=30, random_state=0).fit(X)
print(f"{autoencoder.encoding_dim_} codes explain {100 * autoencoder.score(X):.0f} %")

# %%
# When another way is better
# --------------------------
# If a model uses the codes, search `encoding_dim` by the score of the model. For a map, use two.
