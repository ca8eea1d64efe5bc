"""Outliers: scores, thresholds, incomplete rows, weights, files."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import roc_auc_score

from skautoencoder import AutoencoderOutlierDetector, load


def quick(contamination=0.1, **parameters):
    defaults = {"epochs": 3, "hidden_layer_sizes": (8,), "random_state": 0}
    return AutoencoderOutlierDetector(contamination, **defaults | parameters)


def usual(n_samples, seed):
    """Draw rows of six columns that depend on two factors."""
    generator = np.random.default_rng(seed)
    loadings = np.random.default_rng(9).normal(size=(2, 6))
    return 5 + generator.normal(size=(n_samples, 2)) @ loadings + 0.2 * generator.normal(size=(n_samples, 6))


def unusual(n_samples, seed):
    """Draw rows whose columns have the right distributions, but do not belong together."""
    return np.random.default_rng(seed).permuted(usual(n_samples, seed), axis=0)


@pytest.fixture(scope="module")
def X():
    return np.vstack([usual(270, 0), unusual(30, 1)])


@pytest.fixture(scope="module")
def fitted(X):
    return quick().fit(X)


@pytest.mark.parametrize("criterion", ["neighbors", "surprise"])
@pytest.mark.parametrize("novelty", [False, True])
def test_unusual_rows_have_low_scores(X, criterion, novelty):
    detector = quick(novelty=novelty, criterion=criterion).fit(usual(300, 0) if novelty else X)
    scores = detector.score_samples(np.vstack([usual(100, 2), unusual(100, 3)]))
    assert roc_auc_score(np.repeat([1, 0], 100), scores) > 0.9


def test_contamination_is_the_share_of_training_rows_that_is_flagged(X, fitted):
    labels = fitted.predict(X)
    assert np.count_nonzero(labels == -1) == 30
    assert set(labels) == {-1, 1}
    np.testing.assert_array_equal(labels, quick().fit_predict(X))
    np.testing.assert_array_equal(fitted.decision_function(X), fitted.score_samples(X) - fitted.offset_)


@pytest.mark.parametrize("novelty", [False, True])
@pytest.mark.parametrize("criterion", ["neighbors", "surprise"])
def test_share_of_new_rows_that_is_flagged_is_the_contamination(novelty, criterion):
    # A network of many units on few rows, which learns them.
    parameters = {"hidden_layer_sizes": (64,), "epochs": 60, "criterion": criterion, "novelty": novelty}
    detector = quick(0.1, **parameters).fit(usual(150, 0))
    share = np.mean(detector.predict(usual(2000, 1)) == -1)
    # Of the threshold, from 150 rows.
    sampling_error = np.sqrt(0.1 * 0.9 / 150)
    assert abs(share - 0.1) < 2 * sampling_error


def test_automatic_threshold_flags_few_usual_rows(X):
    detector = quick("auto", novelty=True).fit(usual(300, 0))
    assert np.mean(detector.predict(usual(1000, 1)) == -1) < 0.05
    assert np.mean(detector.predict(unusual(100, 2)) == -1) > 0.7
    is_flagged = quick("auto").fit_predict(X) == -1
    assert 0.02 < np.mean(is_flagged) <= 0.1
    assert np.mean(is_flagged[270:]) > 10 * np.mean(is_flagged[:270])


GENERATOR = np.random.default_rng(0)


@pytest.mark.parametrize(
    "rows",
    [
        GENERATOR.normal(size=(300, 1)),
        GENERATOR.normal(size=(300, 3)),
        GENERATOR.normal(size=(300, 10)),
        GENERATOR.integers(2, size=(300, 3)),
        GENERATOR.poisson(1.0, size=(300, 3)),
        np.where(np.arange(300)[:, np.newaxis] < 100, 1.0, GENERATOR.normal(size=(300, 3))),
        GENERATOR.normal(size=(2, 3)),
        np.ones((30, 3)),
    ],
    ids=["normal, 1", "normal, 3", "normal, 10", "binary", "counts", "a third equal", "two rows", "equal"],
)
@pytest.mark.parametrize("novelty", [False, True])
def test_automatic_threshold_flags_at_most_a_tenth_of_training_rows(rows, novelty):
    detector = quick("auto", novelty=novelty, epochs=0).fit(rows)
    assert np.isfinite(detector.offset_)
    assert np.mean(detector.predict(rows) == -1) <= 0.1
    assert detector.predict([[1e9] * rows.shape[1]]) == [-1]


@pytest.mark.parametrize("n_features", [1, 3, 10])
@pytest.mark.parametrize("novelty", [False, True])
def test_automatic_threshold_flags_few_new_rows(n_features, novelty):
    rows = np.random.default_rng(0).normal(size=(1300, n_features))
    detector = quick("auto", novelty=novelty, epochs=0).fit(rows[:300])
    assert np.mean(detector.predict(rows[300:]) == -1) < 0.14


def test_training_row_is_not_its_own_neighbour(X):
    detector = quick(novelty=True, n_neighbors=1).fit(X)
    near = detector.score_samples(X + 1e-9)
    assert np.mean(detector.score_samples(X) < near) > 0.9
    assert np.median(near) > 0.5 * np.median(detector.score_samples(X))


def test_core_leaves_out_unusual_rows(X, fitted):
    assert fitted.support_.shape == (300,)
    assert np.count_nonzero(fitted.support_) == 225
    assert fitted.support_[270:].mean() < 0.2
    assert quick(novelty=True).fit(X).support_.all()


def test_surprise_keeps_no_rows(X):
    detector = quick(criterion="surprise").fit(X)
    assert detector._detection.nearest is None


def test_neighbours_are_a_sample_of_many_rows(X, fitted):
    detector = quick(max_samples=50).fit(X)
    assert len(detector._detection.nearest.points) == 50
    assert np.corrcoef(detector.score_samples(X), fitted.score_samples(X))[0, 1] > 0.8


def test_incomplete_rows_are_scored(X, fitted):
    new = np.vstack([usual(100, 2), unusual(100, 3)])
    is_missing = np.random.default_rng(0).uniform(size=new.shape) < 0.2
    holes = np.where(is_missing, np.nan, new)
    scores = fitted.score_samples(holes)
    assert roc_auc_score(np.repeat([1, 0], 100), scores) > 0.8
    np.testing.assert_array_equal(fitted.score_samples(np.ma.array(new, mask=is_missing)), scores)
    assert np.isfinite(fitted.score_samples(np.full((1, 6), np.nan))).all()


@pytest.mark.parametrize("criterion", ["neighbors", "surprise"])
@pytest.mark.parametrize("novelty", [False, True])
def test_incomplete_usual_rows_are_flagged_as_often(criterion, novelty):
    detector = quick(0.05, epochs=20, novelty=novelty, criterion=criterion).fit(usual(400, 0))
    for share in (0.1, 0.4):
        new = usual(2000, 1)
        new[np.random.default_rng(0).uniform(size=new.shape) < share] = np.nan
        assert 0.04 < np.mean(detector.predict(new) == -1) < 0.1
        # Surprises are in deviations of errors with as much missing.
        assert np.nanstd(detector.explain(new)) < 1.3


def test_incomplete_training_rows(X):
    holes = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.2, np.nan, X)
    detector = quick().fit(holes)
    assert (
        roc_auc_score(np.repeat([1, 0], 100), detector.score_samples(np.vstack([usual(100, 2), unusual(100, 3)]))) > 0.9
    )
    # Without a single observed entry.
    holes[:, 0] = np.nan
    assert np.isfinite(quick().fit(holes).score_samples(X)).all()


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_constant_column(X, factor):
    X = np.column_stack([X, np.full(len(X), 3.0 * factor)])
    detector = quick(epochs=0).fit(X)
    other = X[:1].copy()
    other[0, -1] = 4.0 * factor
    assert detector.predict(other) == [-1]
    # A third of the value, which has a scale of a tenth of it and a deviation of a tenth of that.
    assert detector.explain(other).iloc[0, -1] == pytest.approx(100 / 3)


def test_constant_zeros(X):
    X = np.column_stack([X, np.zeros(len(X))])
    detector = quick(epochs=0).fit(X)
    assert detector.predict([[*X[0, :-1], 1.0]]) == [-1]


def test_units_do_not_matter(X, fitted):
    factors = np.array([1e-6, 1e6, 1, 1, 1, 1])
    np.testing.assert_allclose(quick().fit(X * factors).score_samples(X * factors), fitted.score_samples(X), rtol=1e-3)


@pytest.mark.xla
def test_sparse_rows_and_data_frames(X, fitted):
    expected = fitted.score_samples(X)
    np.testing.assert_array_equal(quick().fit(csr_array(X)).score_samples(csr_array(X)), expected)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    detector = quick().fit(frame)
    np.testing.assert_array_equal(detector.score_samples(frame), expected)
    assert list(detector.feature_names_in_) == list("abcdef")


def test_weights(X):
    weights = np.where(np.arange(300) < 270, 1.0, 0.0)
    detector = quick().fit(X, sample_weight=weights)
    np.testing.assert_array_equal(detector.score_samples(X), quick().fit(X[:270]).score_samples(X))
    assert not detector.support_[270:].any()
    with pytest.raises(ValueError, match="sample_weight leaves 1 row"):
        quick().fit(X, sample_weight=np.arange(300) == 7)
    # The share of the weight that is flagged is the contamination.
    weights = np.random.default_rng(0).uniform(0.1, 2, size=300)
    is_flagged = quick().fit(X, sample_weight=weights).predict(X) == -1
    assert abs(weights[is_flagged].sum() / weights.sum() - 0.1) < 0.01


def test_pickles_and_files(X, fitted, tmp_path):
    new = usual(20, 5)
    rows = np.vstack([X, new])
    expected = fitted.score_samples(rows)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).score_samples(rows), expected)
    fitted.save(tmp_path / "detector")
    loaded = load(tmp_path / "detector")
    np.testing.assert_array_equal(loaded.score_samples(rows), expected)
    np.testing.assert_array_equal(loaded.predict(rows), fitted.predict(rows))


@pytest.mark.xla
def test_fits_are_reproducible(X, fitted):
    np.testing.assert_array_equal(quick().fit(X).score_samples(X), fitted.score_samples(X))
    assert not np.array_equal(quick(random_state=1).fit(X).score_samples(X), fitted.score_samples(X))


def test_history(fitted):
    assert fitted.n_iter_ == 3
    assert len(fitted.history_["loss"]) == 4
    assert fitted.history_["loss"][-1] < 1.0


def test_interruption_leaves_a_fitted_detector(X, monkeypatch):
    from skautoencoder._engine.run import Run

    original = Run.epoch
    calls = []

    def epoch(self, *arguments):
        calls.append(arguments)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(Run, "epoch", epoch)
    detector = quick()
    with pytest.raises(KeyboardInterrupt, match="interrupted after 1 epochs"):
        detector.fit(X)
    assert len(calls) == 5
    assert roc_auc_score(np.repeat([1, 0], [270, 30]), detector.score_samples(X)) > 0.8


@pytest.mark.xla
def test_killed_fit_continues(X, tmp_path, monkeypatch, fitted):
    from skautoencoder._engine.run import Run

    detector = quick(checkpoint=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "end", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError, match="division by zero"):
            detector.fit(X)
    np.testing.assert_array_equal(detector.fit(X).score_samples(X), fitted.score_samples(X))


def test_few_rows():
    X = usual(2, 0)
    assert np.isfinite(quick().fit(X).score_samples(usual(5, 1))).all()
    assert np.isfinite(quick(epochs=0).fit(X[:, :1]).score_samples(X[:, :1])).all()


def test_progress(X, capsys):
    quick(verbose=1, novelty=True).fit(X)
    assert "AutoencoderOutlierDetector 2 of 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"contamination": 0.7}, "'contamination' parameter"),
        ({"criterion": "neighbours"}, "'criterion' parameter"),
        ({"activation": "gulu"}, "Did you mean 'gelu'"),
        ({"loss": "binary_crossentropy"}, "loss='binary_crossentropy' is unknown"),
    ],
)
def test_errors_name_the_parameter(X, parameters, message):
    detector = AutoencoderOutlierDetector(**parameters)
    with pytest.raises(ValueError, match=message):
        detector.fit(X)
    assert not hasattr(detector, "n_features_in_")


def test_explanation_points_to_the_wrong_entry(X, fitted):
    rows = usual(20, 7)
    expected = rows[:, 3].copy()
    rows[:, 3] += 5
    rows[0, 1] = np.nan
    index = [f"row {number}" for number in range(20)]
    surprises = fitted.explain(pd.DataFrame(rows, index=index))
    assert list(surprises.index) == index
    assert list(surprises.columns) == list("012345")
    assert np.isnan(surprises.iloc[0, 1])
    assert np.count_nonzero(surprises.isna()) == 1
    assert np.mean(surprises.fillna(0).abs().to_numpy().argmax(axis=1) == 3) > 0.7
    assert (surprises.iloc[:, 3] > 0).mean() > 0.9
    found = fitted.expected(rows)
    assert list(found.columns) == [f"x{number}" for number in range(6)]
    assert np.abs(found["x3"] - expected).mean() < 2
    assert np.isfinite(found).all(axis=None)


def test_surprises_of_usual_rows_are_in_deviations(X):
    detector = quick(novelty=True, epochs=20).fit(usual(300, 0))
    surprises = detector.explain(usual(1000, 1)).to_numpy()
    deviations = surprises.std(axis=0)
    # Less than 1, since a tenth of the column's deviation is added to that of the errors.
    assert np.all((deviations > 0.5) & (deviations < 1.1))


@pytest.fixture(scope="module")
def mixed():
    """Numbers that depend on a category, and truth values that depend on a number."""
    generator = np.random.default_rng(0)
    kind = generator.choice(["a", "b", "c"], size=300)
    number = generator.normal(size=300) + 4 * (kind == "b") - 4 * (kind == "c")
    other = generator.normal(size=300)
    return pd.DataFrame({"number": number, "kind": kind, "other": other, "is_high": other > 0}, index=range(5, 305))


def test_categories(mixed, tmp_path):
    detector = quick(epochs=20, hidden_layer_sizes=(32,)).fit(mixed)
    assert np.mean(detector.predict(mixed) == -1) == pytest.approx(0.1)
    new = pd.DataFrame(
        {"number": [4.0, 4.0, 4.0, 4.0], "kind": ["b", "c", "new", None], "other": 1.0, "is_high": True},
        index=["usual", "wrong kind", "new kind", "no kind"],
    )
    scores = detector.score_samples(new)
    assert scores[0] > scores[1]
    assert scores[0] > scores[2]
    surprises = detector.explain(new)
    assert surprises.shape == (4, 4)
    assert surprises.loc["wrong kind", "kind"] > 3
    assert surprises.loc["new kind"].idxmax() == "kind"
    assert surprises.isna().to_numpy().sum() == 1
    expected = detector.expected(new)
    assert list(expected["kind"]) == ["b"] * 4
    assert expected["number"].dtype == float
    detector.save(tmp_path / "detector")
    np.testing.assert_array_equal(load(tmp_path / "detector").score_samples(new), scores)
    polars = pytest.importorskip("polars")
    np.testing.assert_array_equal(detector.score_samples(polars.from_pandas(new)), scores)
    with pytest.raises(TypeError, match="fit saw a data frame with categories"):
        detector.predict(new.to_numpy())
