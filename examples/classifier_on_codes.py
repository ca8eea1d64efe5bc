"""
Does my classifier work as well on codes?
=========================================

A classifier of digits gets 8 codes instead of 64 pixels. Both parameters, the number of codes and the strength of the
classifier, are searched together.
"""

# %%
import pandas as pd
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

from skautoencoder import AutoencoderTransformer

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0, stratify=y)
steps = [("reduce", AutoencoderTransformer(epochs=20, random_state=0)), ("classify", LogisticRegression(max_iter=5000))]
grid = [
    {"reduce": [PCA(4), PCA(8), PCA(16)]},
    {"reduce__encoding_dim": [4, 8, 16]},
]
search = GridSearchCV(Pipeline(steps), grid, cv=2).fit(X_train, y_train)

# %%
# The accuracy of each candidate, cross-validated.
results = pd.DataFrame(
    {
        "reduced by": ["PCA"] * 3 + ["autoencoder"] * 3,
        "codes": [4, 8, 16] * 2,
        "accuracy": search.cv_results_["mean_test_score"].round(3),
    }
)
print(results.pivot(index="codes", columns="reduced by", values="accuracy").to_string())

# %%
# The best candidate on held-out digits.
print(f"accuracy {search.score(X_test, y_test):.3f}")
display = ConfusionMatrixDisplay.from_estimator(search, X_test, y_test, colorbar=False, cmap="Blues")
pyplot.show()

# %%
# When PCA is better
# ------------------
# Few codes: the autoencoder keeps more of what tells digits apart. With many codes the difference is small, and PCA
# fits in milliseconds. Gradient boosting on all columns may need no codes at all.
