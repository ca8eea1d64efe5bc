"""
Which rows are unusual, and why?
================================

Anomaly detection without labels: measurements of 357 benign tumours hide 20 malignant ones, and a typing error.
:class:`~skautoencoder.AutoencoderOutlierDetector` finds rows that do not fit, and names their unexpected entries.
"""

# %%
# In one row the decimal point of the first column has slipped.
import numpy as np
import pandas as pd
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score

from skautoencoder import AutoencoderOutlierDetector
from skautoencoder.plotting import SurpriseDisplay

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
rows = pd.concat([X[y == 1], X[y == 0][:20]])
is_malignant = np.repeat([False, True], [357, 20])
rows.iloc[5, 0] /= 10
detector = AutoencoderOutlierDetector(contamination=0.1, random_state=0).fit(rows)
print(f"{np.sum(detector.predict(rows) == -1)} of {len(rows)} rows are flagged")

# %%
# The share of pairs of a malignant and a benign row that the scores rank correctly:
print(f"area under the curve {roc_auc_score(~is_malignant, detector.score_samples(rows)):.2f}")

# %%
# Why is row 5 unusual? The surprise of an entry is its value minus the value that the other entries of the row predict,
# in standard deviations. The radius of this tumour does not belong to its perimeter and its area.
display = SurpriseDisplay.from_estimator(detector, rows, row=5)
pyplot.show()

# %%
# The predicted value is close to the true one.
predicted = detector.expected(rows).iloc[5, 0]
print(f"value {rows.iloc[5, 0]:.2f}, predicted {predicted:.1f}, true {X[y == 1].iloc[5, 0]:.2f}")

# %%
# New rows
# --------
# Fitted to usual rows only, the detector flags new rows that are unlike them (novelty detection).
benign = X[y == 1].sample(frac=1, random_state=0)
detector = AutoencoderOutlierDetector(contamination=0.1, novelty=True, random_state=0).fit(benign[:200])
for name, new in {"benign": benign[200:], "malignant": X[y == 0]}.items():
    print(f"{name:9} flagged: {100 * np.mean(detector.predict(new) == -1):.0f} %")

# %%
# When another detector is better
# -------------------------------
# `IsolationForest` and `LocalOutlierFactor` are faster, and on some tables they rank better. They do not say why a row
# is unusual. See :doc:`/guide/outliers` for measurements.
