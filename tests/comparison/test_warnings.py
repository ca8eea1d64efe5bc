"""Duplicated rows and dominating columns give one warning with their numbers."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca, encoding_dim_curve


def compare(X, **arguments):
    """Compare an untrained autoencoder with PCA and return the messages of all warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compare_with_pca(AutoencoderTransformer(epochs=0), X, **{"encoding_dims": [2], "cv": 5} | arguments)
    assert all(warning.category is UserWarning and warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.fixture
def X():
    return np.random.RandomState(0).normal(size=(200, 6))


@pytest.mark.parametrize(
    "kind",
    [np.asarray, pytest.param(pd.DataFrame, marks=pytest.mark.slow), pytest.param(csr_array, marks=pytest.mark.slow)],
)
def test_held_out_copies_of_training_rows_are_counted(X, kind):
    X[:10] = X[100:110]
    folds = KFold(5)
    # Each fold has 40 rows, so the copies of rows 0 to 9 are in the third.
    (message,) = compare(kind(X), cv=folds)
    assert message.startswith("20 of the 200 held-out rows equal a training row, so that errors and scores look better")
    assert "X.drop_duplicates()" in message
    assert (
        compare(kind(X), cv=GroupKFold(5).split(X, groups=[*range(10), *range(10, 100), *range(10), *range(110, 200)]))
        == []
    )
    assert compare(pd.DataFrame(X).drop_duplicates()) == []


def test_copies_within_one_fold_give_no_warning(X):
    X[:10] = X[10:20]
    assert compare(X, cv=KFold(5)) == []


def test_copies_give_a_warning_from_one_per_cent_on(X):
    X[0] = X[100]
    assert compare(X[:-1], cv=KFold(5))[0].startswith("2 of the 199 ")
    X = np.vstack([X, np.random.RandomState(1).normal(size=(1, 6))])
    assert compare(X, cv=KFold(5)) == []


@pytest.mark.parametrize("kind", [np.asarray, csr_array])
def test_dominating_columns_are_named_with_their_share(X, kind):
    X[:, 3] *= 5
    share = np.var(X[:, 3]) / np.var(X, axis=0).sum()
    (message,) = compare(kind(X), encoding_dims=[1, 2])
    assert message.startswith(f"{share:.1%} of the variance that PCA receives lies in column 3 of 6, so that its error")
    assert "StandardScaler" in message
    frame = pd.DataFrame(X, columns=[*"abcdef"])
    assert " lies in column d of 6" in compare(frame)[0]


def test_scaler_prevents_the_warning(X):
    X[:, 3] *= 5
    scaled = make_pipeline(StandardScaler(), AutoencoderTransformer(epochs=0))
    compare_with_pca(scaled, X, encoding_dims=[2])
    with pytest.warns(UserWarning, match="of the variance that PCA receives lies in column 3 of 6"):
        encoding_dim_curve({"scaled": scaled}, X, encoding_dims=[2])
    pca = make_pipeline(StandardScaler(), PCA())
    encoding_dim_curve({"scaled": scaled, "PCA": pca}, X, encoding_dims=[2])
    with pytest.warns(UserWarning, match="of the variance that unscaled receives"):
        encoding_dim_curve({"unscaled": TruncatedSVD(), "PCA": pca}, X, encoding_dims=[2])


def test_similar_columns_do_not_dominate(X, digits):
    assert compare(X) == compare(digits) == []
    assert compare(np.where(np.arange(6) == 3, X, 0)[:, 2:4], encoding_dims=[1]) == []


def test_groups_keep_copies_together(X):
    X[100:] = X[:100]
    (message,) = compare(X)
    assert "cv=GroupKFold(5), groups=numpy.unique(X, axis=0, return_inverse=True)[1]" in message
    groups = np.unique(X, axis=0, return_inverse=True)[1]
    assert compare(X, cv=GroupKFold(5), groups=groups) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"cv": GroupKFold(3)},
            r"cv=GroupKFold.* keeps groups of rows together .* Pass groups, one value for each row",
        ),
        ({"cv": GroupKFold(3), "groups": [1, 2]}, r"groups should have one value for each of the 200 rows .* \(2,\)"),
        ({"cv": "5"}, r"cv='5' should be a number of folds, a splitter such as ShuffleSplit"),
        ({"cv": 0.2}, r"cv=0.2 should be a number of folds"),
    ],
)
def test_unsuitable_splitters_are_explained(X, arguments, message):
    with pytest.raises(ValueError, match=message):
        compare_with_pca(AutoencoderTransformer(epochs=0), X, **arguments)


def test_unknown_arguments_of_a_comparison_name_the_right_ones(X):
    autoencoder = AutoencoderTransformer(epochs=0)
    for name, meant in {"encoding_dim": "encoding_dims", "n_components": "encoding_dims", "folds": "cv"}.items():
        with pytest.raises(TypeError, match=rf"no argument {name}=4. Did you mean {meant}\?"):
            compare_with_pca(autoencoder, X, **{name: 4})
    with pytest.raises(TypeError, match=r"takes estimator and X by position. Pass the others by name: encoding_dims, "):
        compare_with_pca(autoencoder, X, X[:, 0])
    with pytest.raises(TypeError, match=r"compare_with_pca needs X: call compare_with_pca\(estimator, X\)"):
        compare_with_pca(autoencoder)
    with pytest.raises(TypeError, match=r"The estimator comes first, but this is a table of shape \(200, 6\)"):
        compare_with_pca(X, autoencoder)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "contains NaN. .* AutoencoderImputer"),
        (np.inf, "Column 1 holds inf in row 3"),
        ("b", "holds 'b' in row 3"),
    ],
)
def test_rows_of_a_comparison_are_finite_numbers(X, value, message):
    X = X.astype(object if value == "b" else float)
    X[3, 1] = value
    with pytest.raises(ValueError, match=message):
        compare_with_pca(AutoencoderTransformer(epochs=0), X)
