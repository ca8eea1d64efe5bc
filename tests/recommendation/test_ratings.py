"""Sparse ratings as they are: biases, long tails, what is rated not at random, whole stars."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array

from skautoencoder import AutoencoderImputer, load
from skautoencoder.imputation import MaskRegression
from skautoencoder.rows import Observed
from skautoencoder.starts import MaskFactorization


def quick(**parameters):
    return AutoencoderImputer(**{"missing_values": "implicit", "epochs": 3, "random_state": 0} | parameters)


def generated(n_people=300, n_things=120, seed=0):
    """Draw who rated what, and the ratings: people choose what is popular and what suits them."""
    generator = np.random.default_rng(seed)
    people, things = generator.normal(size=(n_people, 3)), generator.normal(size=(n_things, 3))
    liking = 0.5 * people @ things.T
    opinion = 3.4 + 0.4 * generator.normal(size=(n_people, 1)) + 0.5 * generator.normal(size=n_things) + liking
    popularity = np.sort(generator.pareto(1.5, size=n_things))[::-1]
    activity = generator.pareto(2.0, size=(n_people, 1)) + 0.5
    chance = popularity * activity * np.exp(liking)
    is_rated = generator.uniform(size=chance.shape) < np.minimum(0.12 * chance / chance.mean(), 0.8)
    # Nobody is without ratings, and nothing.
    is_rated[:, 0] = is_rated[0, :60] = is_rated[1, 60:] = True
    stars = np.clip(np.round(opinion + 0.7 * generator.normal(size=opinion.shape)), 1, 5)
    return np.where(is_rated, stars, 0.0)


@pytest.fixture(scope="module")
def split():
    """Known ratings as a sparse matrix, and all of them with those that are held out."""
    stars = generated()
    is_held_out = (stars > 0) & (np.random.default_rng(1).uniform(size=stars.shape) < 0.15)
    is_held_out[:2] = is_held_out[:, 0] = False
    return csr_array(np.where(is_held_out, 0.0, stars)), stars, is_held_out


@pytest.fixture(scope="module")
def fitted(split):
    return quick(epochs=8).fit(split[0])


def error(found, stars, is_held_out):
    return np.sqrt(np.mean((found - stars)[is_held_out] ** 2))


def of_biases(known):
    """Fit biases of rows and columns, each shrunken as if it had five ratings more, in turn."""
    is_known = known > 0
    mean = known[is_known].mean()
    rows, columns = np.zeros((len(known), 1)), np.zeros(known.shape[1])
    for _ in range(20):
        rows = np.sum((known - mean - columns) * is_known, axis=1, keepdims=True) / (
            is_known.sum(axis=1, keepdims=True) + 5
        )
        columns = np.sum((known - mean - rows) * is_known, axis=0) / (is_known.sum(axis=0) + 5)
    return mean + rows + columns


def test_held_out_ratings_are_found_better_than_by_biases(split, fitted):
    known, stars, is_held_out = split
    biases = error(of_biases(known.toarray()), stars, is_held_out)
    assert error(fitted.transform(known), stars, is_held_out) < 0.93 * biases
    start = quick(epochs=0).fit(known)
    assert start.best_epoch_ == 0
    for imputer in (start, fitted):
        # Models that find nothing more are not kept.
        assert len(imputer._blend.models) == 1 + len(imputer._blend.weights)
        assert (imputer._blend.weights > 0).all()
    assert error(start.transform(known), stars, is_held_out) < 0.95 * biases


@pytest.mark.slow
def test_orientation_hardly_matters(split, fitted):
    known, stars, is_held_out = split
    transposed = quick(epochs=8).fit(known.T)
    assert error(transposed.transform(known.T).T, stars, is_held_out) == pytest.approx(
        error(fitted.transform(known), stars, is_held_out), rel=0.03
    )


def test_nothing_that_hangs_together_is_no_worse_than_biases():
    generator = np.random.default_rng(0)
    stars = np.round(3 + generator.normal(size=(150, 1)) + 1.0 * generator.normal(size=(150, 40)))
    is_known = generator.uniform(size=stars.shape) < 0.3
    known = csr_array((stars[is_known], np.nonzero(is_known)), shape=stars.shape)
    filled = quick().fit_transform(known)
    found = of_biases(np.where(is_known, stars + 100, 0.0)) - 100
    assert error(filled, stars, ~is_known) < 1.02 * error(found, stars, ~is_known)


def test_rows_are_filled_one_by_one_and_new_ones_too(split, fitted):
    known, stars, is_held_out = split
    filled = fitted.transform(known)
    np.testing.assert_allclose(fitted.transform(known[20:30]), filled[20:30], rtol=1e-9)
    rows, columns = known.tocoo().coords
    np.testing.assert_array_equal(filled[rows, columns], known.data)
    without = quick(epochs=8).fit(known[:250])
    new = slice(250, 300)
    of_all = of_biases(known.toarray())[new]
    assert error(without.transform(known[new]), stars[new], is_held_out[new]) < 0.97 * error(
        of_all, stars[new], is_held_out[new]
    )


def test_a_row_without_ratings_is_filled(fitted):
    nothing = csr_array((1, 120))
    filled = fitted.transform(nothing)
    assert np.ptp(filled) > 0.5
    assert fitted.recommend(nothing, n=120).shape == (1, 120)


def test_bounds_are_those_of_all_columns(split):
    known, _, _ = split
    single = known.toarray()
    single[:, 5] = 0.0
    single[7, 5] = 5.0
    filled = quick(epochs=0).fit(csr_array(single)).transform(csr_array(single))
    others = np.delete(filled[:, 5], 7)
    assert np.median(others) < 5
    assert np.ptp(others) > 0.5
    assert (filled >= 1).all()
    bounded = quick(epochs=0, min_value=2.0, max_value=4.0).fit(known)
    assert bounded.transform(known)[known.toarray() == 0].min() >= 2


def test_score_is_of_hidden_ratings(split, fitted):
    known, _, _ = split
    assert 0.1 < quick(epochs=0).fit(known).score(known) < fitted.score(known) + 0.02 < 1


def test_recommendations_follow_the_documented_score(split, fitted):
    known, stars, is_held_out = split
    expected = fitted._filling(fitted._known(Observed.of(known)))
    is_rated = (known.toarray() > 0).astype(float)
    # Ridge regression of each column of the mask on the others, column by column.
    likely = np.empty(is_rated.shape)
    for column in range(120):
        others = np.delete(is_rated, column, axis=1)
        products = others.T @ others + 200 * np.eye(119)
        likely[:, column] = others @ np.linalg.solve(products, others.T @ is_rated[:, column])
    scores = (expected - 1) * np.maximum(likely, 0)
    ranked = np.argsort(-np.where(is_rated > 0, -np.inf, scores), axis=1)[:, :5]
    named = fitted.recommend(known, n=5)
    assert np.mean(named == ranked) > 0.99
    popular = np.argsort(-np.where(is_rated > 0, -np.inf, is_rated.sum(axis=0)), axis=1)[:, :5]
    hits, of_popular = (
        np.mean(np.take_along_axis((stars >= 4) & is_held_out, some, axis=1)) for some in (named, popular)
    )
    assert hits > of_popular


def test_things_as_rows_are_as_good(split, fitted):
    """What is regressed on people and what is regressed on things changes places."""
    known, stars, is_held_out = split
    transposed = quick(epochs=8).fit_transform(known.T.tocsr()).T
    errors = [error(found, stars, is_held_out) for found in (fitted.transform(known), transposed)]
    assert errors[1] == pytest.approx(errors[0], rel=0.02)


def test_what_nobody_has_rated_is_expected_by_who_rates(split):
    known, stars, _ = split
    chosen = np.zeros(120, dtype=bool)
    chosen[[3, 50]] = True
    without = csr_array(np.where(chosen, 0.0, known.toarray()))
    imputer = quick(keep_empty_features=True).fit(without)
    filled = imputer.transform(without)
    is_rated = (stars > 0) & chosen
    mean = without.data.mean()
    # Some people rate higher than others: better than the same number for everybody.
    assert filled.shape == known.shape
    assert error(filled, stars, is_rated) < 0.97 * error(np.full(stars.shape, mean), stars, is_rated)
    # Ratings of them that come later are nothing that fit knows of; they are never named.
    np.testing.assert_array_equal(imputer.transform(known)[:, ~chosen], filled[:, ~chosen])
    assert not chosen[imputer.recommend(without, n=20)].any()
    assert quick().fit_transform(without).shape == (300, 118)


def test_columns_with_few_ratings_have_the_low_rank_model(split, monkeypatch):
    known, _, _ = split
    mask = csr_array((np.ones(known.nnz), known.indices, known.indptr), shape=known.shape)
    factors = MaskFactorization.of(mask, np.random.RandomState(0))
    monkeypatch.setattr("skautoencoder.imputation._mask_regression._MOST_COLUMNS", 30)
    regression = MaskRegression.of(mask, factors)
    likely, low_rank = regression.expected(mask), factors.expected(mask)
    counts = mask.sum(axis=0)
    others = np.setdiff1d(np.arange(120), regression.columns)
    assert counts[regression.columns].min() >= counts[others].max()
    np.testing.assert_array_equal(likely[:, others], low_rank[:, others])
    weighted = MaskRegression.of(mask, factors, np.full(300, 1.0))
    np.testing.assert_allclose(weighted.coefficients, regression.coefficients)


def test_rows_of_weight_zero_are_left_out(split):
    known, _, _ = split
    weights = (np.arange(300) < 200).astype(float)
    weighted = quick(epochs=1).fit(known, sample_weight=weights)
    np.testing.assert_allclose(weighted.transform(known), quick(epochs=1).fit(known[:200]).transform(known), rtol=1e-6)
    heavy = quick(epochs=0).fit(known, sample_weight=np.where(np.arange(300) < 150, 100.0, 1.0))
    # The column means of those that count.
    counted = known[:150]
    means = counted.sum(axis=0) / np.maximum((counted > 0).sum(axis=0), 1)
    nothing = heavy.transform(csr_array((1, 120)))[0]
    of_all = quick(epochs=0).fit(known).transform(csr_array((1, 120)))[0]
    is_rated = (counted > 0).sum(axis=0) > 20
    assert np.abs(nothing - means)[is_rated].mean() < np.abs(of_all - means)[is_rated].mean()


def test_fitted_imputers_return_from_files(split, fitted, tmp_path):
    known, _, _ = split
    fitted.save(tmp_path / "ratings")
    for loaded in (load(tmp_path / "ratings"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(loaded.transform(known), fitted.transform(known))
        np.testing.assert_array_equal(loaded.recommend(known[:9], 3), fitted.recommend(known[:9], 3))


def test_the_same_seed_gives_the_same_and_checkpoints_change_nothing(split, tmp_path):
    known, _, _ = split
    expected = quick().fit_transform(known)
    np.testing.assert_array_equal(quick(checkpoint=tmp_path).fit(known).transform(known), expected)
    assert not list(tmp_path.iterdir())


def test_large_matrices_show_the_network_the_most_active_rows(split, monkeypatch):
    known, stars, is_held_out = split
    monkeypatch.setattr("skautoencoder.imputation._ratings._MOST_CELLS", 120 * 100)
    fitted = quick(epochs=8).fit(known)
    biases = error(of_biases(known.toarray()), stars, is_held_out)
    assert error(fitted.transform(known), stars, is_held_out) < 0.95 * biases


@pytest.mark.parametrize("hidden_layer_sizes", [(), pytest.param(6, marks=pytest.mark.slow), (8, 4)])
def test_hidden_layers(split, hidden_layer_sizes):
    known, _, _ = split
    fitted = quick(epochs=1, hidden_layer_sizes=hidden_layer_sizes, encoding_dim=2).fit(known)
    assert fitted.encoding_dim_ == 2
    assert fitted.transform(known).shape == known.shape


@pytest.mark.parametrize(
    "stars",
    [
        np.full((30, 5), 3.0),
        np.eye(6) * 4,
        pytest.param(np.ones((1, 3)), marks=pytest.mark.slow),
        pytest.param(np.array([[2.0], [0.0], [4.0]]), marks=pytest.mark.slow),
        generated()[:12, :9],
    ],
)
def test_few_and_constant_ratings(stars):
    known = csr_array(stars)
    filled = quick(epochs=2, keep_empty_features=True).fit_transform(known)
    assert filled.shape == stars.shape
    np.testing.assert_array_equal(filled[stars > 0], stars[stars > 0])
    is_rated = (stars > 0).any(axis=0)
    assert filled[:, is_rated].min() >= stars[stars > 0].min()


def test_bad_parameters(split):
    from skautoencoder import ConvolutionalArchitecture

    with pytest.raises(ValueError, match="with missing_values='implicit': the columns of ratings have no order"):
        quick(architecture=ConvolutionalArchitecture((12, 10))).fit(split[0])
    with pytest.raises(ValueError, match="loss='msee' is unknown"):
        quick(loss="msee").fit(split[0])
