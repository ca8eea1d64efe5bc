"""
What does a code mean?
======================

Chemists measured 13 properties of 178 wines. Six codes describe a wine. Which properties does a code move, how much
does it add, and which wine fits badly?
"""

# %%
# The properties have different units, so a scaler comes first. Everything below takes the pipeline, and answers in the
# units and with the names of X.
from matplotlib import pyplot
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer
from skautoencoder.inspection import code_effects, explain_row
from skautoencoder.plotting import CodeTraversalDisplay

X = load_wine(as_frame=True).data
pipeline = make_pipeline(StandardScaler(), AutoencoderTransformer(6, random_state=0)).fit(X)

# %%
# Code 0 moves from -2 to +2 standard deviations, with the other codes at their means.
display = CodeTraversalDisplay.from_estimator(pipeline, X, dims=[0])
pyplot.show()

# %%
# The share of the variance that each code adds:
print(pipeline[-1].explained_variance_ratio_.round(2))

# %%
# The change of each property as a code rises by one standard deviation, in standard deviations of the property.
effects = code_effects(pipeline, X).div(X.std(), axis=0)
print(effects.iloc[:, :3].round(2).to_string())

# %%
# The wine with the largest error, and the properties that cause it.
worst = pipeline.score_samples(X).argmin()
table = explain_row(pipeline, X, X.iloc[worst])
print(table[["value", "reconstruction", "error_ratio"]].nlargest(3, "error_ratio").round(2).to_string())

# %%
# When PCA is better
# ------------------
# A component of PCA is the same weighted sum of columns for every row. If you need this, use PCA.
