"""
Can I use a Keras model that I have trained?
============================================

Yes: an encoder and a decoder become a scikit-learn transformer as they are. Pipelines, searches and comparisons with
PCA then take them.
"""

# %%
# The first autoencoder of the Keras tutorials, trained by hand: one relu layer, one sigmoid layer.
import keras
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderTransformer, KerasArchitecture
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import ReconstructionDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=0.5, random_state=0)
keras.utils.set_random_seed(0)
encoder = keras.Sequential([keras.Input((64,)), keras.layers.Dense(8, activation="relu")])
decoder = keras.Sequential([keras.Input((8,)), keras.layers.Dense(64, activation="sigmoid")])
by_hand = keras.Sequential([encoder, decoder])
by_hand.compile(optimizer="adam", loss="binary_crossentropy")
history = by_hand.fit(X_train, X_train, epochs=30, batch_size=32, verbose=0)
figure, ax = pyplot.subplots(figsize=(5, 3), layout="constrained")
ax.plot(history.history["loss"])
ax.set(xlabel="epoch", ylabel="loss")
pyplot.show()

# %%
# ``epochs=0`` trains nothing.
wrapped = AutoencoderTransformer(8, architecture=KerasArchitecture(encoder, decoder), epochs=0)
pipeline = make_pipeline(wrapped, LogisticRegression(max_iter=1000)).fit(X_train, y_train)
print(f"accuracy of a classifier on its codes: {pipeline.score(X_test, y_test):.2f}")

# %%
# Is the model good? Beside PCA, and beside the autoencoder that starts at PCA:
methods = {
    "tutorial": wrapped.fit(X_train),
    "PCA": PCA(8).fit(X_train),
    "default": AutoencoderTransformer(8, epochs=50, random_state=0).fit(X_train),
}
for name, method in methods.items():
    print(f"{name}: error {256 * reconstruction_error(method, X_test):.1f}")
display = ReconstructionDisplay.from_estimators(methods, X_test[:8], image_shape=(8, 8))
pyplot.show()

# %%
# When plain Keras is better
# --------------------------
# If the model has several inputs or outputs, or a training loop of its own, keep it in Keras, and wrap its encoder and
# decoder when it is trained.
