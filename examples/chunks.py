"""
Can I train on a file that does not fit into memory?
====================================================

Chunk after chunk: `partial_fit` takes the place of `fit`, as for scikit-learn's `IncrementalPCA`. The file is read
several times, some hundred rows at once, and no more than these are ever held.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _images import arguments, draw_images, load_images, seconds
from sklearn.decomposition import IncrementalPCA

from skautoencoder import AutoencoderTransformer


# %%
# The loop
# --------
# Each call is one pass over its rows. The first one fixes what training sees of rows, their means and their scale, and
# starts at PCA of this chunk, so its rows should be a fair sample of the file.
def in_chunks(estimator, path, chunk_rows, passes):
    for _ in range(passes):
        for chunk in pd.read_csv(path, chunksize=chunk_rows, dtype="float32"):
            estimator.partial_fit(chunk)
    return estimator


# %%
# The numbers
# -----------
def main(options):
    encoding_dim, passes, chunk_rows = (16, 2, 100) if options.quick else (16, 10, 1000)
    X, X_test, _, _, shape = load_images(n_train=20000, n_test=2000, quick=options.quick)
    table, pictures = [], {"original": X_test[:10]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digits.csv"
        columns = [f"pixel {number}" for number in range(X.shape[1])]
        pd.DataFrame(X, columns=columns).to_csv(path, index=False, float_format="%.4g")
        # Importing TensorFlow and compiling are nobody's fitting time.
        AutoencoderTransformer(encoding_dim, epochs=1, early_stopping=False).fit(X[:chunk_rows])
        autoencoder = AutoencoderTransformer(encoding_dim, random_state=0)
        fitted = {
            "IncrementalPCA, chunks": seconds(in_chunks, IncrementalPCA(encoding_dim), path, chunk_rows, 1),
            "autoencoder, chunks": seconds(in_chunks, autoencoder, path, chunk_rows, passes),
        }
    in_memory = AutoencoderTransformer(encoding_dim, epochs=passes, early_stopping=False, random_state=0)
    fitted["autoencoder, all rows in memory"] = seconds(in_memory.fit, pd.DataFrame(X, columns=columns))
    rows = pd.DataFrame(X_test, columns=columns)
    for name, (method, took) in fitted.items():
        reconstructed = np.asarray(method.inverse_transform(method.transform(rows)))
        error = np.mean(np.square(X_test - reconstructed))
        table.append({"method": name, "mse": error, "seconds": took})
        pictures[name.replace(", ", "\n")] = reconstructed[:10]
    print(pd.DataFrame(table).round({"mse": 4, "seconds": 1}).to_string(index=False))
    draw_images(pictures, shape, options.picture, "Held-out digits, from sixteen numbers")


# %%
# What to take from it
# --------------------
# The chunks come to what all rows at once come to, and both leave less error than PCA. Reading the file takes most of
# the time: a binary format, or `fit` with a float32 memory map, which never copies it, is faster. Nothing is held out
# while chunks come, so the last state is kept; score held-out rows now and then, and stop when they stop to improve.
if __name__ == "__main__":
    main(arguments("chunks"))
