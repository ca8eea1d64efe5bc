"""The autoencoder that is a model of the data: it can draw new rows."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params
from sklearn.utils.validation import check_is_fitted

from ._base import BaseAutoencoder
from ._losses import mean_error_loss
from ._objective import NegativeEvidenceLowerBound
from ._parameter_checks import SHARED_CONSTRAINTS, check_loss
from ._pca_start import start_at_probabilistic_pca


class VariationalAutoencoderTransformer(BaseAutoencoder):
    """Non-linear probabilistic PCA: an autoencoder whose codes are normally distributed, and that draws new rows.

    The encoder puts out, for every row, the mean and the variance of a normal distribution of its code; the decoder is
    trained on draws from it, and a divergence keeps the codes of all rows together close to the standard normal
    distribution [1]_. Choose it over :class:`AutoencoderTransformer` when codes should fill their space without gaps,
    or when you want to `sample`; over :class:`~sklearn.decomposition.PCA` when the rows are not normally distributed.

    With the default ``init`` it starts at probabilistic PCA [2]_, the best that a linear one can be:

    1. Rows are centred and divided by one scale common to all features.
    2. Encoder and decoder have a linear path beside their hidden layers, which holds the posterior means and the
       loadings of probabilistic PCA; the hidden layers start by adding nothing.
    3. Training lowers the negative evidence lower bound from there, and keeps the epoch with the lowest on held-out
       rows. The variance of the rows around the decoder's is always at its best, the mean squared error [3]_, so that
       codes need no tuning not to collapse.

    `transform` is the mean of the code: the same row has the same code every time.

    Parameters
    ----------
    encoding_dim : int or float, default=2
        Size of the code. A float between 0 and 1 stands for as many dimensions as PCA needs to explain that share of
        the variance. The default, 2, is for looking at codes in a plane.
    beta : float, default=1.0
        Weight of the divergence; 1.0 is the evidence lower bound [1]_. Larger values make codes rounder and more
        independent at the cost of detail [4]_; 0.0 leaves an ordinary autoencoder.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers, mirrored by the decoder, as in :class:`AutoencoderTransformer`.
    architecture : "dense" or architecture object, default="dense"
        How a row of X is seen, as in :class:`AutoencoderTransformer`.
    activation : str, default="gelu"
        Of the hidden layers, by Keras' name.
    output_activation : str, default="linear"
        Of the reconstruction. "sigmoid" is required by ``loss="binary_crossentropy"``.
    loss : {"mse", "binary_crossentropy"}, default="mse"
        "mse": rows are normally distributed around the decoder's output, with one variance for all features.
        "binary_crossentropy": entries in [0, 1] are Bernoulli with that mean.
    init : {"auto", "pca", "random"}, default="auto"
        Where training starts: at probabilistic PCA, or at random weights, without linear path and without scaling.
        "auto": "pca" with squared error, a linear output and any architecture but your own models.
    noise : {"gaussian", "masking", "salt_and_pepper"} or None, default=None
        What is done to the rows that the encoder sees in training, as in :class:`AutoencoderTransformer`.
    noise_level : float, default=0.1
        Standard deviation in units of the scale of X, or share of the entries.
    weight_decay : float, default=0.0
        Share by which kernels, not biases, shrink per step and unit of the learning rate (decoupled weight decay).
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        By Keras' name, or an optimizer, which brings its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=1e-3
        Of an optimizer given by name.
    batch_size : int or "auto", default="auto"
        Rows per step. "auto": a power of two between 32 and 256, for some 32 steps per epoch.
    epochs : int, default=200
        The most passes over the training rows. 0 keeps the start.
    early_stopping : bool, default=True
        Whether to hold out rows, to keep the epoch with the lowest loss on them, and to stop after `patience` epochs
        without a lower one. If False, all rows are trained on for all `epochs`, and the last epoch is kept.
    validation_fraction : float, default=0.1
        Share of the rows, drawn at random, that early stopping holds out. Not used if ``X_val`` is given to `fit`.
    patience : int, default=20
        Epochs without a lower loss after which early stopping stops.
    callbacks : keras.callbacks.Callback, list of them, or None, default=None
        As in :class:`AutoencoderTransformer`.
    random_state : int, RandomState instance or None, default=None
        Draws the held-out rows, the random weights, codes, noise and the order of the rows. An int gives the same
        numbers to the bit in every fit on the same machine with the same number of threads.
    verbose : int, default=0
        1 shows a progress bar with epoch and losses; 0 nothing.

    Attributes
    ----------
    encoder_ : keras.Model
        From rows to the means of their codes; built at the first access.
    decoder_ : keras.Model
        From codes to rows.
    autoencoder_ : keras.Model
        Both in one; it shares their weights.
    encoding_dim_ : int
        Size of the code.
    noise_variance_ : float
        Mean squared error, in squared units of X, of training rows around what is decoded from draws of their codes;
        for ``epochs=0`` the noise variance of probabilistic PCA.
    history_ : dict of str to list of float
        By epoch, epoch 0 being the start: "loss", the negative evidence lower bound in nats per row;
        "reconstruction_loss", in squared units of X if it is squared error; "kl_divergence", in nats per row; and with
        held-out rows the same again, "val_loss" and so on.
    n_iter_ : int
        Epochs run.
    init_ : {"pca", "random"}
        Where training started.
    best_epoch_ : int
        The epoch that is kept; 0 is the start.
    r2_ : float
        Share of the variance of the training rows that the reconstruction explains; on 5000 of them, evenly spaced, if
        there are more.
    pca_r2_ : float
        The same of PCA with as many components. NaN where training started at random weights and X has more than 1000
        columns: there it would take longer than some fits.
    n_parameters_ : int
        Number of weights of encoder and decoder.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

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
        noise_level=0.1,
        weight_decay=0.0,
        optimizer="adam",
        learning_rate=1e-3,
        batch_size="auto",
        epochs=200,
        early_stopping=True,
        validation_fraction=0.1,
        patience=20,
        callbacks=None,
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
        self.random_state = random_state
        self.verbose = verbose

    @validate_params(
        {
            "self": "no_validation",
            "n_samples": [Interval(Integral, 1, None, closed="left")],
            "random_state": ["random_state"],
        },
        prefer_skip_nested_validation=True,
    )
    def sample(self, n_samples=1, random_state=None):
        """Draw new rows: codes, decoded, with the noise that rows have.

        Codes are drawn from the normal distribution that has the mean and the covariance of the codes of the training
        rows, which is close to the standard one, and closer to the rows than it [1]_. Rows without noise are
        ``inverse_transform`` of codes that you draw yourself.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        X : ndarray of shape (n_samples, n_features_in_), dtype of the X that was fitted
            With ``loss="binary_crossentropy"`` the means of the entries.

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
        if self.loss == "mse":
            X += random_state.normal(scale=np.sqrt(self.noise_variance_), size=X.shape)
        return X

    def _fit(self, X, X_val):
        super()._fit(X, X_val)
        means, log_variances = np.split(self._autoencoder.posterior(X).astype(np.float64), 2, axis=1)
        self._code_mean = means.mean(axis=0)
        # The covariance of the means and, since posteriors are independent along the codes, their mean variance.
        covariance = np.atleast_2d(np.cov(means.T, bias=True)) + np.diag(np.exp(log_variances).mean(axis=0))
        self._code_covariance_root = np.linalg.cholesky(covariance)
        self.noise_variance_ = self._noise_variance(X, check_random_state(self.random_state))

    def _noise_variance(self, X, random_state):
        def decode_drawn(rows):
            means, log_variances = np.split(self._autoencoder.posterior(rows), 2, axis=1)
            drawn = random_state.normal(size=means.shape).astype(means.dtype)
            return self._autoencoder.decode(means + np.exp(log_variances / 2) * drawn)

        return mean_error_loss("mse", decode_drawn, X, scale=1.0)

    @property
    def _code_activation(self):
        return "linear"

    def _objective(self):
        return NegativeEvidenceLowerBound(self.loss, weight=self.beta)

    def _check_loss(self, architecture):
        output_activation = "sigmoid" if architecture.owns_activations else self.output_activation
        check_loss(self.loss, output_activation, ("mse", "binary_crossentropy"), otherwise="")

    def _start_at_pca(self, start, pca, X):
        return start_at_probabilistic_pca(start, pca, pca.variances(X), self.beta)

    def _in_units_of_X(self, autoencoder, standardization):
        # Codes have no unit: they are distributed normally with variance one.
        return autoencoder.in_units(standardization, code_scale=1.0)

    @property
    def _can_copy(self):
        return self.noise is None and self.beta == 0
