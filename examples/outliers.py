"""
Unusual rows, and why
=====================

Which rows of a table are unusual, and which of their entries? Measurements of 357 benign tumours hide 20 malignant
ones, and a typing error. No labels are used.
"""

# %%
# The rows come in any order. In one of them the decimal point of the first column has slipped.
import numpy as np
import pandas as pd
from _images import read_options, show
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderOutlierDetector
from skautoencoder.plotting import SurpriseDisplay

options = read_options()
epochs = 10 if options.quick else "auto"
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
rows = pd.concat([X[y == 1], X[y == 0][:20]])
is_malignant = np.repeat([False, True], [357, 20])
rows.iloc[5, 0] /= 10
detector = AutoencoderOutlierDetector(contamination=0.1, epochs=epochs, random_state=0).fit(rows)
scores = detector.score_samples(rows)
print(f"{np.sum(detector.predict(rows) == -1)} of {len(rows)} rows are flagged")

# %%
# Why?
# ----
# The surprise of an entry is its value minus what the other entries of the row let expect, in standard deviations of
# such errors. A single wrong entry hardly changes a distance over thirty columns, but its surprise is among the
# largest.
surprises = detector.explain(rows)
largest = surprises.abs().max(axis=1).to_numpy()
column = surprises.iloc[5].abs().idxmax()
print(f"Row 5 has rank {np.argsort(scores).tolist().index(5) + 1} by its score")
print(f"and rank {np.argsort(-largest).tolist().index(5) + 1} by its largest surprise, {column}")

# %%
# The radius of this tumour does not belong to its perimeter and its area.
display = SurpriseDisplay.from_estimator(detector, rows, row=5)
show(display.figure_, options)

# %%
# What was expected is close to what was measured before the slip.
expected = detector.expected(rows).iloc[5, 0]
print(f"value {rows.iloc[5, 0]:.2f}, expected {expected:.1f}, true {X[y == 1].iloc[5, 0]:.2f}")

# %%
# The entry can be marked as missing: incomplete rows are scored, too.
corrected = rows.iloc[[5]].copy()
corrected.iloc[0, 0] = np.nan
print("still an outlier" if detector.predict(corrected)[0] == -1 else "no outlier without this entry")

# %%
# Beside other detectors
# ----------------------
# The area under the curve is the share of pairs of a malignant and a benign row that are ranked correctly. Here
# IsolationForest and LocalOutlierFactor rank better: which detector is best differs from table to table.
Z = StandardScaler().fit_transform(rows)
neighbours = LocalOutlierFactor(n_neighbors=20).fit(Z)
found = {
    "AutoencoderOutlierDetector": scores,
    "IsolationForest": IsolationForest(random_state=0).fit(Z).score_samples(Z),
    "EllipticEnvelope": EllipticEnvelope(random_state=0).fit(Z).score_samples(Z),
    "LocalOutlierFactor": neighbours.negative_outlier_factor_,
}
areas = {name: roc_auc_score(~is_malignant, of_rows) for name, of_rows in found.items()}
print(pd.DataFrame({"area under the curve": areas}).round(3).to_string())

# %%
# New rows
# --------
# Fitted to usual rows only, the detector flags new rows that are unlike them, and about the share of usual ones that
# was asked for. With 200 training rows and 157 new ones, the standard error of that share is three percentage points.
benign = X[y == 1].sample(frac=1, random_state=0)
detector = AutoencoderOutlierDetector(contamination=0.1, novelty=True, epochs=epochs, random_state=0).fit(benign[:200])
for name, new in {"benign": benign[200:], "malignant": X[y == 0]}.items():
    print(f"{name:9} flagged: {100 * np.mean(detector.predict(new) == -1):.0f} %")
