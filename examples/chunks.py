"""
Can I train on a file that does not fit into memory?
====================================================

Yes: `partial_fit` trains on one chunk at a time, as for scikit-learn's `IncrementalPCA`. The file is read several
times, and only one chunk is in memory.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _images import draw_images, load_images, read_options, seconds, show
from sklearn.decomposition import IncrementalPCA

from skautoencoder import AutoencoderTransformer

options = read_options()
X, X_test, _, _, shape = load_images(n_train=20000, n_test=2000, quick=options.quick)
encoding_dim, passes, chunk_rows = (16, 10, 1000) if shape == (28, 28) else (8, 20, 300)
columns = [f"pixel {number}" for number in range(X.shape[1])]


# %%
# The loop
# --------
# Each call is one pass over its rows. The first call fixes the feature means, the scale and the PCA start, so its rows
# should be representative.
def in_chunks(estimator, path, passes):
    for _ in range(passes):
        for chunk in pd.read_csv(path, chunksize=chunk_rows, dtype="float32"):
            estimator.partial_fit(chunk)
    return estimator


autoencoder = AutoencoderTransformer(encoding_dim, random_state=0)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "digits.csv"
    pd.DataFrame(X, columns=columns).to_csv(path, index=False, float_format="%.4g")
    fitted = {
        "IncrementalPCA, chunks": seconds(in_chunks, IncrementalPCA(encoding_dim), path, passes=1),
        "autoencoder, chunks": seconds(in_chunks, autoencoder, path, passes=passes),
    }

# %%
# The same with all rows in memory
# --------------------------------
in_memory = AutoencoderTransformer(encoding_dim, epochs=passes, early_stopping=False, random_state=0)
fitted["autoencoder, all rows in memory"] = seconds(in_memory.fit, pd.DataFrame(X, columns=columns))

# %%
# The numbers
# -----------
rows, table, pictures = pd.DataFrame(X_test, columns=columns), [], {"original": X_test[:10]}
for name, (method, took) in fitted.items():
    reconstructed = np.asarray(method.inverse_transform(method.transform(rows)))
    table.append({"method": name, "mse": np.mean(np.square(X_test - reconstructed)), "seconds": took})
    pictures[name.replace(", ", "\n")] = reconstructed[:10]
print(pd.DataFrame(table).round({"mse": 4, "seconds": 1}).to_string(index=False))

# %%
show(draw_images(pictures, shape, f"Held-out digits, from {encoding_dim} numbers"), options)

# %%
# Conclusion
# ----------
# Both ways of training leave less error than PCA. Reading the text file takes much of the time: a binary format, or
# `fit` with a float32 memory map, is faster. `partial_fit` holds nothing out and keeps the last state. Score held-out
# rows between passes, and stop when they no longer improve.
