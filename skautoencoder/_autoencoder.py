"""The autoencoder to use in place of PCA."""

from numbers import Integral, Real

from sklearn.utils._param_validation import HasMethods, Interval, RealNotInt, StrOptions

from ._base import BaseAutoencoder


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
       never ends above PCA's.

    Parameters
    ----------
    encoding_dim : int or float, default=2
        Size of the code. A float between 0 and 1 stands for as many dimensions as PCA needs to explain that share of
        the variance. The default, 2, is for looking at codes in a plane.
    hidden_layer_sizes : array-like of int, default=(128, 64)
        Widths of the encoder's hidden layers; the decoder mirrors them. ``()`` is the vanilla autoencoder, without
        hidden layers: started at PCA it stays PCA. Two layers left 7 % less error than one over eleven small tables,
        and wider ones little less than these.
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
        where code and output are linear and the loss is "mse", "mae" or "huber", else "random".
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
    random_state : int, RandomState instance or None, default=None
        Draws the held-out rows, the random weights and the order of the rows. An int gives the same numbers to the
        bit in every fit on the same machine with the same number of threads.
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
        of X.
    n_iter_ : int
        Epochs run.
    best_epoch_ : int
        The epoch that is kept; 0 is the start.
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
        "encoding_dim": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [str],
        "code_activation": [str],
        "output_activation": [str],
        "loss": [str, HasMethods(["call", "get_config"])],
        "init": [StrOptions({"auto", "pca", "random"})],
        "optimizer": [str, HasMethods(["apply_gradients", "get_config"])],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), HasMethods(["__call__", "get_config"])],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 0, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(RealNotInt, 0, 1, closed="neither")],
        "patience": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        encoding_dim=2,
        *,
        hidden_layer_sizes=(128, 64),
        activation="gelu",
        code_activation="linear",
        output_activation="linear",
        loss="mse",
        init="auto",
        optimizer="adam",
        learning_rate=1e-3,
        batch_size="auto",
        epochs=200,
        early_stopping=True,
        validation_fraction=0.1,
        patience=20,
        random_state=None,
        verbose=0,
    ):
        self.encoding_dim = encoding_dim
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.init = init
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.verbose = verbose
