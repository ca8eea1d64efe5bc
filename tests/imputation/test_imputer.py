"""Missing values: filled and untouched entries, parameters, scores and draws."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from scipy.special import huber
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder, StandardScaler, scale

from skautoencoder import AutoencoderImputer, AutoencoderTransformer, ConvolutionalArchitecture, KerasArchitecture, load
from skautoencoder.imputation._members import MemberOptions, plan_member
from skautoencoder.rows import Observed


def quick(**parameters):
    """Make an imputer of one autoencoder, by default."""
    fixed = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (16,), "n_estimators": 1}
    return AutoencoderImputer(**fixed | parameters)


def plan_of(imputer, X):
    """Return the plan of a fit of one autoencoder."""
    observed = Observed.of(X)
    observed = observed.standardized(*observed.moments())
    options = MemberOptions.of("AutoencoderImputer", imputer.get_params())
    return plan_member(options, observed, None, None, np.random.RandomState(0))[0]


def with_holes(X, share=0.3, seed=0):
    missing = np.random.default_rng(seed).uniform(size=X.shape) < share
    return np.where(missing, np.nan, X), missing


def rmse(filled, X, missing):
    return np.sqrt(np.mean((filled - X)[missing] ** 2))


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(0)
    return generator.normal(size=(120, 2)) @ generator.normal(size=(2, 6)) + 0.1 * generator.normal(size=(120, 6))


@pytest.fixture(scope="module")
def curved():
    """Columns that are functions of two numbers, as no linear model finds them."""
    generator = np.random.default_rng(0)
    u, v = generator.uniform(-1, 1, size=(2, 2000, 1))
    directions = generator.uniform(0, np.pi, size=10)
    X = np.sin(3 * (u * np.cos(directions) + v * np.sin(directions)))
    return scale(X + 0.05 * generator.normal(size=X.shape))


@pytest.fixture(scope="module")
def sparse_table():
    """Non-linear columns of which four fifths are missing."""
    generator = np.random.default_rng(0)
    rows, columns = generator.normal(size=(600, 2)), generator.normal(size=(60, 2))
    truth = 3 + 2 * np.tanh(rows @ columns.T) + 0.1 * generator.normal(size=(600, 60))
    return np.where(generator.uniform(size=truth.shape) < 0.2, truth, np.nan)


def test_transform_keeps_observed_entries_to_the_bit(X):
    X = X * 10.0 ** np.arange(-3, 3)
    X[0] = -0.0
    holed, missing = with_holes(X)
    for dtype in (np.float64, np.float32):
        filled = quick().fit_transform(holed.astype(dtype))
        assert filled.dtype == dtype
        assert filled[~missing].tobytes() == holed.astype(dtype)[~missing].tobytes()
        assert np.isfinite(filled).all()


@pytest.mark.slow
def test_imputer_beats_mean_and_neighbours_on_a_table():
    X = scale(load_breast_cancer().data)
    holed, missing = with_holes(X)
    ours = rmse(AutoencoderImputer(epochs=20, random_state=0).fit_transform(holed), X, missing)
    assert ours < 0.8 * rmse(KNNImputer().fit_transform(holed), X, missing)
    assert ours < 0.5 * rmse(SimpleImputer().fit_transform(holed), X, missing)


@pytest.mark.slow
def test_imputer_finds_curves_unlike_factor_analysis(curved):
    holed, missing = with_holes(curved)
    imputer = AutoencoderImputer(n_estimators=1, epochs=40, random_state=0).fit(holed)
    start = AutoencoderImputer(n_estimators=1, epochs=0, random_state=0).fit(holed)
    assert imputer.best_epoch_ > 0
    ours, of_start = (rmse(fitted.transform(holed), curved, missing) for fitted in (imputer, start))
    assert ours < 0.9 * of_start
    # Rows that were not there in training.
    new, new_missing = with_holes(curved, seed=1)
    assert rmse(imputer.transform(new), curved, new_missing) < 0.9 * rmse(start.transform(new), curved, new_missing)


def test_imputer_without_epochs_is_better_than_mean(X):
    holed, missing = with_holes(X)
    imputer = quick(epochs=0).fit(holed)
    assert imputer.best_epoch_ == imputer.n_iter_ == 0
    assert rmse(imputer.transform(holed), X, missing) < 0.5 * rmse(SimpleImputer().fit_transform(holed), X, missing)


@pytest.fixture(scope="module")
def normal():
    """Rows of a normal distribution, the same with holes, and an imputer of three autoencoders."""
    covariance = np.array([[1.0, 0.8, 0.5, 0.3], [0.8, 1.0, 0.4, 0.2], [0.5, 0.4, 1.0, 0.1], [0.3, 0.2, 0.1, 1.0]])
    X = np.random.default_rng(1).multivariate_normal(np.arange(4), covariance, size=800)
    holed, missing = with_holes(X, 0.25, seed=2)
    imputer = AutoencoderImputer(
        hidden_layer_sizes=(16,), epochs=5, random_state=0, min_value=-np.inf, max_value=np.inf
    )
    return X, holed, missing, imputer.fit(holed), covariance


def test_blend_is_no_worse_than_starts_and_means(normal):
    X, holed, missing, imputer, _ = normal
    ours = rmse(imputer.transform(holed), X, missing)
    assert ours < 1.01 * rmse(quick(epochs=0).fit_transform(holed), X, missing)
    assert ours < 0.9 * rmse(SimpleImputer().fit_transform(holed), X, missing)
    assert len(imputer._blend.members) == 3
    assert all(len(losses) == imputer.n_iter_ + 1 for losses in imputer.history_.values())


def test_score_excludes_rows_of_the_fit_from_their_neighbours(normal):
    """The oracle is the score of rows that were not there."""
    _, holed, _, imputer, covariance = normal
    others = np.random.default_rng(3).multivariate_normal(np.arange(4), covariance, size=800)
    others[np.isnan(holed)] = np.nan
    assert imputer.score(holed) == pytest.approx(imputer.score(others), abs=0.05)


@pytest.mark.slow
def test_imputer_finds_table_without_noise_to_the_last_digits():
    """Half of 35 rows of 70 columns, of rank three."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(35, 3)) @ generator.normal(size=(3, 70))
    holed, missing = with_holes(X, 0.5)
    imputer = AutoencoderImputer(epochs=2, random_state=0, min_value=-np.inf, max_value=np.inf)
    assert rmse(imputer.fit_transform(holed), X, missing) < 2e-4


def test_draws_spread_as_conditional_normal_distribution(normal):
    """The oracle is the closed form of what a normal distribution expects, given the observed entries."""
    X, holed, missing, imputer, covariance = normal
    draws = np.array(imputer.sample(holed, n_draws=100, random_state=0))
    assert draws[:, ~missing].tobytes() == np.tile(holed[~missing], 100).tobytes()
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    assert 0.85 < ((low <= X) & (X <= high))[missing].mean() < 0.95
    for gaps in ((0,), (1,), (0, 1), (1, 2, 3)):
        rows = (missing == np.isin(np.arange(4), gaps)).all(axis=1)
        unknown, known = list(gaps), [column for column in range(4) if column not in gaps]
        regression = np.linalg.solve(covariance[np.ix_(known, known)], covariance[np.ix_(known, unknown)])
        expected = unknown + (X[rows][:, known] - known) @ regression
        variances = covariance[np.ix_(unknown, unknown)] - covariance[np.ix_(unknown, known)] @ regression
        errors = draws[:, rows][:, :, unknown] - expected
        found = np.mean(errors[:, :, :, np.newaxis] * errors[:, :, np.newaxis, :], axis=(0, 1))
        np.testing.assert_allclose(found, variances, atol=0.17)


def test_draws_are_seeded_clipped_and_shaped_as_by_transform(normal):
    _, holed, missing, imputer, _ = normal
    first, again, other = (imputer.sample(holed[:50], n_draws=2, random_state=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    frames = clone(imputer).set_params(epochs=0, add_indicator=True, min_value=0.0).set_output(transform="pandas")
    frame = pd.DataFrame(holed, columns=list("abcd"), index=np.arange(800)[::-1])
    drawn = frames.fit(frame).sample(frame, n_draws=1, random_state=0)[0]
    assert list(drawn.columns) == list(frames.get_feature_names_out())
    assert (drawn.index == frame.index).all()
    assert (drawn[list("abcd")].to_numpy()[missing] >= 0).all()


@pytest.mark.parametrize(
    ("parameters", "n_draws", "message"),
    [
        ({}, 0, "n_draws=0 should be a number of draws"),
        ({}, True, "n_draws=True should be a number"),
        ({}, 5, "a single autoencoder .* n_estimators=3"),
    ],
)
def test_impossible_draws_are_an_error(X, parameters, n_draws, message):
    with pytest.raises(ValueError, match=message):
        quick(epochs=0, **parameters).fit(X).sample(X, n_draws=n_draws)


def test_imputer_of_noise_is_close_to_mean():
    noise = np.random.default_rng(0).normal(size=(1000, 5))
    holed, missing = with_holes(noise)
    ours = rmse(quick().fit_transform(holed), noise, missing)
    assert ours < 1.02 * rmse(SimpleImputer().fit_transform(holed), noise, missing)


@pytest.mark.filterwarnings("ignore:Training diverged")
@pytest.mark.parametrize("learning_rate", [0.003, 10.0])
def test_kept_network_is_never_worse_than_start(X, learning_rate):
    """The claim also holds if training diverges or the held-out rows are a poor sample."""
    holed = with_holes(X)[0]
    parameters = {"epochs": 10, "learning_rate": learning_rate, "optimizer": "sgd", "validation_fraction": 0.01}
    imputer = quick(**parameters).fit(holed)
    plan = plan_of(imputer, holed)
    networks = imputer._blend.members[0].autoencoder, plan.start
    ours, of_start = (plan.objective.error(network.reconstruct, *plan.reference) for network in networks)
    if imputer.best_epoch_:
        assert ours < of_start
    else:
        assert ours == pytest.approx(of_start, rel=1e-12)


@pytest.mark.xla
@pytest.mark.parametrize(
    "loss", ["mse", pytest.param("mae", marks=pytest.mark.slow), pytest.param("huber", marks=pytest.mark.slow)]
)
def test_loss_covers_hidden_entries_alone(X, loss):
    """The oracle is NumPy's loss of the start on the entries that training hides."""
    holed = with_holes(X)[0]
    imputer = quick(epochs=2, loss=loss).fit(holed)
    plan = plan_of(imputer, holed)
    entry_loss = {"mse": np.square, "mae": np.abs, "huber": lambda error: huber(1, error)}[loss]
    for name, rows, indices in (
        ("loss", plan.split.rows, plan.split.training[:256]),
        ("val_loss", plan.split.validation_rows, plan.split.validation),
    ):
        seen, hidden = rows.fields(indices)
        losses = entry_loss(plan.start.reconstruct(seen) - hidden)
        assert np.isnan(losses).any()
        assert imputer.history_[name][0] == pytest.approx(np.nanmean(losses), rel=1e-5)
    again = quick(epochs=2, loss=loss).fit(holed)
    assert again.history_ == imputer.history_
    np.testing.assert_array_equal(again.transform(holed), imputer.transform(holed))


def test_units_change_no_filled_entry(X):
    holed, missing = with_holes(X)
    filled = quick().fit_transform(holed)
    other = quick().fit_transform(holed * 1e6 + 1e9)
    np.testing.assert_allclose((other[missing] - 1e9) / 1e6, filled[missing], atol=1e-4)


def test_frames_give_names_of_output_and_indicator(X):
    holed, missing = with_holes(X)
    frame = pd.DataFrame(holed, columns=list("abcdef"))
    filled = quick().set_output(transform="pandas").fit_transform(frame)
    assert list(filled.columns) == list("abcdef")
    marked = quick(add_indicator=True).fit(frame)
    names = marked.get_feature_names_out()
    assert list(names) == [*"abcdef", *(f"missingindicator_{name}" for name in "abcdef")]
    np.testing.assert_array_equal(marked.transform(frame)[:, 6:], missing)


@pytest.mark.parametrize("dtype", ["Float64", "Int64", "float64[pyarrow]", "int64[pyarrow]"])
def test_nullable_dtypes_are_read_as_nan(X, dtype):
    holed, _ = with_holes(np.round(5 * X))
    frame = pd.DataFrame(holed, columns=list("abcdef")).astype("Float64").astype(dtype)
    expected = quick().fit_transform(holed)
    for marker in (np.nan, pd.NA, None):
        np.testing.assert_array_equal(quick(missing_values=marker).fit_transform(frame), expected)


@pytest.fixture(scope="module")
def mixed():
    """A frame of numbers and categories that depend on each other, the same with holes, and where these are."""
    generator = np.random.default_rng(0)
    size = generator.normal(size=400)
    frame = pd.DataFrame(
        {
            "size": size,
            "weight": (2 * size + 0.3 * generator.normal(size=400)).astype(np.float32),
            "count": pd.array(np.round(10 + 3 * size), dtype="Int64"),
            "kind": pd.Categorical.from_codes(np.digitize(size, [-0.6, 0.6]), ["small", "middle", "large"]),
            "heavy": pd.array(size > 0.2, dtype="boolean"),
            "name": np.where(size > 0, "plus", "minus"),
        },
        index=np.arange(400)[::-1],
    )
    missing = generator.uniform(size=frame.shape) < 0.2
    return frame, frame.mask(missing), missing


@pytest.fixture(scope="module")
def of_mixed(mixed):
    imputer = AutoencoderImputer(hidden_layer_sizes=(16,), epochs=5, random_state=0)
    return imputer.set_output(transform="pandas").fit(mixed[1])


def test_frames_with_categories_are_filled_and_keep_their_dtypes(mixed, of_mixed):
    frame, holed, missing = mixed
    before = holed.copy()
    filled = of_mixed.transform(holed)
    pd.testing.assert_frame_equal(holed, before)
    pd.testing.assert_series_equal(filled.dtypes, holed.dtypes)
    assert not filled.isna().to_numpy().any()
    for number, name in enumerate(frame):
        gaps = missing[:, number]
        pd.testing.assert_series_equal(filled[name][~gaps], holed[name][~gaps])
        if number < 3:
            errors = (filled[name] - frame[name])[gaps].to_numpy(dtype=float)
            assert np.sqrt(np.mean(errors**2)) < 0.4 * frame[name].std()
        else:
            # The most frequent category is right in less than two thirds of the cases.
            assert np.mean(filled[name][gaps] == frame[name][gaps]) > 0.8


def test_frames_with_categories_are_saved_scored_drawn_and_marked(mixed, of_mixed, tmp_path):
    _, holed, missing = mixed
    filled = of_mixed.transform(holed)
    of_mixed.save(tmp_path / "imputer")
    pd.testing.assert_frame_equal(load(tmp_path / "imputer").transform(holed), filled)
    assert 0.5 < of_mixed.score(holed) < 1
    first, second = of_mixed.sample(holed, n_draws=2, random_state=0)
    pd.testing.assert_series_equal(first.dtypes, filled.dtypes)
    assert ((first != second).to_numpy() <= missing).all()
    assert (first["kind"] != second["kind"]).any()
    marked = quick(epochs=0, add_indicator=True).set_output(transform="pandas").fit(holed)
    table = marked.transform(holed)
    assert list(table.columns) == list(marked.get_feature_names_out())
    np.testing.assert_array_equal(table[[f"missingindicator_{name}" for name in holed]], missing)


def test_polars_frames_with_categories_keep_schema(mixed):
    holed = pl.from_pandas(mixed[1].reset_index(drop=True))
    filled = quick(epochs=0).set_output(transform="polars").fit_transform(holed)
    assert filled.schema == holed.schema
    assert filled.null_count().sum_horizontal().item() == 0
    of_pandas = quick(epochs=0).set_output(transform="pandas").fit_transform(mixed[1])
    np.testing.assert_array_equal(filled.to_numpy(), of_pandas.to_numpy())


@pytest.mark.parametrize("container", ["default", "pandas", "polars"])
@pytest.mark.parametrize("with_words", [False, True])
@pytest.mark.parametrize("given", ["pandas", "polars"])
def test_whole_numbers_stay_whole_in_every_container(mixed, given, with_words, container):
    """Numbers are filled alike with and without a column of words, and columns keep their dtypes."""
    names = ["size", "weight", "count"] + ["name"] * with_words
    holed = mixed[1][names].reset_index(drop=True)
    frame = holed if given == "pandas" else pl.from_pandas(holed)
    filled = quick(epochs=0).set_output(transform=container).fit_transform(frame)
    kinds = {"default": np.ndarray, "pandas": pd.DataFrame, "polars": pl.DataFrame}
    assert isinstance(filled, kinds[container])
    if container == given:
        assert list(filled.dtypes) == list(frame.dtypes)
    elif container != "default":
        assert "int64" in str(filled["count"].dtype).lower()
    else:
        assert filled.dtype == (object if with_words else np.float64)
    counts = (filled[:, 2] if container == "default" else filled["count"].to_numpy()).astype(float)
    is_known = holed["count"].notna()
    np.testing.assert_array_equal(counts[is_known], holed["count"][is_known].astype(float))
    assert len(np.unique(counts[~is_known])) > 3
    # Arrays hold floats, as those of scikit-learn's imputers.
    assert np.array_equal(counts, np.rint(counts)) == (container != "default")


def test_whole_numbers_keep_bounds_and_digits():
    """Rounding stays within bounds and within the dtype; large integers are no float64."""
    large = pd.DataFrame([[2**60 + 1, 100], [2**60 + 3, -1], [-1, 120], [2**60 + 7, 127]] * 5)
    options = {"missing_values": -1, "epochs": 0, "n_estimators": 1}
    filled = quick(**options).set_output(transform="pandas").fit_transform(large)
    assert (filled.to_numpy()[large != -1] == large.to_numpy()[large != -1]).all()
    small = large.clip(-1, 127).astype({0: np.int16, 1: np.int8})
    bounded = quick(**options, min_value=[200.5, 300], max_value=[400, np.inf]).set_output(transform="pandas")
    filled = bounded.fit_transform(small)
    # The largest int8 is 127.
    assert (set(filled.iloc[2::4, 0]), set(filled.iloc[1::4, 1])) == ({201}, {127})


def test_unknown_categories_are_left_in_place_and_scored_as_missing(mixed, of_mixed):
    _, holed, _ = mixed
    strange = holed.copy()
    strange.iloc[::4, 5] = "zero"
    missing = holed.copy()
    missing.iloc[::4, 5] = None
    filled = of_mixed.transform(strange)
    assert (filled.iloc[::4, 5] == "zero").all()
    pd.testing.assert_frame_equal(filled.drop(columns="name"), of_mixed.transform(missing).drop(columns="name"))
    assert of_mixed.score(strange) == of_mixed.score(missing)
    refusing = quick(epochs=0, n_estimators=1, handle_unknown="error").fit(holed)
    with pytest.raises(ValueError, match=r"Column 'name' holds 'zero', .* fit with handle_unknown='ignore'"):
        refusing.transform(strange)


def test_searches_over_tables_with_rare_categories_have_scores(mixed):
    rare = mixed[1][["size", "name"]].copy()
    rare.iloc[[3, 200], 1] = ["only here", "only there"]
    search = GridSearchCV(quick(epochs=0, n_estimators=1), {"encoding_dim": [1, 2]}, cv=2, error_score="raise")
    assert np.isfinite(search.fit(rare).cv_results_["mean_test_score"]).all()


def test_indicators_of_complete_tables_are_no_columns(mixed):
    frame, holed, _ = mixed
    marked = quick(epochs=0, n_estimators=1, add_indicator=True).set_output(transform="pandas").fit(frame)
    assert list(marked.transform(holed).columns) == list(frame.columns) == list(marked.get_feature_names_out())
    with config_context(transform_output="polars"):
        marked = quick(epochs=0, n_estimators=1, add_indicator=True).fit(holed)
        assert marked.transform(holed).columns == list(marked.get_feature_names_out())


def test_empty_columns_of_frames_are_dropped(mixed):
    _, holed, _ = mixed
    for empty in (pd.Categorical([None] * 400, categories=["a"]), np.full(400, None)):
        table = holed.assign(empty=empty)
        dropping = quick(epochs=0).set_output(transform="pandas").fit(table)
        assert list(dropping.transform(table).columns) == list(holed.columns) == list(dropping.get_feature_names_out())
        with pytest.raises(ValueError, match="Column 'empty' cannot be kept: all of its entries are missing"):
            quick(keep_empty_features=True).fit(table)


def test_bounds_clip_columns_of_numbers_alone(mixed):
    _, holed, missing = mixed
    imputer = quick(epochs=0, min_value=[0, -1, 5, 0, 0, 0], max_value=7).set_output(transform="pandas").fit(holed)
    filled = imputer.transform(holed)
    for number, low in enumerate([0, -1, 5]):
        assert filled.iloc[missing[:, number], number].between(low, 7).all()
    np.testing.assert_array_equal(filled[["kind", "name"]], quick(epochs=0).fit_transform(holed)[:, [3, 5]])


def test_images_with_categories_are_an_error(mixed):
    with pytest.raises(ValueError, match=r"architecture=ConvolutionalArchitecture.* but X has categories"):
        quick(architecture=ConvolutionalArchitecture((2, 3))).fit(mixed[1])


def test_other_tables_than_in_fit_are_an_error(mixed, of_mixed):
    _, holed, _ = mixed
    with pytest.raises(TypeError, match="X is ndarray, but fit saw a data frame with categories"):
        of_mixed.transform(holed.to_numpy())
    with pytest.raises(ValueError, match="Column 'name' holds 0 of type int, but held 'minus', 'plus' in fit"):
        of_mixed.transform(holed.assign(name=pd.Series([0], dtype=object, index=[399])))
    with pytest.raises(ValueError, match="Column 'size' held numbers in fit, but holds 'large'"):
        of_mixed.transform(holed.assign(size="large"))
    with pytest.raises(ValueError, match="feature names should match"):
        of_mixed.transform(holed.iloc[:, :5])


@pytest.mark.parametrize("kind", ["array", "list", "pandas", "polars"])
def test_none_is_missing_in_objects(X, kind):
    holed, missing = with_holes(X)
    rows = np.where(missing, None, X.astype(object))
    if kind == "list":
        rows = rows.tolist()
    elif kind == "pandas":
        rows = pd.DataFrame(rows)
    elif kind == "polars":
        rows = pl.DataFrame({f"x{number}": column.tolist() for number, column in enumerate(rows.T)})
    np.testing.assert_array_equal(quick().fit_transform(rows), quick().fit_transform(holed))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int16])
def test_marker_may_be_a_number(X, dtype):
    X = np.round(5 * X)
    holed, missing = with_holes(X)
    marked = np.where(missing, -99, X).astype(dtype)
    expected = quick().fit_transform(holed.astype(np.float32) if dtype == np.float32 else holed)
    np.testing.assert_array_equal(quick(missing_values=-99).fit_transform(marked), expected)


def test_marker_need_not_occur(X):
    """Folds may have no missing entries, as with scikit-learn's imputers."""
    imputer = quick(missing_values=-99, add_indicator=True).fit(X)
    np.testing.assert_array_equal(imputer.transform(X), X)
    later, expected = X.copy(), X.copy()
    later[:, 3], expected[:, 3] = -99, np.nan
    # No indicator of a column that had no holes in fit.
    np.testing.assert_array_equal(imputer.transform(later), quick().fit(X).transform(expected))


def test_indicators_equal_those_of_missing_indicator(X):
    """Also where a column has its first hole at transform."""
    holed, _ = with_holes(X)
    holed[:, 1] = X[:, 1]
    new, missing = with_holes(X, seed=1)
    assert missing[:, 1].any()
    marked = quick(add_indicator=True).fit(holed)
    union = make_union(quick(), MissingIndicator(error_on_new=False)).fit(holed)
    np.testing.assert_array_equal(marked.transform(new), union.transform(new))
    names = [name.partition("__")[2] for name in union.get_feature_names_out()]
    assert list(marked.get_feature_names_out()) == names


def test_column_transformer_takes_two_imputers(X):
    holed, _ = with_holes(X)
    columns = make_column_transformer(
        (quick(add_indicator=True), ["a", "b", "c"]),
        (quick(), ["d", "e", "f"]),
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    filled = columns.fit_transform(pd.DataFrame(holed, columns=list("abcdef")))
    assert list(filled.columns) == [*"abc", *(f"missingindicator_{name}" for name in "abc"), *"def"]
    np.testing.assert_array_equal(filled[list("def")], quick().fit_transform(holed[:, 3:]))


def test_set_output_gives_polars(X):
    holed, missing = with_holes(X)
    frame = pd.DataFrame(holed, columns=list("abcdef"))
    filled = quick(add_indicator=True).set_output(transform="polars").fit_transform(frame)
    assert isinstance(filled, pl.DataFrame)
    assert filled.columns == [*"abcdef", *(f"missingindicator_{name}" for name in "abcdef")]
    np.testing.assert_array_equal(filled.to_numpy(), np.hstack([quick().fit_transform(holed), missing]))


def test_empty_columns_are_dropped_or_zero(X):
    holed, _ = with_holes(X)
    holed[:, 2], holed[5] = np.nan, np.nan
    dropping = quick().fit(holed)
    filled = dropping.transform(holed)
    assert filled.shape == (120, 5)
    assert np.isfinite(filled).all()
    assert len(dropping.get_feature_names_out()) == 5
    keeping = quick(keep_empty_features=True).fit_transform(holed)
    assert keeping.shape == (120, 6)
    assert (keeping[:, 2] == 0).all()
    np.testing.assert_array_equal(np.delete(keeping, 2, axis=1), filled)


@pytest.mark.parametrize("keep_empty_features", [False, True])
@pytest.mark.parametrize(
    "architecture", ["dense", pytest.param(ConvolutionalArchitecture((2, 3)), marks=pytest.mark.slow)]
)
def test_x_without_observed_entries_is_filled_as_by_knn(X, architecture, keep_empty_features):
    """The oracle is KNNImputer."""
    nothing, later = np.full_like(X, np.nan), with_holes(X)[0]
    parameters = {"keep_empty_features": keep_empty_features, "add_indicator": True}
    imputer = quick(architecture=architecture, hidden_layer_sizes=(2,), **parameters).fit(X).fit(nothing)
    np.testing.assert_array_equal(imputer.transform(nothing), KNNImputer(**parameters).fit_transform(nothing))
    assert (imputer.encoding_dim_, imputer.n_iter_, imputer.best_epoch_) == (0, 0, 0)
    np.testing.assert_array_equal(imputer.history_["loss"], [np.nan])
    n_kept = 6 if keep_empty_features else 0
    # Entries observed in transform stay if their column is kept.
    filled = imputer.transform(later)
    np.testing.assert_array_equal(filled[:, :n_kept], np.nan_to_num(later)[:, :n_kept])
    np.testing.assert_array_equal(filled[:, n_kept:], np.isnan(later))
    frame = imputer.set_output(transform="pandas").transform(later)
    assert list(frame.columns) == list(imputer.get_feature_names_out())
    with pytest.raises(ValueError, match="no observed entry to hide"):
        imputer.score(later)
    known = clone(imputer).fit(X)
    np.testing.assert_array_equal(imputer.fit(X).transform(later), known.transform(later))


@pytest.mark.parametrize("keep_empty_features", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_images_with_empty_pixels_are_filled(digits, keep_empty_features):
    X = digits[:100].copy()
    X[:, [0, 9]] = np.nan
    X[::3, 20] = np.nan
    imputer = quick(
        architecture=ConvolutionalArchitecture((8, 8)), hidden_layer_sizes=(2,), keep_empty_features=keep_empty_features
    )
    filled = imputer.fit_transform(X)
    assert filled.shape == (100, 64 if keep_empty_features else 62)
    if keep_empty_features:
        assert not filled[:, [0, 9]].any()
        filled = np.delete(filled, [0, 9], axis=1)
    known = np.delete(X, [0, 9], axis=1)
    np.testing.assert_array_equal(filled[~np.isnan(known)], known[~np.isnan(known)])
    assert np.isfinite(filled).all()
    # The network ignores columns that were empty in fit.
    later = X.copy()
    later[:, 9] = 1000.0
    others = np.delete(imputer.transform(later), 9, axis=1) if keep_empty_features else imputer.transform(later)
    expected = np.delete(imputer.transform(X), 9, axis=1) if keep_empty_features else imputer.transform(X)
    np.testing.assert_array_equal(others, expected)


def test_column_missing_at_transform_alone_is_found(X):
    imputer = quick(epochs=10).fit(X)
    new = X[:20].copy()
    new[:, 3] = np.nan
    filled = imputer.transform(new)
    assert rmse(filled[:, [3]], X[:20, [3]], np.ones((20, 1), dtype=bool)) < 0.5 * X[:, 3].std()


def test_imputer_works_in_pipelines_and_searches(X):
    holed, _ = with_holes(X)
    y = X[:, 0] > 0
    frame = pd.DataFrame(holed, columns=list("abcdef")).assign(kind=np.where(y, "p", "q"))
    columns = make_column_transformer(
        (StandardScaler(), list("abcdef")), (OneHotEncoder(), ["kind"]), verbose_feature_names_out=False
    )
    pipeline = make_pipeline(
        columns, quick(), AutoencoderTransformer(2, epochs=2, random_state=0), LogisticRegression()
    )
    assert pipeline.fit(frame, y).score(frame, y) > 0.9
    search = GridSearchCV(
        make_pipeline(quick(), LogisticRegression()), {"autoencoderimputer__encoding_dim": [1, 2]}, cv=2
    )
    assert search.fit(holed, y).best_score_ > 0.7


def test_pickles_fill_alike_and_clones_are_unfitted(X):
    holed, _ = with_holes(X)
    imputer = quick().fit(holed)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(imputer)).transform(holed), imputer.transform(holed))
    assert not hasattr(clone(imputer), "encoding_dim_")


@pytest.mark.slow
def test_convolutions_fill_images_better_than_mean(digits):
    X = digits[:200]
    holed, missing = with_holes(X)
    imputer = quick(architecture=ConvolutionalArchitecture((8, 8)), hidden_layer_sizes=(4,)).fit(holed)
    assert rmse(imputer.transform(holed), X, missing) < 0.9 * rmse(
        SimpleImputer(keep_empty_features=True).fit_transform(holed), X, missing
    )


def test_filled_entries_lie_within_observed_range(X):
    holed, _ = with_holes(X)
    new = holed[:40].copy()
    new[~np.isnan(new)] *= 100
    filled = quick().fit(holed).transform(new)
    low, high = np.nanmin(holed, axis=0), np.nanmax(holed, axis=0)
    is_filled = np.isnan(new)
    assert (filled >= low)[is_filled].all()
    assert (filled <= high)[is_filled].all()


@pytest.mark.parametrize(
    ("low", "high"),
    [(-np.inf, np.inf), (-0.5, 0.5), ([-np.inf] * 5 + [0.25], pd.Series([0.5, 0.25, np.inf, 0.5, 0.5, 0.25]))],
)
def test_bounds_clip_what_is_filled(X, low, high):
    holed, missing = with_holes(X)
    holed[:40, :] *= 3
    by_default, free = quick().fit_transform(holed), quick(min_value=-np.inf, max_value=np.inf).fit_transform(holed)
    filled = quick(min_value=low, max_value=high).fit_transform(holed)
    np.testing.assert_array_equal(filled, np.where(missing, np.clip(free, low, high), holed))
    observed = {"min_value": np.nanmin(holed, axis=0), "max_value": np.nanmax(holed, axis=0)}
    np.testing.assert_array_equal(by_default, quick(**observed).fit_transform(holed))
    assert not np.array_equal(by_default, free)
    assert (quick(max_value=high).fit_transform(holed) >= observed["min_value"]).all()


def test_bounds_of_columns_have_names_and_gaps(X):
    holed, _ = with_holes(X)
    holed[:40, :] *= 3
    frame = pd.DataFrame(holed, columns=list("abcdef"))
    expected = quick(min_value=[-np.inf] * 4 + [0.25, -0.5], max_value=np.inf).fit_transform(holed)
    for bounds in (
        [None, np.nan, None, np.nan, 0.25, -0.5],
        {"f": -0.5, "e": 0.25},
        pd.Series({"f": -0.5, "a": None, "e": 0.25}),
        pd.Series([None, None, None, None, 0.25, -0.5]),
    ):
        np.testing.assert_array_equal(quick(min_value=bounds, max_value=[None] * 6).fit_transform(frame), expected)


def test_bounds_skip_empty_columns(X):
    holed, missing = with_holes(X)
    holed[:, 2] = np.nan
    bounds = {"min_value": [-1.0, 0.0, 3.0, 0.0, 0.0, 0.1], "max_value": [1.0, 0.0, 4.0, 1.0, 2.0, 0.2]}
    dropping, keeping = (quick(keep_empty_features=keeps, **bounds).fit_transform(holed) for keeps in (False, True))
    assert not keeping[:, 2].any()
    np.testing.assert_array_equal(dropping, np.delete(keeping, 2, axis=1))
    low, high = (np.broadcast_to(bound, X.shape) for bound in bounds.values())
    missing[:, 2] = False
    assert (keeping[missing] >= low[missing]).all()
    assert (keeping[missing] <= high[missing]).all()
    # Images keep their empty pixels in the network.
    image = quick(architecture=ConvolutionalArchitecture((2, 3)), hidden_layer_sizes=(2,), keep_empty_features=True)
    assert not image.set_params(**bounds).fit_transform(holed)[:, 2].any()


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (
            {"min_value": 100, "max_value": 0},
            "Column 'a' cannot be filled with values from 100 to 0. Choose a min_value",
        ),
        (
            {"min_value": [0, 0, 0, 99, 0, 0]},
            "Column 'd' cannot be filled with values from 99 to [0-9.]*. .*; None is the smallest",
        ),
        ({"min_value": np.inf, "max_value": np.inf}, "Column 'a' cannot be filled with values from inf to inf"),
        ({"min_value": {"a": 0, "g": 1}}, "min_value has an entry for 'g'. Label each entry with the name of one col"),
        ({"min_value": pd.Series([0, 1], index=["a", "a"])}, r"min_value has several entries for one of \['a', 'a'\]"),
        ({"min_value": [-5, 5]}, r"min_value should be one number, or one for each of the 6 .* but has shape \(2,\)"),
        ({"max_value": "observed"}, "'max_value' parameter"),
        ({"max_value": {}}, "max_value should be one number, or one for each of the 6 columns of X, but is {}"),
    ],
)
def test_impossible_bounds_are_an_error(X, bounds, message):
    imputer = quick(**bounds)
    with pytest.raises(ValueError, match=message):
        imputer.fit(pd.DataFrame(X, columns=list("abcdef")))
    assert not hasattr(imputer, "n_features_in_")


@pytest.mark.parametrize("empty", [(), (2,)])
def test_score_is_explained_share_of_variance(X, empty):
    """The oracle hides entries and compares them with `transform`."""
    holed, new = with_holes(X * [1, 1e3, 1, 1, 1e-3, 1] + 7)[0], with_holes(X * [1, 1e3, 1, 1, 1e-3, 1] + 7, seed=1)[0]
    holed[:, empty] = np.nan
    imputer = quick(keep_empty_features=True).fit(holed)
    is_valid = ~np.isin(np.arange(6), empty)
    mean, deviation = np.nanmean(holed[:, is_valid], axis=0), np.nanstd(holed[:, is_valid], axis=0)
    is_scored = ~np.isnan(new) & is_valid
    part = np.full(new.shape, -1)
    part[is_scored] = np.random.RandomState(0).randint(10, size=is_scored.sum())
    found = np.full(new.shape, np.nan)
    for number in range(10):
        found[part == number] = imputer.transform(np.where(part == number, np.nan, new))[part == number]
    error = np.nansum(np.square((found - new)[:, is_valid] / deviation))
    variance = np.nansum(np.square((new[:, is_valid] - mean) / deviation))
    assert imputer.score(new) == pytest.approx(1 - error / variance, rel=1e-9)
    assert 0.5 < imputer.score(new) < 1
    assert imputer.score(new) == imputer.score(new) == imputer.score(new.tolist())


def test_score_of_noise_is_zero():
    noise = np.random.default_rng(0).normal(size=(1000, 5))
    assert quick().fit(noise[:500]).score(noise[500:]) == pytest.approx(0, abs=0.02)
    constant = np.full((20, 3), 4.0)
    assert quick().fit(constant).score(constant) == 1.0


@pytest.mark.slow
def test_score_hardly_depends_on_blocks(sparse_table, monkeypatch):
    imputer = quick(epochs=0).fit(sparse_table[:, :20])
    score = imputer.score(sparse_table[:, :20])
    assert 0.2 < score < 1
    monkeypatch.setattr("skautoencoder.rows._incomplete._BLOCK_MEBIBYTES", 2**-8)
    assert imputer.score(sparse_table[:, :20]) == pytest.approx(score, abs=0.05)


def test_search_uses_score_of_imputer(X):
    search = GridSearchCV(quick(), {"encoding_dim": [1, 2]}, cv=3).fit(with_holes(X)[0])
    assert search.best_params_ == {"encoding_dim": 2}
    assert search.transform(with_holes(X)[0]).shape == X.shape


def test_hidden_entries_do_not_depend_on_memory(sparse_table, monkeypatch):
    known = sparse_table
    parameters = {"epochs": 3}
    resident = quick(**parameters).fit(known)
    monkeypatch.setattr("skautoencoder._engine.buffers._RESIDENT_BYTES", 0)
    monkeypatch.setattr("skautoencoder._engine.buffers._BLOCK_BYTES", 2**17)
    monkeypatch.setattr("skautoencoder.imputation._members._MEMORY_ELEMENTS", 2**16)
    in_blocks = quick(**parameters).fit(known)
    # The start is measured on fewer rows; it and the losses hardly change.
    for name, losses in resident.history_.items():
        assert in_blocks.history_[name] == pytest.approx(losses, rel=0.05)
    monkeypatch.setattr("skautoencoder.imputation._members._MEMORY_ELEMENTS", 2**21)
    whole = quick(**parameters).fit(known)
    np.testing.assert_allclose(whole.transform(known[:50]), resident.transform(known[:50]), atol=0.01)


@pytest.mark.parametrize(
    ("spoil", "parameters", "message"),
    [
        (lambda X: with_holes(X)[0], {"missing_values": -1}, "^Input X contains NaN. missing_values is another marker"),
        (lambda X: np.where(X > 1, "a", "b"), {}, "could not convert string to float: .*Pass a data frame"),
        (lambda X: np.where(X > 1, pd.NA, X), {}, r"pandas.NA .*: pass X.astype\('Float64'\)"),
        (lambda X: X, {"handle_unknown": "use_encoded_value"}, "'handle_unknown' parameter"),
        (lambda X: np.where(X > 1, np.inf, X), {}, "contains infinity"),
        (lambda X: X, {"missing_values": "implicit"}, "'missing_values' parameter"),
        (lambda X: X, {"encoding_dim": 0}, "'encoding_dim' parameter"),
        (lambda X: X, {"loss": "binary_crossentropy"}, r"loss='binary_crossentropy' is unknown. Choose one of"),
        (lambda X: X, {"encoding_dim": True}, "'encoding_dim' parameter .* Got True"),
        (lambda X: X, {"noise_level": 1.5}, "'noise_level' parameter"),
        (lambda X: X, {"missing_values": "explicit"}, "'missing_values' parameter"),
        (lambda X: X, {"activation": "gleu"}, "Did you mean 'gelu'"),
        (lambda X: X, {"architecture": KerasArchitecture(None)}, "cannot start at factor analysis"),
        (lambda X: X, {"architecture": ConvolutionalArchitecture((2, 2))}, "holds 4 values but X has 6 features"),
    ],
)
def test_bad_input_is_an_error(X, spoil, parameters, message):
    imputer = quick(**parameters)
    with pytest.raises(ValueError, match=message):
        imputer.fit(spoil(X))
    assert not hasattr(imputer, "n_features_in_")


def test_missing_entries_among_objects_are_filled(X):
    holed, _ = with_holes(np.round(X))
    frame = pd.DataFrame(holed).astype("Int64").astype(object)
    np.testing.assert_array_equal(quick().fit_transform(frame), quick().fit_transform(holed))


def test_masked_entries_are_missing(X):
    holed, missing = with_holes(X)
    # Entries under the mask are not read, not even NaN.
    masked = np.ma.array(np.where(missing, np.inf, X), mask=missing)
    imputer = quick(add_indicator=True).fit(masked)
    expected = quick(add_indicator=True).fit_transform(holed)
    filled = imputer.transform(masked)
    assert not isinstance(filled, np.ma.MaskedArray)
    np.testing.assert_array_equal(filled, expected)
    assert imputer.score(masked) == imputer.score(holed)
    counts = np.ma.array(np.round(5 * X).astype(int), mask=missing)
    np.testing.assert_array_equal(quick().fit_transform(counts), quick().fit_transform(with_holes(np.round(5 * X))[0]))


def test_sparse_rows_are_refused(X):
    with pytest.raises(TypeError, match=r"X is sparse.*AutoencoderRecommender.*if they are zero, pass X\.toarray"):
        quick().fit(csr_array(X))


def test_error_of_transformers_names_imputer(X):
    with pytest.raises(ValueError, match="fill them in first, with AutoencoderImputer"):
        AutoencoderTransformer(1).fit(with_holes(X)[0])


def test_names_may_be_spelt_as_in_keras(X):
    holed, _ = with_holes(X)
    expected = quick(epochs=1, loss="mse", activation="relu").fit_transform(holed)
    found = quick(epochs=1, loss="MeanSquaredError", activation="ReLU").fit_transform(holed)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_validation_fraction_is_share_of_held_out_rows(X, fraction):
    split = plan_of(quick(validation_fraction=fraction), with_holes(X[:200])[0]).split
    n_rows = len(split.validation) + len(split.training)
    assert len(split.validation) / n_rows == pytest.approx(fraction, abs=0.01)
