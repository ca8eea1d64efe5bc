"""Missing values: filled by an autoencoder that has learned to find hidden entries."""

from contextlib import nullcontext
from numbers import Integral, Real

import numpy as np
from scipy.sparse import issparse
from sklearn.base import _fit_context
from sklearn.impute._base import _BaseImputer
from sklearn.utils import check_random_state
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils._param_validation import Interval, MissingValues, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from ._base import chosen_batch_size, unchanged_on_failure
from ._factor_analysis import FactorAnalysis, Observed
from ._hidden_entries import HiddenEntries, column_shares, hidden_error
from ._objective import HiddenEntriesLoss
from ._parameter_checks import SHARED_CONSTRAINTS, check_activations, check_hidden_layer_sizes, resolved
from ._pca_start import Standardization, start_at_factor_analysis
from ._progress import TrainingProgress
from .architectures import ARCHITECTURES

_DTYPES = [np.float64, np.float32]
# Of "auto". More factors cost time with their square.
_MOST_CODES = 20
# Every row is seen with other entries hidden, as often as makes so many rows, ten times at most.
_ROWS_SEEN = 2**15
_MOST_COPIES = 10
# Of the entries: as many hidden as are missing, within these bounds.
_NOISE_LEVELS = 0.2, 0.5
# Rows that are held out, and rows that measure the start, are kept dense.
_MEMORY_ELEMENTS = 2**21


class AutoencoderImputer(_BaseImputer):
    """Fill missing values with what an autoencoder makes of the others.

    Training hides observed entries, others in every copy of a row, and asks for them: the loss is over hidden entries
    alone. It starts at factor analysis of the observed entries, which is iterative PCA with noise of each column's own
    [1]_; holes in what the encoder sees are filled with its expected values. The best epoch on held-out rows is kept,
    the start included.

    Parameters
    ----------
    encoding_dim : int or "auto", default="auto"
        Size of the code, and the number of factors. "auto": 20, or one less than there are columns if that is fewer;
        factors that are not needed vanish.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers; the decoder mirrors them. As for :class:`AutoencoderTransformer`.
    architecture : "dense" or architecture object, default="dense"
        How a row is seen: as a vector, an image, a sequence.
    activation : str, default="gelu"
        Of the hidden layers, by Keras' name.
    loss : {"huber", "mse", "mae"}, default="huber"
        Of hidden entries, in standard deviations of their column. With "mse", columns that are nearly constant ruled
        training: on digits a tenth of whose entries were missing, "huber" left 6 % less error, elsewhere
        as much.
    noise_level : float or "auto", default="auto"
        Share of the observed entries, between 0 and 1, that are hidden in training. "auto": the share of entries that
        are missing, at least 0.2 and at most 0.5.
    weight_decay : float, default=0.0
        Share by which kernels shrink per step and unit of the learning rate.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        By Keras' name, or an optimizer, which brings its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.003
        Of an optimizer given by name. Every epoch sees each row up to ten times: a higher rate than
        :class:`AutoencoderTransformer` has left no more error, in half of the time.
    batch_size : int or "auto", default="auto"
        Rows per step. "auto": a power of two between 32 and 256, for some 32 steps per epoch.
    epochs : int, default=100
        The most passes over the rows, each in up to ten copies. 0 keeps the start, factor analysis.
    validation_fraction : float, default=0.1
        Share of the rows that decide which epoch is kept. With so few rows that this is less than one, the start is.
    patience : int, default=5
        Epochs without a lower loss after which training stops.
    missing_values : int, float, `np.nan`, `pd.NA`, None or "implicit", default=np.nan
        What marks a missing entry. "implicit": X is a sparse matrix, and what it does not hold is missing, as in
        ratings; zeros that it does hold are data.
    add_indicator : bool, default=False
        Whether to append a column for each column with missing values that tells where they were.
    keep_empty_features : bool, default=False
        Whether columns without any observed entry are kept, filled with 0, or left out.
    random_state : int, RandomState instance or None, default=None
        Draws the held-out rows, what is hidden, the random weights and the order of the rows.
    verbose : int, default=0
        1 shows a progress bar; 0 nothing.

    Attributes
    ----------
    encoding_dim_ : int
        Size of the code.
    history_ : dict of str to list of float
        "loss" and, with held-out rows, "val_loss" by epoch, epoch 0 being the start: of hidden entries, in standard
        deviations of their column.
    n_iter_ : int
        Epochs run.
    best_epoch_ : int
        The epoch that is kept; 0 is factor analysis.
    indicator_ : :class:`~sklearn.impute.MissingIndicator`
        If `add_indicator`.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    sklearn.impute.IterativeImputer : Each column from all others, by linear regressions in turn.
    sklearn.impute.KNNImputer : From the most similar rows.
    AutoencoderTransformer : Codes and reconstructions of complete rows.

    References
    ----------
    .. [1] Ilin & Raiko (2010). Practical approaches to principal component analysis in the presence of missing values.
       JMLR 11.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from skautoencoder import AutoencoderImputer
    >>> X = scale(load_breast_cancer().data)
    >>> missing = np.random.default_rng(0).uniform(size=X.shape) < 0.3
    >>> filled = AutoencoderImputer(random_state=0).fit_transform(np.where(missing, np.nan, X))
    >>> bool(np.sqrt(np.mean((filled - X)[missing] ** 2)) < 0.45)
    True
    """

    _parameter_constraints = {
        **{
            name: SHARED_CONSTRAINTS[name]
            for name in (
                "hidden_layer_sizes",
                "architecture",
                "activation",
                "weight_decay",
                "optimizer",
                "learning_rate",
                "batch_size",
                "epochs",
                "validation_fraction",
                "patience",
                "random_state",
                "verbose",
            )
        },
        "encoding_dim": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "loss": [StrOptions({"mse", "mae", "huber"})],
        "noise_level": [Interval(Real, 0, 1, closed="neither"), StrOptions({"auto"})],
        "missing_values": [MissingValues(numeric_only=True), StrOptions({"implicit"}), None],
        "add_indicator": ["boolean"],
        "keep_empty_features": ["boolean"],
    }

    def __init__(
        self,
        encoding_dim="auto",
        *,
        hidden_layer_sizes="auto",
        architecture="dense",
        activation="gelu",
        loss="huber",
        noise_level="auto",
        weight_decay=0.0,
        optimizer="adam",
        learning_rate=0.003,
        batch_size="auto",
        epochs=100,
        validation_fraction=0.1,
        patience=5,
        missing_values=np.nan,
        add_indicator=False,
        keep_empty_features=False,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            missing_values=missing_values, add_indicator=add_indicator, keep_empty_features=keep_empty_features
        )
        self.encoding_dim = encoding_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.architecture = architecture
        self.activation = activation
        self.loss = loss
        self.noise_level = noise_level
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn to find missing entries.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
            Sparse with ``missing_values="implicit"`` alone.
        y : None
            Ignored; there for `Pipeline`.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If nothing is observed, `missing_values` does not occur, a parameter does not fit another one or X, or X
            holds anything but numbers and missing values. A failed fit leaves the estimator as it was.
        """
        with unchanged_on_failure(self):
            X, missing = self._validate(X, reset=True)
            self._valid_mask = self._observed(X, missing).counts() > 0
            if not self._valid_mask.any():
                raise ValueError("X has no observed entry: there is nothing to learn from.")
            self._fit_indicator(missing)
            self._fit(self._observed(X, missing)[:, self._valid_mask])
        return self

    def transform(self, X):
        """Fill missing entries; observed ones stay as they are, to the bit.

        Nothing is filled with a value beyond those that were observed of its column in `fit`.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        X_filled : ndarray of shape (n_samples, n_output_features), dtype of X
            Without the columns that had no observed entry in `fit`, unless `keep_empty_features`, and with those of the
            indicator, if `add_indicator`.
        """
        check_is_fitted(self)
        X, missing = self._validate(X, reset=False)
        observed = self._observed(X, missing)
        filled = np.zeros(X.shape, dtype=X.dtype)
        for rows in observed.blocks(X.shape[1]):
            values, mask = observed[rows].dense()
            filled[rows] = values
            found = np.zeros(values.shape)
            found[:, self._valid_mask] = np.clip(self._expected(observed[rows]), *self._bounds)
            filled[rows][mask == 0] = found[mask == 0]
        if not self.keep_empty_features:
            filled = filled[:, self._valid_mask]
        return self._concatenate_indicator(filled, self._transform_indicator(missing) if self.add_indicator else None)

    def recommend(self, X, n=10, *, names=None):
        """Name the unobserved columns of each row with the highest expected values.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
        n : int, default=10
            Columns per row.
        names : sequence of shape (n_features,), default=None
            Of the columns. None: `feature_names_in_`, or their numbers.

        Returns
        -------
        recommended : ndarray of shape (n_samples, n)
            Names, the highest first. Columns that had no observed entry in `fit` are never among them.

        Raises
        ------
        ValueError
            If a row has less than `n` unobserved columns, or there is not a name for every column.
        """
        check_is_fitted(self)
        X, missing = self._validate(X, reset=False)
        observed = self._observed(X, missing)
        if names is None:
            names = getattr(self, "feature_names_in_", np.arange(self.n_features_in_))
        names = np.asarray(names)
        if len(names) != self.n_features_in_:
            raise ValueError(f"names should have one of each of {self.n_features_in_} columns, but has {len(names)}.")
        n_open = int(self._valid_mask.sum() - np.asarray(observed.mask[:, self._valid_mask].sum(axis=1)).max())
        if not isinstance(n, Integral) or not 1 <= n <= n_open:
            raise ValueError(f"n={n!r}: the row with the fewest unobserved columns has {n_open}.")
        recommended = np.empty((X.shape[0], n), dtype=names.dtype)
        for rows in observed.blocks(X.shape[1]):
            expected = np.full((rows.stop - rows.start, X.shape[1]), -np.inf)
            expected[:, self._valid_mask] = self._expected(observed[rows])
            expected[observed[rows].dense()[1] > 0] = -np.inf
            highest = np.argpartition(-expected, n - 1, axis=1)[:, :n]
            order = np.argsort(-np.take_along_axis(expected, highest, axis=1), axis=1, kind="stable")
            recommended[rows] = names[np.take_along_axis(highest, order, axis=1)]
        return recommended

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns that `transform` puts out.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            None: those seen in `fit`.

        Returns
        -------
        feature_names_out : ndarray of str
        """
        check_is_fitted(self)
        input_features = _check_feature_names_in(self, input_features)
        names = input_features if self.keep_empty_features else input_features[self._valid_mask]
        return self._concatenate_indicator_feature_names_out(names, input_features)

    def _validate(self, X, *, reset):
        """Return X and, unless it is sparse, where it is missing."""
        if self._is_implicit:
            if not issparse(X):
                raise ValueError(
                    f"missing_values='implicit' is for sparse matrices, in which what is absent is missing, but X is "
                    f"{type(X).__name__}. Pass a scipy.sparse matrix, or leave missing_values at NaN."
                )
            if self.add_indicator:
                raise ValueError(
                    "add_indicator=True with missing_values='implicit': the indicator would be as dense as X."
                )
            return validate_data(self, X, reset=reset, accept_sparse="csr", dtype=_DTYPES), None
        if self._is_nan:
            X = validate_data(self, X, reset=reset, dtype=_DTYPES, ensure_all_finite="allow-nan")
            return X, np.isnan(X)
        X = validate_data(self, X, reset=reset, dtype=_DTYPES)
        missing = X == self.missing_values
        if reset and not missing.any():
            raise ValueError(
                f"missing_values={self.missing_values!r} does not occur in X. Pass what marks missing entries, for "
                "example np.nan."
            )
        return X, missing

    @property
    def _is_nan(self):
        """Whether missing entries are NaN once X is an array of numbers."""
        return self.missing_values is None or is_pandas_na(self.missing_values) or is_scalar_nan(self.missing_values)

    @property
    def _is_implicit(self):
        return isinstance(self.missing_values, str) and self.missing_values == "implicit"

    def _observed(self, X, missing):
        return Observed.of(X if missing is None else np.where(missing, np.nan, X))

    def _fit(self, observed):
        random_state = check_random_state(self.random_state)
        architecture = resolved("architecture", self.architecture, ARCHITECTURES, "an architecture object")
        n_samples, n_features = observed.shape
        sizes = self._check_parameters(architecture, n_features)
        self._mean, self._scale = observed.moments()
        self._bounds = observed.bounds()
        observed = observed.standardized(self._mean, self._scale)
        most = max(min(n_features - 1, n_samples), 1)
        encoding_dim = min(_MOST_CODES, most) if self.encoding_dim == "auto" else int(self.encoding_dim)
        self._factors = FactorAnalysis.of(observed, min(encoding_dim, most), random_state)
        most_dense = max(_MEMORY_ELEMENTS // n_features, 1)
        n_validation = min(int(self.validation_fraction * n_samples), most_dense)
        validation, training = np.split(random_state.permutation(n_samples), [n_validation])
        rows, held_out = (self._hidden_entries(observed[chosen], random_state) for chosen in (training, validation))
        examples, held_out = (entries[np.arange(min(len(entries), most_dense))] for entries in (rows, held_out))
        start = architecture.untrained(
            n_features,
            encoding_dim,
            sizes,
            activation=self.activation,
            code_activation="linear",
            output_activation="linear",
            linear_path=True,
            n_code_outputs=encoding_dim,
            random_state=random_state,
        )
        start = start_at_factor_analysis(start, self._factors, column_shares(self._factors, examples))
        result = self._train(start, rows, held_out, random_state)
        autoencoder, best_epoch = result.autoencoder, result.best_epoch
        # Held-out rows are a sample; on what factor analysis has seen, it is not to be beaten by luck.
        if best_epoch > 0 and not hidden_error(autoencoder, examples) < hidden_error(start, examples):
            autoencoder, best_epoch = start, 0
        self._autoencoder = autoencoder
        self.encoding_dim_ = encoding_dim
        self.history_ = result.history
        self.n_iter_ = len(result.history["loss"]) - 1
        self.best_epoch_ = best_epoch

    def _check_parameters(self, architecture, n_features):
        """Check the parameters against each other and X; return the sizes of the hidden layers."""
        sizes = architecture.default_hidden_layer_sizes
        if not isinstance(self.hidden_layer_sizes, str):
            sizes = check_hidden_layer_sizes(self.hidden_layer_sizes)
        check_activations(activation=self.activation)
        if not architecture.starts_at_pca:
            raise ValueError(
                f"architecture={self.architecture!r} cannot start at factor analysis. Choose 'dense', "
                "ConvolutionalArchitecture or RecurrentArchitecture."
            )
        architecture.check(n_features)
        from ._engine.keras_objects import check_keras_objects

        check_keras_objects(self.loss, self.optimizer, self.learning_rate, [])
        return sizes

    def _hidden_entries(self, observed, random_state):
        share = self.noise_level
        if share == "auto":
            share = np.clip(1 - observed.counts().sum() / max(np.prod(observed.shape), 1), *_NOISE_LEVELS)
        n_copies = int(np.clip(_ROWS_SEEN // max(observed.shape[0], 1), 1, _MOST_COPIES))
        return HiddenEntries(observed, self._factors, share, n_copies, random_state.randint(2**31 - 1))

    def _train(self, start, rows, held_out, random_state):
        from ._engine.batches import capacity
        from ._engine.training import Data, Program, Settings, train

        n_features = start.n_features
        objective = HiddenEntriesLoss(self.loss)
        program = Program(
            autoencoder=start,
            objective=objective,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            batch_size=min(chosen_batch_size(self.batch_size, len(rows)), capacity(len(rows))),
            decays=self.weight_decay > 0,
        )
        settings = Settings(
            epochs=self.epochs if len(held_out) else 0,
            patience=self.patience,
            keep_best=True,
            penalty_weight=0.0,
            weight_decay=self.weight_decay,
            noise_level=0.0,
            low=0.0,
            high=0.0,
        )
        everything = np.arange(len(rows)), np.arange(len(held_out))
        progress = TrainingProgress(type(self).__name__, self.epochs, np.nan) if self.verbose else None
        with progress or nullcontext(lambda history: None) as on_epoch:
            return train(
                program,
                Data(rows, held_out, *everything, Standardization.none(2 * n_features)),
                settings,
                callbacks=[],
                in_units_of_X=lambda record: objective.in_units_of_X(record, 1.0, n_features),
                random_state=random_state,
                on_epoch=on_epoch,
            )

    def _expected(self, observed):
        """Return what the autoencoder makes of rows, of the columns that were not empty in `fit`."""
        known = observed[:, self._valid_mask].standardized(self._mean, self._scale)
        return self._autoencoder.reconstruct(self._factors.complete(known)) * self._scale + self._mean

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_autoencoder")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse, tags.input_tags.allow_nan = self._is_implicit, self._is_nan
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
