"""AutoencoderImputer: an autoencoder trained to predict hidden entries fills missing values."""

from numbers import Integral, Real

import numpy as np
from sklearn import config_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._checks import SHARED_CONSTRAINTS, Count, checked_weight, warn_of_rows_as_y
from ._estimator import Estimator
from ._input import check_table, explaining
from ._other_names import explain_unknown_names
from ._sklearn_compat import (
    BaseImputer,
    Interval,
    MissingValues,
    StrOptions,
    check_feature_names_in,
    fit_context,
    in_output_container,
    output_container,
    with_callbacks,
)
from .imputation import (
    MemberOptions,
    fit_members,
    limits_of_filling,
    marks_nan,
    table_of,
    without_mask,
)
from .rows import Observed, rows_that_count
from .tables import with_columns
from .training.session import FitSession

# Number of parts of the observed entries that `score` hides in turn.
_SCORED_PARTS = 10
# What to do about entries that are not finite numbers.
_ADVICE = {
    "words": "Pass a data frame, in which columns of words are categories.",
    "infinity": "Replace it by the marker of missing entries to have it filled in.",
    "missing": "missing_values is another marker: leave it at np.nan, or mark all missing entries with it.",
}


class AutoencoderImputer(Estimator, BaseImputer):
    """Fill missing values with the predictions of an autoencoder from the observed ones.

    Choose it over :class:`~sklearn.impute.SimpleImputer` when columns depend on each other, so that the observed
    entries of a row help to predict its missing ones. For ratings, see :class:`AutoencoderRecommender`.

    Training hides observed entries and learns to predict them; only hidden entries enter the loss. Each row is used in
    up to ten copies with different hidden entries. Training starts at factor analysis of the observed entries:
    iterative PCA with a separate noise variance for each column [1]_. The encoder reads rows whose missing and hidden
    entries are filled by factor analysis. The epoch with the lowest loss on held-out rows is kept, the start included.

    By default three autoencoders are fitted, each with a different tenth of the observed entries held out. Their mean
    is combined, column by column, with the column mean, the nearest rows of the fit and, up to 100 columns, a
    multivariate normal regression; the non-negative weights are learned on the held-out entries (stacking [2]_). The
    imputer keeps up to 20000 rows of the fit as neighbours.

    Data frames of pandas and polars may have columns of categories, strings and booleans. These are one-hot encoded
    internally and filled with one of their categories. The output is an array, as of all transformers, with floats in
    place of integers; ``set_output(transform="pandas")`` and "polars" give data frames, whose columns keep the dtypes
    of X. Their columns of integers are filled with whole numbers.

    A fitted imputer has no Keras models, because its network needs rows that factor analysis has filled. For codes of
    incomplete rows, fit an :class:`AutoencoderTransformer` to the filled rows.

    Parameters
    ----------
    encoding_dim : int or "auto", default="auto"
        Size of the code, and the number of factors, at least 1. "auto": 20, but at most one less than the number of
        columns and at most the number of rows; factors that are not needed vanish.
    n_estimators : int, default=3
        Number of autoencoders, at least 1. A single one is trained on all observed entries, in a third of the time; it
        is not combined with other predictions and keeps no rows.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers, at least 1; the decoder mirrors them. "auto": dense layers of (128, 64),
        convolutions as :class:`AutoencoderTransformer` has, recurrent layers of (64,); ``()``: no hidden layers.
    architecture : "dense" or architecture object, default="dense"
        How a row of X is read: "dense" as a vector, or :class:`DenseArchitecture` with other sizes of the decoder,
        :class:`ConvolutionalArchitecture` as an image, :class:`RecurrentArchitecture` as a sequence. Images and
        sequences use the places of the columns, so columns without any observed entry stay inside the network; other
        architectures leave them out. The columns of the output are the same either way.
    activation : str, default="gelu"
        Activation of the hidden layers, as a Keras name. The default is as accurate as "relu" on most tables, and more
        reliable.
    loss : {"mse", "huber", "mae"}, default="mse"
        Loss of the hidden entries, which training minimises; errors are in standard deviations of their column. "huber"
        squares errors up to one standard deviation and takes larger ones by their absolute value, so that rare large
        values in columns that are nearly constant do not dominate training.
    noise_level : float or "auto", default="auto"
        Share of the observed entries that are hidden in training, above 0 and below 1. "auto": the share of entries
        that are missing, so that training resembles the task, but at least 0.2 and at most 0.5.
    weight_decay : float, default=0.01
        Decoupled weight decay, at least 0: each step multiplies kernels, but not biases, by
        ``1 - learning_rate * weight_decay``.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimizer, as a Keras name or an object. An object has its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.003
        Learning rate of an optimizer that is given by name, above 0. The default is higher than that of
        :class:`AutoencoderTransformer`: an epoch shows each row up to ten times, and the higher rate is as accurate in
        less time.
    batch_size : int or "auto", default="auto"
        Rows per step, at least 1. "auto": the power of two between 32 and 256 that makes about 32 steps per epoch.
    epochs : int, default=100
        Maximum number of passes over the training rows, each row in up to ten copies, at least 0. 0 keeps the start:
        with ``n_estimators=1``, entries are then filled by factor analysis.
    validation_fraction : float, default=0.1
        Share of the rows, above 0 and below 1, that are held out at random to choose the epoch that is kept. If it is
        less than one row, there is no training, and the start is kept.
    patience : int, default=10
        Epochs without a lower loss after which training ends, at least 1. It is lower than that of
        :class:`AutoencoderTransformer` because an epoch shows each row up to ten times.
    missing_values : int, float, `np.nan`, `pd.NA` or None, default=np.nan
        Marker of missing entries, which need not occur. None and `pd.NA` are the same as NaN; None in objects and the
        missing entries of nullable columns are read as NaN. In data frames, these are missing beside any marker.
    add_indicator : bool, default=False
        Whether to append an indicator column to the output for each column with missing values in `fit`.
    keep_empty_features : bool, default=False
        Whether to keep columns without any observed entry in `fit` in the output, filled with 0. If False, they are
        left out.
    handle_unknown : {"ignore", "error"}, default="ignore"
        What happens to categories that `fit` has not seen, as in :class:`~sklearn.preprocessing.OneHotEncoder`.
        "ignore": they stay in the output, and other entries of the row are filled as if they were missing, so that
        cross-validation works with rare categories. "error": `transform` raises an error.
    min_value, max_value : float, array-like of shape (n_features,), dict or Series, default=None
        Smallest and largest value to fill in, for all columns or for each. None: the smallest and the largest value of
        each column that `fit` has observed. To disable the bounds, as :class:`~sklearn.impute.IterativeImputer` does,
        pass ``min_value=-np.inf, max_value=np.inf``. In an array, None and NaN mean no bound. A dict, and a Series with
        labels, hold bounds by name of the column; other columns have no bound.
    checkpoint : str, path-like or None, default=None
        Folder of checkpoints, from which `fit` continues after the process was killed, as in
        :class:`AutoencoderTransformer`.
    random_state : int, RandomState instance or None, default=None
        Source of the held-out rows, the hidden entries, the initial weights and the order of the rows. Pass an int for
        reproducible results.
    verbose : int, default=0
        Whether to show progress: 0 shows nothing, 1 a bar with the epoch and the losses.

    Attributes
    ----------
    encoding_dim_ : int
        Size of the code; 0 if X had no observed entry.
    history_ : dict of str to list of float
        Losses of hidden entries by epoch, for standardised columns; epoch 0 is the start. "loss" is that of the
        training rows, "val_loss" that of the held-out rows, if there are any, both after the epoch. "loss" is measured
        on a tenth of the copies of the training rows, but at least 256 and at most 4096. With several autoencoders,
        losses are means; after its last epoch, an autoencoder enters with the losses of the epoch that it keeps.
    n_iter_ : int
        Number of epochs of the autoencoder that was trained longest.
    best_epoch_ : int
        Epoch that is kept, the latest one of several autoencoders; 0 is factor analysis.
    indicator_ : :class:`~sklearn.impute.MissingIndicator`
        Indicator of missing values, or None without `add_indicator`.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), dtype object
        Names of the features seen during `fit`. Defined only if X has feature names that are all strings.

    See Also
    --------
    sklearn.impute.IterativeImputer : Predict each column from all others, by linear regressions in turn.
    sklearn.impute.KNNImputer : Fill with means of the most similar rows.
    AutoencoderTransformer : Codes and reconstructions of complete rows.
    AutoencoderRecommender : Expected ratings and recommendations.

    References
    ----------
    .. [1] Ilin & Raiko (2010). Practical approaches to principal component analysis in the presence of missing values.
       JMLR 11.
    .. [2] Breiman (1996). Stacked regressions. Machine Learning 24.

    Examples
    --------
    Three tenths of a table are filled in, with an error of less than half a standard deviation:

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
                "hidden_layer_sizes architecture activation weight_decay optimizer learning_rate batch_size epochs "
                "validation_fraction patience handle_unknown checkpoint random_state verbose"
            ).split()
        },
        "n_estimators": [Count()],
        "encoding_dim": [Count(), StrOptions({"auto"})],
        "loss": [str],
        "noise_level": [Interval(Real, 0, 1, closed="neither"), StrOptions({"auto"})],
        "missing_values": [MissingValues(numeric_only=True), None],
        "add_indicator": ["boolean"],
        "keep_empty_features": ["boolean"],
        "min_value": [Interval(Real, None, None, closed="both"), "array-like", None],
        "max_value": [Interval(Real, None, None, closed="both"), "array-like", None],
    }

    @explain_unknown_names
    def __init__(
        self,
        encoding_dim="auto",
        *,
        n_estimators=3,
        hidden_layer_sizes="auto",
        architecture="dense",
        activation="gelu",
        loss="mse",
        noise_level="auto",
        weight_decay=0.01,
        optimizer="adam",
        learning_rate=0.003,
        batch_size="auto",
        epochs=100,
        validation_fraction=0.1,
        patience=10,
        missing_values=np.nan,
        add_indicator=False,
        keep_empty_features=False,
        handle_unknown="ignore",
        min_value=None,
        max_value=None,
        checkpoint=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            missing_values=missing_values, add_indicator=add_indicator, keep_empty_features=keep_empty_features
        )
        self.encoding_dim = encoding_dim
        self.n_estimators = n_estimators
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
        self.handle_unknown = handle_unknown
        self.min_value = min_value
        self.max_value = max_value
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.verbose = verbose

    @explain_unknown_names
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the imputer to rows with missing entries.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows with missing entries, float32 or float64; other numbers are converted to float64. Columns of a data
            frame that do not hold numbers hold categories; the hundred most frequent ones may be filled in. Entries
            under the mask of a NumPy masked array are missing.
        y : None
            Ignored; there for `Pipeline`.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: in means and scales, in factor analysis, in training and among the
            held-out rows. Only the ratios of the weights matter; a row of weight 0 is left out. If None, all rows count
            the same.

        Returns
        -------
        object
            The imputer itself.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupts training. The imputer is fitted all the same: it keeps the best epoch so far.
        ValueError
            If parameters exclude each other or do not suit X, or X holds anything but numbers, missing values and, in a
            data frame, categories. A failed fit leaves the estimator as it was.
        TypeError
            If X is sparse.
        """
        with FitSession(self, self.n_estimators * self.epochs) as session:
            warn_of_rows_as_y(
                X, y, "Pass further rows to transform; the true values of missing entries are not needed."
            )
            X, missing = self._read(X, reset=True)
            weights, X, missing = rows_that_count(checked_weight(sample_weight, X), X, missing)
            observed = Observed.of(X)
            self._is_observed = observed.counts() > 0
            # Fitted methods do not read parameters: set_params may have changed them since.
            self._is_kept = self._table.kept(self._is_observed, self.keep_empty_features)
            self._fit_indicator(missing)
            session.begin(X, weights)
            checkpoints = [None] * self.n_estimators
            if self.checkpoint is not None:
                checkpoints = [session.open_checkpoint([X, weights, np.array(n)]) for n in range(self.n_estimators)]
            session.interruption = self._fit(observed, weights, session, checkpoints)
        return self

    def transform(self, X):
        """Fill missing entries and leave observed ones as they are, to the bit.

        Filled values lie within the range observed in `fit` in the same column, or within `min_value` and `max_value`
        if these are given.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.

        Returns
        -------
        ndarray or DataFrame of shape (n_samples, n_output_features)
            Filled rows. Columns that had no observed entry in `fit` are left out, unless `keep_empty_features` is True,
            and the columns of the indicator are appended if `add_indicator` is True. An array has dtype float32 or
            float64, or object if X has categories. With `set_output`, the columns of a data frame keep their dtypes,
            and those of integers are filled with rounded values.

        Raises
        ------
        ValueError
            If a data frame holds words where it held numbers in `fit`, or the reverse, or a category that it did not
            hold in `fit` and ``handle_unknown="error"``.
        TypeError
            If X is no data frame, and `fit` saw one with categories.
        """
        check_is_fitted(self)
        rows, missing = self._read(X, reset=False)
        observed = self._known(rows)
        filled = rows.copy()
        is_whole = self._is_whole(X)
        for block in observed.blocks(rows.shape[1]):
            self._fill(filled[block], self._filling(observed[block]), is_whole)
        return self._written(X, missing, filled)

    def sample(self, X, n_draws=5, *, random_state=None):
        """Fill missing entries with random draws, several times: multiple imputation [1]_.

        `transform` fills in expected values, which vary less than observed ones, so that statistics of filled tables
        look more certain than they are. Draws have the spread of the errors on entries that were hidden in `fit`.
        Errors within a row are correlated as the factor-analysis model predicts. Analyse each of the filled tables, and
        pool the results by Rubin's rules [2]_.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.
        n_draws : int, default=5
            Number of draws, at least 1.
        random_state : int, RandomState instance or None, default=None
            Source of the draws. Pass an int for the same draws in every call.

        Returns
        -------
        list of length n_draws
            Filled rows, each as `transform` returns them.

        Raises
        ------
        ValueError
            If `n_draws` is no number above 0, or no entries were hidden in `fit`: with ``n_estimators=1``.

        References
        ----------
        .. [1] Rubin (1987). Multiple Imputation for Nonresponse in Surveys. Wiley.
        .. [2] van Buuren (2018). Flexible Imputation of Missing Data, section 2.3. CRC Press.

        Examples
        --------
        >>> import numpy as np
        >>> from skautoencoder import AutoencoderImputer
        >>> generator = np.random.default_rng(0)
        >>> X = generator.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], size=300)
        >>> X[::2, 1] = np.nan
        >>> draws = AutoencoderImputer(epochs=5, random_state=0).fit(X).sample(X, n_draws=20, random_state=0)
        >>> spread = np.std([draw[::2, 1] for draw in draws], axis=0).mean()
        >>> bool(abs(spread - 0.6) < 0.1)
        True
        """
        check_is_fitted(self)
        if not isinstance(n_draws, Integral) or isinstance(n_draws, bool) or n_draws < 1:
            raise ValueError(f"n_draws={n_draws!r} should be a number of draws, at least 1.")
        if self._blend is not None and self._blend.spread is None:
            raise ValueError(
                "sample needs entries that were hidden in fit, but a single autoencoder has seen them all. Fit with "
                "n_estimators=3."
            )
        rows, missing = self._read(X, reset=False)
        random_state = check_random_state(random_state)
        is_whole = self._is_whole(X)
        draws = [rows.copy() for _ in range(n_draws)]
        for block, drawn in self._drawn(rows, n_draws, random_state):
            for draw, found in zip(draws, drawn, strict=True):
                self._fill(draw[block], found, is_whole)
        tables = (self._written(X, missing, draw, random_state) for draw in draws)
        return [in_output_container(self, table, self.get_feature_names_out, like=X) for table in tables]

    def score(self, X, y=None, sample_weight=None):
        """Compute the share of the variance of hidden entries that the imputer predicts.

        Each observed entry is hidden once, together with about a tenth of the others, and filled as by `transform`; a
        row seen in `fit` is excluded from its own neighbours. Categories count as their one-hot columns. Errors and
        variance are in standard deviations of the column in `fit`. The hidden entries depend on X alone, so that a
        search over parameters compares its candidates on the same entries.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.
        y : None
            Ignored; there for scorers and searches.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0. If None, all rows count the same.

        Returns
        -------
        float
            Share of the variance: 1.0 if all predictions are exact, 0.0 if they are as good as the column means of
            `fit`, with which :class:`~sklearn.impute.SimpleImputer` fills.

        Raises
        ------
        ValueError
            If X has no observed entry in the columns that had one in `fit`.
        """
        check_is_fitted(self)
        X, _ = self._read(X, reset=False)
        weights = np.ones(X.shape[0]) if sample_weight is None else checked_weight(sample_weight, X)
        observed = self._known(X)
        if not observed.counts().any():
            raise ValueError("X has no observed entry to hide in the columns that had one in fit. Pass other rows.")
        _, groups, _ = self._table.columns(self._is_known)
        random_state = np.random.RandomState(0)
        error = variance = 0.0
        for rows in observed.blocks(observed.shape[1]):
            block = observed[rows]
            # Exclude rows of the fit from their own neighbours.
            left_out = self._blend.places_of(block)
            for others, hidden in block.parts(_SCORED_PARTS, random_state, groups):
                filling = (self._filling(others, left_out) - self._mean) / self._scale
                error += np.sum(weights[rows] @ (np.square(filling - hidden.values) * hidden.mask))
                variance += np.sum(weights[rows] @ np.square(hidden.values))
        return float(1 - error / variance) if variance else float(not error)

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, which must be those seen in `fit` if X had names. If None, the names seen in
            `fit`, or "x0", "x1" and so on without names.

        Returns
        -------
        ndarray of shape (n_output_features,), dtype object
            Names of the columns of the output, those of the indicator included.
        """
        check_is_fitted(self)
        input_features = check_feature_names_in(self, input_features)
        names = input_features[self._is_kept]
        if self.indicator_ is None:
            return names
        return np.concatenate([names, self.indicator_.get_feature_names_out(input_features)])

    # As in `BaseAutoencoder._validate_rows`.
    @config_context(array_api_dispatch=False)
    def _read(self, X, *, reset):
        """Return X as an array with NaN where entries are missing, and the mask of missing entries of X."""
        check_table(X, "X")
        if reset:
            self._table = table_of(X, self.missing_values, self.handle_unknown)
        self._table.check(X)
        X, mask = without_mask(X)
        with explaining(X, "X", _ADVICE):
            rows, missing = self._table.read(validate_data(self, X, reset=reset, **self._table.validation(X)))
        if mask is not None:
            rows = np.where(mask, np.nan, rows).astype(rows.dtype)
            missing = missing | mask
        return rows, missing

    def _fit(self, observed, weights, session, checkpoints):
        """Set the fitted attributes; return the message for a user who interrupted training, or an empty string."""
        if not self._is_observed.any():
            self._keep_nothing()
            return ""
        options = MemberOptions.of(type(self).__name__, self.get_params(deep=False))
        self._table.check_architecture(options.architecture)
        options.check(observed.shape[1])
        self._is_known = self._is_observed | options.architecture.uses_column_order
        observed = observed[:, self._is_known]
        self._mean, self._scale = observed.moments(weights)
        features, groups, is_category = self._table.columns(self._is_known)
        is_fixed = is_category | ~self._is_observed[self._is_known]
        given = {"min_value": self.min_value, "max_value": self.max_value}
        self._limits = limits_of_filling(given, observed.bounds(), features, is_fixed, check_feature_names_in(self))
        observed = observed.standardized(self._mean, self._scale)
        fitted = fit_members(options, observed, groups, weights, session, checkpoints)
        self._blend = fitted.blend
        self.encoding_dim_ = fitted.encoding_dim
        self.history_ = fitted.history
        self.n_iter_ = fitted.n_epochs
        self.best_epoch_ = fitted.best_epoch
        return fitted.interruption

    def _keep_nothing(self):
        """Set the fitted attributes for a table without observed entries."""
        self._is_known = self._is_observed
        self._mean = np.empty(0)
        self._scale = np.empty(0)
        self._limits = (np.empty(0), np.empty(0))
        self._blend = None
        self.encoding_dim_ = 0
        self.history_ = {"loss": [np.nan]}
        self.n_iter_ = 0
        self.best_epoch_ = 0

    def _known(self, rows):
        """Return the observed entries of the columns that the networks know, standardised.

        Columns without any observed entry in `fit` count as unobserved.
        """
        observed = Observed.of(rows[:, self._is_known]).without(~self._is_observed[self._is_known])
        return observed.standardized(self._mean, self._scale)

    def _filling(self, observed, left_out=None):
        """Return the values to fill in the known columns of standardised rows, in the units of X."""
        if self._blend is None:
            return np.empty(observed.shape)
        return self._restored(self._blend.expected(observed, left_out))

    def _drawn(self, rows, n_draws, random_state):
        """Yield slices of rows and, for each draw, values to fill in their known columns."""
        if self._blend is None:
            yield slice(None), np.empty((n_draws, len(rows), 0))
            return
        # The table draws categories by their expected values, which are probabilities.
        _, _, is_category = self._table.columns(self._is_known)
        for block, drawn in self._blend.samples(self._known(rows), n_draws, random_state, is_category):
            yield block, self._restored(drawn)

    def _restored(self, expected):
        """Return standardised values in the units of X, clipped to the limits of each column."""
        return np.clip(expected * self._scale + self._mean, *self._limits)

    def _is_whole(self, X):
        """Return which columns of the array are rounded: those of integers, if the output is a data frame."""
        is_whole = self._table.holds_whole_numbers(X)
        return is_whole if output_container(self) is not None else np.zeros_like(is_whole)

    def _fill(self, rows, found, is_whole):
        """Replace NaN in rows by the values of known columns, rounded in those of whole numbers, and by 0 in others."""
        is_whole = is_whole[self._is_known]
        if is_whole.any():
            low, high = self._limits
            found = np.where(is_whole, np.clip(np.rint(found), np.ceil(low), np.floor(high)), found)
        filling = np.zeros(rows.shape)
        filling[:, self._is_known] = found
        is_missing = np.isnan(rows)
        rows[is_missing] = filling[is_missing]

    def _written(self, X, missing, filled, random_state=None):
        """Return the output for X from the filled array; a random state draws categories."""
        table = self._table.write(X, missing, filled, self._is_kept, output_container(self), random_state)
        if self.indicator_ is None:
            return table
        names = self.indicator_.get_feature_names_out(check_feature_names_in(self))
        # scikit-learn's configuration may ask for data frames.
        return with_columns(table, names, np.asarray(self.indicator_.transform(missing)))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_blend")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = marks_nan(self.missing_values)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
