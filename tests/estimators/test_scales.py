"""Fits to X times 1e-149, 1 and 1e149 agree; values that cannot be squared raise."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderTransformer,
    ConvolutionalArchitecture,
    VariationalAutoencoderTransformer,
    compare_with_pca,
)
from skautoencoder.diagnostics import diagnose
from skautoencoder.metrics import reconstruction_error, reconstruction_r2
from skautoencoder.plotting import FeatureErrorDisplay

WORKING = [
    *((np.float64, scale) for scale in (1e-149, 1e149)),
    *((np.float32, scale) for scale in (1e-37, 1e36)),
    *(pytest.param(np.float64, scale, marks=pytest.mark.slow) for scale in (1e-60, 1e-25, 1e25)),
    *(pytest.param(np.float32, scale, marks=pytest.mark.slow) for scale in (1e-25, 1e19)),
]
REFUSED = [(1e-300, "small"), (1e-160, "small"), (1e160, "large"), (1e300, "large")]
ESTIMATORS = {
    "autoencoder": (AutoencoderTransformer, {}),
    "variational": (VariationalAutoencoderTransformer, {}),
    "convolutional": (AutoencoderTransformer, {"architecture": ConvolutionalArchitecture((2, 3))}),
    "noisy": (AutoencoderTransformer, {"noise": "salt_and_pepper"}),
}


def table():
    """Rows whose values float32 holds exactly, with some zeros."""
    random_state = np.random.RandomState(0)
    X = random_state.normal(size=(60, 3)) @ random_state.normal(size=(3, 6)) + random_state.normal(size=(60, 6)) / 4
    return np.where(np.abs(X) > 0.3, X, 0.0).astype(np.float32).astype(np.float64)


X = table()
HOLES = np.random.RandomState(1).uniform(size=X.shape) < 0.3


def quick(estimator, **parameters):
    return estimator(2, **{"hidden_layer_sizes": (8,), "epochs": 2, "random_state": 0} | parameters)


def scaled(rows, scale, dtype=np.float64):
    with np.errstate(under="ignore"):
        return (rows * scale).astype(dtype)


def measured(autoencoder, rows, scale):
    """Return the results of the public methods of a fitted autoencoder, in units of `scale`."""
    dense = rows.toarray() if isinstance(rows, csr_array) else rows
    codes, reconstructed = autoencoder.transform(rows), autoencoder.reconstruct(rows)
    assert codes.dtype == reconstructed.dtype == rows.dtype
    is_variational = hasattr(autoencoder, "posterior")
    code_scale = 1.0 if is_variational else scale
    found = {
        "codes": codes.astype(np.float64) / code_scale,
        "rows": reconstructed.astype(np.float64) / scale,
        "inverse": autoencoder.inverse_transform(codes).astype(np.float64) / scale,
        "keras": autoencoder.encoder_(dense).numpy().astype(np.float64) / code_scale,
        "score": autoencoder.score(rows),
        "scores": autoencoder.score_samples(rows) / scale / scale,
        "r2": reconstruction_r2(autoencoder, rows),
    }
    for metric, power in (("mse", 2), ("rmse", 1), ("mae", 1), ("max", 1)):
        error = reconstruction_error(autoencoder, rows, metric=metric, per="feature")
        found[metric] = error / scale / (scale if power == 2 else 1.0)
    if is_variational:
        found["variances"] = autoencoder.posterior(rows)[1]
        found["noise"] = autoencoder.noise_variance_ / scale / scale
        found["drawn"] = autoencoder.sample(3, random_state=0).astype(np.float64) / scale
        # The loss is the logarithm of a density per unit.
        found["loss"] = np.array(autoencoder.history_["loss"]) - X.shape[1] * np.log(scale)
    else:
        found["loss"] = np.array(autoencoder.history_["loss"]) / scale / scale
    return found


@pytest.fixture(scope="module")
def at_unit_scale():
    """Return the results of an estimator for X itself, by its name and by whether X is sparse."""
    found = {}

    def of(name, is_sparse):
        if (name, is_sparse) not in found:
            estimator, parameters = ESTIMATORS[name]
            rows = csr_array(X) if is_sparse else X
            found[name, is_sparse] = measured(quick(estimator, **parameters).fit(rows), rows, 1.0)
        return found[name, is_sparse]

    return of


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(("dtype", "scale"), WORKING)
@pytest.mark.parametrize("name", ["autoencoder", "variational"])
def test_unit_of_X_changes_no_number(at_unit_scale, name, dtype, scale, is_sparse):
    estimator, parameters = ESTIMATORS[name]
    rows = scaled(X, scale, dtype)
    rows = csr_array(rows) if is_sparse else rows
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # The start is kept at every scale.
        warnings.filterwarnings("ignore", "PCA is kept")
        found = measured(quick(estimator, **parameters).fit(rows), rows, scale)
    for what, expected in at_unit_scale(name, is_sparse).items():
        np.testing.assert_allclose(found[what], expected, rtol=1e-3, atol=1e-4, err_msg=what)


@pytest.mark.parametrize(("dtype", "scale"), [(np.float64, 1e-149), (np.float64, 1e149), (np.float32, 1e-25)])
@pytest.mark.parametrize("name", ["convolutional", "noisy"])
def test_unit_of_X_changes_no_number_of_other_varieties(at_unit_scale, name, dtype, scale):
    test_unit_of_X_changes_no_number(at_unit_scale, name, dtype, scale, is_sparse=False)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(("scale", "size"), REFUSED)
def test_squares_beyond_float64_raise(fitted_to_X, scale, size, is_sparse):
    rows = csr_array(scaled(X, scale)) if is_sparse else scaled(X, scale)
    message = f"The values of X are too {size}.*Scale X first"
    for estimator in (AutoencoderTransformer, VariationalAutoencoderTransformer):
        with pytest.raises(ValueError, match=message):
            quick(estimator).fit(rows)
    for method in (fitted_to_X.score, fitted_to_X.score_samples):
        with pytest.raises(ValueError, match=message):
            method(rows)
    for measure in (reconstruction_error, reconstruction_r2):
        with pytest.raises(ValueError, match=message):
            measure(fitted_to_X, rows)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1e-300, 1e-40, 1e-25, 1e-10, 1e10, 1e25, 1e37, 1e300])
def test_random_start_takes_what_float32_holds_and_refuses_the_rest(dtype, scale):
    """Training with a random start takes X itself, in float32."""
    if dtype == np.float32 and not 1e-40 <= scale <= 1e37:
        pytest.skip("float32 holds no such X")
    rows = scaled(X, scale, dtype)
    autoencoder = quick(AutoencoderTransformer, init="random", optimizer="sgd")
    if 1e-18 < scale < 1e18:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = measured(autoencoder.fit(rows), rows, scale)
        assert all(np.all(np.isfinite(values)) for values in found.values())
        return
    with pytest.raises(ValueError, match=f"too {'small' if scale < 1 else 'large'} for float32.*Scale X first"):
        autoencoder.fit(rows)


@pytest.fixture(scope="module")
def fitted_to_X():
    return quick(AutoencoderTransformer).fit(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_codes_beyond_the_dtype_of_X_raise(fitted_to_X, dtype):
    # Along a component, where the code is larger than any entry of the row.
    largest = np.finfo(dtype).max * np.sign(PCA(1).fit(X).components_).astype(dtype)
    for method in (fitted_to_X.transform, fitted_to_X.reconstruct):
        with pytest.raises(ValueError, match=rf"is not finite: X spans .* too large for {np.dtype(dtype)}"):
            method(largest)
    variational = quick(VariationalAutoencoderTransformer, epochs=0, init="random").fit(X)
    with pytest.raises(ValueError, match=r"distribution of a code is not finite: X spans"):
        variational.posterior(scaled(X, 1e30, dtype))


@pytest.mark.filterwarnings("ignore:X_val lies far from X:UserWarning")
def test_X_val_beyond_float32_raises():
    with pytest.raises(ValueError, match=r"the values of X_val are too large for float32, up to inf"):
        quick(AutoencoderTransformer).fit(X, X_val=X * 1e60)


@pytest.mark.filterwarnings("ignore:All rows of X are (the same|equal)")
@pytest.mark.parametrize("sample_weight", [None, np.arange(1.0, 61.0)])
@pytest.mark.parametrize("encoding_dim", [2, 0.9])
@pytest.mark.parametrize("row", [np.zeros(6), np.full(6, 0.1), np.linspace(-1, 0.7, 6), np.full(6, 1e-100)])
def test_equal_sparse_rows_are_fitted_as_dense_ones(row, encoding_dim, sample_weight):
    rows = np.tile(row, (60, 1))
    sparse, dense = (
        AutoencoderTransformer(encoding_dim, epochs=0, random_state=0).fit(container(rows), None, sample_weight)
        for container in (csr_array, np.asarray)
    )
    np.testing.assert_array_equal(sparse.transform(csr_array(rows)), dense.transform(rows))
    np.testing.assert_array_equal(sparse.reconstruct(csr_array(rows)), rows)
    assert sparse.score(csr_array(rows)) == 1.0


@pytest.mark.parametrize("sample_weight", [None, np.arange(1.0, 61.0)])
@pytest.mark.parametrize("scale", [1e-149, 1e-25, 1e149])
def test_sparse_start_is_pca_at_any_scale(scale, sample_weight):
    start = quick(AutoencoderTransformer, epochs=0).fit(csr_array(X * scale), None, sample_weight)
    repeats = np.ones(60, dtype=int) if sample_weight is None else sample_weight.astype(int)
    expected = PCA(2).fit(np.repeat(X, repeats, axis=0)).transform(X)
    np.testing.assert_allclose(start.transform(X * scale) / scale, expected, atol=1e-8)


@pytest.fixture(scope="module")
def filled_at_unit_scale():
    return filled(1.0, np.float64)


def filled(scale, dtype):
    """Return the rows that an imputer fills, its score and its losses."""
    rows = np.where(HOLES, np.nan, scaled(X, scale, dtype)).astype(dtype)
    imputer = quick(AutoencoderImputer).fit(rows)
    return imputer.transform(rows).astype(np.float64) / scale, imputer.score(rows), imputer.history_["val_loss"]


@pytest.mark.parametrize(("dtype", "scale"), [*WORKING, (np.float64, 1e-300), (np.float64, 1e300)])
def test_unit_of_X_changes_no_number_of_imputers(filled_at_unit_scale, dtype, scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = filled(scale, dtype)
    for values, expected in zip(found, filled_at_unit_scale, strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-4)


@pytest.fixture(scope="module")
def compared():
    def at(scale, dtype=np.float64):
        autoencoder = quick(AutoencoderTransformer, epochs=1)
        table = compare_with_pca(autoencoder, scaled(X, scale, dtype), encoding_dims=[2], cv=2)
        return np.column_stack([table["test_mse"] / scale / scale, table["test_r2"], table["ratio_to_pca"]])

    return at


@pytest.mark.parametrize("scale", [1e-149, pytest.param(1e-25, marks=pytest.mark.slow), 1e149])
def test_unit_of_X_changes_no_ratio_of_comparisons(compared, scale):
    np.testing.assert_allclose(compared(scale), compared(1.0), rtol=1e-4)


@pytest.mark.parametrize(
    ("dtype", "scale", "message"),
    [
        (np.float32, 1e-25, r"too small for float32, in which PCA computes.*Pass X.astype\(np.float64\)"),
        (np.float32, 1e25, r"too large for float32, in which PCA computes.*Pass X.astype\(np.float64\)"),
        (np.float64, 1e-200, "too small for float64"),
        (np.float64, 1e200, "too large for float64"),
    ],
)
def test_comparison_of_rows_pca_cannot_square_raises(compared, dtype, scale, message):
    with pytest.raises(ValueError, match=message):
        compared(scale, dtype)


@pytest.mark.parametrize(("dtype", "scale"), [(np.float64, 1e-149), (np.float32, 1e-25), (np.float32, 1e25)])
def test_unit_of_X_changes_no_diagnosis_or_picture(pyplot, fitted_to_X, dtype, scale):
    rows = scaled(X, scale, dtype)
    autoencoder = quick(AutoencoderTransformer).fit(rows)
    names = [[finding.name for finding in diagnose(*pair)] for pair in ((autoencoder, rows), (fitted_to_X, X))]
    assert names[0] == names[1]
    shares, expected = (
        FeatureErrorDisplay.from_estimators({"autoencoder": estimator}, values, metric="unexplained").errors
        for estimator, values in ((autoencoder, rows), (fitted_to_X, X))
    )
    np.testing.assert_allclose(shares["autoencoder"], expected["autoencoder"], rtol=1e-3)
