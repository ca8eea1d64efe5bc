"""
What do I show my boss?
=======================

One page: is it better than PCA, by how much, what the codes mean, and which rows need a look. The table has the ten
mean measurements of 569 tumours.
"""

# %%
from textwrap import fill

import pandas as pd
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.diagnostics import diagnose
from skautoencoder.inspection import code_effects

X = load_breast_cancer(as_frame=True).data.filter(like="mean")
X.columns = [name.removeprefix("mean ") for name in X]
pipeline = make_pipeline(StandardScaler(), AutoencoderTransformer(2, random_state=0)).fit(X)
scaled = pd.DataFrame(pipeline[0].transform(X), columns=X.columns)

# %%
# In words: who wins, and what `diagnose` has to say.
comparison = compare_with_pca(AutoencoderTransformer(epochs=50, random_state=0), scaled, encoding_dims=[2, 4], cv=3)
print(fill(comparison.summary(), 100))
for finding in diagnose(pipeline, X, describe_codes=True):
    print(fill(f"* {finding}", 100))

# %%
# In one picture.
figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
comparison.plot(axes[0])
axes[0].set_title("How much error is left?")
effects = code_effects(pipeline, X).div(X.std(), axis=0)
effects.plot.barh(ax=axes[1])
axes[1].set(title="What does a code move?", xlabel="standard deviations of the column")
pyplot.show()

# %%
# The rows that the codes describe worst, as a list to look at.
errors = pd.Series(-pipeline.score_samples(X), index=X.index, name="error")
print(X.assign(error=errors).nlargest(3, "error").round(2).T.to_string())
