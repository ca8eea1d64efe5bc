"""Memory maps, sparse matrices and large arrays, read in blocks instead of copied."""

from functools import cache

import numpy as np
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.metrics import r2_score

from skautoencoder import AutoencoderTransformer
from skautoencoder._engine import buffers
from skautoencoder._engine.run import _MIN_SAMPLES, _sample_size
from skautoencoder.metrics import reconstruction_error
from skautoencoder.rows import CompleteRows, Standardization, taken
from skautoencoder.training.planning import chosen_batch_size


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (16,)}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


@pytest.fixture
def in_blocks(monkeypatch):
    """Treat any array as too large to keep."""
    monkeypatch.setattr(buffers, "_RESIDENT_BYTES", 0)
    monkeypatch.setattr(buffers, "_BLOCK_BYTES", 4 * 64 * 100)
    monkeypatch.setattr("skautoencoder.starts._pca._COPY_BYTES", 0)
    with config_context(working_memory=8 * 64 * 100 / 2**20):
        yield


@pytest.mark.xla
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        pytest.param({"init": "random"}, marks=pytest.mark.slow),
        pytest.param({"batch_size": 7, "early_stopping": False}, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fit_in_blocks_equals_fit_in_memory(digits, dtype, parameters, request):
    X = digits.astype(dtype)
    whole = quick(**parameters).fit(X, X_val=X[:300])
    request.getfixturevalue("in_blocks")
    blocks = quick(**parameters).fit(X, X_val=X[:300])
    for name, losses in whole.history_.items():
        assert blocks.history_[name] == pytest.approx(losses, rel=1e-4)
    np.testing.assert_allclose(blocks.reconstruct(X), whole.reconstruct(X), atol=0.05)
    assert blocks.score(X) == pytest.approx(whole.score(X), rel=1e-4)


@pytest.mark.xla
def test_fit_in_blocks_repeats_to_the_bit(digits, in_blocks):
    np.testing.assert_array_equal(quick().fit(digits).transform(digits), quick().fit(digits).transform(digits))


def test_covariance_in_blocks_gives_pca(some_table, in_blocks):
    n_components = min(8, some_table.shape[1] - 1)
    start = quick(n_components, epochs=0).fit(some_table)
    tolerance = 1e-8 * np.abs(some_table).max()
    np.testing.assert_allclose(start.transform(some_table), PCA(n_components).fit_transform(some_table), atol=tolerance)
    assert quick(0.9, epochs=0).fit(some_table).encoding_dim_ == PCA(0.9).fit(some_table).n_components_


def test_fit_of_a_memory_map_equals_fit_in_memory(digits, tmp_path, in_blocks):
    path = tmp_path / "X.npy"
    np.save(path, digits.astype(np.float32))
    mapped = np.load(path, mmap_mode="r")
    autoencoder = quick().fit(mapped)
    in_memory = quick().fit(digits.astype(np.float32))
    np.testing.assert_array_equal(autoencoder.transform(mapped), in_memory.transform(digits.astype(np.float32)))


@pytest.mark.parametrize("dtype", [np.uint8, np.float16])
def test_memory_map_of_other_dtypes_is_refused(digits, tmp_path, dtype):
    np.save(tmp_path / "X.npy", digits.astype(dtype))
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    name = np.dtype(dtype).name
    with pytest.raises(ValueError, match=rf"memory map of {name}.* copy of 0\.00086 GiB.* Save it as float32"):
        quick().fit(mapped)


SPARSE = [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.coo_array]


@pytest.fixture(scope="module")
def counts():
    """A structured table with few non-zero entries."""
    random_state = np.random.RandomState(0)
    rates = random_state.gamma(0.3, size=(4, 50))
    return random_state.poisson(random_state.dirichlet(np.full(4, 0.3), size=300) @ rates).astype(np.float64)


@pytest.fixture(scope="module")
def codes_of_dense_rows(counts):
    """Return the codes of a fit to dense rows, by its start and its dtype."""

    @cache
    def of(init, dtype):
        return quick(init=init).fit_transform(counts.astype(dtype))

    return of


@pytest.mark.parametrize("container", SPARSE)
@pytest.mark.parametrize("init", ["auto", "random"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_give_the_results_of_dense_rows(counts, codes_of_dense_rows, container, init, dtype):
    X = counts.astype(dtype)
    thin = quick(init=init).fit(container(X))
    codes = thin.transform(container(X))
    assert type(codes) is np.ndarray
    assert codes.dtype == dtype
    # The sparse solver rounds the components differently, and training amplifies the difference.
    np.testing.assert_allclose(codes, codes_of_dense_rows(init, dtype), atol=1e-3)
    np.testing.assert_allclose(codes, thin.transform(X), atol=1e-4)
    np.testing.assert_allclose(thin.reconstruct(container(X)), thin.reconstruct(X), atol=1e-4)
    np.testing.assert_allclose(thin.score_samples(container(X)), thin.score_samples(X), atol=1e-4)
    assert thin.score(container(X)) == pytest.approx(thin.score(X), abs=1e-5)


def test_sparse_start_is_pca(counts):
    pca = PCA(4).fit(counts)
    start = quick(4, epochs=0).fit(sparse.csr_array(counts))
    np.testing.assert_allclose(start.transform(counts), pca.transform(counts), atol=1e-8)
    assert quick(0.9, epochs=0).fit(sparse.csr_array(counts)).encoding_dim_ == PCA(0.9).fit(counts).n_components_


@pytest.mark.slow
def test_sparse_training_error_never_exceeds_pca(counts):
    autoencoder = quick(4, epochs=30).fit(sparse.csr_array(counts))
    error = reconstruction_error(autoencoder, counts)
    assert error <= reconstruction_error(PCA(4).fit(counts), counts) * (1 + 1e-9)


def test_sparse_fit_in_blocks_equals_fit_in_memory(counts, request):
    X = sparse.csr_array(counts)
    whole = quick().fit(X).transform(X)
    request.getfixturevalue("in_blocks")
    np.testing.assert_allclose(quick().fit(X).transform(X), whole, atol=1e-3)


@pytest.mark.parametrize("dtype", [object, complex])
def test_sparse_rows_without_numbers_are_refused(counts, dtype):
    X = sparse.csr_matrix(counts[:5])
    X.data = X.data.astype(dtype)
    if dtype is object:
        X.data[0] = "much"
    with pytest.raises((ValueError, TypeError), match=r"could not convert|[Cc]omplex"):
        quick().fit(X)


def test_score_is_scikit_learns_r2(counts, fitted, digits):
    expected = r2_score(digits, fitted.reconstruct(digits), multioutput="variance_weighted")
    assert fitted.score(digits) == pytest.approx(expected, rel=1e-12)


@pytest.mark.xla
def test_fits_with_up_to_twice_the_rows_need_at_most_two_programs():
    """A learning curve or a halving search recompiles at most once when its rows double."""

    def sizes(n_rows):
        """Return the sizes in the program of a fit that depend on the number of rows."""
        batch_size = chosen_batch_size("auto", n_rows)
        of_sample = buffers.capacity(max(_sample_size(n_rows, width=20), _MIN_SAMPLES, batch_size))
        return buffers.capacity(n_rows), of_sample, batch_size

    kinds = [sizes(n_rows) for n_rows in range(1, 50_000)]
    for n_rows in (1, 2, 45, 46, 100, 181, 182, 362, 363, 1437, 1448, 1449, 1797, 2560, 2561, 11_585, 20_000):
        assert len(set(kinds[n_rows - 1 : 2 * n_rows])) <= 2
    for n_rows, (capacity, *_) in enumerate(kinds, 1):
        assert n_rows <= capacity <= max(64, 2 * n_rows)


@pytest.mark.xla
def test_folds_of_similar_sizes_share_a_program(digits, monkeypatch):
    from skautoencoder._engine import trainer

    quick(encoding_dim=13).fit(digits[:1437])
    built = []
    monkeypatch.setattr(trainer, "Trainer", lambda *arguments: built.append(arguments))
    quick(encoding_dim=13, learning_rate=0.01).fit(digits[:1438])
    assert not built


@pytest.mark.parametrize(("offset", "unit"), [(0.0, 1.0), (4096.0, 1.0), (-1e6, 30.0), (1e-3, 1e-12), (1e15, 1e12)])
def test_float32_rows_are_standardised_as_exactly_as_float64_rows(offset, unit):
    X = (offset + unit * np.random.RandomState(0).standard_normal((200, 5))).astype(np.float32)
    standardization = Standardization.of(X)
    expected = (X.astype(np.float64) - standardization.mean) / standardization.scale
    (rows,) = taken(CompleteRows(X, standardization), np.arange(200))
    np.testing.assert_allclose(rows, expected, rtol=4e-7, atol=1e-7)
