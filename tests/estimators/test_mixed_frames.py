"""Data frames of numbers, categories and truth values: codes, and the same table back."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import entropy
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import (
    AutoencoderTransformer,
    Conv1DArchitecture,
    VariationalAutoencoderTransformer,
    compare_with_pca,
    load,
)
from skautoencoder.diagnostics import diagnose
from skautoencoder.inspection import code_effects, explain_row
from skautoencoder.metrics import reconstruction_error, reconstruction_r2
from skautoencoder.plotting import CodeTraversalDisplay, FeatureErrorDisplay, ReconstructionDisplay

WORDS = ["sex", "port", "alive"]
NUMBERS = ["age", "fare", "children"]


@pytest.fixture(scope="module")
def frame():
    """Passengers: two hidden variables make six columns of different dtypes; the index has names."""
    generator = np.random.default_rng(0)
    n_rows = 120
    class_, youth = generator.normal(size=(2, n_rows))
    port = pd.Categorical(np.array(["S", "C", "Q"])[np.digitize(class_, [-0.5, 0.7])], ["C", "Q", "S", "X"])
    columns = {
        "age": (40 + 10 * youth + generator.normal(size=n_rows)).round().astype(np.int64),
        "fare": np.exp(class_).astype(np.float32),
        "sex": np.where(youth + 0.3 * generator.normal(size=n_rows) > 0, "male", "female"),
        "port": port,
        "alive": class_ > 0.2,
        "children": pd.array(generator.integers(0, 5, n_rows), dtype="Int64"),
    }
    return pd.DataFrame(columns, index=[f"passenger {number}" for number in range(n_rows)])


@pytest.fixture(scope="module")
def fitted(frame):
    return AutoencoderTransformer(3, epochs=5, random_state=0).fit(frame)


def factor_analysis(frame, n_components):
    """Codes of factor analysis of mixed data, from its definition."""
    numbers = frame[NUMBERS].astype(float)
    indicators = pd.get_dummies(frame[WORDS].astype(str), dtype=float)
    frequencies = indicators.mean()
    rows = np.hstack(
        [
            (numbers - numbers.mean()) / numbers.std(ddof=0),
            (indicators - frequencies) / np.sqrt(frequencies),
        ]
    )
    return PCA(n_components).fit_transform(rows)


def test_codes_at_epoch_0_are_those_of_factor_analysis_of_mixed_data(frame):
    autoencoder = AutoencoderTransformer(4, epochs=0).fit(frame)
    codes = autoencoder.transform(frame)
    expected = factor_analysis(frame, 4)
    signs = np.sign(np.sum(codes * expected, axis=0))
    np.testing.assert_allclose(codes * signs, expected, atol=1e-10)


def test_all_codes_at_epoch_0_return_the_table(frame):
    # Nine numbers and indicators; those of a column add up to 1, and one is always 0.
    autoencoder = AutoencoderTransformer(7, epochs=0).fit(frame)
    returned = autoencoder.reconstruct(frame)
    pd.testing.assert_frame_equal(returned, frame, rtol=1e-6)


def test_reconstruction_has_columns_index_and_dtypes_of_X(fitted, frame):
    reconstructed = fitted.reconstruct(frame)
    assert reconstructed.dtypes.to_dict() == frame.dtypes.to_dict()
    assert list(reconstructed.index) == list(frame.index)
    assert (reconstructed[WORDS].astype(str) == frame[WORDS].astype(str)).to_numpy().mean() > 0.8
    codes = pd.DataFrame(fitted.transform(frame), index=frame.index, columns=fitted.get_feature_names_out())
    pd.testing.assert_frame_equal(fitted.inverse_transform(codes), reconstructed)


def test_polars_frame_returns_as_polars_frame(frame):
    X = pl.from_pandas(frame.astype({"children": np.int64})).with_columns(pl.col("port").cast(pl.Enum(["C", "Q", "S"])))
    autoencoder = AutoencoderTransformer(3, epochs=2, random_state=0).fit(X)
    assert autoencoder.reconstruct(X).schema == X.schema
    assert isinstance(autoencoder.set_output(transform="pandas").reconstruct(X), pd.DataFrame)


@pytest.mark.parametrize("dtype", ["str", "string", "category", "object", "string[pyarrow]"])
def test_words_keep_their_dtype(frame, dtype):
    X = frame.astype({"sex": dtype})
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(X)
    assert autoencoder.reconstruct(X)["sex"].dtype == X["sex"].dtype


@pytest.mark.parametrize("dtype", ["boolean", "bool[pyarrow]"])
def test_truth_values_keep_their_dtype(frame, dtype):
    X = frame.astype({"alive": dtype})
    assert AutoencoderTransformer(2, epochs=0).fit(X).reconstruct(X)["alive"].dtype == X["alive"].dtype


def test_categories_weigh_twice_their_entropy_in_nats(frame):
    autoencoder = AutoencoderTransformer(1, epochs=0).fit(frame)
    rows = autoencoder._validate_rows(frame, reset=False)
    variances = np.bincount(autoencoder._table.column_numbers, np.square(rows).mean(axis=0))
    weights = [2 * entropy(frame[name].value_counts()) if name in WORDS else 1 for name in frame]
    np.testing.assert_allclose(variances / variances[0], weights)
    assert np.square(rows).mean() == pytest.approx(1)


def test_score_is_the_mean_share_of_explained_variance(fitted, frame):
    assert fitted.score(frame) == pytest.approx(1 + fitted.score_samples(frame).mean())


def test_file_and_pickle_give_the_same_codes(fitted, frame, tmp_path):
    fitted.save(tmp_path / "passengers")
    expected = fitted.transform(frame)
    for copied in (load(tmp_path / "passengers"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copied.transform(frame), expected)
        pd.testing.assert_frame_equal(copied.reconstruct(frame), fitted.reconstruct(frame))


def test_weights_count_as_repeated_rows(frame):
    weights = np.arange(len(frame)) % 3
    weighted = AutoencoderTransformer(3, epochs=0).fit(frame, sample_weight=weights)
    repeated = AutoencoderTransformer(3, epochs=0).fit(frame.loc[frame.index.repeat(weights)])
    np.testing.assert_allclose(weighted.transform(frame), repeated.transform(frame), atol=1e-9)


def test_categories_of_rows_of_weight_0_are_unknown(frame):
    weights = (frame["port"] != "Q").astype(float)
    X = frame.astype({"port": str})
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(X, sample_weight=weights)
    with pytest.raises(ValueError, match="'port' holds 'Q'"):
        autoencoder.transform(X)


def test_unknown_categories_are_an_error_or_ignored(frame):
    train = frame.assign(sex=frame["sex"].where(frame["sex"] == "male", "female"))
    strange = frame.assign(sex="unknown")
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(train)
    with pytest.raises(ValueError, match=r"'sex' holds 'unknown'.*handle_unknown='ignore'"):
        autoencoder.transform(strange)
    ignoring = AutoencoderTransformer(2, epochs=0, handle_unknown="ignore").fit(train)
    between = (ignoring.transform(train.assign(sex="male")), ignoring.transform(train.assign(sex="female")))
    codes = ignoring.transform(strange)
    assert np.all(np.abs(codes - between[0]) <= np.abs(between[0] - between[1]) + 1e-9)


def test_declared_categories_are_known_before_rows_hold_them(frame):
    autoencoder = AutoencoderTransformer(2, epochs=1, random_state=0).fit(frame)
    strange = frame.assign(port=pd.Categorical(["X"] * len(frame), frame["port"].cat.categories))
    assert np.isfinite(autoencoder.transform(strange)).all()
    assert not (autoencoder.reconstruct(frame)["port"] == "X").any()


def test_chunks_share_the_categories_of_the_first_one(frame):
    autoencoder = AutoencoderTransformer(2, random_state=0)
    for chunk in (frame[:60], frame[60:]):
        autoencoder.partial_fit(chunk)
    assert autoencoder.reconstruct(frame).dtypes.to_dict() == frame.dtypes.to_dict()


def test_held_out_and_noisy_rows_are_frames(frame):
    autoencoder = AutoencoderTransformer(2, epochs=2, random_state=0)
    noisy = frame.assign(sex=frame["sex"].to_numpy()[::-1])
    autoencoder.fit(frame[:80], X_val=frame[80:], X_noisy=noisy[:80], X_val_noisy=noisy[80:])
    assert len(autoencoder.history_["val_loss"]) == 3


def test_masking_hides_all_indicators_of_an_entry_together(frame):
    import tensorflow as tf

    from skautoencoder import MaskingNoise
    from skautoencoder.objectives import Corruption

    class Networks:
        def uniform(self, rows):
            return tf.random.stateless_uniform(rows.shape, seed=[1, 2])

        normal = uniform

    numbers = np.array([0, 1, 1, 1, 2])
    corruption = Corruption(MaskingNoise(0.5), {"level": 0.5, "masked": np.float32(0)}, numbers)
    tensors = {name: tf.constant(number, tf.float32) for name, number in corruption.numbers.items()}
    seen = corruption.apply(Networks(), tf.ones((50, 5)), tensors).numpy()
    assert 0 < seen.mean() < 1
    np.testing.assert_array_equal(seen[:, 1], seen[:, 2])
    np.testing.assert_array_equal(seen[:, 1], seen[:, 3])
    assert (seen[:, 0] != seen[:, 1]).any()


@pytest.mark.parametrize(
    "parameters",
    [{"noise": "masking"}, {"noise": "gaussian"}, {"penalty": "l1"}, {"init": "random"}, {"ordered": True}],
)
def test_varieties_fit_frames(frame, parameters):
    autoencoder = AutoencoderTransformer(2, epochs=1, random_state=0, **parameters).fit(frame)
    assert autoencoder.reconstruct(frame).shape == frame.shape


def test_samples_are_rows_of_the_table(frame):
    autoencoder = VariationalAutoencoderTransformer(2, epochs=3, random_state=0).fit(frame)
    sampled = autoencoder.sample(200, random_state=0)
    assert sampled.dtypes.to_dict() == frame.dtypes.to_dict()
    assert set(sampled["port"]) == {"C", "Q", "S"}
    shares = sampled["sex"].value_counts(normalize=True)
    assert shares["male"] == pytest.approx((frame["sex"] == "male").mean(), abs=0.15)
    pd.testing.assert_frame_equal(sampled, autoencoder.sample(200, random_state=0))
    assert np.isfinite(autoencoder.evidence_lower_bound(frame))


def test_codes_serve_models_in_pipelines(frame):
    model = make_pipeline(AutoencoderTransformer(3, epochs=2, random_state=0), LogisticRegression())
    scores = cross_val_score(model, frame.drop(columns="alive"), frame["alive"], cv=2)
    assert scores.mean() > 0.7


def test_comparison_is_with_factor_analysis_of_mixed_data(frame):
    comparison = compare_with_pca(
        AutoencoderTransformer(epochs=0),
        frame,
        encoding_dims=[2],
        cv=2,
        y=frame["alive"],
        downstream=LogisticRegression(),
    )
    pca, autoencoder, _ = comparison.to_dict("records")
    for name in ("test_mse", "test_mse_of_numbers", "test_wrong_categories", "downstream_score"):
        assert autoencoder[name] == pytest.approx(pca[name])
    shares = np.array([len(NUMBERS), len(WORDS)]) / frame.shape[1]
    assert pca["test_mse"] == pytest.approx(
        shares @ [pca["test_mse_of_numbers"], pca["test_wrong_categories"]], abs=1e-6
    )


def test_errors_of_columns_are_in_variances_or_shares(fitted, frame):
    reconstructed = fitted.reconstruct(frame)
    errors = dict(zip(frame, reconstruction_error(fitted, frame, per="feature"), strict=True))
    assert errors["sex"] == (reconstructed["sex"] != frame["sex"]).mean()
    age = np.square(reconstructed["age"] - frame["age"]).mean() / frame["age"].var(ddof=0)
    assert errors["age"] == pytest.approx(age)
    assert reconstruction_r2(AutoencoderTransformer(7, epochs=0).fit(frame), frame) == pytest.approx(1)


def test_effects_name_categories(fitted, frame):
    effects = code_effects(fitted, frame)
    assert list(effects.index) == [
        "age",
        "fare",
        "sex=male",
        "port=C",
        "port=S",
        "port=Q",
        "port=X",
        "alive=True",
        "children",
    ]
    assert effects.loc["port=X"].abs().max() == pytest.approx(0, abs=0.01)


def test_explanation_of_a_row_holds_its_values(fitted, frame):
    table = explain_row(fitted, frame, frame.iloc[0])
    assert table.loc["age", "value"] == pytest.approx(frame["age"].iloc[0])
    assert table.loc["sex=male", "value"] == pytest.approx(float(frame["sex"].iloc[0] == "male"))
    pd.testing.assert_frame_equal(table, explain_row(fitted, frame, frame.iloc[[0]]))


def test_diagnosis_names_columns(fitted, frame):
    findings = diagnose(fitted, frame, X_test=frame[:50], describe_codes=True)
    assert [finding.name for finding in findings][-3:] == ["code 0", "code 1", "code 2"]


def test_diagnosis_of_an_untrained_autoencoder_is_that_of_pca(frame):
    untrained = AutoencoderTransformer(2, epochs=0).fit(frame)
    assert "worse than PCA" not in [finding.name for finding in diagnose(untrained, frame)]


def test_functions_of_numbers_are_no_errors_of_categories(fitted, frame):
    with pytest.raises(TypeError, match="is a function of numbers, but X has categories"):
        reconstruction_error(fitted, frame, metric=mean_absolute_error)


def test_comparison_takes_as_many_codes_as_numbers_and_indicators(frame):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), frame, encoding_dims=[7], cv=2)
    assert set(comparison["encoding_dim"]) == {7}


def test_errors_are_in_deviations_of_the_fit(fitted, frame):
    whole = np.square(reconstruction_error(fitted, frame, metric="rmse", per="sample"))
    by_row = [reconstruction_error(fitted, frame[row : row + 1]) for row in range(5)]
    np.testing.assert_allclose(by_row, whole[:5])


def test_comparison_survives_folds_in_which_a_column_is_constant(frame):
    rare = np.zeros(len(frame))
    rare[3] = 1e5
    X = frame.assign(children=rare, rare=np.arange(len(frame)) == 7)
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), X, encoding_dims=[2], cv=3)
    assert comparison["test_mse"].max() < 2


def test_comparison_refuses_columns_that_fit_refuses(frame):
    X = frame.assign(name=[f"n{number}" for number in range(len(frame))])
    with pytest.raises(ValueError, match="Column 'name' holds 120 different words"):
        compare_with_pca(AutoencoderTransformer(epochs=0), X, encoding_dims=[2], cv=2)


def test_objects_that_are_numbers_stay_numbers_in_comparisons(frame):
    X = frame.astype({"fare": object})
    expected = compare_with_pca(AutoencoderTransformer(epochs=0), frame, encoding_dims=[2], cv=2)
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), X, encoding_dims=[2], cv=2)
    np.testing.assert_allclose(comparison["test_mse"], expected["test_mse"], rtol=1e-5)


def test_methods_of_numbers_read_truth_values_as_numbers(frame):
    X = frame[["age", "fare", "alive"]]
    pca = PCA(1).fit(X)
    numbers = X.astype(float)
    assert reconstruction_error(pca, X) == pytest.approx(reconstruction_error(PCA(1).fit(numbers), numbers))
    assert reconstruction_r2(pca, X) == pytest.approx(reconstruction_r2(PCA(1).fit(numbers), numbers))
    assert explain_row(pca, X, X.iloc[2]).shape == (3, 5)
    scaled = make_pipeline(StandardScaler(), AutoencoderTransformer(epochs=0))
    comparison = compare_with_pca(scaled, X, encoding_dims=[1], cv=2)
    assert comparison["ratio_to_pca"].tolist() == pytest.approx([1, 1])
    assert "test_wrong_categories" not in comparison


def test_comparison_of_words_with_methods_of_numbers_is_an_error_that_names_the_column(frame):
    with pytest.raises(ValueError, match=r"Column 'sex' of X holds '(fe)?male'"):
        compare_with_pca(PCA(2), frame, encoding_dims=[2], cv=2)


def test_numbers_that_vary_by_rounding_are_constant(frame):
    rounded = np.where(np.arange(len(frame)) % 2, 0.3, 0.1 + 0.2)
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(frame.assign(fare=rounded))
    assert np.abs(autoencoder.transform(frame.assign(fare=0.31))).max() < 100


def test_numbers_beyond_float64_are_an_error_that_names_the_column(frame):
    with pytest.raises(ValueError, match="Column 'fare' holds numbers so large"):
        AutoencoderTransformer(2, epochs=0).fit(frame.assign(fare=frame["fare"].astype(float) * 1e160))


def test_columns_in_another_order_are_an_error(frame):
    X = frame.set_axis(range(6), axis=1)
    autoencoder = AutoencoderTransformer(2, epochs=0).fit(X)
    with pytest.raises(ValueError, match="should be in the order that they had in fit"):
        autoencoder.transform(X[[1, 0, 2, 3, 4, 5]])


@pytest.mark.parametrize("display", [CodeTraversalDisplay, FeatureErrorDisplay, ReconstructionDisplay])
def test_displays_draw_frames(fitted, frame, display):
    assert display.from_estimator(fitted, frame).figure_ is not None


def test_missing_entries_are_an_error_that_names_column_and_imputer(fitted, frame):
    holes = frame.assign(fare=frame["fare"].where(np.arange(len(frame)) > 3))
    with pytest.raises(ValueError, match=r"Column 'fare' of X has 4 missing entries.*AutoencoderImputer"):
        clone(fitted).fit(holes)
    with pytest.raises(ValueError, match=r"Column 'fare' of X has 4 missing entries.*AutoencoderImputer"):
        fitted.transform(holes)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([f"name {number}" for number in range(120)], "Column 'new' holds 120 different words in 120 rows"),
        (pd.date_range("2026-01-01", periods=120), "Column 'new' of X holds times"),
        (pd.period_range("2026-01", periods=120, freq="M"), r"Column 'new' holds period\[M\]"),
        ([[1, 2]] * 120, "Column 'new' holds neither numbers nor categories"),
    ],
)
def test_columns_that_are_no_categories_are_errors_that_name_them(frame, column, message):
    X = frame.assign(new=column)
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, epochs=0).fit(X)


def test_columns_of_another_type_than_in_fit_are_errors_that_name_them(fitted, frame):
    with pytest.raises(ValueError, match="Column 'age' held numbers in fit, but holds 'old'"):
        fitted.transform(frame.assign(age="old"))
    with pytest.raises(ValueError, match=r"Column 'sex' holds 1\.0 of type float"):
        fitted.transform(frame.assign(sex=1))
    with pytest.raises(TypeError, match="X is ndarray, but fit saw a data frame with categories"):
        fitted.transform(frame.to_numpy())


def test_single_rows_that_are_no_frames_are_errors_that_say_how_to_take_one(fitted, frame):
    with pytest.raises(TypeError, match=r"X is Series.*A row of one is X\.iloc\[\[0\]\]"):
        fitted.transform(frame.iloc[0])
    for row in (frame.iloc[0].to_numpy(), 17, frame.iloc[0].to_dict()):
        with pytest.raises(TypeError, match=r"row is .*, but X is a data frame with categories.*X\.iloc\[\[17\]\]"):
            explain_row(fitted, frame, row)


def test_a_column_without_entries_is_an_error_that_names_it(frame):
    with pytest.raises(ValueError, match="Column 'new' of X has 120 missing entries"):
        AutoencoderTransformer(2, epochs=0).fit(frame.assign(new=None))


def test_rows_as_y_warn(frame):
    autoencoder = AutoencoderTransformer(2, epochs=0)
    with pytest.warns(UserWarning, match="y is ignored, but has the shape of X and other values"):
        autoencoder.fit(frame, frame[::-1])
    with pytest.warns(UserWarning, match="y is ignored, but looks like 20 further rows"):
        autoencoder.fit(frame, frame[:20])
    autoencoder.fit(frame, frame)


@pytest.mark.parametrize("name", ["categories", "cat_features", "categorical_features"])
def test_parameters_that_name_categories_are_errors_that_say_how_to_declare_them(name):
    with pytest.raises(TypeError, match=r"no parameter .*X\.astype\(\{'postcode': 'category'\}\)"):
        AutoencoderTransformer(**{name: ["postcode"]})


def test_frames_of_several_levels_of_columns_keep_them(frame):
    X = frame.set_axis(pd.MultiIndex.from_product([["passenger"], frame.columns]), axis=1)
    pd.testing.assert_index_equal(AutoencoderTransformer(2, epochs=0).fit(X).reconstruct(X).columns, X.columns)


def test_words_after_a_fit_to_numbers_are_an_error(frame):
    autoencoder = AutoencoderTransformer(1, epochs=0).fit(frame[["age", "fare"]])
    with pytest.raises(ValueError, match="could not convert string"):
        autoencoder.transform(frame[["age"]].assign(fare="much"))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "binary_crossentropy", "output_activation": "sigmoid"}, "needs rows within a range"),
        ({"output_activation": "relu"}, "output_activation='relu' needs rows within a range"),
        ({"architecture": Conv1DArchitecture((6, 1))}, "reads X by the places of its columns"),
    ],
)
def test_parameters_that_do_not_suit_categories_are_errors(frame, parameters, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderTransformer(2, epochs=0, **parameters).fit(frame)


def test_numbers_after_a_mixed_fit_have_no_trace_of_it(fitted, frame):
    again = clone(fitted).set_params(epochs=0).fit(frame)
    X = frame[["age", "fare"]].to_numpy()
    again.set_params(encoding_dim=1).fit(X)
    np.testing.assert_array_equal(again.transform(X), clone(again).fit(X).transform(X))
    assert isinstance(again.reconstruct(X), np.ndarray)
