"""The variational autoencoder, a probabilistic model that can draw new rows."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.special import xlog1py, xlogy
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ._base import BaseAutoencoder
from ._checks import SHARED_CONSTRAINTS
from ._other_names import explain_unknown_names
from ._sklearn_compat import Interval, validate_params
from .metrics import dense
from .objectives import EvidenceLowerBound, min_variance
from .rows import GivenRows, distinct_rows, row_blocks
from .starts import PrincipalComponents, start_at_probabilistic_pca
from .training.planning import Model

# Minimum number of pairs of drawn codes by which the noise variance is measured.
_MIN_DRAWS = 1024
_BLOCK_MEBIBYTES = 2
# As in the crossentropy of Keras.
_MIN_PROBABILITY = 1e-7


class VariationalAutoencoderTransformer(BaseAutoencoder):
    """Non-linear probabilistic PCA: an autoencoder whose codes are normally distributed, and that draws new rows.

    For every row, the encoder returns the mean and the variance of a normal distribution of its code. The decoder is
    trained on codes drawn from that distribution, and a divergence keeps it close to the standard normal distribution
    [1]_. Choose it over :class:`AutoencoderTransformer` when codes should fill their space without gaps, or when you
    want to `sample` new rows; over :class:`~sklearn.decomposition.PCA` when the rows are not normally distributed.

    Unless another parameter rules it out (see `init`), it starts at probabilistic PCA [2]_, the best linear model of
    this kind:

    1. Rows are centred and divided by one scale common to all features.
    2. Encoder and decoder have a linear path beside their hidden layers. It starts at the posterior means and the
       loadings of probabilistic PCA, and the hidden layers start at zero.
    3. Training minimises the negative evidence lower bound from there; the epoch with its lowest value on held-out rows
       is kept. The variance of the rows around the decoder's output is not trained: it is the mean squared error of the
       training rows, the optimal value [3]_. No parameter has to be tuned against collapsing codes.

    `transform` returns the mean of the code, which is deterministic; `posterior` returns the variance, too.

    Data frames may have columns of words, categories and booleans, as in :class:`AutoencoderTransformer`.

    Parameters
    ----------
    encoding_dim : int, float or None, default=2
        Size of the code, at least 1. A float between 0 and 1 is a share of the variance: the code then has as many
        dimensions as PCA needs to explain it. None means the number of features or of rows, whichever is less, as for
        PCA. The default, 2, lets the codes be drawn in a plane.
    beta : float, default=1.0
        Weight of the divergence, at least 0. The default, 1.0, makes the objective the evidence lower bound [1]_.
        Larger values make codes rounder and more independent at the cost of detail [4]_; 0.0 leaves an ordinary
        autoencoder.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers, at least 1; the decoder mirrors them, unless they are "auto". "auto" and
        ``()`` have the same meaning as in :class:`AutoencoderTransformer`.
    architecture : "dense" or architecture object, default="dense"
        How a row of X is read: as a vector, an image or a sequence, or by your own Keras models, as in
        :class:`AutoencoderTransformer`.
    activation : str, default="gelu"
        Activation of the hidden layers, as a Keras name. The default is as accurate as "relu" on most tables, and more
        reliable.
    output_activation : str, default="linear"
        Activation of the reconstruction, as a Keras name. "linear" reaches all values. "sigmoid" is required by
        ``loss="binary_crossentropy"``.
    loss : {"mse", "binary_crossentropy"}, default="mse"
        Distribution of the rows around the decoder's output. "mse", the default: normal, with one variance for all
        features, as in probabilistic PCA. "binary_crossentropy": Bernoulli, for entries in [0, 1], with the output as
        their mean.
    init : {"auto", "pca", "random"}, default="auto"
        Where training starts. "pca": at probabilistic PCA, which needs a linear output and ``loss="mse"``. "random": at
        random weights, without linear path and without scaling. "auto": "pca" where that is possible and the models are
        not your own; "random" otherwise.
    noise : {"gaussian", "masking", "salt_and_pepper"}, noise object, callable or None, default=None
        Noise on the rows that the encoder sees in training, as in :class:`AutoencoderTransformer`. If None, there is
        none.
    noise_level : float, default=None
        Level of a noise that is given by name, as in :class:`AutoencoderTransformer`. If None, 0.1.
    weight_decay : float, default=0.0
        Decoupled weight decay, at least 0: each step multiplies kernels, but not biases, by
        ``1 - learning_rate * weight_decay``.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimizer, as a Keras name or an object. An object brings its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=1e-3
        Learning rate of an optimizer that is given by name, above 0. The default is Keras' own for Adam.
    batch_size : int or "auto", default="auto"
        Rows per step, at least 1. "auto" is the power of two between 32 and 256 that makes about 32 steps per epoch.
    epochs : int, default=200
        Maximum number of passes over the training rows, at least 0. 0 keeps the start.
    early_stopping : bool, default=True
        Whether to hold out rows, keep the epoch with the lowest loss on them, and stop after `patience` epochs without
        a lower one. If False, all rows are trained on for all `epochs`, and the last epoch is kept.
    validation_fraction : float, default=0.1
        Share of the rows, drawn at random, that early stopping holds out, above 0 and below 1. If that is less than one
        row, the training loss decides. Ignored if ``X_val`` is passed to `fit`.
    patience : int, default=20
        Epochs without a lower loss after which early stopping ends the training, at least 1.
    callbacks : keras.callbacks.Callback, list of them, or None, default=None
        Keras callbacks, called as in :class:`AutoencoderTransformer`.
    warm_start : bool, default=False
        Whether `fit` continues from the result of the last fit, as in :class:`AutoencoderTransformer`.
    handle_unknown : {"error", "ignore"}, default="error"
        What to do about categories that `fit` has not seen, as in :class:`AutoencoderTransformer`.
    checkpoint : str, path-like or None, default=None
        Folder of checkpoints, from which `fit` continues after the process was killed, as in
        :class:`AutoencoderTransformer`.
    random_state : int, RandomState instance or None, default=None
        Source of the held-out rows, the random weights, the codes that the decoder is trained on, the noise and the
        order of the rows. An int gives bit-identical results in every fit on the same machine with the same number of
        threads.
    verbose : int, default=0
        Whether to show progress: 0 shows nothing, 1 a bar with the epoch and the losses.

    Attributes
    ----------
    encoder_ : keras.Model
        Encoder, from rows of X to the means of their codes, which `transform` returns, in the dtype of the X that was
        fitted; built at the first access.
    decoder_ : keras.Model
        Decoder, from codes to the rows that `inverse_transform` returns.
    autoencoder_ : keras.Model
        Encoder and decoder in one model; it shares their weights.
    encoding_dim_ : int
        Size of the code.
    ordered_ : bool
        Whether the first k codes are a code of size k, which `inverse_transform` decodes: True if training started at
        probabilistic PCA.
    components_ : ndarray of shape (`encoding_dim_`, `n_features_in_`), dtype of the X that was fitted
        Linear map from codes to rows that fits the training rows best; with ``epochs=0``, the decoder.
    mean_ : ndarray of shape (`n_features_in_`,), dtype of the X that was fitted
        Means of the features over the training rows. For data frames with categories, shapes and units differ as in
        :class:`AutoencoderTransformer`.
    explained_variance_ratio_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        Share of the variance of the training rows that each code explains beyond the codes before it, as in
        :class:`AutoencoderTransformer`. The sum is `score` of the training rows.
    explained_variance_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        The same in squared units of X.
    singular_values_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        Roots of `explained_variance_` times ``n_samples_ - 1``, in units of X.
    n_samples_ : int
        Number of training rows.
    n_components_ : int
        `encoding_dim_`, under the name that `PCA` has for it.
    kl_divergence_ : ndarray of shape (`encoding_dim_`,), dtype float64
        Divergence of the distribution of each code from the standard normal distribution, in nats, as a mean over the
        rows of X. A code with a divergence close to 0 carries almost no information about a row. After `partial_fit`,
        this mean, `noise_variance_` and the distribution of the codes that `sample` draws include all chunks, each as
        it was encoded when it had been trained on.
    noise_variance_ : float
        Mean squared error, in squared units of X, of rows decoded from codes drawn for the rows of X. For ``epochs=0``
        it is the maximum likelihood noise variance of probabilistic PCA: `noise_variance_` of
        :class:`~sklearn.decomposition.PCA` times ``(n_samples - 1) / n_samples``, if X has more rows than features.
    history_ : dict of str to list of float
        Numbers by epoch; epoch 0 is the start. "loss" is the negative evidence lower bound in nats per row,
        "reconstruction_loss" is in squared units of X if it is squared error, "kl_divergence" is in nats per row. The
        prefix ``"val_"`` marks those of held-out rows, whose bound uses the noise variance of the training rows. All
        are measured after the epoch, without Dropout, with the same draws of codes and noise every time; those of the
        training rows on a sample, a tenth of them, but at least 256 and at most 4096, or all if there are fewer.
    n_iter_ : int
        Number of epochs that were run.
    init_ : {"pca", "random", "given"}
        Where training started; "given" means the weights of your own models.
    best_epoch_ : int
        Epoch that is kept; 0 is the start.
    n_parameters_ : int
        Number of weights of encoder and decoder, trained or not.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), dtype object
        Names of the features seen during `fit`. Defined only if X has feature names that are all strings.

    See Also
    --------
    AutoencoderTransformer : Smaller reconstruction error, codes in the units of X.
    sklearn.decomposition.PCA : Its `score` and `noise_variance_` are those of probabilistic PCA.

    References
    ----------
    .. [1] Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
    .. [2] Tipping & Bishop (1999). Probabilistic principal component analysis. JRSS B 61; Lucas, Tucker, Grosse &
       Norouzi (2019). Don't blame the ELBO! A linear VAE perspective on posterior collapse. NeurIPS.
    .. [3] Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with calibrated decoders. ICML.
    .. [4] Higgins et al. (2017). beta-VAE. ICLR.

    Examples
    --------
    Encode digits, then draw three new ones:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import VariationalAutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = VariationalAutoencoderTransformer(2, epochs=20, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 2)
    >>> autoencoder.sample(3, random_state=0).shape
    (3, 64)
    """

    _parameter_constraints = {
        **SHARED_CONSTRAINTS,
        "beta": [Interval(Real, 0, None, closed="left")],
        "loss": [str],
    }

    @explain_unknown_names
    def __init__(
        self,
        encoding_dim=2,
        *,
        beta=1.0,
        hidden_layer_sizes="auto",
        architecture="dense",
        activation="gelu",
        output_activation="linear",
        loss="mse",
        init="auto",
        noise=None,
        noise_level=None,
        weight_decay=0.0,
        optimizer="adam",
        learning_rate=1e-3,
        batch_size="auto",
        epochs=200,
        early_stopping=True,
        validation_fraction=0.1,
        patience=20,
        callbacks=None,
        warm_start=False,
        handle_unknown="error",
        checkpoint=None,
        random_state=None,
        verbose=0,
    ):
        self.encoding_dim = encoding_dim
        self.beta = beta
        self.hidden_layer_sizes = hidden_layer_sizes
        self.architecture = architecture
        self.activation = activation
        self.output_activation = output_activation
        self.loss = loss
        self.init = init
        self.noise = noise
        self.noise_level = noise_level
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.handle_unknown = handle_unknown
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.verbose = verbose

    def posterior(self, X):
        """Compute the normal distribution of the code of each row.

        The codes of a row are independent of each other, so that means and variances describe the whole distribution.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        means : ndarray of shape (n_samples, `encoding_dim_`), dtype of X
            Means of the codes, which `transform` returns.
        variances : ndarray of shape (n_samples, `encoding_dim_`), dtype of X
            Variances of the codes. A variance close to 1, that of the standard normal distribution, means that the code
            carries almost no information about the row.
        """
        check_is_fitted(self)

        def posterior(X):
            means, log_variances = self._autoencoder.posterior(X)
            return means, np.exp(log_variances)

        return tuple(self._finite(posterior, self._validate_rows(X, reset=False), "The distribution of a code"))

    def evidence_lower_bound(self, X, random_state=0):
        """Estimate the evidence lower bound of rows, a lower bound of their log-likelihood.

        Unlike `score`, which hardly falls with more codes, the bound of held-out rows is highest for the size of the
        code that describes new rows best. With ``epochs=0`` and ``beta=1`` it equals the log-likelihood of
        probabilistic PCA, the `score` of :class:`~sklearn.decomposition.PCA`.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, such as those of a test set.
        random_state : int, RandomState instance or None, default=0
            Source of the codes that are drawn for the rows. The default, an int, gives the same bound in every call.

        Returns
        -------
        float
            Mean bound of a row in nats, with the divergence weighted by 1.0 whatever `beta` is. With ``loss="mse"`` it
            is that of a density, which may be above 0 and depends on the units of X; of a data frame with categories,
            on those of the standardised rows.
        """
        check_is_fitted(self)
        given = GivenRows(self._validate_rows(X, reset=False))
        divergence = self._statistics_of(given, 1.0)["divergence"].sum()
        random_state = check_random_state(random_state)
        if not self._is_gaussian:
            crossentropy = self._mean_of_draws(given, random_state, _crossentropies)
            return float(-self.mean_.size * crossentropy - divergence)
        error = self._mean_of_draws(given, random_state, _squared_errors)
        variance = max(self.noise_variance_, np.finfo(np.float64).tiny)
        density = np.log(2 * np.pi * variance) + error / variance
        return float(-self.mean_.size / 2 * density - divergence)

    @validate_params(
        {
            "self": "no_validation",
            "n_samples": [Interval(Integral, 1, None, closed="left")],
            "random_state": ["random_state"],
            "noise": ["boolean"],
        },
        prefer_skip_nested_validation=True,
    )
    def sample(self, n_samples=1, random_state=None, noise=True):
        """Draw new rows.

        Codes are drawn from the normal distribution with the mean and the covariance of the codes of the training rows.
        It is close to the standard normal distribution, but fits those codes better [1]_. The codes are decoded, and
        normal noise with the variance `noise_variance_` is added. Categories get no noise: they are drawn.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows, at least 1.
        random_state : int, RandomState instance or None, default=None
            Source of the codes and of the noise. An int gives the same rows in every call, from the same codes with
            and without noise.
        noise : bool, default=True
            Whether to add noise to the decoder's output, and to draw categories by their probabilities. Without noise,
            rows are smoother, and each category is the most probable one. Only rows with noise have the covariance of
            X.

        Returns
        -------
        ndarray of shape (n_samples, `n_features_in_`), dtype of the X that was fitted
            New rows in the units of X; with `set_output`, a data frame with the columns of X. If X had categories,
            always a data frame, with the dtypes of X. With ``loss="binary_crossentropy"`` there is no noise: they are
            the means of the entries, between 0 and 1.

        References
        ----------
        .. [1] Ghosh, Sajjadi, Vergari, Black & Scholkopf (2020). From variational to deterministic autoencoders.
           ICLR, section 4.
        """
        check_is_fitted(self)
        random_state = check_random_state(random_state)
        mean, root = self._code_mean, self._code_covariance_root
        codes = mean + random_state.normal(size=(n_samples, self.encoding_dim_)) @ root.T
        X = self._autoencoder.decode(codes.astype(self._fit_dtype))
        if noise and self._is_gaussian:
            errors = random_state.normal(scale=np.sqrt(self.noise_variance_), size=X.shape)
            # Expected indicators are the frequencies by which categories are drawn, without noise.
            X += errors if self._table is None else np.where(self._table.is_number, errors, 0.0)
        return self._with_columns_of_X(X, random_state=random_state if noise else None)

    def _model(self):
        return _VariationalModel(**self._network_parameters(), beta=self.beta)

    def _keep(self, fitted, plan, rows):
        super()._keep(fitted, plan, rows)
        # Normal noise belongs to the squared error only.
        self._is_gaussian = plan.objective.loss.kind == "mse"
        statistics = self._statistics_of(rows, plan.state.weight_unit)
        statistics["noise_variance"] = self._noise_variance(rows, check_random_state(self.random_state))
        earlier = getattr(self, "_statistics", None)
        if plan.options.is_partial and plan.earlier is not None and earlier is not None:
            statistics = _joined(earlier, statistics)
        self._statistics = statistics
        self._code_mean = statistics["mean"]
        self._code_covariance_root = np.linalg.cholesky(statistics["covariance"])
        self.kl_divergence_ = statistics["divergence"]
        self.noise_variance_ = statistics["noise_variance"]

    def _statistics_of(self, given, weight_unit):
        """Return the weight of rows, the mean and the covariance of their codes, and their divergence, by name."""
        weights = given.sample_weight
        means, log_variances = self._autoencoder.posterior(given.X)
        means = means.astype(np.float64)
        log_variances = log_variances.astype(np.float64)
        mean_variances = np.average(np.exp(log_variances), axis=0, weights=weights)
        # KL(N(means, variances) || N(0, I)) [1, eq. 10], averaged over the rows term by term.
        terms = np.exp(log_variances) + np.square(means) - 1 - log_variances
        return {
            "weight": float(len(means) if weights is None else weights.sum() / weight_unit),
            "mean": np.average(means, axis=0, weights=weights),
            # Law of total covariance: the covariance of the means plus the mean of the rows' covariances, which are
            # diagonal.
            "covariance": np.atleast_2d(np.cov(means.T, bias=True, aweights=weights)) + np.diag(mean_variances),
            "divergence": np.average(terms, axis=0, weights=weights) / 2,
        }

    def _noise_variance(self, given, random_state):
        return self._mean_of_draws(given, random_state, _squared_errors)

    def _mean_of_draws(self, given, random_state, loss):
        """Average a loss of rows and rows decoded from drawn codes; equal rows share their draws."""
        X = given.X
        first, numbers = distinct_rows(X)
        counts = np.bincount(numbers, given.sample_weight)
        n_pairs = max(1, -(-_MIN_DRAWS // len(first)))
        drawn = random_state.normal(size=(n_pairs, len(first), self.encoding_dim_))
        # Antithetic draws scaled to unit mean square: exact for a linear decoder.
        drawn /= np.sqrt(np.average(np.mean(np.square(drawn), axis=0), axis=0, weights=counts))
        # In the order of X, which may be a memory map.
        order = np.argsort(first)
        total = 0.0
        for block in row_blocks(len(order), 8 * X.shape[1], _BLOCK_MEBIBYTES):
            chosen = order[block]
            rows = dense(X[first[chosen]])
            means, log_variances = self._autoencoder.posterior(rows)
            deviations = np.exp(log_variances / 2)
            for standard in drawn[:, chosen]:
                offsets = deviations * standard.astype(means.dtype)
                for codes in (means + offsets, means - offsets):
                    total += counts[chosen] @ loss(rows, self._autoencoder.decode(codes))
        return float(total / (2 * n_pairs * counts.sum()))


def _squared_errors(rows, decoded):
    """Return the mean squared error of each row."""
    return np.mean(np.square(np.subtract(rows, decoded, dtype=np.float64)), axis=1)


def _crossentropies(rows, decoded):
    """Return the mean crossentropy of each row."""
    probabilities = np.clip(decoded, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY, dtype=np.float64)
    return -np.mean(xlogy(rows, probabilities) + xlog1py(1 - rows, -probabilities), axis=1)


def _joined(first, second):
    """Return the statistics of two sets of rows together.

    Source: Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance, Am. Stat. 37.
    """
    weight = first["weight"] + second["weight"]
    share = second["weight"] / weight
    joined = {name: (1 - share) * first[name] + share * second[name] for name in first}
    difference = second["mean"] - first["mean"]
    joined["covariance"] += share * (1 - share) * np.outer(difference, difference)
    return joined | {"weight": weight}


@dataclass(frozen=True, kw_only=True)
class _VariationalModel(Model):
    """A variational autoencoder, which maximises a lower bound of the likelihood."""

    losses: ClassVar[tuple] = ("mse", "binary_crossentropy")
    other_losses: ClassVar[str] = ""
    # The mean and the logarithm of the variance.
    outputs_per_code: ClassVar[int] = 2

    beta: float

    def components(self, rows, encoding_dim, random_state):
        # Probabilistic PCA has one noise variance, so all entries count as they do in the loss.
        return PrincipalComponents.of(rows.X, encoding_dim, random_state, rows.sample_weight)

    def linear_start(self, network, pca, rows):
        variances = pca.variances(rows.X, rows.sample_weight)
        return start_at_probabilistic_pca(network, pca, variances, self.beta, min_variance(pca.standardization))

    def objective(self, loss, corruption, rows, encoding_dim):
        return EvidenceLowerBound(loss, self.beta, corruption)

    @property
    def can_copy(self):
        return self.noise is None and self.beta == 0
