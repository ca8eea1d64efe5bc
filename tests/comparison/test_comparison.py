"""Comparisons with PCA agree with PCA fitted by hand; summaries are tested on constructed errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.sparse import coo_matrix, csr_array
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, load_wine
from sklearn.decomposition import NMF, PCA, FastICA, IncrementalPCA, KernelPCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler, scale

from skautoencoder import AutoencoderTransformer, compare_reconstructions, compare_with_pca, encoding_dim_curve
from skautoencoder.comparison._data import ComparisonData
from skautoencoder.comparison._result import comparison_of
from skautoencoder.metrics import reconstruction_error, reconstruction_r2

SECONDS = ["fit_seconds", "transform_seconds"]


def quick(**parameters):
    return AutoencoderTransformer(epochs=2, random_state=0, hidden_layer_sizes=(16,), **parameters)


def folds_of(errors):
    """Return measurements for given held-out errors: {(encoding_dim, method): error of each fold}."""
    rows = [
        {
            "encoding_dim": encoding_dim,
            "method": method,
            "fold": fold,
            "test_mse": error,
            "train_mse": error / 2,
            "test_r2": 1 - error / 10,
            "pca_equivalent": encoding_dim,
            "n_parameters": 100,
            "code_bytes": 8 * encoding_dim,
            "fit_seconds": fold + 1.0,
            "transform_seconds": 0.1,
        }
        for (encoding_dim, method), of_folds in errors.items()
        for fold, error in enumerate(of_folds)
    ]
    return pd.DataFrame(rows)


def test_rows_of_pca_agree_with_scikit_learn(digits):
    comparison = compare_with_pca(quick(), digits, encoding_dims=[5, 2], cv=3)
    assert isinstance(comparison, pd.DataFrame)
    assert list(comparison["encoding_dim"]) == [2, 2, 5, 5]
    assert list(comparison["method"]) == ["PCA", "AutoencoderTransformer"] * 2
    row = comparison.loc[2]
    folds = comparison.folds[(comparison.folds["encoding_dim"] == 5) & (comparison.folds["method"] == "PCA")]
    seed = np.random.RandomState(0).randint(2**31 - 1)
    splits = KFold(3, shuffle=True, random_state=seed).split(digits)
    fitted = [(PCA(5).fit(digits[train]), digits[train], digits[test]) for train, test in splits]
    test_errors = [reconstruction_error(pca, test) for pca, _, test in fitted]
    np.testing.assert_allclose(folds["test_mse"], test_errors, rtol=1e-12)
    assert row["test_mse"] == pytest.approx(np.mean(test_errors), rel=1e-12)
    assert row["test_mse_std"] == pytest.approx(np.std(test_errors), rel=1e-9)
    train_errors = [reconstruction_error(pca, train) for pca, train, _ in fitted]
    assert row["train_mse"] == pytest.approx(np.mean(train_errors), rel=1e-12)
    assert row["test_r2"] == pytest.approx(
        np.mean([reconstruction_r2(pca, test) for pca, _, test in fitted]), rel=1e-12
    )
    assert tuple(row[["ratio_to_pca", "ratio_low", "ratio_high", "wins", "pca_equivalent"]]) == (1, 1, 1, 0, 5)
    assert row["n_parameters"] == 5 * 64 + 64
    assert row["code_bytes"] == 5 * 8
    assert (comparison[SECONDS] > 0).all(axis=None)


def test_untrained_autoencoder_ties_with_pca(digits):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[4], cv=2)
    np.testing.assert_allclose(comparison[["ratio_to_pca", "ratio_low", "ratio_high"]], 1, rtol=1e-9)
    assert list(comparison["wins"]) == [0, 0]


@pytest.mark.slow
def test_trained_autoencoder_beats_pca_on_digits(digits):
    autoencoder = AutoencoderTransformer(epochs=30, random_state=0)
    comparison = compare_with_pca(autoencoder, digits, encoding_dims=[8], cv=2)
    row = comparison.loc[1]
    assert row["ratio_low"] < row["ratio_to_pca"] < row["ratio_high"] < 0.9
    assert row["wins"] == 2
    parameters = autoencoder.set_params(encoding_dim=8).fit(digits).autoencoder_.count_params()
    assert row["n_parameters"] == autoencoder.n_parameters_ == parameters
    assert "AutoencoderTransformer beats PCA at 8 codes." in comparison.summary()


def test_pca_equivalent_agrees_with_fits_of_every_size(digits):
    splits = list(ShuffleSplit(3, test_size=0.5, random_state=0).split(digits))
    autoencoder = AutoencoderTransformer(epochs=20, validation_fraction=0.1, random_state=0)
    comparison = compare_with_pca(autoencoder, digits, encoding_dims=[4], cv=splits)
    equivalents = []
    for fold, (train, test) in enumerate(splits):
        of_fold = comparison.folds[comparison.folds["fold"] == fold].set_index("method")
        error = of_fold.loc["AutoencoderTransformer", "test_mse"]
        errors = [reconstruction_error(PCA(k).fit(digits[train]), digits[test]) for k in range(1, 20)]
        equivalents.append(1 + int(np.argmax(np.array(errors) <= error)))
    assert comparison.loc[1, "pca_equivalent"] == np.median(equivalents) > 4


def test_pipelines_are_compared_in_the_units_of_X():
    X = load_iris(as_frame=True).data * [1, 10, 100, 1]
    pipeline = make_pipeline(StandardScaler(), quick(encoding_dim=3))
    splits = list(KFold(2, shuffle=True, random_state=1).split(X))
    comparison = compare_with_pca(pipeline, X, cv=splits)
    assert list(comparison["encoding_dim"].unique()) == [1, 2]
    pcas = [make_pipeline(StandardScaler(), PCA(1)).fit(X.iloc[train]) for train, _ in splits]
    errors = [reconstruction_error(pca, X.iloc[test]) for pca, (_, test) in zip(pcas, splits, strict=True)]
    assert comparison.loc[0, "test_mse"] == pytest.approx(np.mean(errors), rel=1e-12)
    assert pipeline[-1].encoding_dim == 3
    assert not hasattr(pipeline[-1], "encoding_dim_")


@pytest.mark.slow
def test_parallel_fits_give_the_same_result(digits):
    # Without training: workers compile programs that may round differently.
    unseeded = AutoencoderTransformer(epochs=0)
    arguments = {"encoding_dims": [2], "cv": 2}
    once, again = (
        compare_with_pca(unseeded, digits, **arguments, n_jobs=n_jobs).drop(columns=SECONDS) for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(once, again)


def test_estimators_without_seed_are_seeded(digits):
    unseeded = AutoencoderTransformer(epochs=2, init="random")
    first, same, other = (
        compare_with_pca(unseeded, digits[:200], encoding_dims=[2], cv=2, random_state=seed)["test_mse"]
        for seed in (0, 0, 1)
    )
    assert (first == same).all()
    assert first[1] != other[1]
    assert unseeded.random_state is None


def test_downstream_score_agrees_with_a_pipeline(digits):
    y = np.arange(len(digits)) % 3
    splits = list(StratifiedKFold(3).split(digits, y))
    downstream = RidgeClassifier()
    pipeline = make_pipeline(StandardScaler(), quick())
    comparison = compare_with_pca(pipeline, digits, encoding_dims=[3], cv=splits, y=y, downstream=downstream)
    for row, reduction in ((0, [PCA(3)]), (2, [])):
        model = make_pipeline(StandardScaler(), *reduction, RidgeClassifier())
        scores = [model.fit(digits[train], y[train]).score(digits[test], y[test]) for train, test in splits]
        assert comparison.loc[row, "downstream_score"] == pytest.approx(np.mean(scores))
        assert comparison.loc[row, "downstream_std"] == pytest.approx(np.std(scores))
    assert tuple(comparison.loc[2, ["encoding_dim", "method"]]) == (64, "all columns")
    assert comparison.loc[2, "test_mse"] == pytest.approx(0, abs=1e-12)
    assert comparison.loc[2, ["ratio_to_pca", "verdict", "downstream_difference"]].isna().all()
    assert comparison.summary().startswith("On the codes of AutoencoderTransformer the model scores ")


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, csr_array])
def test_all_columns_are_scored_without_a_pipeline(digits, kind):
    y = digits[:, 20]
    comparison = compare_with_pca(
        AutoencoderTransformer(epochs=0), kind(digits), encoding_dims=[2], cv=KFold(2), y=y, downstream=Ridge()
    )
    scores = [Ridge().fit(digits[train], y[train]).score(digits[test], y[test]) for train, test in KFold(2).split(y)]
    assert comparison.loc[2, "downstream_score"] == pytest.approx(np.mean(scores))
    assert comparison.loc[2, "code_bytes"] == 64 * 8


def test_folds_are_stratified_only_for_classifiers(digits):
    y = np.repeat([0, 1], [len(digits) - 5, 5])
    for downstream, is_stratified in ((LogisticRegression(max_iter=5000), True), (LinearRegression(), False)):
        data = ComparisonData.checked([PCA()], digits, y, downstream, None, 5, None, 0)
        assert all(y[test].sum() == 1 for _, test in data.splits) == is_stratified


def test_estimators_are_compared_at_their_code_sizes(digits):
    estimators = {
        "PCA": PCA(3),
        "NMF": NMF(4, init="nndsvda", max_iter=1000),
        "kernel": KernelPCA(4, fit_inverse_transform=True),
        "share": quick(encoding_dim=0.7),
        "whole": make_pipeline(StandardScaler(), IncrementalPCA(4)),
        "overcomplete": quick(encoding_dim=70, noise="gaussian"),
    }
    comparison = compare_reconstructions(estimators, digits[:300], cv=2)
    found = list(zip(comparison["encoding_dim"], comparison["method"], strict=True))
    share = PCA(0.7).fit(digits[:300]).n_components_
    expected = [(3, "PCA"), (4, "PCA"), (4, "NMF"), (4, "kernel"), (4, "whole")]
    expected += [(share, "PCA"), (share, "share"), (70, "overcomplete")]
    assert found == expected
    by_method = comparison.set_index("method")
    assert pd.isna(by_method.loc["overcomplete", "ratio_to_pca"])
    assert by_method.loc["NMF", "n_parameters"] == 4 * 64
    assert by_method.loc["kernel", "ratio_low"] > 1
    summary = comparison.summary().splitlines()
    assert summary[0].startswith("NMF and PCA tie at 4 codes") or summary[0].startswith(
        "PCA wins at 4 codes: NMF leaves"
    )
    assert summary[0].endswith("Use PCA.")
    assert summary[-1] == (
        "overcomplete: no ratio to PCA at 70 codes, since PCA with as many components is exact or does not exist."
    )


def test_baseline_may_be_a_pipeline():
    X = np.unique(load_iris().data, axis=0) * [1, 10, 100, 1]
    scaled = make_pipeline(StandardScaler(), PCA())
    comparison = encoding_dim_curve({"ICA": make_pipeline(StandardScaler(), FastICA()), "PCA": scaled}, X, cv=2)
    assert list(comparison["encoding_dim"].unique()) == [1, 2, 3]
    # Independent components span the space of the principal ones.
    np.testing.assert_allclose(comparison["ratio_to_pca"], 1, rtol=1e-6)


def test_curve_has_sizes_between_powers_of_two(digits):
    curve = encoding_dim_curve({"PCA": PCA()}, digits, cv=2)
    assert list(curve["encoding_dim"]) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48]
    assert (np.diff(curve["test_mse"]) < 0).all()
    assert curve.summary() == ""


@pytest.mark.parametrize("kind", [csr_array, coo_matrix])
def test_sparse_rows_give_the_result_of_dense_rows(digits, kind):
    untrained = AutoencoderTransformer(epochs=0)
    sparse, dense = (
        compare_with_pca(untrained, X, encoding_dims=[2], cv=2).drop(columns=SECONDS) for X in (kind(digits), digits)
    )
    pd.testing.assert_frame_equal(sparse, dense)


def test_interval_of_the_ratio_is_paired():
    generator = np.random.default_rng(0)
    difficulty = generator.uniform(1, 3, size=5)
    ours = difficulty * generator.uniform(0.78, 0.82, size=5)
    comparison = comparison_of(folds_of({(2, "PCA"): difficulty, (2, "ours"): ours}), [0.25] * 5)
    row = comparison.loc[1]
    assert row["ratio_to_pca"] == pytest.approx(ours.mean() / difficulty.mean())
    differences = ours / ours.mean() - difficulty / difficulty.mean()
    error = np.sqrt(np.var(differences, ddof=1) * (1 / 5 + 0.25))
    width = stats.t(4).ppf(0.975) * error
    np.testing.assert_allclose(
        [row["ratio_low"], row["ratio_high"]], row["ratio_to_pca"] * np.exp([-width, width]), rtol=1e-12
    )
    assert 0.75 < row["ratio_low"] < row["ratio_high"] < 0.85
    assert row["wins"] == 5
    assert row["fit_seconds"] == 3.0


@pytest.mark.slow
def test_interval_covers_the_true_ratio():
    generator = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        difficulty = generator.uniform(1, 3, size=(10, 1))
        pca, ours = (difficulty * generator.normal([1.0, 0.8], 0.1, size=(10, 2))).T
        row = comparison_of(folds_of({(2, "PCA"): pca, (2, "ours"): ours}), [0.0] * 10).loc[1]
        covered.append(row["ratio_low"] < 0.8 < row["ratio_high"])
    assert 0.92 < np.mean(covered) < 0.98


def test_summary_names_wins_ties_and_losses():
    pca = np.array([4.0, 5.0, 6.0])
    errors = {
        (1, "PCA"): pca,
        (1, "ours"): pca * [1.0, 0.9, 1.1],
        (2, "PCA"): pca / 2,
        (2, "ours"): pca / 4,
        (4, "PCA"): pca / 4,
        (4, "ours"): pca / 5,
        (8, "PCA"): pca / 8,
        (8, "ours"): pca / 4,
    }
    comparison = comparison_of(folds_of(errors), [0.5] * 3)
    assert comparison.summary() == (
        "ours beats PCA at 2 and 4 codes. At 2 codes it leaves 50 % of PCA's error (95 % confidence: 50 % to 50 %; "
        "better in 3 of 3 folds), as much as 2 components do. They tie at 1 code. PCA wins at 8 codes: ours leaves "
        "200 % of its error at 8 codes. It fits 2 codes in 2 s, PCA 2 s."
    )


def verdicts(pca, *others):
    errors = {(2, "PCA"): pca} | {(2, f"method {number}"): errors for number, errors in enumerate(others)}
    return list(comparison_of(folds_of(errors), [0.25] * len(pca))["verdict"])[1:]


def test_verdict_needs_effect_and_interval():
    pca = np.array([4.0, 5.0, 6.0, 5.0, 4.0])
    luck = 0.2 * np.array([1, -1, 1, -1, 0])
    # Certain but below 1 %, large but uncertain, and certain above 1 %.
    assert verdicts(pca, pca * 0.991, pca * 0.9 + luck * pca, pca * 0.989) == ["tie", "tie", "win"]
    assert verdicts(pca, pca * 1.009, pca * 1.1 + luck * pca, pca * 1.011) == ["tie", "tie", "loss"]
    assert verdicts(pca, pca, pca * 0.9999999999999998) == ["tie", "tie"]


def test_equal_errors_are_a_tie():
    pca = np.array([4.0, 5.0, 6.0])
    ours = pca * np.array([1 - 4e-16, 1, 1 - 2e-16])
    comparison = comparison_of(folds_of({(2, "PCA"): pca, (2, "ours"): ours}), [0.5] * 3)
    assert comparison.loc[1, "ratio_to_pca"] < 1
    assert comparison.summary() == "ours and PCA tie at 2 codes. It fits 2 codes in 2 s, PCA 2 s. Use PCA."


def test_interval_below_one_ends_below_100_per_cent():
    pca = np.array([4.0, 5.0, 6.0, 5.0, 4.0])
    ours = pca * (0.98 + 0.0095 * np.array([1, -1, 1, -1, 0]))
    comparison = comparison_of(folds_of({(2, "PCA"): pca, (2, "ours"): ours}), [0.25] * 5)
    assert 0.995 < comparison.loc[1, "ratio_high"] < 1
    assert "leaves 98 % of PCA's error (95 % confidence: 96 % to 99 %;" in comparison.summary()


@pytest.fixture
def scored():
    """A comparison in which errors and downstream scores disagree."""
    pca = np.array([4.0, 5.0, 6.0])
    folds = folds_of(
        {
            (1, "PCA"): pca,
            (1, "ours"): pca / 4,
            (2, "PCA"): pca / 2,
            (2, "ours"): pca / 4,
            (4, "PCA"): pca / 4,
            (4, "ours"): pca / 4,
            (13, "all columns"): 0 * pca,
        }
    )
    folds["downstream_score"] = np.add.outer([0.6, 0.5, 0.7, 0.7, 0.7, 0.8, 0.9], [-0.1, 0.0, 0.1]).ravel()
    folds.loc[(folds["encoding_dim"] == 2) & (folds["method"] == "ours"), "downstream_score"] += [0.1, -0.1, 0.03]
    folds.loc[folds["method"] == "PCA", "downstream_score"] -= np.tile([0.01, 0.0, -0.01], 3)
    return comparison_of(folds, [0.5] * 3)


def test_interval_of_the_score_difference_is_paired(scored):
    differences = np.array([-0.09, -0.1, -0.11])
    width = stats.t(2).ppf(0.975) * np.sqrt(np.var(differences, ddof=1) * (1 / 3 + 0.5))
    found = scored.loc[1, ["downstream_difference", "downstream_low", "downstream_high", "downstream_wins"]]
    np.testing.assert_allclose(found.astype(float), [-0.1, -0.1 - width, -0.1 + width, 0], atol=1e-12)
    assert list(scored["downstream_verdict"][1:6:2]) == ["loss", "tie", "win"]
    assert (scored.loc[[0, 2, 4], "downstream_difference"] == 0).all()


def test_summary_begins_with_downstream_scores(scored):
    width = stats.t(2).ppf(0.975) * np.sqrt(np.var([-0.09, -0.1, -0.11], ddof=1) * (1 / 3 + 0.5))
    assert scored.summary().startswith(
        "On the codes of ours the model scores lower than on PCA's at 1 code: 0.500 against 0.600 (difference with "
        f"95 % confidence: {-0.1 - width:+.3f} to {-0.1 + width:+.3f}; higher in 0 of 3 folds), although the "
        "reconstruction is better at 1 code. It scores about as high as on PCA's at 2 codes: 0.710 against 0.700 ("
    )
    assert "It scores higher than on PCA's at 4 codes: 0.800 against 0.700 (" in scored.summary()
    assert (
        "On all 13 columns it scores 0.900. In reconstruction, ours beats PCA at 1 and 2 codes. At 1 code it leaves "
        "25 % of PCA's error"
    ) in scored.summary()
    assert not scored.summary().endswith("use PCA.")
    scored["downstream_verdict"] = "tie"
    assert scored.summary().endswith("For the model, use PCA.")


def test_best_never_chooses_all_columns(scored):
    assert scored["downstream_score"].idxmax() == 6
    assert tuple(scored.best()[["encoding_dim", "method"]]) == (4, "ours")
    assert tuple(scored.best(min_r2=0.7)[["encoding_dim", "method"]]) == (1, "ours")
    with pytest.raises(ValueError, match=r"min_r2=0\.99 exceeds 0\.875, the largest share"):
        scored.best(min_r2=0.99)
    with pytest.raises(ValueError, match="'all columns' is the name of the row without reduction"):
        compare_reconstructions({"all columns": PCA(1)}, np.eye(4))


def test_best_chooses_the_smallest_sufficient_code():
    pca = np.array([4.0, 5.0, 6.0])
    errors = {
        (1, "PCA"): pca,
        (2, "PCA"): pca / 2,
        (2, "ours"): pca / 2.1,
        (4, "PCA"): pca / 2.15,
        (4, "ours"): pca / 2.2,
    }
    comparison = comparison_of(folds_of(errors), [0.5] * 3)
    # All but the first row are within one standard error, 0.26, of the last, and PCA is preferred.
    assert tuple(comparison.best()[["encoding_dim", "method"]]) == (2, "PCA")
    assert tuple(comparison.best(min_r2=0.76)[["encoding_dim", "method"]]) == (2, "ours")
    with pytest.raises(ValueError, match=r"min_r2=0\.99 exceeds 0\.773, the largest share of the variance"):
        comparison.best(min_r2=0.99)


def test_exact_pca_has_no_ratio():
    X = np.random.RandomState(0).normal(size=(30, 2)) @ np.random.RandomState(1).normal(size=(2, 4))
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), X, encoding_dims=[2], cv=2)
    assert comparison["ratio_to_pca"].isna().all()
    assert "PCA with as many components is exact" in comparison.summary()


def test_result_is_a_data_frame(digits, tmp_path):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[2], cv=2)
    assert type(comparison[comparison["method"] == "PCA"]) is pd.DataFrame
    unpickled = pickle.loads(pickle.dumps(comparison))
    pd.testing.assert_frame_equal(unpickled, comparison)
    assert unpickled.summary() == comparison.summary()


def test_verbose_shows_progress(digits, capsys):
    compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[2], cv=2)
    assert capsys.readouterr().out == ""
    compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[2], cv=2, verbose=1)
    assert capsys.readouterr().out.splitlines()[-1] == "comparison: 4/4 fits"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"encoding_dims": [2, 65]}, ValueError, r"should be at most 64, the number of components .* Leave out \[65\]"),
        ({"encoding_dims": [0.5]}, ValueError, r"encoding_dims=\[0.5\] should be integers of at least 1, but has 0.5"),
        (
            {"encoding_dims": [True]},
            ValueError,
            r"encoding_dims=\[True\] should be integers of at least 1, but has True",
        ),
        ({"encoding_dims": 0.5}, ValueError, r"encoding_dims=\[0.5\] should be integers of at least 1, but has 0.5"),
        ({"metric": "mea"}, ValueError, "metric='mea' is unknown. .* or pass a function of X and its reconstruction"),
        ({"encoding_dims": []}, ValueError, "encoding_dims is empty. Pass the code sizes to compare"),
        ({"cv": 1}, ValueError, "cv=1 should be a number of folds from 2 to 1797"),
        ({"cv": ShuffleSplit(1)}, ValueError, "should give at least 2 splits for a confidence interval, but gives 1"),
        ({"y": [1, 2]}, ValueError, "y should have one value for each of the 1797 rows of X, but has 2"),
        ({"downstream": LogisticRegression()}, ValueError, r"downstream=LogisticRegression\(\) needs y"),
        (
            {"downstream": "logistic", "y": np.zeros(1797)},
            TypeError,
            "downstream='logistic' should be a classifier or a regressor",
        ),
        ({"estimator": KMeans()}, TypeError, r"KMeans\(\) has no inverse_transform"),
        ({"estimator": StandardScaler()}, TypeError, r"StandardScaler\(\) has neither encoding_dim nor n_components"),
        ({"estimator": make_pipeline(Normalizer(), quick())}, TypeError, r"Normalizer\(\) has no inverse_transform"),
        (
            {"estimator": KernelPCA()},
            TypeError,
            r"KernelPCA\(\) has no inverse_transform\. Set fit_inverse_transform=True",
        ),
        (
            {"estimator": AutoencoderTransformer},
            TypeError,
            r"AutoencoderTransformer is a class. Pass an object of it: AutoencoderTransformer\(...\)",
        ),
        ({"X": np.zeros(5)}, ValueError, r"X should be a table with rows and columns, but has the shape \(5,\)"),
        (
            {"X": np.zeros((5, 2, 2))},
            ValueError,
            r"the shape \(5, 2, 2\). Flatten the rows, X.reshape\(len\(X\), -1\)",
        ),
    ],
)
def test_bad_input_raises_before_the_first_fit(digits, monkeypatch, arguments, error, message):
    def fit(*arguments):
        raise AssertionError("fitted")

    for estimator in (AutoencoderTransformer, PCA):
        monkeypatch.setattr(estimator, "fit", fit)
    with pytest.raises(error, match=message):
        compare_with_pca(**{"estimator": quick(), "X": digits} | arguments)


@pytest.mark.parametrize("metric", [mean_absolute_error, "mean_absolute_error"])
def test_metric_adds_its_columns(digits, metric):
    splits = list(KFold(3).split(digits))
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[4], cv=splits, metric=metric)
    errors = [reconstruction_error(PCA(4).fit(digits[train]), digits[test], metric="mae") for train, test in splits]
    np.testing.assert_allclose(comparison["test_metric"], np.mean(errors), rtol=1e-6)
    np.testing.assert_allclose(comparison["test_metric_std"], np.std(errors), rtol=1e-4)
    plain = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[4], cv=splits)
    pd.testing.assert_frame_equal(comparison[plain.columns].drop(columns=SECONDS), plain.drop(columns=SECONDS))


def test_metric_can_be_drawn(digits, pyplot):
    estimators = {"NMF": NMF(4, init="nndsvda", max_iter=500)}
    comparison = compare_reconstructions(estimators, digits[:200], cv=2, metric="max")
    display = comparison.plot(metric="test_metric")
    np.testing.assert_array_equal(
        display.lines_["NMF"].get_xydata(), comparison.loc[[1], ["encoding_dim", "test_metric"]]
    )


def test_encoding_dims_may_be_an_integer(digits):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=4, cv=2)
    assert set(comparison["encoding_dim"]) == {4}


def test_rows_bound_the_code_size(digits):
    with pytest.raises(ValueError, match="should be at most 10, the number of components"):
        compare_with_pca(quick(), digits[:20], encoding_dims=[11], cv=2)


@pytest.mark.parametrize("compare", [compare_reconstructions, encoding_dim_curve])
def test_estimators_need_names(digits, compare):
    for estimators in ([PCA()], {}, PCA()):
        with pytest.raises(TypeError, match="estimators should be a dict of estimators by name"):
            compare(estimators, digits)
    with pytest.raises(
        TypeError, match=r"named 'PCA' .* should be a PCA or a Pipeline .* but is NMF\(\)\. Give it another name"
    ):
        compare({"PCA": NMF()}, digits)


def test_X_may_be_lists():
    X = scale(load_wine().data).tolist()
    assert len(compare_with_pca(AutoencoderTransformer(epochs=0), X, encoding_dims=[1], cv=2)) == 2


@pytest.mark.filterwarnings("ignore:.* of the 10 held-out rows equal a training row:UserWarning")
@pytest.mark.filterwarnings("ignore:All rows of X are the same:UserWarning")
def test_equal_rows_give_no_numpy_warning():
    compared = compare_with_pca(quick(), np.ones((10, 4)), encoding_dims=[2], cv=2)
    assert (compared.folds["test_mse"] < 1e-12).all()


def test_strings_of_numbers_are_read_as_numbers():
    X = pd.DataFrame(scale(load_wine().data))
    compared, of_words = (compare_with_pca(quick(), rows, encoding_dims=[2], cv=2) for rows in (X, X.astype(str)))
    pd.testing.assert_series_equal(compared.folds["test_mse"], of_words.folds["test_mse"])
