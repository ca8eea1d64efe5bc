"""Base class of the autoencoder transformers."""

from abc import ABCMeta, abstractmethod
from copy import copy, deepcopy
from dataclasses import replace
from functools import partial

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from ._checks import (
    LOSSES,
    check_copies,
    check_finite,
    check_rows_beside,
    check_squares,
    checked_rate,
    checked_sizes,
    checked_weight,
    misplaced_rows,
    output_range,
    resolved_architecture,
    resolved_noise,
    warn,
    written,
)
from ._estimator import Estimator
from ._other_names import INSTEAD_OF_ATTRIBUTES, explain_unknown_names, named
from ._representation import caption, fitted_attributes
from ._sklearn_compat import (
    check_feature_names_in,
    fit_context,
    fitted_attributes_html,
    in_output_container,
    output_container,
    visual_block,
    with_callbacks,
)
from ._validation import validated_codes, validated_rows
from .architectures import ARCHITECTURES
from .metrics import explained_variance, reconstructed_blocks
from .networks import ACTIVATIONS, CodeStatistics, OrderedCodes
from .noises import NOISES
from .persistence import copied_loss, is_keras_loss
from .rows import GivenRows, rows_that_count
from .training.plan import Fitted, TrainingOptions
from .training.planning import Planner
from .training.progress import TrainingProgress, pca_level
from .training.run_plan import keeps_pca, run_plan
from .training.session import FitSession

# Parameters that `diagnose` reads after a fit.
_READ_LATER = ("epochs", "output_activation", "beta")


class BaseAutoencoder(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    Estimator,
    metaclass=ABCMeta,
):
    """Base class of the autoencoder transformers: validation, training, encoding and decoding."""

    # Reads and writes data frames of numbers and categories; None if fit saw numbers alone.
    _table = None

    @abstractmethod
    def __init__(self):
        """Assign the parameters and do nothing else."""

    @explain_unknown_names
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None, *, X_val=None, X_noisy=None, X_val_noisy=None):
        """Train the autoencoder to reconstruct the rows of X.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Training rows, at least two, float32 or float64; other numbers are converted to float64. Columns of a data
            frame that hold words, booleans or a dtype of categories are categories.
        y : None
            Ignored; there for `Pipeline`. Pass noisy copies of the rows as `X_noisy`, not as `y`.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row of X counts, at least 0: in the standardisation, in PCA, in training and among the
            held-out rows. Only the ratios of the weights matter; a row of weight 0 is left out. If None, all rows count
            the same. Rows of `X_val` are always weighted equally.
        X_val : {array-like, sparse matrix, DataFrame} of shape (n_validation, n_features), default=None
            Held-out rows that decide which epoch is kept, instead of a share of X. Inside a `Pipeline`, list it in
            `transform_input` so that the steps before this one transform it too.
        X_noisy : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features), default=None
            Noisy form of each row of X, which the encoder sees in training; the decoder learns to return the row of X.
            If None, the encoder sees X. Parameter `noise` adds noise in both cases. Inside a `Pipeline`, as `X_val`.
        X_val_noisy : {array-like, sparse matrix, DataFrame} of shape (n_validation, n_features), default=None
            Noisy form of each row of `X_val`; needed if `X_val` and `X_noisy` are given.

        Returns
        -------
        object
            The autoencoder itself.

        Raises
        ------
        ValueError
            If a parameter does not fit another one or X, or X holds anything but finite numbers and categories. A
            failed fit leaves the estimator as it was.
        KeyboardInterrupt
            If the user interrupts training. The estimator is fitted all the same: it keeps the best epoch so far.

        Warns
        -----
        UserWarning
            If `y` looks like rows: noisy or clean ones, as in the Keras tutorials' ``fit(noisy, clean)``, or held-out
            ones, as in ``fit(X_train, X_test)``. If all rows are equal, or no more than the codes. If `X_val` lies far
            from X, as rows in other units do.
        ConvergenceWarning
            If an architecture other than "dense" has not improved on PCA, which is then kept.
        """
        others = {"X_val": X_val, "X_noisy": X_noisy, "X_val_noisy": X_val_noisy}
        return self._fit(X, y, sample_weight, others, self._earlier() if self.warm_start else None)

    @explain_unknown_names
    @with_callbacks
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y=None, sample_weight=None, *, X_noisy=None):
        """Continue training with one pass over the rows of X, a chunk of more rows than fit into memory.

        The first call fixes the feature means, the scale and the PCA start (see `init`), so its rows should be
        representative. Every call adds an epoch over all rows of X, without held-out rows, and keeps its result. The
        optimizer state is kept between calls. After `fit`, training continues from the epoch that was kept.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows of one chunk. The first chunk needs at least as many rows as the code has dimensions. It fixes the
            categories that are known: those of its rows and those that dtypes declare.
        y : None
            Ignored; exists for API consistency.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row of X counts, at least 0, in units of the mean weight of the first chunk.
        X_noisy : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features), default=None
            Noisy form of each row of X, as in `fit`.

        Returns
        -------
        object
            The autoencoder itself.

        Raises
        ------
        ValueError
            As in `fit`, or if the first chunk is too small, or the parameters no longer describe the network that is
            being trained.
        KeyboardInterrupt
            If the user interrupts training. The estimator stays as it was before the call.

        Warns
        -----
        UserWarning
            If the rows lie far from those of earlier chunks, as chunks of sorted rows do. Training forgets earlier
            chunks that differ from later ones: shuffle the rows first.
        """
        return self._fit(X, y, sample_weight, {"X_noisy": X_noisy}, self._earlier(), is_partial=True)

    def transform(self, X):
        """Encode the rows of X.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        ndarray of shape (n_samples, `encoding_dim_`), dtype of X
            Codes of the rows; float64 for data frames with categories.
        """
        check_is_fitted(self)
        return self._finite(self._encode, self._validate_rows(X, reset=False), "The code of a row")

    def inverse_transform(self, X):
        """Decode codes into rows.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, `encoding_dim_`)
            Codes. The columns of a DataFrame must be those of `get_feature_names_out`. If the codes have an order
            (`ordered_`), the first columns are enough: the result is then the expected row for these codes.

        Returns
        -------
        ndarray of shape (n_samples, `n_features_in_`), dtype of X
            Decoded rows, in the units of the X seen in `fit`. With `set_output`, a data frame with the column names of
            that X ("x0", "x1" and so on if it had none) and the index of the codes. If that X had categories, always a
            data frame, with the dtypes of its columns: rounded integers, and the most probable category.

        Raises
        ------
        ValueError
            If the number or the names of the columns differ from those of `transform`.
        """
        check_is_fitted(self)
        rows = self._finite(self._codes.decode, validated_codes(self, X), "The row of a code")
        return self._with_columns_of_X(rows, like=X)

    def reconstruct(self, X):
        """Encode and decode the rows of X.

        The result keeps patterns that occur in the training rows and leaves out noise.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to reconstruct.

        Returns
        -------
        ndarray of shape (n_samples, `n_features_in_`), dtype of X
            Reconstructed rows; with `set_output`, a data frame with the columns and the index of X. If the X seen in
            `fit` had categories, always a data frame, as from `inverse_transform`.
        """
        check_is_fitted(self)
        rows = self._reconstruct(self._validate_rows(X, reset=False))
        return self._with_columns_of_X(rows, like=X)

    def score(self, X, y=None, sample_weight=None):
        """Compute the share of the variance of X that the reconstruction explains.

        This is the variance-weighted R2. For a fitted `PCA` on its training rows it equals
        ``explained_variance_ratio_.sum()``. Data frames with categories are standardised: a number has a variance of 1
        and a column of categories one of twice its entropy in nats.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to reconstruct.
        y : None
            Ignored; there for scorers and searches.
        sample_weight : array-like of shape (n_samples,), default=None
            How often each row counts, at least 0. If None, all rows count the same.

        Returns
        -------
        float
            Share of the variance: 1.0 is a perfect reconstruction, 0.0 is as good as the mean of X.

        Warns
        -----
        UndefinedMetricWarning
            If all rows are equal: there is no variance then, and the score is 1.0 for a perfect reconstruction and 0.0
            for any other one.
        """
        check_is_fitted(self)
        X = self._validate_rows(X, reset=False)
        return explained_variance(self._reconstruct, X, checked_weight(sample_weight, X))

    def score_samples(self, X):
        """Compute minus the mean squared error of each row.

        Rows unlike the training rows have low scores. The scores mislead where outliers are among the training rows: a
        network that has learned outliers reconstructs them. The scores of training rows are higher than those of other
        rows, so that a quantile of them flags too many new rows. :class:`AutoencoderOutlierDetector` finds outliers
        among training rows and has a threshold.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        ndarray of shape (n_samples,), dtype float64
            Scores, at most 0, in squared units of X. Of data frames with categories, in squared units of the
            standardised rows: their mean square, over the training rows and all numbers and indicators, is 1.
        """
        check_is_fitted(self)

        def scores(X):
            blocks = reconstructed_blocks(self._reconstruct, X)
            errors = (np.subtract(rows, reconstructed, dtype=np.float64) for rows, reconstructed, _ in blocks)
            return -np.concatenate([np.mean(np.square(error), axis=1) for error in errors])

        X = self._validate_rows(X, reset=False)
        check_squares(X)
        return self._finite(scores, X, "The score of a row")

    @property
    def encoder_(self):
        """Encoder as a `keras.Model`, built at the first access: from rows of X to what `transform` returns."""
        return self._keras_model("encoder")

    @property
    def decoder_(self):
        """Decoder as a `keras.Model`, built at the first access: from codes to what `inverse_transform` returns."""
        return self._keras_model("decoder")

    @property
    def autoencoder_(self):
        """Encoder and decoder as one `keras.Model`, which shares its weights with `encoder_` and `decoder_`."""
        return self._keras_model("autoencoder")

    @property
    def n_components_(self):
        """Size of the code under the name that `PCA` has for it."""
        check_is_fitted(self)
        return self.encoding_dim_

    @property
    def explained_variance_ratio_(self):
        """Share of the variance of the training rows that each code explains beyond the codes before it."""
        check_is_fitted(self)
        return self._codes.shares[: self.encoding_dim_].astype(self._fit_dtype)

    @property
    def explained_variance_(self):
        """Variance that each code explains beyond the codes before it, in squared units of X."""
        check_is_fitted(self)
        return self._explained_variance().astype(self._fit_dtype)

    @property
    def singular_values_(self):
        """Roots of `explained_variance_` times ``n_samples_ - 1``, in units of X."""
        check_is_fitted(self)
        return np.sqrt(np.maximum(self._explained_variance(), 0) * (self.n_samples_ - 1)).astype(self._fit_dtype)

    @property
    def n_parameters_(self):
        """Number of weights of encoder and decoder, trained or not."""
        check_is_fitted(self)
        # Random states of layers such as Dropout are integers.
        return sum(array.size for array in self._autoencoder.arrays if np.issubdtype(array.dtype, np.floating))

    def _keras_model(self, part):
        check_is_fitted(self)
        if self._is_truncated:
            raise AttributeError(
                f"{part}_ is not defined for the first {self.encoding_dim_} of {self._autoencoder.encoding_dim} codes. "
                f"Use transform and inverse_transform, or fit with encoding_dim={self.encoding_dim_}."
            )
        return self._autoencoder.keras_models("float64" if self._autoencoder.is_extreme else self._fit_dtype)[part]

    def _explained_variance(self):
        return self._codes.statistics.unbiased_variance * self._codes.shares[: self.encoding_dim_]

    def _encode(self, rows):
        return self._autoencoder.encode(rows)[:, : self.encoding_dim_]

    def _reconstruct(self, rows):
        return self._finite(lambda rows: self._codes.decode(self._encode(rows)), rows, "A reconstructed row")

    def _finite(self, function, rows, what):
        """Apply a function to rows; raise a ValueError if the result is not finite."""
        with np.errstate(over="ignore", invalid="ignore"):
            values = function(rows)
        if not np.all(np.isfinite(values)) and not all(np.all(np.isfinite(a)) for a in self._autoencoder.arrays):
            raise ValueError(f"{what} is not finite, since weights of the fitted network are not. Fit anew.")
        check_finite(values, what, rows)
        return values

    def _with_columns_of_X(self, rows, like=None, random_state=None):
        """Return rows in the container of `set_output`, with the columns seen in `fit`.

        With a random state, categories are drawn.
        """
        if self._table is not None:
            index = like.index if hasattr(like, "iloc") else None
            return self._table.write(rows, index, output_container(self), random_state)
        return in_output_container(self, rows, partial(check_feature_names_in, self), like)

    def _validate_rows(self, X, *, reset, name="X", sample_weight=None):
        return validated_rows(self, X, reset=reset, name=name, sample_weight=sample_weight)

    def _fit(self, X, y, sample_weight, others, earlier, is_partial=False):
        """Train on rows, from scratch or from the result of an earlier fit."""
        options = self._training_options(is_partial)
        with FitSession(self, options.epochs) as session:
            rows = self._given_rows(X, y, sample_weight, others, earlier)
            session.begin(rows.X, rows.sample_weight)
            checkpoint = None
            if self.checkpoint is not None and not is_partial:
                checkpoint = session.open_checkpoint(list(vars(rows).values()), earlier)
            plan = Planner(self._model(), options, rows, earlier, session.random_state).plan()
            progress = None
            if self.verbose and not is_partial:
                last_epoch = options.epochs + (0 if earlier is None else len(earlier.history["loss"]) - 1)
                progress = TrainingProgress(type(self).__name__, last_epoch, pca_level(plan, rows))
            attributes = partial(self._attributes_after, plan, rows)
            fitted = run_plan(plan, session, attributes, checkpoint=checkpoint, progress=progress)
            self._keep(fitted, plan, rows)
            if keeps_pca(fitted, plan):
                self._say_pca_is_kept(plan, progress)
            session.interruption = fitted.interruption
        return self

    def _say_pca_is_kept(self, plan, progress):
        """Say in the progress that training has improved nothing; warn if a network was asked for."""
        if progress is not None:
            progress.log(f"PCA (epoch 0) is kept: none of {self.n_iter_} epochs was clearly better")
        # The default, a dense network, promises no more than PCA.
        if hasattr(plan.start, "blueprint"):
            name = type(self.architecture).__name__
            warn(
                f"PCA is kept: no epoch of {name} was clearly better than the start at PCA, so that codes and scores "
                "are those of PCA. Train longer (epochs, patience), with another learning_rate or on more rows; or set "
                "init='random' to get the network without PCA.",
                ConvergenceWarning,
            )

    def _training_options(self, is_partial):
        """Return the parameters that control training."""
        callbacks = self.callbacks
        if callbacks is None:
            callbacks = ()
        elif not isinstance(callbacks, (list, tuple)):
            callbacks = (callbacks,)
        return TrainingOptions(
            optimizer=self.optimizer,
            learning_rate=checked_rate(self.learning_rate),
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            epochs=1 if is_partial else self.epochs,
            patience=self.patience,
            early_stopping=self.early_stopping,
            validation_fraction=self.validation_fraction,
            callbacks=tuple(callbacks),
            continues=is_partial or self.warm_start,
            is_partial=is_partial,
        )

    @abstractmethod
    def _model(self):
        """Return the resolved parameters of network and objective as a `Model`."""

    def _network_parameters(self):
        """Return the fields of `Model` that all transformers have, by name: objects and standard names."""
        return {
            "encoding_dim": self.encoding_dim,
            "hidden_layer_sizes": checked_sizes("hidden_layer_sizes", self.hidden_layer_sizes),
            "architecture": resolved_architecture(self.architecture, ARCHITECTURES),
            "activation": named(self.activation, ACTIVATIONS),
            "output_activation": named(self.output_activation, ACTIVATIONS),
            "loss": named(self.loss, LOSSES),
            "init": self.init,
            "noise": resolved_noise(self.noise, self.noise_level, NOISES),
        }

    def _given_rows(self, X, y, sample_weight, others, earlier):
        """Check the arguments of a fit."""
        given = X
        X = self._rows_to_fit(X, sample_weight, earlier)
        others = {
            name: self._validate_rows(rows, reset=False, name=name) for name, rows in others.items() if rows is not None
        }
        check_rows_beside(X, **others)
        if y is not None and (message := misplaced_rows(X if self._table is None else given, y, type(self).__name__)):
            warn(message, UserWarning)
        if sample_weight is not None:
            X_noisy = others.pop("X_noisy", None)
            sample_weight, X, X_noisy = rows_that_count(checked_weight(sample_weight, X), X, X_noisy)
            others["X_noisy"] = X_noisy
            if earlier is None and X.shape[0] < 2:
                raise ValueError("sample_weight leaves 1 row of weight above 0, but fit needs 2 at least.")
        if self._table is not None:
            others["start_weights"] = self._table.start_weights
            others["column_numbers"] = self._table.column_numbers
        return GivenRows(X, sample_weight, **others)

    def _rows_to_fit(self, X, sample_weight, earlier):
        """Validate the rows of a fit, which continues an earlier one if that is not None."""
        try:
            return self._validate_rows(X, reset=earlier is None, sample_weight=sample_weight)
        except ValueError as error:
            if earlier is None or " features, but " not in str(error):
                raise
            raise ValueError(
                f"{error} Training continues with the network of the earlier fit; to start anew, call fit with "
                "warm_start=False."
            ) from error

    def _earlier(self):
        """Return the result of the last fit, or None."""
        if not self.__sklearn_is_fitted__():
            return None
        return Fitted(self._autoencoder, self.history_, self.best_epoch_, self._training_state)

    def _keep(self, fitted, plan, rows):
        """Set the fitted attributes."""
        self._training_state = fitted.state
        self.history_ = fitted.history
        self.n_iter_ = len(fitted.history["loss"]) - 1
        self.best_epoch_ = fitted.best_epoch
        self.init_ = plan.init
        self.ordered_ = self.init_ == "pca"
        self._fit_dtype = rows.X.dtype.name
        self._autoencoder, statistics = self._with_statistics(plan.of_rows(fitted.autoencoder), plan, rows)
        self._codes = OrderedCodes(self._autoencoder, statistics)
        self.mean_ = statistics.mean.astype(self._fit_dtype)
        self.n_samples_ = statistics.n_rows
        self._keep_first_codes(self._autoencoder.encoding_dim)
        # Fitted methods read these: set_params may have changed the parameters since.
        parameters = self.get_params(deep=False)
        self._parameters_of_fit = {name: parameters[name] for name in _READ_LATER if name in parameters}
        if plan.earlier is None:
            reasons = [f"{name}={written(parameters[name])}" for name in plan.obstacles_to_pca]
            self._random_start_reasons = dict(zip(plan.obstacles_to_pca, reasons, strict=True))

    def _with_statistics(self, autoencoder, plan, rows):
        """Return the autoencoder, with uncorrelated codes after a fit at PCA, and the statistics of its codes.

        A chunk is no fair sample, so its codes keep the map of the first chunk.
        """
        of_chunks = self._codes.statistics if plan.options.is_partial and plan.earlier is not None else None
        plain = replace(autoencoder, code_map=None)
        standardization = None if of_chunks is None else of_chunks.standardization
        statistics = CodeStatistics.of(plain, rows.X, rows.sample_weight, standardization)
        if of_chunks is not None:
            statistics = of_chunks + statistics
        if autoencoder.code_map is not None and not plan.options.is_partial:
            autoencoder = replace(plain, code_map=statistics.decorrelation())
        return autoencoder, statistics

    def _keep_first_codes(self, n_codes):
        """Set the attributes that depend on the number of codes."""
        self.encoding_dim_ = n_codes
        self.components_ = self._codes.components[:n_codes].astype(self._fit_dtype)
        statistics = self._codes.statistics
        explained = self._codes.shares[:n_codes].sum() if self._is_truncated else statistics.explained_share
        n_left = min(self.n_samples_, self.mean_.size) - n_codes
        unexplained = statistics.unbiased_variance * max(1 - explained, 0.0)
        self.noise_variance_ = unexplained / n_left if n_left > 0 else 0.0

    @property
    def _is_truncated(self):
        return self.encoding_dim_ < self._autoencoder.encoding_dim

    def _attributes_after(self, plan, rows, fitted):
        """Return the attributes of an estimator fitted with this result, for callbacks during training."""
        stopped = copy(self)
        # Copy the generator: `_keep` draws from it.
        stopped.random_state = deepcopy(self.random_state)
        stopped._keep(fitted, plan, rows)
        return vars(stopped)

    def _why_not_ordered(self):
        """Return why the first codes alone are no code, and the way out."""
        start = "the weights of your models" if self.init_ == "given" else "random weights"
        return f"The codes have no order, because training started at {start}."

    @property
    def _n_features_out(self):
        return self.encoding_dim_

    def __getattr__(self, name):
        # Called only when normal attribute lookup fails.
        if name in INSTEAD_OF_ATTRIBUTES:
            raise AttributeError(f"{type(self).__name__} has no {name}. {INSTEAD_OF_ATTRIBUTES[name]}")
        # Repeat the lookup so that an AttributeError raised inside a property is not swallowed.
        return self.__getattribute__(name)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_autoencoder")

    def __sklearn_clone__(self):
        try:
            cloned = super().__sklearn_clone__()
            # Keras copies losses by configurations that may lack some settings.
            if is_keras_loss(self.loss):
                cloned.loss = copied_loss(self.loss)
            return cloned
        except Exception:
            check_copies(self.get_params(deep=False))
            raise

    def _sk_visual_block_(self):
        return visual_block(self, name=type(self).__name__, details=str(self), caption=caption(self))

    def _get_fitted_attr_html(self, doc_link=""):
        return fitted_attributes_html(fitted_attributes(self), type(self), doc_link)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = output_range(self.output_activation)[0] == 0
        return tags
