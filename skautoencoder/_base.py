"""What all autoencoder estimators share."""

import warnings
from abc import ABCMeta, abstractmethod
from contextlib import contextmanager, nullcontext
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._losses import explained_variance, is_error_loss, mean_error_loss, reconstructed_blocks, unit_of
from ._objective import Objective
from ._parameter_checks import (
    check_activations,
    check_hidden_layer_sizes,
    check_loss,
    check_noise,
    check_penalty,
    check_probabilities,
    check_range,
    output_range,
    resolved,
    starts_at_pca,
)
from ._pca_start import PrincipalComponents, Standardization, start_at_pca
from ._representation import RepresentationMixin
from .architectures import ARCHITECTURES
from .penalties import PENALTIES

_DTYPES = [np.float64, np.float32]
# So many rows tell the share of variance that is explained. Where training did not start at PCA, wider rows would take
# longer than some fits.
_R2_ROWS = 5000
_R2_FEATURES = 1000


class BaseAutoencoder(
    RepresentationMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, metaclass=ABCMeta
):
    """Base class of the autoencoder estimators: validation, training, encoding and decoding."""

    @abstractmethod
    def __init__(self):
        """Assign the parameters, nothing else."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, *, X_val=None):
        """Train the autoencoder to reconstruct the rows of X.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
            float32 or float64; other numbers are converted to float64. At least two rows.
        y : None
            Ignored; there for `Pipeline`.
        X_val : {array-like, sparse matrix, DataFrame} of shape (n_validation, n_features), default=None
            Held-out rows that decide which epoch is kept, in place of a share of X. Inside a `Pipeline`, list it in
            `transform_input` so that the steps before this one transform it too.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter does not fit another one or X, or X holds anything but finite numbers. A failed fit leaves
            the estimator as it was.
        """
        with unchanged_on_failure(self):
            X = self._validate_rows(X, reset=True)
            if X_val is not None:
                X_val = self._validate_rows(X_val, reset=False, name="X_val")
            self._fit(X, X_val)
        return self

    def transform(self, X):
        """Encode the rows of X.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        code : ndarray of shape (n_samples, encoding_dim_), dtype of X
        """
        check_is_fitted(self)
        return self._autoencoder.encode(self._validate_rows(X, reset=False))

    def inverse_transform(self, X):
        """Decode codes into rows.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, encoding_dim_)
            Codes. A DataFrame's columns must be those of `get_feature_names_out`.

        Returns
        -------
        X_reconstructed : ndarray of shape (n_samples, n_features_in_), dtype of X

        Raises
        ------
        ValueError
            If the codes have another width or other names than `transform`'s.
        """
        check_is_fitted(self)
        return self._autoencoder.decode(self._validate_codes(X))

    def reconstruct(self, X):
        """Encode and decode the rows of X: the autoencoder's own picture of them, with noise left out.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        X_reconstructed : ndarray of shape (n_samples, n_features_in_), dtype of X
        """
        check_is_fitted(self)
        return self._autoencoder.reconstruct(self._validate_rows(X, reset=False))

    def score(self, X, y=None):
        """Share of the variance of X that the reconstruction explains (variance-weighted R2).

        For a fitted `PCA` on its training rows this number is ``explained_variance_ratio_.sum()``.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)
        y : None
            Ignored.

        Returns
        -------
        score : float
            1.0 is a perfect reconstruction, 0.0 is as good as the mean of X.
        """
        check_is_fitted(self)
        X = self._validate_rows(X, reset=False)
        return explained_variance(self._autoencoder.reconstruct, X)

    def score_samples(self, X):
        """Minus each row's mean squared error, in squared units of X: the higher, the more like the training rows.

        Parameters
        ----------
        X : {array-like, sparse matrix, DataFrame} of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,), dtype of X
        """
        check_is_fitted(self)
        X = self._validate_rows(X, reset=False)
        blocks = reconstructed_blocks(self._autoencoder.reconstruct, X)
        return -np.concatenate([np.mean(np.square(rows - reconstructed), axis=1) for rows, reconstructed in blocks])

    @property
    def encoder_(self):
        """The encoder as a `keras.Model`, built at the first access, with the numbers of `transform`."""
        return self._keras_model("encoder")

    @property
    def decoder_(self):
        """The decoder as a `keras.Model`, built at the first access, with the numbers of `inverse_transform`."""
        return self._keras_model("decoder")

    @property
    def autoencoder_(self):
        """Encoder and decoder as one `keras.Model`; it shares its weights with `encoder_` and `decoder_`."""
        return self._keras_model("autoencoder")

    @property
    def n_parameters_(self):
        """Number of weights, trained or not, of encoder and decoder."""
        check_is_fitted(self)
        return sum(array.size for array in self._autoencoder.arrays)

    def _keras_model(self, part):
        check_is_fitted(self)
        return self._autoencoder.keras_models(self._fit_dtype)[part]

    def _validate_rows(self, X, *, reset, name="X"):
        if isinstance(X, np.memmap) and X.dtype not in _DTYPES:
            raise ValueError(
                f"{name} is a memory map of {X.dtype}: to compute with it would take a copy of "
                f"{X.size * 8 / 2**30:.2g} GiB in memory. Save it as float32."
            )
        try:
            return validate_data(
                self, X, reset=reset, accept_sparse="csr", dtype=_DTYPES, ensure_min_samples=2 if reset else 1
            )
        except ValueError as error:
            if "contains NaN" not in str(error):
                raise
            raise ValueError(
                f"Input {name} contains NaN. {type(self).__name__} needs complete rows: fill them in first, with "
                "AutoencoderImputer, or sklearn.impute.SimpleImputer."
            ) from error

    def _validate_codes(self, X):
        columns = getattr(X, "columns", None)
        if columns is not None and all(isinstance(column, str) for column in columns):
            expected = self.get_feature_names_out()
            if list(columns) != list(expected):
                raise ValueError(
                    f"The columns of the codes should be those of transform, {list(expected)}, but are "
                    f"{list(columns)}. Pass the codes in that order, or as an array."
                )
        X = check_array(X, dtype=_DTYPES, input_name="X")
        if X.shape[1] != self.encoding_dim_:
            raise ValueError(
                f"Codes of {type(self).__name__} have {self.encoding_dim_} columns (encoding_dim_), but X has "
                f"{X.shape[1]}. Pass what transform returned."
            )
        return X

    def _fit(self, X, X_val):
        architecture = resolved("architecture", self.architecture, ARCHITECTURES, "an architecture object")
        objective = self._objective()
        linear_path = self._check_parameters(X, X_val, architecture, objective)
        random_state = check_random_state(self.random_state)
        pca = None
        if linear_path or not isinstance(self.encoding_dim, Integral) or self.verbose:
            pca = PrincipalComponents.of(X, self.encoding_dim, random_state)
        encoding_dim = int(self.encoding_dim) if isinstance(self.encoding_dim, Integral) else len(pca.components)
        self._warn_if_overcomplete(encoding_dim, X.shape[1])
        start = architecture.untrained(
            X.shape[1],
            encoding_dim,
            self._hidden_layer_sizes(architecture),
            activation=self.activation,
            code_activation=self._code_activation,
            output_activation=self.output_activation,
            linear_path=linear_path,
            n_code_outputs=encoding_dim * (2 if objective.is_variational else 1),
            random_state=random_state,
        )
        if linear_path:
            start = self._start_at_pca(start, pca, X)
        elif self.loss == "binary_crossentropy" and architecture.owns_activations:
            check_probabilities(start.reconstruct(X[:16]), self.output_activation)
        standardization = pca.standardization if linear_path else Standardization.none(X.shape[1])
        result = self._train(start, objective, X, X_val, standardization, pca, random_state)

        autoencoder, best_epoch = result.autoencoder, result.best_epoch
        if linear_path:
            autoencoder, start = (self._in_units_of_X(fitted, standardization) for fitted in (autoencoder, start))
            if best_epoch > 0 and not objective.has_parts and self.noise is None:
                loss, start_loss = (
                    mean_error_loss(self.loss, candidate.reconstruct, X, standardization.scale)
                    for candidate in (autoencoder, start)
                )
                # Validation rows are a sample; on all the rows that PCA has seen, PCA is not to be beaten by luck.
                if not loss < start_loss:
                    autoencoder, best_epoch = start, 0
        self.encoding_dim_ = encoding_dim
        self.init_ = "pca" if linear_path else "random"
        self.history_ = result.history
        self.n_iter_ = len(result.history["loss"]) - 1
        self.best_epoch_ = best_epoch
        self.r2_, self.pca_r2_ = _explained_variances(autoencoder, pca, encoding_dim, X)
        self._autoencoder = autoencoder
        self._fit_dtype = X.dtype.name

    @property
    def _code_activation(self):
        return self.code_activation

    def _objective(self):
        """Return what training minimises."""
        penalty = self.penalty
        if penalty is not None:
            penalty = resolved("penalty", penalty, PENALTIES, "a penalty object, or a function of a batch")
        return Objective(self.loss, penalty, self.alpha)

    def _start_at_pca(self, start, pca, X):
        """Put PCA on the linear paths of an untrained autoencoder."""
        return start_at_pca(start, pca)

    def _in_units_of_X(self, autoencoder, standardization):
        """Turn an autoencoder of standardised rows into one of rows of X; its codes are in the units of X, as PCA's."""
        return autoencoder.in_units(standardization, code_scale=standardization.scale)

    def _hidden_layer_sizes(self, architecture):
        if isinstance(self.hidden_layer_sizes, str):
            return architecture.default_hidden_layer_sizes
        return check_hidden_layer_sizes(self.hidden_layer_sizes)

    def _check_parameters(self, X, X_val, architecture, objective):
        """Check the parameters against each other and X; return whether training starts at PCA."""
        code_activation, output_activation = self._code_activation, self.output_activation
        self._hidden_layer_sizes(architecture)
        check_activations(
            activation=self.activation, code_activation=code_activation, output_activation=output_activation
        )
        check_noise(self.noise, self.noise_level)
        self._check_loss(architecture)
        suits_pca_start = architecture.starts_at_pca
        if objective.penalty is not None:
            check_penalty(objective.penalty, code_activation, architecture.owns_activations)
            suits_pca_start &= getattr(objective.penalty, "suits_pca_start", False)
        linear_path = starts_at_pca(self.init, self.loss, code_activation, output_activation, suits=suits_pca_start)
        architecture.check(X.shape[1])
        check_range(X, "X", self.loss, output_activation)
        if X_val is not None:
            check_range(X_val, "X_val", self.loss, output_activation)
        # Last, since it imports Keras.
        from ._engine.keras_objects import check_keras_objects

        check_keras_objects(self.loss, self.optimizer, self.learning_rate, self._callbacks)
        return linear_path

    def _check_loss(self, architecture):
        check_loss(self.loss, "sigmoid" if architecture.owns_activations else self.output_activation)

    @property
    def _callbacks(self):
        if self.callbacks is None:
            return []
        return list(self.callbacks) if isinstance(self.callbacks, (list, tuple)) else [self.callbacks]

    def _warn_if_overcomplete(self, encoding_dim, n_features):
        if encoding_dim >= n_features and self._can_copy:
            warnings.warn(
                f"encoding_dim={encoding_dim} is not smaller than the {n_features} features of X: the autoencoder can "
                f"copy its input. Set encoding_dim below {n_features} to reduce dimensions, or give it something to "
                "learn with noise or penalty.",
                UserWarning,
                stacklevel=5,
            )

    @property
    def _can_copy(self):
        """Whether nothing but the size of the code keeps the network from learning the identity."""
        return self.noise is None and self.penalty is None

    def _train(self, start, objective, X, X_val, standardization, pca, random_state):
        from ._engine.batches import capacity
        from ._engine.training import Data, Program, Settings, train
        from ._progress import TrainingProgress

        n_samples = X.shape[0]
        n_validation = int(self.validation_fraction * n_samples) if self.early_stopping and X_val is None else 0
        validation, training = np.split(random_state.permutation(n_samples), [n_validation])
        if X_val is not None:
            validation = np.arange(X_val.shape[0])
        program = Program(
            autoencoder=start,
            objective=objective,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            batch_size=min(chosen_batch_size(self.batch_size, len(training)), capacity(len(training))),
            noise=self.noise,
            decays=self.weight_decay > 0,
        )
        # Noise and penalty are in units of standardised rows, whether or not the rows are standardised.
        rescaled = objective.has_parts or self.noise is not None
        scale = 1.0
        if rescaled:
            # PCA has measured X already.
            of_X = Standardization.of(X) if pca is None else pca.standardization
            scale = of_X.scale / standardization.scale
        bounds = (X.min(), X.max()) if self.noise == "salt_and_pepper" else (0.0, 0.0)
        settings = Settings(
            epochs=self.epochs,
            patience=self.patience if self.early_stopping else None,
            keep_best=self.early_stopping,
            penalty_weight=objective.weight_beside(unit_of(self.loss, scale)),
            weight_decay=self.weight_decay,
            noise_level=self.noise_level * (scale if self.noise == "gaussian" else 1.0),
            low=bounds[0],
            high=bounds[1],
        )
        unit = unit_of(self.loss, standardization.scale)
        progress = nullcontext(lambda history: None)
        if self.verbose:
            monitored = X_val if X_val is not None else X[validation] if n_validation else X
            level = np.nan
            if is_error_loss(self.loss) and not objective.has_parts and self.noise is None:
                level = mean_error_loss(self.loss, pca.reconstruct, monitored, standardization.scale)
            progress = TrainingProgress(type(self).__name__, self.epochs, level)
        with progress as on_epoch:
            return train(
                program,
                Data(X, X_val, training, validation, standardization),
                settings,
                callbacks=self._callbacks,
                in_units_of_X=lambda record: objective.in_units_of_X(record, unit, X.shape[1]),
                random_state=random_state,
                on_epoch=on_epoch,
            )

    @property
    def _n_features_out(self):
        return self.encoding_dim_

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_autoencoder")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = output_range(self.output_activation)[0] == 0
        return tags


def _explained_variances(autoencoder, pca, encoding_dim, X):
    """Compute the shares of the variance of X that an autoencoder and PCA explain, on at most `_R2_ROWS` rows."""
    X = X[:: -(-X.shape[0] // _R2_ROWS)]
    if pca is None and X.shape[1] <= _R2_FEATURES:
        pca = PrincipalComponents.of(X, encoding_dim, check_random_state(0))
    of_pca = np.nan if pca is None else explained_variance(pca.reconstruct, X)
    return explained_variance(autoencoder.reconstruct, X), of_pca


def chosen_batch_size(batch_size, n_samples):
    """Return the rows per step, if "auto" for a number of training rows."""
    if batch_size != "auto":
        return int(batch_size)
    # Some 32 steps an epoch, in powers of two so that folds of about the same size share one compiled program.
    return int(np.clip(2 ** round(np.log2(n_samples / 32)), 32, 256))


@contextmanager
def unchanged_on_failure(estimator):
    """Put an estimator's attributes back as they were if the block raises."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
