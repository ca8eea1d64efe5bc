"""
Can I train on a file that does not fit into memory?
====================================================

Yes: `partial_fit` trains on one chunk at a time, as for scikit-learn's `IncrementalPCA`.
"""

# %%
# A CSV file of digits takes the place of a large one.
import tempfile
from pathlib import Path

import pandas as pd
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import IncrementalPCA

from skautoencoder import AutoencoderTransformer

path = Path(tempfile.mkdtemp()) / "digits.csv"
digits = load_digits(as_frame=True).data.sample(frac=1, random_state=0)
digits[:1500].to_csv(path, index=False)
held_out = digits[1500:]

# %%
# Each call is one pass over its rows. The first call fixes the means, the scale and the start at PCA, so its rows
# should be representative. Score held-out rows between passes, and stop when they no longer improve.
autoencoder, pca = AutoencoderTransformer(8, random_state=0), IncrementalPCA(8)
for chunk in pd.read_csv(path, chunksize=300):
    pca.partial_fit(chunk)
scores = []
for _ in range(20):
    for chunk in pd.read_csv(path, chunksize=300):
        autoencoder.partial_fit(chunk)
    scores.append(autoencoder.score(held_out))

# %%
# The share of the variance of held-out rows that is explained.
left = held_out - pca.inverse_transform(pca.transform(held_out))
explained = 1 - (left**2).sum().sum() / ((held_out - held_out.mean()) ** 2).sum().sum()
figure, ax = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
ax.plot(range(1, 21), scores, marker="o", label="autoencoder")
ax.axhline(explained, color="C1", label="IncrementalPCA")
ax.set(xlabel="passes over the file", ylabel="share of the variance")
ax.legend()
pyplot.show()
print(f"explained: IncrementalPCA {100 * explained:.0f} %, autoencoder {100 * scores[-1]:.0f} %")

# %%
# When another way is better
# --------------------------
# Reading text takes much of the time. A NumPy file that is opened with ``numpy.load(path, mmap_mode="r")`` goes to
# `fit` as it is, without a copy in memory.
