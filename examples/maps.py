"""
Can I see all rows of a table in one picture?
=============================================

Two codes of each row are a point in the plane. On a map, similar rows should be neighbours: neighbor mixing trains an
autoencoder for that. The map encodes new rows, and decodes any of its points.
"""

# %%
# Half of the handwritten digits are held out. The accuracy is that of the ten nearest neighbours on the map.
# Trustworthiness is below 1 if neighbours on the map are far from each other as rows.
import pandas as pd
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import CodeDisplay, DecodedGridDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
maps = {
    "PCA": PCA(2),
    "default": AutoencoderTransformer(2, random_state=0),
    "for maps": AutoencoderTransformer(2, neighbor_mixing=0.7, learning_rate=3e-3, random_state=0),
}
table = []
for name, method in maps.items():
    codes = method.fit(X_train).transform(X_test)
    neighbors = KNeighborsClassifier(10).fit(method.transform(X_train), y_train)
    table.append(
        {
            "map": name,
            "accuracy": neighbors.score(codes, y_test),
            "trustworthiness": trustworthiness(X_test, codes, n_neighbors=10),
            "mse": reconstruction_error(method, X_test),
        }
    )
print(pd.DataFrame(table).round(3).to_string(index=False))

# %%
figure, axes = pyplot.subplots(1, 3, figsize=(13, 4), layout="constrained")
for ax, (name, method) in zip(axes, maps.items(), strict=True):
    CodeDisplay.from_estimator(method, X_test, y_test, ax=ax)
    ax.set_title(name)
pyplot.show()

# %%
# Points of the map, decoded
# --------------------------
# The autoencoder is trained to decode; UMAP is slow at it.
display = DecodedGridDisplay.from_estimator(maps["for maps"], X_train, image_shape=(8, 8))
pyplot.show()

# %%
# When another tool is better
# ---------------------------
# For a map, set `neighbor_mixing=0.7` and `learning_rate=3e-3`. UMAP separates classes more clearly, but its map does
# not tell how a row looks.
