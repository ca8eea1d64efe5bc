"""Ratings in data frames of users, items and ratings give the numbers of their matrix."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpydoc.docscrape import ClassDoc
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from skautoencoder import AutoencoderRecommender, load

RECOMMENDER = AutoencoderRecommender(epochs=1, encoding_dim=20, n_factors=2, random_state=0)


def ratings():
    """Tastes of two groups of people, as a matrix; all have rated something, and are rated by somebody."""
    generator = np.random.default_rng(0)
    stars = np.round(3 + generator.choice([-1, 1], size=(60, 1)) * generator.choice([-1, 1], size=30))
    stars += generator.integers(0, 2, size=stars.shape)
    is_rated = generator.uniform(size=stars.shape) < 0.4
    is_rated[:, 0] = is_rated[0] = True
    return np.where(is_rated, stars, 0.0)


STARS = ratings()


@pytest.fixture(scope="module")
def frame():
    """The ratings in random order; labels are in the order of the matrix."""
    rows, columns = np.nonzero(STARS)
    order = np.random.default_rng(0).permutation(len(rows))
    rows, columns = rows[order], columns[order]
    users = [f"user {row:02}" for row in rows]
    return pd.DataFrame({"user": users, "item": 100 + columns, "rating": STARS[rows, columns]})


@pytest.fixture(scope="module")
def fitted(frame):
    return clone(RECOMMENDER).fit(frame)


@pytest.fixture(scope="module")
def of_matrix():
    """The same for the matrix, with a column that nobody has rated."""
    matrix = csr_array(np.column_stack([STARS, np.zeros(60)]))
    return clone(RECOMMENDER).fit(matrix), matrix


def test_frame_gives_the_numbers_of_its_matrix(frame, fitted, of_matrix):
    recommender, matrix = of_matrix
    np.testing.assert_array_equal(fitted.users_, [f"user {row:02}" for row in range(60)])
    np.testing.assert_array_equal(fitted.items_, np.arange(100, 130))
    expected = recommender.predict(matrix)
    pairs = frame[["user", "item"]]
    rows, columns = pairs["user"].str[5:].astype(int), pairs["item"] - 100
    np.testing.assert_allclose(fitted.predict(pairs), expected[rows, columns], rtol=1e-10)
    np.testing.assert_array_equal(fitted.predict(frame), fitted.predict(pairs))
    users = fitted.users_[[7, 3, 7]]
    np.testing.assert_array_equal(fitted.recommend(users, n=4), 100 + recommender.recommend(matrix[[7, 3, 7]], n=4))


def test_order_of_rows_changes_nothing(frame, fitted):
    again = clone(RECOMMENDER).fit(frame.sort_values("rating"))
    np.testing.assert_array_equal(again.predict(frame), fitted.predict(frame))


def test_unknown_users_and_items_count_as_without_ratings(frame, fitted, of_matrix):
    recommender, matrix = of_matrix
    pairs = pd.DataFrame({"user": ["new", "user 03", "new"], "item": [104, -1, -1]})
    nothing = recommender.predict(csr_array((1, 31)))[0]
    expected = [nothing[4], recommender.predict(matrix)[3, 30], nothing[30]]
    np.testing.assert_allclose(fitted.predict(pairs), expected, rtol=1e-10)
    popular = fitted.recommend(["new"], n=3)
    np.testing.assert_array_equal(popular, 100 + recommender.recommend(csr_array((1, 31)), n=3))


def test_polars_and_pandas_agree(frame, fitted):
    of_polars = clone(RECOMMENDER).fit(pl.from_pandas(frame))
    np.testing.assert_array_equal(of_polars.predict(pl.from_pandas(frame)), fitted.predict(frame))
    series = pl.Series(["user 05", "user 06"])
    np.testing.assert_array_equal(of_polars.recommend(series, n=2), fitted.recommend(series.to_list(), n=2))
    with pytest.raises(ValueError, match=r"X is a LazyFrame.*Pass X\.collect"):
        clone(RECOMMENDER).fit(pl.from_pandas(frame).lazy())


def test_labels_may_be_mixed(frame):
    mixed = frame.assign(user=[user if user < "user 30" else int(user[5:]) for user in frame["user"]])
    recommender = clone(RECOMMENDER).fit(mixed)
    assert set(recommender.users_) == set(mixed["user"])
    assert recommender.recommend([59, "user 01"], n=2).shape == (2, 2)
    assert recommender.predict(mixed).std() > 0.3


def test_excluded_items_are_given_by_label(fitted):
    best = fitted.recommend(["user 05"], n=3)[0]
    others = fitted.recommend(["user 05"], n=3, exclude=[best[0], "no such item"])[0]
    np.testing.assert_array_equal(others[:2], best[1:])
    seen = fitted.recommend(["user 05"], n=30, exclude_observed=False)
    np.testing.assert_array_equal(np.sort(seen[0]), fitted.items_)
    with pytest.raises(ValueError, match=r"only .* items can be recommended to user 'user 05'"):
        fitted.recommend(["user 05"], n=30)


def test_score_is_of_the_ratings_in_the_frame(frame, fitted):
    errors = fitted.predict(frame) - frame["rating"]
    expected = 1 - np.mean(errors**2) / np.mean((frame["rating"] - frame["rating"].mean()) ** 2)
    assert fitted.score(frame) == pytest.approx(expected)
    weights = np.arange(len(frame))
    expected = 1 - weights @ errors**2 / (weights @ (frame["rating"] - frame["rating"].mean()) ** 2)
    assert fitted.score(frame, sample_weight=weights) == pytest.approx(expected)


def test_cross_validation_holds_ratings_out(frame):
    scores = cross_val_score(clone(RECOMMENDER).set_params(epochs=0), frame, cv=3)
    assert (scores > 0.3).all()


def test_fitted_recommenders_return_from_files(frame, fitted, tmp_path):
    fitted.save(tmp_path / "ratings")
    loaded = load(tmp_path / "ratings")
    np.testing.assert_array_equal(loaded.predict(frame), fitted.predict(frame))
    users = fitted.users_[1:]
    np.testing.assert_array_equal(loaded.recommend(users, 3), fitted.recommend(users, 3))


def test_attributes_of_both_kinds_are_documented(fitted, of_matrix):
    found = {name for estimator in (fitted, of_matrix[0]) for name in vars(estimator) if not name.startswith("_")}
    documented = [entry.name for entry in ClassDoc(AutoencoderRecommender)["Attributes"]]
    documented = {name for entry in documented for name in entry.split(", ")}
    assert documented == {name for name in found if name.endswith("_")}


def test_refit_forgets_the_other_kind(frame):
    recommender = clone(RECOMMENDER).set_params(epochs=0).fit(frame).fit(csr_array(STARS))
    assert not hasattr(recommender, "items_")
    assert recommender.transform(STARS).shape == STARS.shape
    assert not hasattr(recommender.fit(frame), "n_features_in_")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.assign(time=0), r"X has 4 columns, but ratings in a data frame have three.*X\.to_numpy"),
        (lambda frame: frame[:0], "X holds no rating: 0 rows"),
        (lambda frame: frame.mask(frame == "user 03"), "Column 'user' holds missing labels"),
        (lambda frame: frame.assign(rating=np.nan), "Column 'rating' holds ratings that are missing or infinite"),
        (lambda frame: frame[["item", "rating", "user"]], "Column 'user' holds no numbers"),
        (lambda frame: frame[["item", "user", "rating"]], "columns of X are 'item', 'user', 'rating', but are read as"),
        (
            lambda frame: frame.assign(rating=pd.Timestamp("2020-01-01")),
            "Column 'rating' holds datetime64.*, no rating",
        ),
        (lambda frame: frame.assign(rating=1j), "Column 'rating' holds complex128, no ratings"),
        (lambda frame: frame.assign(user=[[1]] * len(frame)), "Labels of users and items should be words or numbers"),
        (lambda frame: pd.concat([frame, frame[:1]]), "several ratings of item .* by user .* Keep one for each pair"),
    ],
)
def test_bad_frames_are_explained(frame, spoil, message):
    with pytest.raises(ValueError, match=message):
        clone(RECOMMENDER).fit(spoil(frame))


def test_requests_of_the_other_kind_are_explained(frame, fitted, of_matrix):
    recommender, matrix = of_matrix
    for request, message in (
        (lambda: fitted.transform(matrix), "transform fills a matrix of ratings, but fit saw a data frame"),
        (lambda: fitted.predict(matrix), "Pass a data frame with columns of users and items"),
        (lambda: fitted.score(frame[["user", "item"]]), "should have columns of users, items and ratings"),
        (lambda: fitted.recommend("user 03"), "Pass a list of users"),
        (lambda: fitted.recommend(matrix.toarray()), r"X has the shape \(60, 31\), but should be a list of users"),
        (lambda: fitted.recommend(frame), "Pass a list of users"),
        (lambda: fitted.recommend(["user 03"], exclude="film"), "^exclude is 'film', .* Pass a list of items"),
        (lambda: fitted.recommend(["user 03"], exclude={"user 03": [100]}), "^exclude is .* Pass a list of items"),
        (
            lambda: clone(RECOMMENDER).fit(frame[["user", "item"]], frame["rating"]),
            "y is ignored. Pass ratings as the th",
        ),
        (lambda: fitted.recommend(["user 03"], names=range(30)), "names are for the columns of a matrix"),
        (lambda: recommender.predict(frame), "fit saw a matrix with a row for each user"),
        (lambda: clone(RECOMMENDER).fit(frame, sample_weight=np.ones(len(frame))), "sample_weight counts the rows"),
    ):
        with pytest.raises(ValueError, match=message):
            request()


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
def test_pairs_without_ratings_are_implicit_feedback(container):
    """Two groups of people buy from two halves of the items, some items twice."""
    generator = np.random.default_rng(0)
    group = generator.integers(2, size=300)
    chance = np.where((np.arange(40) >= 20) == group[:, np.newaxis], 0.3, 0.02)
    users, items = np.nonzero(generator.uniform(size=chance.shape) < chance)
    is_held_out = generator.uniform(size=len(users)) < 0.1
    bought = pd.DataFrame({"customer": users, "product": items})
    twice = container(pd.concat([bought[~is_held_out], bought[~is_held_out][::7]]).to_dict("list"))
    recommender = clone(RECOMMENDER).set_params(epochs=0).fit(twice)
    named = recommender.recommend(np.arange(300), n=5)
    assert ((named >= 20) == group[:, np.newaxis]).mean() > 0.97
    # The same as a matrix of equal ratings.
    pairs = bought[~is_held_out].assign(rating=3.0)
    np.testing.assert_array_equal(named, clone(recommender).fit(pairs).recommend(np.arange(300), n=5))
    held_out = container(bought[is_held_out].to_dict("list"))
    assert 0.7 < recommender.score(held_out) < 1
    # One pair at a time is ranked among the items that are neither in the fit nor in X.
    likely = recommender._model.mask.expected(recommender._frame.matrix)
    user, item = bought[is_held_out].iloc[0]
    others = np.setdiff1d(np.arange(40), bought["product"][(bought["customer"] == user) & ~is_held_out])
    others = likely[user, others[others != item]]
    share = np.mean(others < likely[user, item]) + np.mean(others == likely[user, item]) / 2
    assert recommender.score(container({"customer": [user], "product": [item]})) == pytest.approx(share)
    assert cross_val_score(recommender, bought.sample(frac=1, random_state=0), cv=3).min() > 0.65


def test_labels_of_another_type_are_doubted(frame, fitted):
    with pytest.warns(UserWarning, match=r"3 is a int, but labels in fit are of type str, such as 'user 00'"):
        fitted.recommend([3], n=2)
    with pytest.warns(UserWarning, match=r"'\d+' is a str, but labels in fit are of type int, such as 100"):
        fitted.predict(frame.astype({"item": str}))
