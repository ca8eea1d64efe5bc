"""AutoencoderOutlierDetector: networks that predict hidden entries find rows with unexpected ones."""

from functools import partial
from numbers import Integral, Real

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ._checks import SHARED_CONSTRAINTS, Count, checked_weight, warn_of_rows_as_y
from ._estimator import Estimator
from ._input import check_table, check_times, explaining
from ._other_names import explain_unknown_names
from ._sklearn_compat import Interval, StrOptions, fit_context, with_callbacks
from .outliers import (
    MAX_EPOCHS,
    N_FOLDS,
    Categories,
    NetworkFits,
    Numbers,
    OutlierOptions,
    data_frame,
    fit_detection,
    threshold,
)
from .rows import rows_that_count
from .tables import FrameTable, has_categories
from .training.session import FitSession

# What to do about entries that are not finite numbers.
_ADVICE = {
    "words": "Pass a data frame, in which columns of words are categories.",
    "infinity": "Replace it by a number, or by NaN, which counts as missing.",
    "missing": "Pass NaN where entries are missing.",
}


class AutoencoderOutlierDetector(OutlierMixin, Estimator):
    """Find unusual rows, and say which of their entries are unexpected.

    Networks learn to predict hidden entries of a row from its other ones. The surprise of an entry is its value minus
    its prediction while it is hidden, in standard deviations of such errors. Rows are unusual if no rows of the fit
    have similar entries and similar surprises: the score of a row is minus the mean distance to its nearest rows.

    A network that has learned outliers predicts them. Rows that may contain outliers are therefore fitted twice: the
    second time to the core, the three quarters of the rows that surprised least.

    Every score of a training row, and so the threshold, is fair: it comes from a network that has not learned the
    row, and no row is its own neighbour. Each time, two networks are fitted, each to one half of the rows: four in all,
    or two with `novelty`. New rows have the mean of the scores by the last two.

    Data frames of pandas and polars may have columns of categories, strings and booleans. These become indicators,
    which are hidden together and count as one column.

    Parameters
    ----------
    contamination : "auto" or float, default="auto"
        Share of the training rows to flag as outliers, above 0 and at most 0.5. The same share of new rows is flagged
        if they are like the training rows, except in discrete tables, where new rows often equal training rows.
        With "auto", rows are flagged whose distance is above Tukey's outer fence, the upper quartile plus three
        interquartile ranges, but at most a tenth of the training rows.
    novelty : bool, default=False
        Whether all training rows are usual, so that only new rows may be outliers. There is then no core.
    criterion : {"neighbors", "surprise"}, default="neighbors"
        What the score of a row is: minus the distance to its nearest rows in the core, or minus the mean surprise of
        its entries. With "surprise" no rows are kept, only a fingerprint of 64 bits of each training row.
    n_neighbors : int or "auto", default="auto"
        Number of nearest rows, at least 1. "auto" is 40, or 3 with `novelty`.
    support_fraction : float, default=0.75
        Share of the rows in the core, above 0 and at most 1. Without effect with `novelty`.
    max_samples : int, default=10000
        Maximum number of rows in the core, or of training rows with `novelty`, that are kept as neighbours, at least 1.
        They are drawn at random.
    hidden_layer_sizes : array-like of int, default=(128,)
        Sizes of hidden layers beside the linear path, at least 1. () leaves linear predictions.
    activation : str, default="gelu"
        Activation of the hidden layers, as a Keras name.
    loss : {"mse", "huber", "mae"}, default="mse"
        Loss of the predictions, in standard deviations of a column.
    noise_level : float, default=0.3
        Share of the entries that training hides, above 0 and below 1.
    weight_decay : float, default=0.01
        Decoupled weight decay, at least 0: each step multiplies kernels, but not biases, by
        ``1 - learning_rate * weight_decay``.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimizer, as a Keras name or an object. An object brings its own learning rate and is copied for each fit.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.002
        Learning rate of an optimizer that is given by name, above 0.
    batch_size : int or "auto", default="auto"
        Rows per step, at least 1. "auto" is the power of two between 32 and 256 that makes about 32 steps per epoch.
    epochs : int or "auto", default="auto"
        Number of epochs, at least 0. "auto" is 80, and less, down to 2, for tables with many rows or columns.
    checkpoint : str, path-like or None, default=None
        Folder in which `fit` keeps the state of training: a killed fit continues when it is called again.
    random_state : int, RandomState instance or None, default=None
        Source of the folds, of the parts of the columns that are hidden together, of the weights and of the hidden
        entries. Pass an int for results that can be reproduced.
    verbose : int, default=0
        0 shows nothing, 1 a progress bar for each network with the epoch and the loss.

    Attributes
    ----------
    offset_ : float
        Threshold: rows with lower scores are outliers.
    support_ : ndarray of shape (n_samples,), dtype bool
        Training rows in the core; all rows of a weight above 0 with `novelty`.
    history_ : dict of str to list of float
        "loss" of hidden entries by epoch, mean over the networks. Epoch 0 is the linear start.
    n_iter_ : int
        Number of epochs that were run.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), dtype object
        Names of the features seen during `fit`. Defined only if X has feature names that are all strings.

    See Also
    --------
    sklearn.ensemble.IsolationForest : Faster, for rows whose single columns are unusual.
    sklearn.neighbors.LocalOutlierFactor : Densities of rows beside those of their neighbours.
    AutoencoderTransformer : Its `score_samples` is minus the reconstruction error.

    Notes
    -----
    The first pass judges rows by the mean of ``log(1 + error**2 / median_error**2)`` over their entries. Each network
    has a linear path, which starts at the best linear predictions of hidden entries from zeros in place of the other
    hidden ones, and hidden layers, which add nothing at first. There is no bottleneck.

    Examples
    --------
    One row has usual entries, but they do not belong together:

    >>> import numpy as np
    >>> from skautoencoder import AutoencoderOutlierDetector
    >>> X = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.95], [0.95, 1]], size=200)
    >>> detector = AutoencoderOutlierDetector(contamination=0.05, epochs=5, random_state=0).fit(X)
    >>> detector.predict([[1.0, 1.0], [1.0, -1.0]])
    array([ 1, -1])
    """

    _parameter_constraints = {
        **{
            name: SHARED_CONSTRAINTS[name]
            for name in (
                "activation weight_decay optimizer learning_rate batch_size checkpoint random_state verbose"
            ).split()
        },
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        "novelty": ["boolean"],
        "criterion": [StrOptions({"neighbors", "surprise"})],
        "n_neighbors": [StrOptions({"auto"}), Count()],
        "support_fraction": [Interval(Real, 0, 1, closed="right")],
        "max_samples": [Count()],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "loss": [str],
        "noise_level": [Interval(Real, 0, 1, closed="neither")],
        "epochs": [StrOptions({"auto"}), *SHARED_CONSTRAINTS["epochs"]],
    }

    @explain_unknown_names
    def __init__(
        self,
        contamination="auto",
        *,
        novelty=False,
        criterion="neighbors",
        n_neighbors="auto",
        support_fraction=0.75,
        max_samples=10_000,
        hidden_layer_sizes=(128,),
        activation="gelu",
        loss="mse",
        noise_level=0.3,
        weight_decay=0.01,
        optimizer="adam",
        learning_rate=0.002,
        batch_size="auto",
        epochs="auto",
        checkpoint=None,
        random_state=None,
        verbose=0,
    ):
        self.contamination = contamination
        self.novelty = novelty
        self.criterion = criterion
        self.n_neighbors = n_neighbors
        self.support_fraction = support_fraction
        self.max_samples = max_samples
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.noise_level = noise_level
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.verbose = verbose

    @explain_unknown_names
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the detector to rows, among which outliers may be.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, at least two. Columns of a data frame that do not hold numbers hold categories. NaN and entries under
            the mask of a NumPy masked array are missing. Sparse rows are made dense.
        y : None
            Ignored; there for `Pipeline`.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0: in means and deviations, in training, in the choice of the core and
            in the threshold, but not among neighbours. Only the ratios of the weights matter; a row of weight 0 is left
            out. If None, all rows count the same.

        Returns
        -------
        object
            The detector itself.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupts training. The detector is fitted all the same, with the best epoch so far; networks
            that were not reached stay linear.
        ValueError
            If a parameter does not suit another one or X, or X holds anything but numbers and missing entries. A failed
            fit leaves the estimator as it was.
        """
        n_networks = N_FOLDS if self.novelty else 2 * N_FOLDS
        epochs = MAX_EPOCHS if self.epochs == "auto" else self.epochs
        with FitSession(self, n_networks * epochs) as session:
            warn_of_rows_as_y(X, y, "Pass further rows to predict or score_samples.")
            rows, _ = self._read(X, reset=True)
            weights = checked_weight(sample_weight, rows)
            is_counted = np.ones(len(rows), dtype=bool) if weights is None else weights > 0
            weights, rows = rows_that_count(weights, rows)
            if len(rows) < 2:
                raise ValueError("sample_weight leaves 1 row of weight above 0, but fit needs 2 at least.")
            options = OutlierOptions.of(type(self).__name__, self.get_params(deep=False))
            options.check()
            options = options.for_rows(*rows.shape)
            session.begin(X, weights)
            checkpoints = [None] * n_networks
            if self.checkpoint is not None:
                checkpoints = [session.open_checkpoint([rows, weights, np.array(n)]) for n in range(n_networks)]
            weights = np.ones(len(rows)) if weights is None else weights / weights.mean()
            seed = session.random_state.randint(2**31 - 1)
            fitted = partial(self._fitted, options, rows, weights, is_counted, seed)
            networks = NetworkFits(session, checkpoints, options.progress_name, fitted)
            attributes = fitted(networks)
            vars(self).update(attributes, **self._of_history(networks.history))
            session.interruption = networks.interruption
        return self

    def predict(self, X):
        """Say which rows are outliers.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, which may have missing entries.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int64
            -1 for outliers, 1 for other rows.
        """
        return np.where(self.decision_function(X) < 0, -1, 1)

    def decision_function(self, X):
        """Compute the scores of rows minus the threshold.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, which may have missing entries.

        Returns
        -------
        ndarray of shape (n_samples,), dtype float64
            ``score_samples(X) - offset_``: below 0 for outliers.
        """
        return self.score_samples(X) - self.offset_

    def score_samples(self, X):
        """Compute the scores of rows; the lower, the more unusual.

        A row that equals a training row, to the bit, has the score of that row in the fit: from a network that has not
        learned it, and without the row itself as a neighbour.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, which may have missing entries.

        Returns
        -------
        ndarray of shape (n_samples,), dtype float64
            Scores, at most 0: minus the mean distance to the nearest rows, in standard deviations; with
            ``criterion="surprise"``, minus the mean surprise.
        """
        check_is_fitted(self)
        return self._detection.scores(*self._read(X, reset=False))

    def explain(self, X):
        """Say how surprising each entry is.

        The surprise of an entry is its value minus its prediction from other entries of the row, divided by the
        standard deviation of such errors on rows that the networks have not learned. A tenth of the column's standard
        deviation is added to that. An entry that is wrong also makes predictions from it wrong: start with the most
        surprising one.

        Predictions are means over both networks. One of them has learned a training row, so that the surprises of
        training rows tend to be smaller here than in their scores.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, which may have missing entries.

        Returns
        -------
        pandas.DataFrame of shape (n_samples, n_features)
            Surprises in deviations, NaN where entries are missing. Those of numbers are above 0 where the value is
            larger than expected. That of a category is the largest absolute one of the indicators of its column; a
            category that `fit` has not seen is as surprising as one that a single row has. Index and columns are those
            of X.
        """
        return self._explained(X)[0]

    def expected(self, X):
        """Return the expected value of each entry, given other entries of the row: the mean over both networks.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows, which may have missing entries.

        Returns
        -------
        pandas.DataFrame of shape (n_samples, n_features)
            Expected values in the units of X and most probable categories, also of missing entries. Index and columns
            are those of X.
        """
        return self._explained(X)[1]

    def _explained(self, X):
        """Return surprises and expected values as data frames."""
        check_is_fitted(self)
        values, surprises = self._detection.expected(*self._read(X, reset=False))
        surprises = data_frame(self._columns.surprises(surprises).T, like=X, estimator=self)
        return surprises, data_frame(self._columns.expected(values), like=X, estimator=self)

    # As in `BaseAutoencoder._validate_rows`.
    @config_context(array_api_dispatch=False)
    def _read(self, X, *, reset):
        """Return X as a float64 array, NaN where entries are missing, and which entries are new categories, or None."""
        check_table(X, "X")
        check_times(X, "X")
        if reset:
            self._columns = None
            if has_categories(X):
                if len(X) < 2:
                    raise ValueError(f"Found array with {len(X)} sample(s) while a minimum of 2 is required.")
                self._columns = Categories(FrameTable.of(X, np.nan))
        if isinstance(self._columns, Categories):
            self._columns.table.check(X)
            with explaining(X, "X", _ADVICE):
                validate_data(self, X, reset=reset, skip_check_array=True)
                return self._columns.read(X)
        if np.ma.is_masked(X):
            X = np.where(np.ma.getmaskarray(X), np.nan, np.ma.getdata(X))
        with explaining(X, "X", _ADVICE):
            rows = validate_data(
                self,
                X,
                reset=reset,
                accept_sparse="csr",
                dtype=np.float64,
                ensure_all_finite="allow-nan",
                ensure_min_samples=2 if reset else 1,
            )
        if reset:
            self._columns = Numbers(rows.shape[1])
        return (rows.toarray() if issparse(rows) else rows), None

    def _fitted(self, options, rows, weights, is_counted, seed, train, history=None):
        """Return the fitted attributes of a detector whose networks `train` returns."""
        detection, is_core = fit_detection(options, rows, self._columns.groups, weights, seed, train)
        support = np.zeros(len(is_counted), dtype=bool)
        support[is_counted] = is_core
        attributes = {
            "_columns": self._columns,
            "_detection": detection,
            "offset_": threshold(detection.scores(rows), self.contamination, weights),
            "support_": support,
            "n_features_in_": self.n_features_in_,
        }
        return attributes if history is None else attributes | self._of_history(history)

    def _of_history(self, history):
        return {"history_": history, "n_iter_": len(history["loss"]) - 1}

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_detection")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags
