"""AutoencoderTransformer: the autoencoder to use instead of PCA."""

from copy import copy
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._base import BaseAutoencoder
from ._checks import SHARED_CONSTRAINTS, check_function, resolved, warn
from ._other_names import explain_unknown_names, named
from ._sklearn_compat import Interval, StrOptions
from .architectures import DenseArchitecture
from .networks import ACTIVATIONS
from .objectives import NeighborMixing, NestedDropout, PenalizedReconstruction, Reconstruction
from .penalties import PENALTIES, BasePenalty
from .rows import CompleteRows, taken
from .starts import start_at_pca
from .training.planning import Model

# Maximum number of rows on which alpha="auto" measures the reducible loss.
_MAX_ROWS = 1000


class AutoencoderTransformer(BaseAutoencoder):
    """Non-linear dimensionality reduction by an autoencoder that starts out as PCA.

    An autoencoder [1]_ is a pair of neural networks: an encoder that turns a row of X into a short code, and a decoder
    that turns the code back into the row. They are trained together so that the reconstructed rows are as close to X
    as possible. Where rows lie near a curved surface, codes keep more information than the same number of principal
    components. Choose it over :class:`~sklearn.decomposition.PCA` when less reconstruction error, or a better model on
    the codes, is worth seconds of fitting. Use PCA where the two tie.

    By default training starts at PCA, unless another parameter rules that out (see `init`):

    1. Rows are centred and divided by one scale common to all features.
    2. Encoder and decoder have a linear path beside their hidden layers. It starts at the principal components, and
       the hidden layers start at zero: before the first step the network *is* PCA.
    3. Training (mini-batches, Adam) improves on this start, which counts as epoch 0. The epoch with the lowest loss on
       held-out rows is kept, and PCA is kept if no epoch is better. The final loss on X never exceeds that of PCA. With
       noise or a penalty, this loss includes them, and only held-out rows are compared.

    Data frames of pandas and polars may have columns of words, categories and booleans. Their columns are standardised,
    a category becomes an indicator, and training starts at factor analysis of mixed data [5]_. Reconstructions are data
    frames with the dtypes of X.

    Parameters
    ----------
    encoding_dim : int, float or None, default=2
        Size of the code, at least 1. A float between 0 and 1 is a share of the variance: the code then has as many
        dimensions as the autoencoder needs to explain it. It is fitted with as many codes as PCA needs; if they have an
        order (`ordered_`), the first codes that explain the share are kept, as by `truncated`. None means the number of
        features or of rows, whichever is less, as for PCA. The default, 2, lets the codes be drawn in a plane.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers, from the row to the code; the decoder mirrors them, unless they are
        "auto". A size is the width of a dense layer, the filters of a convolution or the units of a recurrent layer, at
        least 1. ``()`` means no hidden layers: with linear code and output and ``loss="mse"``, such an autoencoder can
        do no better than PCA [2]_. "auto" depends on the architecture. Dense layers: (128, 64), decoded by (128, 256);
        for rows of 256 numbers or more, decoded by (256, 512); for 14 or more codes of shorter rows, (128,), decoded by
        (512,). A wider decoder leaves less error. Convolutions: (16, 32), or (32, 64) for images of fewer than 16
        pixels along a side. Recurrent layers: (64,).
    architecture : "dense" or architecture object, default="dense"
        How a row of X is read: "dense" as a vector, :class:`ConvolutionalArchitecture` as an image,
        :class:`Conv1DArchitecture` and :class:`RecurrentArchitecture` as a series, :class:`KerasArchitecture` by your
        own Keras models, trained or not. :class:`DenseArchitecture` is "dense" with separate sizes for the decoder.
    activation : str, default="gelu"
        Activation of the hidden layers, as a Keras name. The default is as accurate as "relu" on most tables, and
        more reliable.
    code_activation : str, default="linear"
        Activation of the code, as a Keras name. ``init="pca"`` needs "linear"; ``penalty="kl"`` needs codes between 0
        and 1, such as those of "sigmoid".
    output_activation : str, default="linear"
        Activation of the reconstruction, as a Keras name. "linear" reaches all values. "sigmoid" suits X in [0, 1] and
        is required by ``loss="binary_crossentropy"``.
    loss : {"mse", "mae", "huber", "binary_crossentropy"}, keras.losses.Loss or callable, default="mse"
        Reconstruction loss that training minimises, averaged over features and rows. The default, "mse", is what PCA
        minimises. "huber" squares errors up to a threshold and takes larger ones by their absolute value; the threshold
        is the scale of X if training starts at PCA, and 1 in the units of X otherwise. A callable takes rows and
        reconstructed rows and returns one number per row, as ``keras.losses.log_cosh`` does. Callables and Keras losses
        get the rows of X themselves, in float32. Keras' other spellings, such as "mean_squared_error", are accepted.
    init : {"auto", "pca", "random"}, default="auto"
        Where training starts. "pca": at PCA, as described above, which needs a linear code and a linear output.
        "random": at random weights, without linear path and without scaling, as plain autoencoders do. "auto" is "pca"
        if code and output are linear, the loss is "mse", "mae" or "huber", and the models are not your own. A penalty
        must be absent or have `suits_pca_start`, as "contractive" does. Otherwise "auto" is "random".

        Numeric parameters apply to the rows that training sees: to X itself with "random", so that values from
        tutorials carry over; to standardised rows if training starts at PCA, so that units do not matter.
    ordered : bool, default=False
        Whether training puts the codes in order by nested dropout [4]_: in training, a tenth of the rows is decoded
        from their first codes alone. Codes that start at PCA keep its order without it, with less error; codes that
        start at random weights have no order otherwise. With an order, the first k codes are a code of size k; see
        `truncated`.
    penalty : {"l1", "l2", "hoyer", "kl", "contractive"}, penalty object, callable or None, default=None
        Term that is added to the loss, `alpha` times. Three make codes sparse: "l1" (:class:`L1Sparsity`), the activity
        regularizer of Keras tutorials; "kl" (:class:`KLSparsity`), Ng's divergence; "hoyer" (:class:`HoyerSparsity`),
        which ignores the scale of the codes. "contractive" (:class:`ContractivePenalty`) makes codes insensitive to
        small changes of the row. "l2" (:class:`L2Penalty`) is the kernel regularizer of Keras. A callable takes a
        :class:`~skautoencoder.penalties.Batch` and returns one number for the batch, or one per row.
    alpha : float or "auto", default="auto"
        Weight of the penalty, at least 0. "auto" chooses it so that the penalty has a visible effect and keeps at least
        90 % of the variance explained without it (on the benchmark tables). `alpha_` is the value chosen; search powers
        of ten around it.
    noise : {"gaussian", "masking", "salt_and_pepper"}, noise object, callable or None, default=None
        Noise on the rows that the encoder sees in training; the decoder learns to return the clean rows (denoising
        autoencoder [3]_). "gaussian" (:class:`GaussianNoise`) adds normal noise, "masking"
        (:class:`MaskingNoise`) sets entries to 0, "salt_and_pepper" (:class:`SaltAndPepperNoise`) sets entries to the
        smallest or the largest value of X. A callable takes a :class:`~skautoencoder.noises.CleanBatch` and returns
        rows. `transform` and `reconstruct` add no noise, so that ``reconstruct(noisy)`` removes it.
    noise_level : float, default=None
        Level of a noise given by name: the standard deviation of "gaussian", at least 0; for the others the share of
        the entries that change, between 0 and 1. If None, 0.1, which is mild. A noise object has its own level.
    neighbor_mixing : float, default=0.0
        For maps, 0.7 with ``learning_rate=3e-3``; see :ref:`maps`. In training, each row is moved towards the nearest
        other row of its batch, and the decoder returns the moved row [6]_. The share of the way is drawn uniformly from
        0 to `neighbor_mixing`, between 0 and 1, but a row moves no further than its reconstruction misses it. Rows
        between training rows thus get codes between theirs. Losses in `history_` are those of rows that are not moved.
        With 0, no row moves.
    weight_decay : float, default=0.0
        Decoupled weight decay, at least 0: each step multiplies kernels, but not biases, by
        ``1 - learning_rate * weight_decay``.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        Optimizer, as a Keras name or an object. An object brings its own learning rate and is copied for each fit.
    learning_rate : float, keras.optimizers.schedules.LearningRateSchedule or "auto", default="auto"
        Learning rate of an optimizer that is given by name, above 0. "auto" is 1e-3, Keras' own for Adam. It is 5e-3
        for dense networks that start at PCA, without noise and penalty, and more than 1500 rows: there, running means
        of the weights take out the noise of large steps, and fewer epochs are needed. If the first `patience` epochs
        gain nothing, training begins again at PCA with 1e-3.
    batch_size : int or "auto", default="auto"
        Rows per step, at least 1. "auto" is the power of two between 32 and 256 that makes about 32 steps per epoch;
        after trials (see `validation_fraction`), between 8 and 256.
    epochs : int, default=200
        Maximum number of passes over the training rows, at least 0. 0 keeps the start.
    early_stopping : bool, default=True
        Whether to hold out rows, keep the epoch with the lowest loss on them, and stop after `patience` epochs without
        a lower one. If False, all rows are trained on for all `epochs`, and the last epoch is kept.
    validation_fraction : float or "auto", default="auto"
        Share of the rows, drawn at random, that early stopping holds out, above 0 and below 1. If that is less than one
        row, the training loss decides. Ignored if ``X_val`` is passed to `fit`. "auto" is 0.1; but for up to 1500 rows,
        a start at PCA, and dense or convolutional layers without noise, penalty, `warm_start` and Keras `callbacks`,
        all rows are trained on, and trials on parts of the rows choose the epoch; see :ref:`trials`.
    patience : int, default=20
        Epochs without a lower loss after which early stopping ends the training, at least 1. With
        ``validation_fraction="auto"`` and a start at PCA, epochs that lower the loss by less than 0.5 % of PCA's.
    callbacks : keras.callbacks.Callback, list of them, or None, default=None
        Keras callbacks. The objects themselves are called, as in Keras; `clone` copies them for each fit of a search.
        They see a `keras.Model` that maps rows of X to their reconstruction, and get the numbers of `history_` as logs.
        Batch hooks make training slower, since each batch is then a separate call. TensorBoard writes each fit to a new
        folder in its `log_dir`, ``fit_1``, ``fit_2`` and so on. Callbacks of scikit-learn (since 1.9) go to
        `set_callbacks`; they see each epoch as a task.
    warm_start : bool, default=False
        Whether `fit` continues from the result of the last fit, with the same weights, standardisation and optimizer
        state, and adds `epochs` to `history_`.
    handle_unknown : {"error", "ignore"}, default="error"
        What to do about categories of a data frame that `fit` has not seen: "error" raises one, and "ignore" reads them
        as no evidence for any category. Categories that a dtype declares are known even if no row holds them.
    checkpoint : str, path-like or None, default=None
        Folder of checkpoints. After the process was killed, `fit` with the same parameters and rows continues; its
        result is bit-identical on the same machine with the same number of threads. Each fit has its file, which is
        removed when the fit ends, but kept if it fails or is interrupted. Writing takes at most a twentieth of the
        time. With ``random_state=None``, simultaneous fits of the same rows need separate folders. Fits with trials
        (see `validation_fraction`), which have few rows, write no checkpoint and begin anew. `partial_fit` writes none
        either: pickle the estimator between chunks.
    random_state : int, RandomState instance or None, default=None
        Source of the held-out rows, the random weights, the noise and the order of the rows. An int gives bit-identical
        results in every fit on the same machine with the same number of threads.
    verbose : int, default=0
        Whether to show progress: 0 shows nothing, 1 a bar with the epoch, the losses and the loss of PCA.

    Attributes
    ----------
    encoder_ : keras.Model
        Encoder, from rows of X to the codes that `transform` returns, in the dtype of the X that was fitted; built at
        the first access.
    decoder_ : keras.Model
        Decoder, from codes to the rows that `inverse_transform` returns.
    autoencoder_ : keras.Model
        Encoder and decoder in one model; it shares their weights.
    encoding_dim_ : int
        Size of the code.
    history_ : dict of str to list of float
        Losses by epoch, in the units of X (squared units for squared error); epoch 0 is the start. "loss" is that of
        the training rows and "val_loss" that of held-out rows, if there are any. Both are measured after the epoch,
        without Dropout; "loss" on a sample of the training rows, a tenth of them, but at least 256 and at most 4096, or
        all if there are fewer. With a penalty both include it, and "reconstruction_loss" and "penalty" (unweighted) are
        their parts, with the prefix ``"val_"`` for held-out rows. After trials, all losses are means over the trials.
    n_iter_ : int
        Number of epochs that were run; after trials (see `validation_fraction`), by each trial.
    ordered_ : bool
        Whether the codes have an order: the first k codes are a code of size k.
    components_ : ndarray of shape (`encoding_dim_`, `n_features_in_`), dtype of the X that was fitted
        Linear map from codes to rows that fits the training rows best, as ``X - mean_`` by
        ``codes @ components_``. Where the decoder is linear, it is the decoder; with ``epochs=0``, those of `PCA`. See
        Notes for data frames with categories.
    mean_ : ndarray of shape (`n_features_in_`,), dtype of the X that was fitted
        Means of the features over the training rows; see Notes for data frames with categories.
    explained_variance_ratio_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        Share of the variance of the training rows that each code explains beyond the codes before it. The sum is
        `score` of the training rows; for truncated autoencoders and after `partial_fit`, nearly so. Single shares are
        measured on up to 500 of them, at the first access, unless the decoder is linear. A later code may explain more
        than an earlier one.
    explained_variance_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        The same in squared units of X, with ``n_samples_ - 1`` degrees of freedom as in `PCA`.
    singular_values_ : ndarray of shape (`encoding_dim_`,), dtype of the X that was fitted
        Roots of `explained_variance_` times ``n_samples_ - 1``, in units of X.
    noise_variance_ : float
        Variance that the reconstruction leaves, divided by the number of components that PCA would have beyond the
        code, in squared units of X.
    n_samples_ : int
        Number of training rows.
    n_components_ : int
        `encoding_dim_`, under the name that `PCA` has for it.
    init_ : {"pca", "random", "given"}
        Where training started; "given" means the weights of your own models.
    alpha_ : float
        Weight of the penalty; 0.0 if there is none.
    best_epoch_ : int
        Epoch that is kept; 0 is the start. After trials, the number of epochs of the training on all rows.
    n_parameters_ : int
        Number of weights of encoder and decoder, trained or not.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,), dtype object
        Names of the features seen during `fit`. Defined only if X has feature names that are all strings.

    See Also
    --------
    sklearn.decomposition.PCA : The best linear code, found without training.
    compare_with_pca : Compare the held-out reconstruction error with that of PCA.

    Notes
    -----
    After `fit` from PCA, codes have mean zero and are uncorrelated on the training rows, as principal components
    are: each code is reduced by its regression on the codes before it. Their signs come from PCA. They can still depend
    on each other in non-linear ways. ``inverse_transform(codes[:, :k])`` uses that: it averages the decoder over the
    missing codes of training rows with similar first codes.

    After a fit to a data frame with categories, `components_`, `mean_` and the Keras models have one entry per number
    and indicator, in the order of the index of :func:`~skautoencoder.inspection.code_effects`, while
    `n_features_in_` counts columns. Their units, and those of losses and variances, are of the standardised rows, whose
    entries have a mean square of 1. There the variance of a column of categories is twice its entropy in nats, times
    that of a number.

    References
    ----------
    .. [1] Hinton & Salakhutdinov (2006). Reducing the dimensionality of data with neural networks. Science 313.
    .. [2] Baldi & Hornik (1989). Neural networks and principal component analysis: learning from examples without
       local minima. Neural Networks 2 (why a linear autoencoder can do no better than PCA).
    .. [3] Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010). Stacked denoising autoencoders. JMLR 11.
    .. [4] Rippel, Gelbart & Adams (2014). Learning ordered representations with nested dropout. ICML.
    .. [5] Pages (2004). Analyse factorielle de donnees mixtes. Revue de Statistique Appliquee 52.
    .. [6] Zhang, Cisse, Dauphin & Lopez-Paz (2018). mixup: beyond empirical risk minimization. ICLR (there the second
       row is any other one).

    Examples
    --------
    Eight codes explain more of the variance of digits than eight principal components:

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> PCA(8).fit(X).explained_variance_ratio_.sum().round(2)
    np.float64(0.67)
    >>> autoencoder = AutoencoderTransformer(encoding_dim=8, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 8)
    >>> autoencoder.score(X) > 0.8
    True
    """

    _parameter_constraints = {
        **SHARED_CONSTRAINTS,
        "code_activation": [str],
        "ordered": ["boolean"],
        "neighbor_mixing": [Interval(Real, 0, 1, closed="both")],
        # Checked by `resolved`.
        "penalty": "no_validation",
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "learning_rate": [StrOptions({"auto"}), *SHARED_CONSTRAINTS["learning_rate"]],
        "validation_fraction": [StrOptions({"auto"}), *SHARED_CONSTRAINTS["validation_fraction"]],
    }

    @explain_unknown_names
    def __init__(
        self,
        encoding_dim=2,
        *,
        hidden_layer_sizes="auto",
        architecture="dense",
        activation="gelu",
        code_activation="linear",
        output_activation="linear",
        loss="mse",
        init="auto",
        ordered=False,
        penalty=None,
        alpha="auto",
        noise=None,
        noise_level=None,
        neighbor_mixing=0.0,
        weight_decay=0.0,
        optimizer="adam",
        learning_rate="auto",
        batch_size="auto",
        epochs=200,
        early_stopping=True,
        validation_fraction="auto",
        patience=20,
        callbacks=None,
        warm_start=False,
        handle_unknown="error",
        checkpoint=None,
        random_state=None,
        verbose=0,
    ):
        self.encoding_dim = encoding_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.architecture = architecture
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.init = init
        self.ordered = ordered
        self.penalty = penalty
        self.alpha = alpha
        self.noise = noise
        self.noise_level = noise_level
        self.neighbor_mixing = neighbor_mixing
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

    def truncated(self, n_codes):
        """Return a fitted autoencoder of the first codes, without training.

        Its `transform` returns the first `n_codes` columns, which its `inverse_transform` decodes as that of this
        autoencoder does. The network stays whole: `encoder_`, `decoder_` and `autoencoder_` are not defined, and
        training can only go on with the original `encoding_dim`.

        Parameters
        ----------
        n_codes : int
            Number of codes, from 1 to `encoding_dim_`.

        Returns
        -------
        AutoencoderTransformer
            The fitted autoencoder with the parameter ``encoding_dim=n_codes``. `history_` is that of the whole code.

        Raises
        ------
        ValueError
            If the codes have no order (see `ordered`), or there are fewer of them.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from skautoencoder import AutoencoderTransformer
        >>> X = load_digits().data
        >>> autoencoder = AutoencoderTransformer(8, epochs=2, random_state=0).fit(X)
        >>> autoencoder.truncated(2).transform(X).shape
        (1797, 2)
        """
        check_is_fitted(self)
        if not self.ordered_:
            raise ValueError(self._why_not_ordered())
        if not isinstance(n_codes, Integral) or not 1 <= n_codes <= self.encoding_dim_:
            raise ValueError(f"n_codes={n_codes!r} should be an integer from 1 to {self.encoding_dim_}, encoding_dim_.")
        truncated = copy(self)
        truncated.encoding_dim = int(n_codes)
        truncated._keep_first_codes(int(n_codes))
        return truncated

    def _model(self):
        penalty = self.penalty
        if penalty is not None:
            penalty = resolved("penalty", penalty, PENALTIES, "a penalty object, or a function of a batch")
        return _PenalizedModel(
            **self._network_parameters(),
            code_activation=named(self.code_activation, ACTIVATIONS),
            penalty=penalty,
            alpha=self.alpha,
            ordered=self.ordered,
            neighbor_mixing=float(self.neighbor_mixing),
        )

    def _keep(self, fitted, plan, rows):
        # The first chunk fixes the size of the code.
        n_codes = self.encoding_dim_ if plan.options.is_partial and plan.earlier is not None else None
        super()._keep(fitted, plan, rows)
        self.alpha_ = plan.objective.penalty_weight
        self.ordered_ |= self.ordered
        if isinstance(self.encoding_dim, float) and self.ordered_:
            explained = np.cumsum(self._codes.shares)[:-1]
            # More than the share, as for PCA, and not by rounding.
            needed = 1 + int(np.searchsorted(explained, self.encoding_dim + 1e-12, side="right"))
            self._keep_first_codes(needed if n_codes is None else n_codes)

    def _why_not_ordered(self):
        return f"{super()._why_not_ordered()} Set ordered=True."


@dataclass(frozen=True, kw_only=True)
class _PenalizedModel(Model):
    """An autoencoder that minimises reconstruction loss plus a weighted penalty."""

    penalty: Any
    alpha: float | str
    ordered: bool
    neighbor_mixing: float

    def linear_start(self, network, pca, rows):
        return start_at_pca(network, pca)

    def objective(self, loss, corruption, rows, encoding_dim):
        nested_dropout = NestedDropout(encoding_dim) if self.ordered and encoding_dim > 1 else None
        neighbor_mixing = NeighborMixing(self.neighbor_mixing, loss.from_logits) if self.neighbor_mixing else None
        changes = {"nested_dropout": nested_dropout, "neighbor_mixing": neighbor_mixing}
        if self.penalty is None:
            return Reconstruction(loss, corruption, **changes)
        weight = float(self._penalty_weight(loss, rows, encoding_dim))
        return PenalizedReconstruction(loss, corruption, **changes, penalty=self.penalty, penalty_weight=weight)

    def _penalty_weight(self, loss, rows, encoding_dim):
        if self.alpha != "auto":
            return self.alpha
        # A plain function uses BasePenalty.auto_alpha.
        auto_alpha = getattr(self.penalty, "auto_alpha", partial(BasePenalty.auto_alpha, self.penalty))
        evenly_spaced = np.arange(0, rows.X.shape[0], -(-rows.X.shape[0] // _MAX_ROWS))
        (clean,) = taken(CompleteRows(rows.X, loss.standardization), evenly_spaced)
        (targets,) = taken(CompleteRows(rows.X, loss.target_standardization), evenly_spaced)
        weights = None if rows.sample_weight is None else rows.sample_weight[evenly_spaced].astype(np.float32)
        to_learn, scale = loss.to_learn(targets, clean, weights)
        if not scale:
            # Constant rows: there is nothing that a penalty could be weighed against.
            return 0.0
        return auto_alpha(to_learn=to_learn, scale=scale, n_features=rows.X.shape[1], encoding_dim=encoding_dim)

    @property
    def suits_row_space(self):
        is_dense = type(self.architecture) is DenseArchitecture
        return is_dense and self.loss == "mse" and self.noise is None and self.penalty is None

    @property
    def can_copy(self):
        return self.noise is None and self.penalty is None

    def check(self):
        super().check()
        # Objectives of subclasses may use alpha otherwise.
        is_own_objective = type(self).objective is _PenalizedModel.objective
        if is_own_objective and self.penalty is None and self.alpha not in ("auto", 0):
            warn(
                f"alpha={self.alpha!r} is ignored: it is the weight of a penalty, and penalty is None. Set penalty, "
                "for example penalty='l1', or leave alpha out.",
                UserWarning,
            )
        if self.penalty is not None:
            check_function("penalty", self.penalty, "one number or one per row")
            if hasattr(self.penalty, "check") and not self.architecture.owns_activations:
                self.penalty.check(self.code_activation)

    def obstacles_to_pca(self):
        obstacles = super().obstacles_to_pca()
        if self.penalty is not None and not getattr(self.penalty, "suits_pca_start", False):
            obstacles.append("penalty")
        return obstacles
