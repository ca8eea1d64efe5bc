"""Ratings with biases, long tails, whole stars, and entries that are not missing at random."""

import pickle

import numpy as np
import pytest
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix

from skautoencoder import AutoencoderRecommender, load
from skautoencoder.recommendation import MaskFactorization, MaskRegression


def quick(**parameters):
    return AutoencoderRecommender(**{"epochs": 3, "random_state": 0} | parameters)


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
    for recommender in (start, fitted):
        # Models that find nothing more are not kept.
        assert len(recommender._model.models) == len(recommender._model.weights)
        assert (recommender._model.weights > 0).all()
    assert error(start.transform(known), stars, is_held_out) < 0.95 * biases


@pytest.mark.slow
def test_orientation_hardly_matters(split, fitted):
    known, stars, is_held_out = split
    transposed = quick(epochs=8).fit(known.T)
    assert error(transposed.transform(known.T).T, stars, is_held_out) == pytest.approx(
        error(fitted.transform(known), stars, is_held_out), rel=0.03
    )


def test_error_of_ratings_without_tastes_is_that_of_biases():
    generator = np.random.default_rng(0)
    stars = np.round(3 + generator.normal(size=(150, 1)) + 1.0 * generator.normal(size=(150, 40)))
    is_known = generator.uniform(size=stars.shape) < 0.3
    known = csr_array((stars[is_known], np.nonzero(is_known)), shape=stars.shape)
    filled = quick().fit_transform(known)
    found = of_biases(np.where(is_known, stars + 100, 0.0)) - 100
    assert error(filled, stars, ~is_known) < 1.02 * error(found, stars, ~is_known)


def test_rows_are_filled_independently_and_may_be_new(split, fitted):
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
    expected = (fitted.predict(known) - known.data.mean()) / known.data.std()
    is_rated = (known.toarray() > 0).astype(float)
    # Ridge regression of each column of the mask on the others, column by column.
    likely = np.empty(is_rated.shape)
    for column in range(120):
        others = np.delete(is_rated, column, axis=1)
        products = others.T @ others + 200 * np.eye(119)
        likely[:, column] = others @ np.linalg.solve(products, others.T @ is_rated[:, column])
    popularity = is_rated.mean(axis=0)
    likely = np.maximum(likely, 0) + 3 / (3 + is_rated.sum(axis=1, keepdims=True)) * popularity
    scores = np.maximum(1 + expected / 2.25, 0.01) * likely
    ranked = np.argsort(-np.where(is_rated > 0, -np.inf, scores), axis=1)[:, :5]
    named = fitted.recommend(known, n=5)
    assert np.mean(named == ranked) > 0.99
    popular = np.argsort(-np.where(is_rated > 0, -np.inf, is_rated.sum(axis=0)), axis=1)[:, :5]
    hits, of_popular = (
        np.mean(np.take_along_axis((stars >= 4) & is_held_out, some, axis=1)) for some in (named, popular)
    )
    assert hits > of_popular


def test_items_as_rows_have_the_error_of_users_as_rows(split, fitted):
    known, stars, is_held_out = split
    transposed = quick(epochs=8).fit_transform(known.T.tocsr()).T
    errors = [error(found, stars, is_held_out) for found in (fitted.transform(known), transposed)]
    assert errors[1] == pytest.approx(errors[0], rel=0.02)


def test_items_without_ratings_are_filled_by_the_biases_of_users(split):
    known, stars, _ = split
    chosen = np.zeros(120, dtype=bool)
    chosen[[3, 50]] = True
    without = csr_array(np.where(chosen, 0.0, known.toarray()))
    recommender = quick().fit(without)
    filled = recommender.transform(without)
    is_rated = (stars > 0) & chosen
    mean = without.data.mean()
    # Some people rate higher than others: better than the same number for everybody.
    assert filled.shape == known.shape
    assert error(filled, stars, is_rated) < 0.97 * error(np.full(stars.shape, mean), stars, is_rated)
    # Ratings of them that come later are nothing that fit knows of; they are never named.
    np.testing.assert_array_equal(recommender.transform(known)[:, ~chosen], filled[:, ~chosen])
    assert not chosen[recommender.recommend(without, n=20)].any()


def test_columns_with_few_ratings_have_the_low_rank_model(split, monkeypatch):
    known, _, _ = split
    mask = csr_array((np.ones(known.nnz), known.indices, known.indptr), shape=known.shape)
    factors = MaskFactorization.of(mask, np.random.RandomState(0))
    monkeypatch.setattr("skautoencoder.recommendation._mask_regression._MAX_COLUMNS", 30)
    regression = MaskRegression.of(mask, factors)
    likely, low_rank = regression.expected(mask), factors.expected(mask)
    counts = mask.sum(axis=0)
    others = np.setdiff1d(np.arange(120), regression.columns)
    assert counts[regression.columns].min() >= counts[others].max()
    popular = 3 / (3 + mask.sum(axis=1))[:, np.newaxis] * mask.mean(axis=0)
    np.testing.assert_allclose(likely[:, others], low_rank[:, others] + popular[:, others], rtol=1e-12)
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


def test_fitted_recommenders_return_from_files(split, fitted, tmp_path):
    known, _, _ = split
    fitted.save(tmp_path / "ratings")
    for loaded in (load(tmp_path / "ratings"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(loaded.transform(known), fitted.transform(known))
        np.testing.assert_array_equal(loaded.recommend(known[:9], 3), fitted.recommend(known[:9], 3))


def test_fits_with_the_same_seed_and_with_checkpoints_are_equal(split, tmp_path):
    known, _, _ = split
    expected = quick().fit_transform(known)
    np.testing.assert_array_equal(quick(checkpoint=tmp_path).fit(known).transform(known), expected)
    assert not list(tmp_path.iterdir())


def test_network_of_large_matrices_sees_the_most_active_users(split, monkeypatch):
    known, stars, is_held_out = split
    monkeypatch.setattr("skautoencoder.recommendation._network._MAX_CELLS", 120 * 100)
    fitted = quick(epochs=8).fit(known)
    biases = error(of_biases(known.toarray()), stars, is_held_out)
    assert error(fitted.transform(known), stars, is_held_out) < 0.95 * biases


@pytest.mark.parametrize("hidden_layer_sizes", [(), pytest.param(6, marks=pytest.mark.slow), (8, 4)])
def test_hidden_layers_are_used(split, hidden_layer_sizes):
    known, _, _ = split
    fitted = quick(epochs=1, hidden_layer_sizes=hidden_layer_sizes, n_factors=2).fit(known)
    assert fitted.n_factors_ == 2
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
def test_few_and_constant_ratings_are_fitted(stars):
    known = csr_array(stars)
    filled = quick(epochs=2).fit_transform(known)
    assert filled.shape == stars.shape
    np.testing.assert_array_equal(filled[stars > 0], stars[stars > 0])
    is_rated = (stars > 0).any(axis=0)
    assert filled[:, is_rated].min() >= stars[stars > 0].min()


def test_bad_parameters_are_named_in_errors(split):
    with pytest.raises(ValueError, match="loss='msee' is unknown"):
        quick(loss="msee").fit(split[0])
    with pytest.raises(ValueError, match=r"between 4 and 2\. Choose a min_value below max_value"):
        quick(min_value=4, max_value=2).fit(split[0])
    with pytest.raises(TypeError, match=r"no parameter n_components=3\. It is called encoding_dim here"):
        quick(n_components=3)


@pytest.fixture(scope="module")
def smooth():
    """Non-linear ratings of 60 things by 600 people, a fifth of them known."""
    generator = np.random.default_rng(0)
    people, things = generator.normal(size=(600, 2)), generator.normal(size=(60, 2))
    truth = 3 + 2 * np.tanh(people @ things.T) + 0.1 * generator.normal(size=(600, 60))
    rows, columns = np.nonzero(generator.uniform(size=truth.shape) < 0.2)
    return csr_array((truth[rows, columns], (rows, columns)), shape=truth.shape), truth


@pytest.fixture(scope="module")
def of_smooth(smooth):
    return quick().fit(smooth[0])


def test_stored_zeros_are_ratings(smooth):
    known = smooth[0][:150].copy()
    known.data[::10] = 0.0
    recommender = quick().fit(known)
    filled = recommender.transform(known)
    np.testing.assert_array_equal(filled[known.tocoo().coords], known.data)
    np.testing.assert_array_equal(quick().fit_transform(csr_matrix(known)), filled)


def test_predict_also_predicts_known_ratings(smooth, of_smooth):
    known, _ = smooth
    predicted, filled = of_smooth.predict(known), of_smooth.transform(known)
    is_known = known.toarray() != 0
    np.testing.assert_array_equal(predicted[~is_known], filled[~is_known])
    assert (predicted != filled)[is_known].all()


@pytest.mark.slow
def test_ratings_are_found_better_than_by_truncated_svd(smooth):
    known, truth = smooth
    unknown = np.ones(truth.shape, dtype=bool)
    unknown[known.tocoo().coords] = False
    filled = AutoencoderRecommender(epochs=30, random_state=0).fit_transform(known)
    mean = known.sum() / known.nnz
    centred = np.where(unknown, 0.0, known.toarray() - mean)
    errors = []
    for rank in (1, 2, 4, 8):
        left, singular, right = np.linalg.svd(centred, full_matrices=False)
        errors.append(error(mean + left[:, :rank] * singular[:rank] @ right[:rank], truth, unknown))
    assert error(filled, truth, unknown) < 0.7 * min(errors)


def test_recommended_items_are_liked(smooth, of_smooth):
    known, truth = smooth
    recommended = of_smooth.recommend(known, n=5)
    assert not (np.take_along_axis(known.toarray(), recommended, axis=1) != 0).any()
    assert np.take_along_axis(truth, recommended, axis=1).mean() > truth.mean() + 0.5
    names = [f"film {number}" for number in range(60)]
    assert of_smooth.recommend(known, n=1, names=names)[7, 0] == f"film {recommended[7, 0]}"


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_excluded_items_are_not_recommended(smooth, of_smooth, kind):
    known, _ = smooth
    best = of_smooth.recommend(known, n=3)
    of_all = np.isin(np.arange(60), best[0])
    assert not np.isin(of_smooth.recommend(known, n=3, exclude=of_all), best[0]).any()
    of_each = np.zeros(known.shape)
    np.put_along_axis(of_each, best[:, :2], 1.0, axis=1)
    others = of_smooth.recommend(known, n=1, exclude=kind(of_each))
    np.testing.assert_array_equal(others, best[:, 2:])
    with_observed = of_smooth.recommend(known, n=60, exclude_observed=False)
    np.testing.assert_array_equal(np.sort(with_observed, axis=1), np.tile(np.arange(60), (600, 1)))
    # Rows that have seen too much are an error only if they are asked for.
    full = known.toarray()
    full[5] = 4.0
    with pytest.raises(ValueError, match="only 0 items can be recommended to row 5 of X"):
        of_smooth.recommend(csr_array(full), n=3)
    np.testing.assert_array_equal(of_smooth.recommend(csr_array(full)[:5], n=3), best[:5])


@pytest.mark.slow
def test_score_hardly_depends_on_blocks(smooth, monkeypatch):
    known, _ = smooth
    recommender = quick(epochs=0).fit(known[:, :20])
    score = recommender.score(known[:, :20])
    assert 0.2 < score < 1
    monkeypatch.setattr("skautoencoder.rows._incomplete._BLOCK_MEBIBYTES", 2**-8)
    assert recommender.score(known[:, :20]) == pytest.approx(score, abs=0.05)


@pytest.fixture(scope="module")
def purchases():
    """Two groups of people, who take from two halves of the columns; the group of each."""
    generator = np.random.default_rng(0)
    group = generator.integers(2, size=400)
    chance = np.where((np.arange(40) >= 20) == group[:, np.newaxis], 0.35, 0.02)
    return csr_array((generator.uniform(size=chance.shape) < chance).astype(float)), group


def test_score_of_equal_ratings_is_area_under_roc_curve(purchases):
    """The oracle hides entries, and ranks each among the items that the user does not have."""
    taken, _ = purchases
    recommender = quick(epochs=0).fit(taken[:300])
    later = taken[300:]
    ranked = np.empty(later.nnz)
    part = np.random.RandomState(0).randint(10, size=later.nnz)
    rows, columns = later.tocoo().coords
    for number in range(10):
        kept = csr_array((later.data[part != number], (rows[part != number], columns[part != number])), later.shape)
        likely = recommender._model.mask.expected(kept)
        for entry in np.flatnonzero(part == number):
            row, column = rows[entry], columns[entry]
            others = likely[row, np.delete(np.arange(40), columns[rows == row])]
            ranked[entry] = np.mean(others < likely[row, column]) + np.mean(others == likely[row, column]) / 2
    assert recommender.score(later) == pytest.approx(ranked.mean())
    assert recommender.score(later) > 0.7
    weights = np.arange(100.0)
    assert recommender.score(later, sample_weight=weights) == pytest.approx(np.average(ranked, weights=weights[rows]))
    # Nothing is known about items that nobody else has; people who have everything have no others.
    for known in (np.eye(6), np.ones((5, 4))):
        assert quick(epochs=0).fit(csr_array(known)).score(csr_array(known)) == 0.5


def test_equal_scores_are_not_ordered_by_column():
    named = quick(epochs=0).fit(csr_array(np.eye(40))).recommend(csr_array(np.eye(40)), n=5)
    assert named.mean() > 12
    assert (named >= 20).any()


def test_bad_requests_are_explained(smooth, of_smooth):
    known, _ = smooth
    with pytest.raises(ValueError, match="n=0 should be a number of items, at least 1"):
        of_smooth.recommend(known, n=0)
    with pytest.raises(ValueError, match=r"exclude needs .* 60 columns of X, or .* \(600, 60\), but .* \(2,\)"):
        of_smooth.recommend(known, exclude=[True, False])
    for names, shape in ((["a", "b"], r"\(2,\)"), ("abcdef", r"\(\)")):
        with pytest.raises(ValueError, match=f"names needs one entry for each of the 60 columns of X, but .* {shape}"):
            of_smooth.recommend(known, names=names)
    with pytest.raises(ValueError, match="no rating to hide"):
        of_smooth.score(csr_array((3, 60)))
    with pytest.raises(ValueError, match="X holds no rating to learn from"):
        quick().fit(csr_array((3, 60)))


def test_nan_of_arrays_and_absent_entries_are_unknown_alike(smooth, of_smooth):
    known, _ = smooth
    holed = np.full(known.shape, np.nan)
    holed[known.tocoo().coords] = known.data
    np.testing.assert_allclose(quick().fit(holed).transform(holed), of_smooth.transform(known), rtol=1e-6)


def test_equal_sparse_matrices_give_equal_ratings(smooth, of_smooth):
    known, _ = smooth
    unsorted = known.copy()
    for row in range(600):
        entries = slice(*known.indptr[row : row + 2])
        unsorted.indices[entries] = known.indices[entries][::-1]
        unsorted.data[entries] = known.data[entries][::-1]
    unsorted.has_sorted_indices = False
    before = unsorted.indices.copy()
    formats = [known.asformat(name) for name in ("coo", "csc", "lil", "dok")]
    for other in (unsorted, *formats, known.tobsr(blocksize=(3, 4))):
        np.testing.assert_array_equal(of_smooth.transform(other), of_smooth.transform(known))
    np.testing.assert_allclose(quick().fit(unsorted).transform(known), of_smooth.transform(known), rtol=1e-6)
    np.testing.assert_array_equal(unsorted.indices, before)


@pytest.mark.parametrize("kind", ["coo", "csr", "csc"])
def test_several_ratings_of_one_entry_are_refused(kind):
    twice = coo_array(([1.0, 5.0, 5.0], ([0, 1, 1], [2, 0, 0])), shape=(3, 3))
    if kind != "coo":
        compressed = {"csr": csr_array, "csc": csc_array}[kind]
        pointers = {"csr": ([2, 0, 0], [0, 1, 3, 3]), "csc": ([1, 1, 0], [0, 2, 2, 3])}[kind]
        twice = compressed(([5.0, 5.0, 1.0] if kind == "csc" else [1.0, 5.0, 5.0], *pointers), shape=(3, 3))
    with pytest.raises(ValueError, match=r"several ratings in row 1 and column 0\. Keep one"):
        quick().fit(twice)


def test_users_without_ratings_are_recommended_popular_and_highly_rated_items():
    generator = np.random.default_rng(0)
    quality = np.arange(40) / 10
    stars = 1 + quality + 0.5 * generator.uniform(size=(400, 40))
    nobody = csr_array((1, 40))
    # All are equally popular.
    known = generator.uniform(size=stars.shape) < 0.3
    recommender = quick(epochs=0).fit(csr_array(np.where(known, np.round(stars), 0.0)))
    assert recommender.recommend(nobody, n=5).min() >= 30
    # All are rated alike, and the last ones are popular.
    known = generator.uniform(size=stars.shape) < 0.02 + 0.02 * np.arange(40)
    alike = np.where(known, generator.integers(3, 6, size=stars.shape), 0)
    # Nobody has rated the first one in fit; a user whose only rating it is counts as new.
    alike[:, 0] = 0
    recommender = quick(epochs=0).fit(csr_array(alike, dtype=float))
    unknown = csr_array(([4.0], ([0], [0])), shape=(1, 40))
    for row in (nobody, unknown):
        assert recommender.recommend(row, n=5).min() >= 30
        assert recommender.recommend(row, n=3, exclude=np.arange(40) >= 30).min() >= 20


@pytest.mark.parametrize("purchase", ["fives", "zeros", "bools", "three twos", "plays"])
def test_who_has_what_decides_where_ratings_carry_no_taste(purchases, purchase):
    taken, group = purchases
    taken = taken.copy()
    if purchase == "bools":
        taken = taken.astype(bool)
    elif purchase == "plays":
        taken.data[:] = np.random.default_rng(1).poisson(3, size=taken.nnz) + 1
    elif purchase in ("fives", "zeros"):
        taken.data[:] = {"fives": 5, "zeros": 0}[purchase]
    elif purchase == "three twos":
        taken.data[[5, 50, 500]] = 2
    recommender = quick(epochs=0 if purchase in ("three twos", "plays") else 100).fit(taken)
    # Of equal ratings, there is nothing to train the network on.
    assert recommender.n_iter_ == 0
    named = recommender.recommend(taken, n=5)
    assert ((named >= 20) == group[:, np.newaxis]).mean() > 0.97


def test_fitted_recommenders_read_no_parameters(smooth):
    known, _ = smooth
    recommender = quick(epochs=0).fit(known)
    expected = recommender.predict(known), recommender.recommend(known), recommender.score(known)
    recommender.set_params(min_value=0, max_value=0.1, n_factors=1, encoding_dim=1, noise_level=0.9, loss="mae")
    found = recommender.predict(known), recommender.recommend(known), recommender.score(known)
    for values, others in zip(found, expected, strict=True):
        np.testing.assert_array_equal(values, others)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_unit_of_ratings_changes_nothing(smooth, of_smooth, scale):
    known, _ = smooth
    recommender = quick().fit(known * scale)
    np.testing.assert_allclose(recommender.transform(known * scale) / scale, of_smooth.transform(known), rtol=1e-3)
    np.testing.assert_array_equal(recommender.recommend(known[:50] * scale, n=1), of_smooth.recommend(known[:50], n=1))


def test_masked_entries_are_unknown(smooth, of_smooth):
    known, _ = smooth
    masked = np.ma.masked_equal(known.toarray(), 0)
    np.testing.assert_array_equal(of_smooth.transform(masked), of_smooth.transform(known))


def test_arrays_without_unknown_ratings_are_doubted(smooth):
    known, _ = smooth
    with pytest.warns(UserWarning, match=r"zeros are ratings and every user .* pass scipy.sparse.csr_array\(X\)"):
        quick(epochs=0).fit(known.toarray()[:30])
    triples = np.column_stack([*known[:3].tocoo().coords, known[:3].data])
    with pytest.warns(UserWarning, match=r"read as ratings of 3 items\. If .* pass pandas.DataFrame\(X\)"):
        quick(epochs=0).fit(triples)


def test_names_may_be_tuples(smooth, of_smooth):
    known, _ = smooth
    names = [("film", number) for number in range(60)]
    named = of_smooth.recommend(known[:1], n=2, names=names)
    assert named[0].tolist() == [names[number] for number in of_smooth.recommend(known[:1], n=2)[0]]


def test_recommendations_to_new_users_hit_no_less_than_popular_items(monkeypatch):
    """The items are more than are regressed on each other."""
    monkeypatch.setattr("skautoencoder.recommendation._mask_regression._MAX_COLUMNS", 150)
    generator = np.random.default_rng(0)
    popularity = generator.permutation(1 / np.arange(1, 201))
    tastes, kinds = generator.normal(size=(500, 2)), generator.normal(size=(200, 2))
    chance = popularity * np.exp(0.7 * tastes @ kinds.T)
    chance *= 10 / chance.sum(axis=1, keepdims=True)
    taken = generator.uniform(size=chance.shape) < chance
    train, later = csr_array(taken[:400].astype(float)), taken[400:]
    given = later & (generator.uniform(size=later.shape) < 0.3)
    given[:20] = False
    recommender = quick(epochs=0, n_factors=2).fit(train)
    named = recommender.recommend(csr_array(given.astype(float)), n=10)
    counts = train.sum(axis=0)
    popular = np.argsort(np.where(given, 0, -counts), axis=1, kind="stable")[:, :10]
    hits, of_popular = (np.take_along_axis(later & ~given, items, axis=1) for items in (named, popular))
    # Users without ratings are recommended the most popular items, in any order of equal ones.
    np.testing.assert_array_equal(np.sort(counts[named[:20]]), np.sort(counts[popular[:20]]))
    assert hits[20:].mean() > of_popular[20:].mean()
