"""
What should they watch next?
============================

Four hundred people have rated some of sixty films. :class:`~skautoencoder.AutoencoderRecommender` predicts the ratings
that are not there, and recommends films that a person has not seen.
"""

# %%
# The ratings are made: each person likes one of three genres best, and films have a quality of their own.
import numpy as np
import pandas as pd
from matplotlib import pyplot

from skautoencoder import AutoencoderRecommender

generator = np.random.default_rng(0)
genres = np.array(["comedy", "drama", "western"])
genre_of_film, favourite = generator.integers(3, size=60), generator.integers(3, size=400)
quality = generator.normal(0, 0.5, 60)
likes = favourite[:, np.newaxis] == genre_of_film
opinions = np.clip(np.rint(2.5 + 1.5 * likes + quality + generator.normal(0, 0.5, likes.shape)), 1, 5)
person, film = np.nonzero(generator.uniform(size=likes.shape) < 0.25)
ratings = pd.DataFrame({"person": person, "film": film, "rating": opinions[person, film]})
print(ratings.head(3).to_string(index=False))

# %%
held_out = generator.uniform(size=len(ratings)) < 0.2
recommender = AutoencoderRecommender(random_state=0).fit(ratings[~held_out])
predicted = recommender.predict(ratings.loc[held_out, ["person", "film"]])
error = np.sqrt(np.mean((predicted - ratings.loc[held_out, "rating"]) ** 2))
print(f"error of held-out ratings {error:.2f}; of the mean rating {ratings['rating'].std():.2f}")

# %%
# Five films for each person. How many are of the favourite genre?
named = recommender.recommend(np.arange(400), n=5).astype(int)
shares = [[np.mean(genre_of_film[named[favourite == mine]] == genre) for genre in range(3)] for mine in range(3)]
figure, ax = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
pd.DataFrame(shares, index=genres, columns=genres).plot.bar(stacked=True, ax=ax, rot=0)
ax.set(xlabel="favourite genre of a person", ylabel="share of recommendations")
ax.legend(title="recommended", loc="upper left", bbox_to_anchor=(1, 1))
pyplot.show()

# %%
# When another tool is better
# ---------------------------
# If everybody likes the same films, their mean ratings are enough. See :doc:`/recommendations` for purchases and clicks
# instead of ratings.
