"""The autoencoder to use in place of PCA."""

from numbers import Real

from sklearn.utils._param_validation import Interval

from ._base import BaseAutoencoder
from ._parameter_checks import SHARED_CONSTRAINTS


class AutoencoderTransformer(BaseAutoencoder):
    """Non-linear dimensionality reduction by an autoencoder that starts out as PCA.

    An autoencoder is a pair of neural networks: an encoder that turns a row of X into a short code, and a decoder
    that turns the code back into the row, trained together to lose as little as possible. Where rows lie on a curved
    surface, such a code keeps more of them than as many principal components. Choose it over
    :class:`~sklearn.decomposition.PCA` when the reconstruction, or what is computed from the code, matters more than
    seconds of fitting and axes that can be read; stay with PCA when the two come out equal.

    With the default ``init`` it is never far worse than PCA:

    1. Rows are centred and divided by one scale common to all features.
    2. Encoder and decoder have a linear path beside their hidden layers. It starts at the principal components, and
       the hidden layers start by adding nothing: before the first step the network *is* PCA.
    3. Training (mini-batches, Adam) bends it from there. The start counts as epoch 0, and the epoch with the lowest
       loss on held-out rows is kept, so PCA itself stays when nothing better is found. The loss on the training rows
       never ends above PCA's. (With noise or a penalty, what is minimised with them is compared instead.)

    Parameters
    ----------
    encoding_dim : int or float, default=2
        Size of the code. A float between 0 and 1 stands for as many dimensions as PCA needs to explain that share of
        the variance. The default, 2, is for looking at codes in a plane.
    hidden_layer_sizes : array-like of int or "auto", default="auto"
        Sizes of the encoder's hidden layers; the decoder mirrors them: widths of dense layers, filters of
        convolutions, units of recurrent layers. ``()`` is the vanilla autoencoder, without hidden layers: started at
        PCA it stays PCA. "auto" is (128, 64) for dense layers, where two left 7 % less error than one over eleven
        small tables and wider ones little less; (32, 64) for convolutions and (64,) for recurrent layers.
    architecture : "dense" or architecture object, default="dense"
        How a row of X is seen: as a vector; as an image by :class:`ConvolutionalArchitecture`; as a sequence by
        :class:`RecurrentArchitecture`; by your own Keras models with :class:`KerasArchitecture`.
    activation : str, default="gelu"
        Of the hidden layers, by Keras' name. Over eleven small tables "relu" left as little error on average as
        "gelu", with a worse worst case; "tanh" left more.
    code_activation : str, default="linear"
        Of the code.
    output_activation : str, default="linear"
        Of the reconstruction. "sigmoid" suits X in [0, 1] and is required by ``loss="binary_crossentropy"``.
    loss : {"mse", "mae", "huber", "binary_crossentropy"} or keras.losses.Loss, default="mse"
        What training minimises, averaged over features and rows. "mse" is what PCA minimises. "huber" tells small
        errors from large ones by the scale of X (with ``init="random"``, by 1). A Keras loss sees rows in the units
        of X.
    init : {"auto", "pca", "random"}, default="auto"
        Where training starts. "pca": at PCA, as above; code and output must be linear. "random": at random weights,
        without linear path and without scaling, which is the network of the tutorials to the layer. "auto": "pca"
        where code and output are linear, the loss is "mse", "mae" or "huber", no penalty asks for sparse codes and
        the models are not your own, else "random".
    penalty : {"l1", "kl", "contractive"}, penalty object, callable or None, default=None
        What is added to the loss: "l1" and "kl" make codes sparse (:class:`L1Sparsity`, :class:`KLSparsity`),
        "contractive" makes them insensitive to small changes of the row (:class:`ContractivePenalty`). A function gets
        a :class:`~skautoencoder.penalties.Batch` and returns one number, or one per row.
    alpha : float, default=1e-2
        Weight of the penalty beside the loss of standardised rows, wherever training starts, so that it means the same
        in all units of X. The default shows its effect and leaves most of the reconstruction; search it in powers of
        ten.
    noise : {"gaussian", "masking", "salt_and_pepper"} or None, default=None
        What is done to the rows that the encoder sees in training, while the decoder is to put out the clean ones
        (denoising autoencoder [3]_): normal noise is added; entries are set to 0; entries are set to the smallest or
        the largest value of X. `transform` and `reconstruct` add none: ``reconstruct(noisy)`` removes it.
    noise_level : float, default=0.1
        Standard deviation of "gaussian", in units of the root mean square of X about its feature means; share of the
        entries, between 0 and 1, for the others.
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
        Share of the rows, drawn at random, that early stopping holds out. With so few rows that this is less than
        one, the training loss decides. Not used if ``X_val`` is given to `fit`.
    patience : int, default=20
        Epochs without a lower loss after which early stopping stops.
    callbacks : keras.callbacks.Callback, list of them, or None, default=None
        Copied for each fit, and called with a `keras.Model` that maps rows of X to their reconstruction. Their logs are
        the numbers of `history_`. One that overrides a batch hook makes training slower, batch by batch. TensorBoard
        writes each fit to a folder of its own, ``fit_1``, ``fit_2``, ... in its `log_dir`.
    random_state : int, RandomState instance or None, default=None
        Draws the held-out rows, the random weights, the noise and the order of the rows. An int gives the same numbers
        to the bit in every fit on the same machine with the same number of threads.
    verbose : int, default=0
        1 shows a progress bar with epoch, losses and PCA's loss; 0 nothing.

    Attributes
    ----------
    encoder_ : keras.Model
        From rows to codes, with the numbers of `transform` and in the dtype of the X that was fitted; built at the
        first access.
    decoder_ : keras.Model
        From codes to rows, with the numbers of `inverse_transform`.
    autoencoder_ : keras.Model
        Both in one; it shares their weights.
    encoding_dim_ : int
        Size of the code.
    history_ : dict of str to list of float
        "loss" and, with held-out rows, "val_loss" by epoch, epoch 0 being the start; squared error in squared units
        of X. With a penalty the loss includes it, and "reconstruction_loss" and "penalty", which is not yet weighted,
        tell them apart.
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
    sklearn.decomposition.PCA : The best linear code, found without training.
    compare_with_pca : Held-out reconstruction error beside PCA's.

    Notes
    -----
    Codes have no order: unlike principal components, the first 3 of 8 dimensions are not the code of size 3.

    References
    ----------
    .. [1] Hinton & Salakhutdinov (2006). Reducing the dimensionality of data with neural networks. Science 313.
    .. [2] Baldi & Hornik (1989). Neural networks and principal component analysis: learning from examples without
       local minima. Neural Networks 2 (why a linear autoencoder can do no better than PCA).
    .. [3] Vincent, Larochelle, Lajoie, Bengio & Manzagol (2010). Stacked denoising autoencoders. JMLR 11.

    Examples
    --------
    Eight numbers per digit keep more of it than eight principal components do:

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.decomposition import PCA
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> PCA(8).fit(X).explained_variance_ratio_.sum().round(2)
    np.float64(0.67)
    >>> autoencoder = AutoencoderTransformer(encoding_dim=8, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 8)
    """

    _parameter_constraints = {
        **SHARED_CONSTRAINTS,
        "code_activation": [str],
        "penalty": [str, callable, None],
        "alpha": [Interval(Real, 0, None, closed="left")],
    }

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
        penalty=None,
        alpha=1e-2,
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.architecture = architecture
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.init = init
        self.penalty = penalty
        self.alpha = alpha
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
