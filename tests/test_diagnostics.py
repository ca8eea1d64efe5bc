"""Each finding is reported for a constructed case, and none for healthy autoencoders."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix, csr_array
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler, minmax_scale, scale

from skautoencoder import AutoencoderTransformer, KerasArchitecture, L1Sparsity, VariationalAutoencoderTransformer
from skautoencoder.diagnostics import diagnose


def names(estimator, X, **parameters):
    return [finding.name for finding in diagnose(estimator, X, **parameters)]


def only(estimator, X, name, **parameters):
    """Return the text of one finding."""
    return next(str(finding) for finding in diagnose(estimator, X, **parameters) if finding.name == name)


class Decoder(BaseEstimator):
    """Estimator with given encoder and decoder functions."""

    def __init__(self, encode, decode):
        self.encode, self.decode = encode, decode

    def fit(self, X):
        return self

    def transform(self, X):
        return self.encode(X)

    def inverse_transform(self, X):
        return self.decode(X)

    def __sklearn_is_fitted__(self):
        return True


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(0)
    return generator.normal(size=(300, 4)) @ generator.normal(size=(4, 12)) + generator.normal(size=(300, 12))


@pytest.fixture(scope="module")
def healthy(digits):
    return AutoencoderTransformer(8, random_state=0).fit(digits)


def test_healthy_autoencoder_has_no_finding(digits, healthy):
    assert diagnose(healthy, digits) == []


@pytest.mark.slow
def test_healthy_pipeline_has_no_finding(digits):
    frame = pd.DataFrame(digits).add_prefix("pixel ")
    train, test = train_test_split(frame, random_state=0)
    pipeline = make_pipeline(StandardScaler(with_std=False), AutoencoderTransformer(8, random_state=0)).fit(train)
    assert diagnose(pipeline, train) == diagnose(pipeline, train, X_test=test) == []


def test_pipeline_of_one_step_has_no_finding(digits, healthy):
    assert diagnose(make_pipeline(healthy), digits) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", ["wine", "breast_cancer"], indirect=True)
def test_healthy_tables_have_no_finding(table):
    assert diagnose(AutoencoderTransformer(2, random_state=0).fit(scale(table)), scale(table)) == []


def test_dead_codes(X):
    pca = PCA(3).fit(X)

    def decode(codes):
        return pca.inverse_transform(np.where(np.arange(3) == 1, 0.0, codes))

    words = only(Decoder(pca.transform, decode), X, "dead codes")
    assert "hardly depends on code 1 of 3. Set encoding_dim to 2" in words


@pytest.mark.slow
@pytest.mark.parametrize("encoding_dim", [2, 8])
def test_posterior_collapse(digits, encoding_dim):
    """With a weight of ten, the divergence suppresses all codes of digits."""
    parameters = {"hidden_layer_sizes": (128, 64), "random_state": 0}
    autoencoder = VariationalAutoencoderTransformer(encoding_dim, beta=10.0, **parameters).fit(digits)
    assert autoencoder.score(digits) < 0.05
    assert names(autoencoder, digits) == ["posterior collapse", "worse than PCA"]
    words = only(autoencoder, digits, "posterior collapse")
    numbers = ", ".join(map(str, range(encoding_dim)[:5])) + (", ..." if encoding_dim > 5 else "")
    assert f"of the variance of {encoding_dim} codes ({numbers}) of {encoding_dim} differs between rows" in words
    divergences = ", ".join(f"{divergence:.2f}" for divergence in autoencoder.kl_divergence_)
    assert f"The divergences of all codes are {divergences} nats. Lower beta=10.0." in words
    assert "posterior collapse" not in names(autoencoder.set_params(beta=1.0).fit(digits), digits)


def test_posterior_collapse_of_some_codes(X):
    """Four factors generate the columns, so probabilistic PCA needs four of eight codes."""
    autoencoder = VariationalAutoencoderTransformer(8, beta=2.0, epochs=30, random_state=0).fit(X)
    means, variances = autoencoder.posterior(X)
    between, within = means.var(axis=0), variances.mean(axis=0)
    collapsed = np.flatnonzero(between / (between + within) < 0.1)
    assert 0 < len(collapsed) < 8
    assert np.all(between[collapsed] < 0.12)
    # They include the inactive codes of Burda, Grosse & Salakhutdinov (2016).
    assert set(np.flatnonzero(between < 0.01)) <= set(collapsed)
    assert np.all(between[collapsed] < np.delete(between, collapsed).min())
    shown = ", ".join(map(str, collapsed))
    words = only(autoencoder, pd.DataFrame(X), "posterior collapse")
    assert f"of {len(collapsed)} codes ({shown}) of 8 differs between rows" in words
    assert words.endswith(f"Lower beta=2.0, or set encoding_dim to {8 - len(collapsed)}.")
    assert "dead codes" not in names(autoencoder, X)


def test_small_variances_without_divergence_are_no_collapse(X):
    """Without the divergence, codes have arbitrary units, so small variances are no evidence."""
    start = VariationalAutoencoderTransformer(3, beta=0.0, epochs=0).fit(X)
    assert "posterior collapse" not in names(start, X)


def test_small_components_are_not_dead():
    X = np.random.default_rng(0).normal(size=(500, 10)) * 10.0 ** -np.arange(10)
    assert "dead codes" not in names(PCA(6).fit(X), X)


def test_correlated_codes(X):
    pca = PCA(3).fit(X)
    mixing = np.array([[1.0, 0.99, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 1.0]])
    mixed = Decoder(
        lambda X: pca.transform(X) / pca.transform(X).std(axis=0) @ mixing,
        lambda codes: pca.inverse_transform(codes @ np.linalg.inv(mixing)),
    )
    assert "Codes 0 and 1 have a correlation of 0.9" in only(mixed, X, "correlated codes")
    assert "correlated codes" not in names(pca, X)


def test_constant_codes_are_dead_rather_than_correlated(X):
    mean = Decoder(lambda X: np.zeros((len(X), 2)), lambda codes: np.tile(X.mean(axis=0), (len(codes), 1)))
    assert names(mean, X) == ["dead codes", "worse than PCA"]


def test_unreachable_values(digits):
    scaled = minmax_scale(digits)
    autoencoder = AutoencoderTransformer(2, output_activation="sigmoid", epochs=2, random_state=0).fit(scaled)
    assert "unreachable values" not in names(autoencoder, scaled)
    words = only(autoencoder, digits, "unreachable values")
    assert "output_activation='sigmoid' returns values from 0 to 1, but " in words
    assert "X spans [0, 16]" in words
    pipeline = make_pipeline(MinMaxScaler(), autoencoder).fit(digits)
    assert "unreachable values" not in names(pipeline, digits)
    assert "unreachable values" in names(pipeline, 2 * digits)


def test_under_training(digits, healthy):
    short = AutoencoderTransformer(8, epochs=10, random_state=0).fit(digits)
    assert "In the last 1 of 10 epochs the reconstruction loss still fell by " in only(short, digits, "under-training")
    assert "Raise epochs=10" in only(short, digits, "under-training")
    assert healthy.n_iter_ < healthy.epochs
    converged = AutoencoderTransformer(8, hidden_layer_sizes=(), epochs=10, early_stopping=False).fit(digits)
    assert "under-training" not in names(converged, digits)


def test_over_fitting(X):
    train, test = train_test_split(X, test_size=0.5, random_state=0)
    memorising = AutoencoderTransformer(
        3, hidden_layer_sizes=(256,), epochs=400, early_stopping=False, learning_rate=3e-3, random_state=0
    ).fit(train[:40])
    words = only(memorising, train[:40], "over-fitting", X_test=test)
    assert "times the error of training rows; for PCA this ratio is " in words
    stopped = memorising.set_params(early_stopping=True, patience=1000).fit(train[:40], X_val=test)
    assert stopped.best_epoch_ < 100
    stopped.best_epoch_ = 400
    assert "; at the start of training this ratio is " in only(stopped, train[:40], "over-fitting")


def test_dominating_columns():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 12))
    X[:, 7] *= np.sqrt(0.74 / 0.26 * 11)
    frame = pd.DataFrame(X).add_prefix("size ")
    share = X[:, 7].var() / X.var(axis=0).sum()
    autoencoder = AutoencoderTransformer(2, epochs=3, random_state=0).fit(frame)
    n_lost = np.sum(np.mean((X - autoencoder.reconstruct(frame)) ** 2, axis=0) > 0.5 * X.var(axis=0))
    assert n_lost >= 9
    words = only(autoencoder, frame, "dominating columns")
    assert f"{share:.1%} of the variance of X lies in column size 7 of 12. In {n_lost} of the 11 others " in words
    assert "scale X" in words
    scaled = make_pipeline(StandardScaler(), autoencoder).fit(frame)
    assert "dominating columns" not in names(scaled, frame)
    assert "dominating columns" not in names(PCA(12).fit(X), X)


def test_hard_columns(X):
    generator = np.random.default_rng(0)
    smooth = generator.normal(size=(300, 2)) @ generator.normal(size=(2, 12))
    smooth[:, 7] = 2 * generator.normal(size=300)
    pca = PCA(2).fit(smooth)
    errors = np.mean((smooth - pca.inverse_transform(pca.transform(smooth))) ** 2, axis=0)
    share = errors[7] / errors.sum()
    assert share > 0.9
    words = only(pca, smooth, "hard columns")
    assert f"{share:.0%} of the error comes from column 7 of 12" in words
    assert "dominating columns" not in names(pca, smooth)
    assert "hard columns" not in names(AutoencoderTransformer(2, epochs=3, random_state=0).fit(X), X)


def keras_models(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import Dense

    return (
        Sequential([Input((n_features,)), Dense(encoding_dim)]),
        Sequential([Input((encoding_dim,)), Dense(n_features)]),
    )


@pytest.mark.parametrize(
    ("parameters", "because", "way_out"),
    [
        pytest.param(
            {"code_activation": "relu"},
            "code_activation='relu'",
            "code_activation='linear' and init='pca'",
            marks=pytest.mark.slow,
        ),
        pytest.param({"penalty": "l1"}, "penalty='l1'", "init='pca'", marks=pytest.mark.slow),
        pytest.param({"penalty": L1Sparsity()}, "penalty=L1Sparsity(...)", "init='pca'", marks=pytest.mark.slow),
        ({"architecture": KerasArchitecture(keras_models)}, "architecture=KerasArchitecture(...)", "init='pca'"),
        (
            {"output_activation": "sigmoid", "loss": "binary_crossentropy"},
            "output_activation='sigmoid' and loss='binary_crossentropy'",
            "output_activation='linear', loss='mse' and init='pca'",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_random_start(digits, parameters, because, way_out):
    X = minmax_scale(digits)
    autoencoder = AutoencoderTransformer(2, epochs=1, random_state=0, **parameters).fit(X)
    assert autoencoder.init_ == "random"
    words = only(autoencoder, X, "random start")
    assert f"at random weights and not at PCA, because of {because}. Set {way_out} to start at PCA, or" in words
    mended = autoencoder.set_params(**eval(f"dict({way_out.replace(' and ', ', ')})")).fit(X)
    assert mended.init_ == "pca"
    assert "random start" not in names(mended, X)


def test_requested_random_start_is_no_finding(digits):
    random = AutoencoderTransformer(2, init="random", code_activation="relu", epochs=1, random_state=0).fit(digits)
    assert "random start" not in names(random, digits)
    X = minmax_scale(digits)
    variational = VariationalAutoencoderTransformer(2, output_activation="sigmoid", epochs=1, random_state=0).fit(X)
    assert "because of output_activation='sigmoid'. Set " in only(variational, X, "random start")


def test_against_pca(digits):
    assert names(AutoencoderTransformer(4, epochs=0).fit(digits), digits) == ["no better than PCA"]
    random = AutoencoderTransformer(4, epochs=2, init="random", random_state=0).fit(digits)
    assert "The mean squared error of PCA with 4 components is 9.6" in only(random, digits, "worse than PCA")


def test_codes_are_described_on_request():
    frame = load_wine(as_frame=True).data
    pipeline = make_pipeline(StandardScaler(), PCA(2)).fit(frame)
    assert names(pipeline, frame) == ["no better than PCA"]
    *_, first, second = diagnose(pipeline, frame, describe_codes=True)
    assert (first.name, second.name) == ("code 0", "code 1")
    loadings = pipeline[-1].components_[1]
    columns = np.argsort(-np.abs(loadings))[:3]
    changes = loadings * pipeline.transform(frame)[:, 1].std() * frame.std(ddof=0).to_numpy()
    moved = [f"{frame.columns[column]} ({changes[column]:+.3g})" for column in columns]
    share = pipeline[-1].explained_variance_ratio_[1]
    expected = f"code 1: It adds {share:.1%} of the variance and moves {moved[0]}, {moved[1]} and {moved[2]} most."
    assert str(second) == expected


def test_description_of_codes_without_shares_and_of_columns_without_direction(X):
    squares = Decoder(lambda X: X[:, :1] - X[:, :1].mean(), lambda codes: np.tile(codes**2, X.shape[1]))
    description = diagnose(squares, X, describe_codes=True)[-1]
    assert str(description).startswith("code 0: It moves x")
    assert description.observation.count("(±") == 3


@pytest.mark.parametrize("kind", [csr_array, coo_matrix])
def test_sparse_rows_have_the_findings_of_dense_rows(X, kind):
    sparse = kind(np.where(np.abs(X) > 1, X, 0))
    autoencoder = AutoencoderTransformer(2, epochs=2, random_state=0).fit(sparse)
    # PCA of sparse rows draws its start; the global generator must stay untouched.
    before = np.random.get_state()[1].copy()
    found = names(autoencoder, sparse)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert found == names(autoencoder, sparse.toarray())


@pytest.mark.filterwarnings("ignore:All rows of X are the same:UserWarning")
def test_equal_rows_give_no_warning():
    for constant in (np.full((20, 4), 0.1), csr_array(np.zeros((20, 4)))):
        assert "worse than PCA" not in names(AutoencoderTransformer(2, epochs=1).fit(constant), constant)


def test_many_rows_are_subsampled(X):
    many = np.tile(X, (20, 1))
    seen = []
    pca = PCA(2).fit(X)

    def encode(X):
        seen.append(len(X))
        return pca.transform(X)

    assert names(Decoder(encode, pca.inverse_transform), many) == ["no better than PCA"]
    assert seen == [2000]


def test_bad_estimators_raise(X):
    with pytest.raises(TypeError, match="has no inverse_transform"):
        diagnose(KMeans(2).fit(X), X)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        diagnose(AutoencoderTransformer(), X)


@pytest.mark.parametrize("n_columns", [2, 3, 4])
def test_number_of_a_row_dominates_few_columns(n_columns):
    X = np.random.default_rng(0).normal(size=(200, n_columns))
    X[:, 0] = 10 * np.arange(200)
    findings = diagnose(AutoencoderTransformer(1, epochs=0).fit(X), X)
    assert "dominating columns" in [finding.name for finding in findings]
    X[:, 0] /= X[:, 0].std() / 3
    findings = diagnose(AutoencoderTransformer(1, epochs=0).fit(X), X)
    assert n_columns == 4 or "dominating columns" not in [finding.name for finding in findings]
