"""The imputer: an autoencoder that has learned to find hidden entries fills missing values."""

from numbers import Integral, Real

import numpy as np
from sklearn import config_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._checks import SHARED_CONSTRAINTS, Count, check_computed, checked_rate, checked_sizes, checked_weight, resolved
from ._estimator import Estimator
from ._other_names import explain_unknown_names, named
from ._sklearn_compat import (
    BaseImputer,
    Interval,
    MissingValues,
    StrOptions,
    check_feature_names_in,
    fit_context,
    in_output_container,
    with_callbacks,
)
from .architectures import ARCHITECTURES
from .imputation import (
    LOSSES_OF_ENTRIES,
    MemberOptions,
    excluded_entries,
    fit_members,
    fit_ratings,
    hints_on_bad_input,
    limits_of_filling,
    marks_nan,
    moments_of_ratings,
    recommended_columns,
    table_of,
)
from .networks import ACTIVATIONS
from .rows import Observed, rows_that_count
from .training.plan import TrainingOptions
from .training.session import FitSession

# Number of parts of the observed entries that `score` hides in turn.
_SCORED_PARTS = 10


class AutoencoderImputer(Estimator, BaseImputer):
    """Fill missing values with what an autoencoder reconstructs from the observed ones.

    Choose it over :class:`~sklearn.impute.SimpleImputer` when columns depend on each other, so that the observed
    entries of a row tell something about its missing ones.

    Training hides observed entries and learns to find them; the loss is over hidden entries alone. Each row is used in
    up to ten copies, and what is hidden in a copy is drawn once, before training. Training starts at factor analysis of
    the observed entries, which is iterative PCA with a noise variance of its own for each column [1]_. The encoder sees
    rows whose missing and hidden entries are filled with the expected values of factor analysis. The epoch with the
    lowest loss on held-out rows is kept, the start included.

    By default, three autoencoders are fitted, each without a tenth of the observed entries that is its own. What they
    expect is averaged and corrected by the most similar rows of the fit, the start, the mean of the column and, in
    tables of at most 100 columns, the regression on all other columns that a normal distribution of the rows stands
    for, each as far as it finds the entries that the autoencoders have not seen: stacking [2]_, by non-negative weights
    for each column. Neither the starts alone nor the means alone find these entries better. The imputer keeps the rows
    of the fit, at most 20000 of them, to find the similar ones.

    Data frames of pandas and polars may have columns of categories, words and truth values, which become columns of
    zeros and ones inside and are filled with one of their categories; all columns keep their dtypes.

    Sparse ratings, with ``missing_values="implicit"``, have a model of their own: biases of rows and columns, the
    mean of three variational matrix factorisations whose priors know who rated what, kernel regressions of each row on
    the columns' factors and of each column on the rows', and a network that reads each column as a row [3]_ and whose
    code of a column is what the ratings of each row are regressed on. A tenth of the ratings is hidden to decide how
    much each of them counts, by non-negative least squares. Rows that were not in `fit` are filled in the same way, by
    one ridge regression for each model.

    There are no Keras models of a fitted imputer: the network alone fills nothing, since it sees rows that factor
    analysis has completed. For codes of incomplete rows, fit an :class:`AutoencoderTransformer` to the filled ones.

    Parameters
    ----------
    encoding_dim : int or "auto", default="auto"
        Size of the code, and the number of factors, at least 1. "auto" stands for 20, or for one less than the number
        of columns, or for the number of rows, whichever is least; factors that are not needed vanish. With
        ratings, it is the number of factors of the matrix factorisation, and "auto" stands for at most 10.
    n_estimators : int, default=3
        Number of autoencoders, at least 1. 1 stands for one that learns from all observed entries and alone decides
        what is filled in, in a third of the time; it keeps no rows. Ratings always have one.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers, at least 1; the decoder mirrors them. "auto" stands for dense layers of
        (128, 64), convolutions of (32, 64) and recurrent layers of (64,); ``()`` means no hidden layers. With ratings,
        they stand before the network's code of 500 sigmoid units, and "auto" stands for none.
    architecture : "dense" or architecture object, default="dense"
        How a row of X is read: "dense" as a vector, or :class:`DenseArchitecture` with sizes of the decoder's own,
        :class:`ConvolutionalArchitecture` as an image, :class:`RecurrentArchitecture` as a sequence. Images and
        sequences use the places of the columns, so that columns without any observed entry stay inside the network;
        other architectures leave them out. The columns of the output are the same either way.
    activation : str, default="gelu"
        Activation of the hidden layers, as a Keras name. The default is as accurate as "relu" on most tables, and more
        reliable.
    loss : {"mse", "huber", "mae"}, default="mse"
        Loss of the hidden entries, which training minimises; errors are in standard deviations of their column. "huber"
        squares errors up to one standard deviation and takes larger ones by their absolute value, so that rare large
        values in columns that are nearly constant do not rule training.
    noise_level : float or "auto", default="auto"
        Share of the observed entries that are hidden in training, above 0 and below 1. "auto" stands for the share of
        entries that are missing, but at least 0.2 and at most 0.5, so that training resembles the task. With
        ratings, it is the share that is dropped from what the network sees, and "auto" stands for 0.5.
    weight_decay : float, default=0.01
        Decoupled weight decay, at least 0: each step multiplies kernels, but not biases, by
        ``1 - learning_rate * weight_decay``. 0 leaves them alone.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimizer, as a Keras name or an object. An object brings its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.003
        Learning rate of an optimizer that is given by name, above 0. The default is higher than that of
        :class:`AutoencoderTransformer`: an epoch shows each row up to ten times, and the higher rate is as accurate in
        less time.
    batch_size : int or "auto", default="auto"
        Rows per step, at least 1. "auto" stands for the power of two between 32 and 256 that makes about 32 steps per
        epoch.
    epochs : int, default=100
        Most passes over the training rows, each row in up to ten copies, at least 0. 0 keeps the starts: with
        ``n_estimators=1``, entries are then filled by factor analysis, and ratings by matrix factorisation.
    validation_fraction : float, default=0.1
        Share of the rows, above 0 and below 1, that are held out to decide which epoch is kept; they are drawn at
        random. If that is less than one row, there is no training, and the start is kept. With ratings, it is the
        share of the ratings that is hidden for this and for the other decisions.
    patience : int, default=10
        Epochs without a lower loss after which training ends, at least 1. It is lower than that of
        :class:`AutoencoderTransformer` because an epoch shows each row up to ten times.
    missing_values : int, float, `np.nan`, `pd.NA`, None or "implicit", default=np.nan
        Marker of missing entries, which need not occur. None and `pd.NA` stand for NaN, which is also how None in
        objects and the missing entries of nullable columns are read. "implicit": X is a sparse matrix, and the entries
        that it does not hold are missing, as in ratings; zeros that it does hold are data. All columns are taken to
        have the same unit.
    add_indicator : bool, default=False
        Whether to append to the output, for each column with missing values in `fit`, a column that tells where they
        were.
    keep_empty_features : bool, default=False
        Whether to keep columns without any observed entry in `fit` in the output, filled with 0; with ratings, with
        what each row is expected to rate what nobody has rated. If False, they are left out.
    min_value, max_value : float or array-like of shape (n_features,), default=None
        Least and largest value to fill in, for all columns or for each. None stands for the least and the largest value
        of each column that `fit` has observed, with ratings of all columns, whereas
        :class:`~sklearn.impute.IterativeImputer` has no bounds by default: write
        ``min_value=-np.inf, max_value=np.inf`` for these.
    checkpoint : str, path-like or None, default=None
        Folder in which `fit` keeps where training stands, so that a killed fit goes on when it is called again, as in
        :class:`AutoencoderTransformer`.
    random_state : int, RandomState instance or None, default=None
        Source of the held-out rows, the entries that are hidden, the random weights and the order of the rows. Pass an
        int for results that can be reproduced.
    verbose : int, default=0
        Whether to show progress: 0 shows nothing, 1 a bar with the epoch and the losses.

    Attributes
    ----------
    encoding_dim_ : int
        Size of the code, with ratings the number of factors; 0 if X had no observed entry, so that there was nothing to
        learn.
    history_ : dict of str to list of float
        Losses of hidden entries by epoch, for standardised columns; epoch 0 is the start. "loss" is that of the
        training rows and "val_loss", if there are held-out rows, that of these. Both are measured after the epoch;
        "loss" on a sample of the copies of the training rows, a tenth of them, but at least 256 and at most 4096, or
        all if there are fewer. Of several autoencoders, they are the means; one that has ended counts with the losses
        of the epoch that it keeps. With ratings, they are losses of the network's own output: "val_loss" that of the
        hidden ratings, and epoch 0 the untrained network.
    n_iter_ : int
        Number of epochs that were run, by the autoencoder that was trained longest.
    best_epoch_ : int
        Epoch that is kept, the latest if there are several autoencoders; 0 is factor analysis, or, with
        ratings, no network.
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

    References
    ----------
    .. [1] Ilin & Raiko (2010). Practical approaches to principal component analysis in the presence of missing values.
       JMLR 11.
    .. [2] Breiman (1996). Stacked regressions. Machine Learning 24.
    .. [3] Sedhain, Menon, Sanner & Xie (2015). AutoRec: autoencoders meet collaborative filtering. WWW.

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
                "checkpoint",
                "random_state",
                "verbose",
            )
        },
        "n_estimators": [Count()],
        "encoding_dim": [Count(), StrOptions({"auto"})],
        "loss": [str],
        "noise_level": [Interval(Real, 0, 1, closed="neither"), StrOptions({"auto"})],
        "missing_values": [MissingValues(numeric_only=True), StrOptions({"implicit"}), None],
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
        self.min_value = min_value
        self.max_value = max_value
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.verbose = verbose

    @explain_unknown_names
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Learn to find missing entries.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
            Rows with missing entries, float32 or float64; other numbers are converted to float64. Of a data frame,
            columns that do not hold numbers hold categories, of which the hundred most frequent ones may be filled in.
            A sparse matrix needs ``missing_values="implicit"``, which in turn needs a sparse matrix.
        y : None
            Ignored; there for `Pipeline`.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: in means and scales, in factor analysis, in training and among the
            held-out rows. Only the ratios of the weights matter; a row of weight 0 is left out. If None, all rows count
            the same. With ratings, rows count in all but the training of the network.

        Returns
        -------
        object
            The imputer itself.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupts training. The imputer is fitted all the same: it keeps the best epoch so far.
        ValueError
            If a parameter does not fit another one or X, or X holds anything but numbers, missing values and, in a data
            frame, categories. A failed fit leaves the estimator as it was.
        TypeError
            If X is sparse, and `missing_values` is not "implicit".
        """
        is_implicit = _is_implicit(self.missing_values)
        if is_implicit and self.add_indicator:
            raise ValueError("add_indicator=True with missing_values='implicit': the indicator would be as dense as X.")
        n_fits = 1 if is_implicit else self.n_estimators
        with FitSession(self, n_fits * self.epochs) as session:
            X, missing = self._read(X, reset=True)
            weights, X, missing = rows_that_count(checked_weight(sample_weight, X), X, missing)
            observed = Observed.of(X)
            self._is_observed = observed.counts() > 0
            # Fitted methods do not read parameters: set_params may have changed them since.
            self._is_kept = self._table.kept(self._is_observed, self.keep_empty_features)
            self._fit_indicator(missing)
            session.begin(X, weights)
            checkpoints = [None] * n_fits
            if self.checkpoint is not None:
                checkpoints = [session.open_checkpoint([X, weights, np.array(number)]) for number in range(n_fits)]
            session.interruption = self._fit(observed, weights, session, checkpoints)
        return self

    def transform(self, X):
        """Fill missing entries and leave observed ones as they are, to the bit.

        No entry is filled with a value outside the range of the values of its column that were observed in `fit`, or
        outside `min_value` and `max_value` if these are given.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_output_features), dtype of X
            Filled rows. Columns that had no observed entry in `fit` are left out, unless `keep_empty_features` is True,
            and the columns of the indicator are appended if `add_indicator` is True. A data frame with categories comes
            back as a data frame of the same kind, all columns of their own dtypes: whole numbers are rounded.

        Raises
        ------
        ValueError
            If a data frame holds a category that it did not hold in `fit`, or words where it held numbers.
        TypeError
            If X is no data frame, and `fit` saw one with categories.
        """
        check_is_fitted(self)
        rows, missing = self._read(X, reset=False)
        observed = Observed.of(rows)
        blocks = ((block, self._filling(self._known(observed[block]))) for block in observed.blocks(rows.shape[1]))
        return self._written(X, missing, self._filled(observed, rows.dtype, blocks))

    def sample(self, X, n_draws=5, *, random_state=None):
        """Fill missing entries with draws of what they may be, again and again: multiple imputation [1]_.

        `transform` fills in what is expected, so that filled entries vary less than observed ones, and whatever is
        computed from them looks more certain than it is. Draws vary as much as the entries are uncertain: how far
        observed entries were from what was expected, when they were hidden in `fit`, tells by how much. Errors of a row
        hang together as factor analysis expects. Analyse each of the filled tables, and pool the results by Rubin's
        rules [2]_.

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
            If `n_draws` is no number above 0, or no entries were hidden in `fit`: with ``n_estimators=1`` and with
            sparse rows.

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
        if not isinstance(n_draws, Integral) or n_draws < 1:
            raise ValueError(f"n_draws={n_draws!r} should be a number of draws, at least 1.")
        if self._blend is not None and self._blend.spread is None:
            raise ValueError(
                "sample needs entries that were hidden in fit, but a single autoencoder has seen them all. Fit with "
                "n_estimators=3, and dense rows."
            )
        rows, missing = self._read(X, reset=False)
        observed = Observed.of(rows)
        random_state = check_random_state(random_state)
        tables = []
        for blocks in self._drawn(observed, n_draws, random_state):
            filled = self._filled(observed, rows.dtype, blocks)
            table = self._written(X, missing, filled, random_state)
            tables.append(in_output_container(self, table, self.get_feature_names_out, like=X))
        return tables

    def score(self, X, y=None, sample_weight=None):
        """Compute the share of the variance of observed entries that the imputer finds when they are hidden.

        Each observed entry is hidden once, together with about a tenth of the others, and filled as `transform` fills
        it; a row of the fit is not found in itself. Categories count as their columns of zeros and ones. Errors and
        variance are in standard deviations of the column in `fit`. What is hidden together depends on X alone, so that
        a search over parameters compares its candidates on the same entries. With ratings, mean and standard deviation
        are those of all ratings.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.
        y : None
            Ignored; there for scorers and searches.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0. If None, all rows count the same.

        Returns
        -------
        float
            Share of the variance: 1.0 if all are found, 0.0 if the imputer is as good as the mean that the column had
            in `fit`, with which :class:`~sklearn.impute.SimpleImputer` fills.

        Raises
        ------
        ValueError
            If X has no observed entry in the columns that had one in `fit`.
        """
        check_is_fitted(self)
        X, _ = self._read(X, reset=False)
        weights = np.ones(X.shape[0]) if sample_weight is None else checked_weight(sample_weight, X)
        observed = self._known(Observed.of(X))
        if not observed.counts().any():
            raise ValueError("X has no observed entry to hide in the columns that had one in fit. Pass other rows.")
        groups = self._table.groups(self._is_known)
        random_state = np.random.RandomState(0)
        error = variance = 0.0
        for rows in observed.blocks(observed.shape[1]):
            block = observed[rows]
            # Exclude rows of the fit from their own neighbours.
            left_out = self._blend.places_of(block.standardized(self._mean, self._scale))
            for others, hidden in block.parts(_SCORED_PARTS, random_state, groups):
                values, mask = hidden.standardized(self._mean, self._scale).dense()
                filling = (self._filling(others, left_out) - self._mean) / self._scale
                error += np.sum(weights[rows] @ (np.square(filling - values) * mask))
                variance += np.sum(weights[rows] @ np.square(values))
        return float(1 - error / variance) if variance else float(not error)

    def recommend(self, X, n=10, *, names=None, exclude=None, exclude_observed=True):
        """Name the columns of each row with the highest expected values, leaving out those that are observed.

        With sparse ratings, the column that would be rated highest is not the one that is most likely chosen and
        liked. The score is the expected rating less the smallest one, times how likely the row has rated the column at
        all: ridge regression of whether a column is rated on which others are [1]_.

        Parameters
        ----------
        X : {array-like, DataFrame, sparse matrix} of shape (n_samples, n_features)
            Rows with missing entries, of the same kind as in `fit`.
        n : int, default=10
            Number of columns to name per row, at least 1.
        names : sequence of shape (n_features,), default=None
            Names of the columns. If None, `feature_names_in_` or, without these, the numbers of the columns from 0.
        exclude : {array-like, sparse matrix} of shape (n_features,) or (n_samples, n_features), default=None
            Mask of entries that must not be named, for all rows or for each; any number but zero stands for True.
        exclude_observed : bool, default=True
            Whether the observed entries of X are left out, too. False may name what a person has rated already.

        Returns
        -------
        ndarray of shape (n_samples, n), dtype of names
            Names of columns, the one with the highest score first. Columns that had no observed entry in `fit` are
            never among them.

        Raises
        ------
        ValueError
            If a row of X has fewer than `n` columns that can be named, or there is not a name for every column.

        References
        ----------
        .. [1] Steck (2019). Embarrassingly shallow autoencoders for sparse data. WWW.
        """
        check_is_fitted(self)
        if self._table.is_category(self._is_known).any():
            raise ValueError("recommend compares columns of numbers, but X has categories. Fit to the numbers alone.")
        X, _ = self._read(X, reset=False)
        observed = Observed.of(X)
        if names is None:
            names = getattr(self, "feature_names_in_", np.arange(self.n_features_in_))
        names = np.asarray(names)
        if names.shape != (self.n_features_in_,):
            raise ValueError(
                f"names needs one entry for each of the {self.n_features_in_} columns of X, but has the shape "
                f"{names.shape}."
            )
        is_excluded = excluded_entries(exclude, X.shape)

        def blocks():
            for rows in observed.blocks(X.shape[1]):
                block = observed[rows]
                is_open = self._is_observed & ~is_excluded(rows)
                if exclude_observed:
                    is_open = is_open & (block.dense()[1] == 0)
                scores = np.zeros(block.shape)
                scores[:, self._is_known] = self._scores(self._known(block))
                yield rows, scores, np.broadcast_to(is_open, block.shape)

        return names[recommended_columns(blocks(), n)]

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
        check_computed(X, "X")
        if reset:
            self._table = table_of(X, self.missing_values)
        self._table.check(X)
        with hints_on_bad_input():
            X = validate_data(self, X, reset=reset, **self._table.validation)
        return self._table.read(X)

    def _fit(self, observed, weights, session, checkpoints):
        """Set the fitted attributes; return the message to a user who interrupted training, or an empty one."""
        if not self._is_observed.any():
            self._keep_nothing()
            return ""
        if _is_implicit(self.missing_values):
            return self._fit_ratings(observed, weights, session, checkpoints[0])
        options = self._options()
        self._table.check_architecture(options.architecture)
        options.check(observed.shape[1])
        self._is_known = self._is_observed | options.architecture.uses_column_order
        observed = observed[:, self._is_known]
        self._mean, self._scale = observed.moments(weights)
        is_fixed = self._table.is_category(self._is_known) | ~self._is_observed[self._is_known]
        features = self._table.features(self._is_known)
        self._bounds = limits_of_filling(self, observed.bounds(), features, is_fixed)
        observed = observed.standardized(self._mean, self._scale)
        fitted = fit_members(options, observed, self._table.groups(self._is_known), weights, session, checkpoints)
        self._blend = fitted.blend
        self.encoding_dim_ = fitted.blend.encoding_dim
        self.history_ = fitted.history
        self.n_iter_ = fitted.n_epochs
        self.best_epoch_ = fitted.best_epoch
        return fitted.interruption

    def _options(self):
        return MemberOptions(
            architecture=resolved("architecture", self.architecture, ARCHITECTURES, "an architecture object"),
            encoding_dim=self.encoding_dim,
            hidden_layer_sizes=checked_sizes("hidden_layer_sizes", self.hidden_layer_sizes),
            activation=named(self.activation, ACTIVATIONS),
            loss=named(self.loss, LOSSES_OF_ENTRIES),
            noise_level=self.noise_level,
            training=TrainingOptions(
                optimizer=self.optimizer,
                learning_rate=checked_rate(self.learning_rate),
                weight_decay=self.weight_decay,
                batch_size=self.batch_size,
                epochs=self.epochs,
                patience=self.patience,
                validation_fraction=self.validation_fraction,
            ),
            progress_name=type(self).__name__ if self.verbose else None,
        )

    def _fit_ratings(self, observed, weights, session, checkpoint):
        """Keep what is found about ratings; return what to tell the user who interrupted training, or nothing."""
        self._is_known = self._is_kept
        observed = observed[:, self._is_known]
        n_columns = observed.shape[1]
        # A column with one rating tells nothing of the scale, which is that of all columns.
        self._mean, self._scale = (np.full(n_columns, moment) for moment in moments_of_ratings(observed, weights))
        low, high = observed.bounds()
        bounds = np.full(n_columns, low.min()), np.full(n_columns, high.max())
        self._bounds = limits_of_filling(self, bounds, np.flatnonzero(self._is_known), np.zeros(n_columns, dtype=bool))
        observed = observed.standardized(self._mean, self._scale)
        attributes, interruption = fit_ratings(self, observed, weights, session, checkpoint)
        vars(self).update(attributes)
        return interruption

    def _keep_nothing(self):
        """Set the fitted attributes for a table without observed entries."""
        self._is_known = self._is_observed
        self._mean = np.empty(0)
        self._scale = np.empty(0)
        self._bounds = (np.empty(0), np.empty(0))
        self._blend = None
        self.encoding_dim_ = 0
        self.history_ = {"loss": [np.nan]}
        self.n_iter_ = 0
        self.best_epoch_ = 0

    def _filled(self, observed, dtype, blocks):
        """Return all columns of the array, from slices of its rows and values for the known columns of these."""
        filled = np.empty(observed.shape, dtype=dtype)
        for rows, found in blocks:
            values, mask = observed[rows].dense()
            known = np.zeros(values.shape)
            known[:, self._is_known] = found
            filled[rows] = np.where(mask > 0, values, known)
        return filled

    def _written(self, X, missing, filled, random_state=None):
        """Return the output for X from the filled columns; a random state draws categories."""
        table = self._table.write(X, missing, filled, self._is_kept, random_state)
        if self.indicator_ is None:
            return table
        indicators = self.indicator_.transform(missing)
        return self._table.append(table, self.get_feature_names_out()[-indicators.shape[1] :], indicators)

    def _drawn(self, observed, n_draws, random_state):
        """Return, for each draw, slices of the rows and drawn values of their known columns."""
        if self._blend is None:
            return [[(slice(None), np.empty((observed.shape[0], 0)))]] * n_draws
        known = self._known(observed).standardized(self._mean, self._scale)
        # Categories are drawn by their probabilities, when the table is written.
        is_category = self._table.is_category(self._is_known)
        drawn = [
            (rows, np.clip(found * self._scale + self._mean, *self._bounds))
            for rows, found in self._blend.samples(known, n_draws, random_state, is_category)
        ]
        return [[(rows, found[number]) for rows, found in drawn] for number in range(n_draws)]

    def _known(self, observed):
        """Return the columns that the networks know; columns that were empty in `fit` count as unobserved."""
        return observed[:, self._is_known].without(~self._is_observed[self._is_known])

    def _expected(self, known, left_out=None):
        """Return the expected values of all entries in the units of X."""
        if self._blend is None:
            return np.empty(known.shape)
        expected = self._blend.expected(known.standardized(self._mean, self._scale), left_out)
        return expected * self._scale + self._mean

    def _scores(self, known):
        """Return how much each column is worth recommending to rows."""
        if not _is_implicit(self._table.marker):
            return self._expected(known)
        if self._blend is None:
            return np.empty(known.shape)
        return (self._filling(known) - self._bounds[0]) * self._blend.mask.expected(known.mask)

    def _filling(self, known, left_out=None):
        """Return the expected values, clipped to the limits of each column."""
        return np.clip(self._expected(known, left_out), *self._bounds)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_blend")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        marker = self.missing_values
        tags.input_tags.sparse = _is_implicit(marker)
        tags.input_tags.allow_nan = marks_nan(marker)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_implicit(marker):
    """Whether the entries that a sparse matrix does not hold are missing."""
    return isinstance(marker, str) and marker == "implicit"
