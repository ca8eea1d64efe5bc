"""The comparison with PCA, against PCA fitted by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skautoencoder import AutoencoderTransformer, compare_with_pca
from skautoencoder.metrics import reconstruction_error, reconstruction_r2


def quick(**parameters):
    return AutoencoderTransformer(epochs=2, random_state=0, hidden_layer_sizes=(16,), **parameters)


def test_pcas_rows_are_pcas(digits):
    comparison = compare_with_pca(quick(), digits, encoding_dims=[2, 5], cv=3).set_index(["encoding_dim", "method"])
    assert len(comparison) == 4
    folds = list(KFold(3, shuffle=True, random_state=0).split(digits))
    fitted = [(PCA(5).fit(digits[train]), digits[train], digits[test]) for train, test in folds]
    row = comparison.loc[(5, "PCA")]
    test_errors = [reconstruction_error(pca, test) for pca, _, test in fitted]
    assert row["test_mse"] == pytest.approx(np.mean(test_errors), rel=1e-12)
    assert row["test_mse_std"] == pytest.approx(np.std(test_errors), rel=1e-9)
    assert row["train_mse"] == pytest.approx(np.mean([reconstruction_error(pca, train) for pca, train, _ in fitted]))
    assert row["test_r2"] == pytest.approx(np.mean([reconstruction_r2(pca, test) for pca, _, test in fitted]))
    assert row["ratio_to_pca"] == 1


def test_untrained_autoencoder_ties_with_pca(digits):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=0), digits, encoding_dims=[4], cv=2)
    np.testing.assert_allclose(comparison["ratio_to_pca"], 1, rtol=1e-9)
    assert (comparison[["fit_seconds", "transform_seconds"]] > 0).all(axis=None)


def test_trained_autoencoder_beats_pca_on_digits(digits):
    comparison = compare_with_pca(AutoencoderTransformer(epochs=30, random_state=0), digits, encoding_dims=[8], cv=2)
    assert comparison.set_index("method").loc["AutoencoderTransformer", "ratio_to_pca"] < 0.8


def test_pipelines_are_compared_in_the_units_of_X():
    X = load_iris(as_frame=True).data
    pipeline = make_pipeline(StandardScaler(), quick(encoding_dim=3))
    comparison = compare_with_pca(pipeline, X, cv=KFold(2, shuffle=True, random_state=1))
    assert list(comparison["encoding_dim"].unique()) == [1, 2]
    train, test = next(KFold(2, shuffle=True, random_state=1).split(X))
    pca = make_pipeline(StandardScaler(), PCA(1)).fit(X.iloc[train])
    first_fold = compare_with_pca(pipeline, X, encoding_dims=[1], cv=[(train, test)])
    assert first_fold["test_mse"][0] == pytest.approx(reconstruction_error(pca, X.iloc[test]))
    assert pipeline[-1].encoding_dim == 3
    assert not hasattr(pipeline[-1], "encoding_dim_")


def test_it_repeats_itself_in_parallel_too(digits):
    arguments = {"encoding_dims": [2], "cv": 2}
    seconds = ["fit_seconds", "transform_seconds"]
    once, again = (
        compare_with_pca(quick(), digits, **arguments, n_jobs=n_jobs).drop(columns=seconds) for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(once, again)


def test_bad_input(digits):
    with pytest.raises(ValueError, match=r"PCA has at most 64 components on .* Leave out \[65\]"):
        compare_with_pca(quick(), digits, encoding_dims=[2, 65])
    with pytest.raises(ValueError, match="PCA has at most 10 components"):
        compare_with_pca(quick(), digits[:20], encoding_dims=[11], cv=2)
    with pytest.raises(TypeError, match=r"PCA\(\) has no parameter encoding_dim to vary"):
        compare_with_pca(PCA(), digits)
    with pytest.raises(TypeError, match=r"Normalizer\(\) has no inverse_transform"):
        compare_with_pca(make_pipeline(Normalizer(), quick()), digits)
    assert hasattr(SelectKBest(), "inverse_transform")
