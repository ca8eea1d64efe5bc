"""
What do two numbers say about a house?
======================================

A table of houses holds numbers, words, categories and truth values. An autoencoder takes it as it is, turns each house
into a few numbers, and turns these back into a house.
"""

# %%
# The houses are drawn at random, but not their relations: flats have no garden, old houses burn coal, and very old and
# very new ones are expensive.
import numpy as np
import pandas as pd
from matplotlib import pyplot

from skautoencoder import AutoencoderTransformer, VariationalAutoencoderTransformer, compare_with_pca
from skautoencoder.inspection import explain_row
from skautoencoder.metrics import reconstruction_error
from skautoencoder.plotting import CodeDisplay

generator = np.random.default_rng(0)
n_houses = 800
kinds = np.array(["farmhouse", "detached", "terraced", "flat"])
usual_areas = np.array([170, 150, 110, 70])
fuels = ["coal", "oil", "gas", "heat pump"]

built = generator.integers(1880, 2024, n_houses)
# From the country to the centre of the city.
centrality = generator.uniform(size=n_houses)
number = np.clip(np.floor(4 * centrality + generator.normal(0, 0.5, n_houses)), 0, 3).astype(int)
kind = kinds[number]
area = usual_areas[number] * generator.lognormal(0, 0.25, n_houses)
age_premium = 0.35 * ((built - 1960) / 60) ** 2
price = 3 * area**0.9 * np.exp(1.1 * centrality + age_premium + generator.normal(0, 0.1, n_houses))
heating = np.digitize(built + generator.normal(0, 10, n_houses), [1930, 1965, 2005])
houses = pd.DataFrame(
    {
        "kind": kind,
        "area": area.round(1),
        "rooms": np.clip(np.rint(area / 27 + generator.normal(0, 0.5, n_houses)), 1, None).astype(int),
        "floor": np.where(kind == "flat", generator.integers(0, np.where(built > 1960, 12, 5)), 0),
        "garden": (kind != "flat") & (generator.uniform(size=n_houses) < 0.95),
        "built": built,
        "heating": pd.Categorical.from_codes(heating, fuels),
        "price": price.round(),
    }
)
print(houses.head().to_string())

# %%
# A map of the houses
# -------------------
# Two codes for each house, coloured by one of the categories. The left map is that of the linear model, factor analysis
# of mixed data, at which training starts.
linear = AutoencoderTransformer(2, epochs=0).fit(houses)
autoencoder = AutoencoderTransformer(2, epochs=30, validation_fraction=0.1, random_state=0).fit(houses)
figure, axes = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
for ax, (title, method) in zip(axes, {"linear": linear, "autoencoder": autoencoder}.items(), strict=True):
    CodeDisplay.from_estimator(method, houses, houses["kind"], ax=ax)
    ax.set_title(title)

# %%
# A house and its reconstruction
# ------------------------------
# Three numbers each. Numbers come back in their units, words as words, and whole numbers whole.
autoencoder = AutoencoderTransformer(3, epochs=30, validation_fraction=0.1, random_state=0).fit(houses)
reconstructed = autoencoder.reconstruct(houses)
beside = pd.concat({"original": houses.loc[:3], "reconstruction": reconstructed.loc[:3]}, axis=1)
print(beside.swaplevel(axis=1)[list(houses)].round().T.to_string())

# %%
# The error of each column: of numbers in variances, of categories as the share of wrong ones.
errors = reconstruction_error(autoencoder, houses, per="feature")
print(pd.Series(errors, index=houses.columns).round(3).to_string())

# %%
# Unusual houses
# --------------
# Three new rows hold a typing error each: a garden on the top floor, a floor of a farmhouse, and a digit of a year.
mistakes = pd.concat(
    [
        houses[houses["kind"] == "flat"][:1].assign(garden=True),
        houses[houses["kind"] == "farmhouse"][:1].assign(floor=9),
        houses[houses["heating"] == "heat pump"][:1].assign(built=1901),
    ]
)
rows = pd.concat([houses, mistakes], ignore_index=True)
scores = pd.Series(autoencoder.score_samples(rows))
lowest = scores.nsmallest(5).index
print(rows.loc[lowest].assign(score=scores[lowest].round(2)).to_string())

# %%
# What makes the most unusual rows unusual: the entries with the largest error, compared with the usual error of the
# column.
for number in lowest[:3]:
    table = explain_row(autoencoder, houses, rows.loc[[number]])
    columns = ["value", "reconstruction", "error_ratio"]
    print(f"House {number}\n{table[columns].nlargest(3, 'error_ratio').round(1).to_string()}\n")

# %%
# New houses
# ----------
# The variational autoencoder draws houses that do not exist, with the relations of the table. It knows no bounds: a
# floor of -1 is possible.
variational = VariationalAutoencoderTransformer(3, epochs=30, random_state=0).fit(houses)
print(variational.sample(5, random_state=1).round(1).to_string())

# %%
# Is it better than the linear model?
# -----------------------------------
# On held-out houses, by the error of numbers, in variances, and the share of wrong categories.
estimator = AutoencoderTransformer(epochs=20, random_state=0)
comparison = compare_with_pca(estimator, houses, encoding_dims=[3], cv=3)
print(comparison[["method", "ratio_to_pca", "test_mse_of_numbers", "test_wrong_categories"]].round(3).to_string())
print(comparison.summary())

# %%
# Conclusion
# ----------
# No column was encoded or scaled by hand, and every answer is a house. "PCA" in the summary is factor analysis of mixed
# data, its form for such tables. With two numbers it cannot tell the kinds of houses apart, with three it still takes
# more categories for others. See :doc:`/guide/mixed_tables` for the weights of columns, new categories and what does
# not fit.
