"""Aliases from PCA, Keras and tutorials: accepted for values, suggested in errors for parameters and attributes."""

import difflib
import functools
import inspect

from ._peer_names import instead_of_parameter, same_argument, same_parameter, split_names

# Similarity of names, from 0 to 1, from which on one is taken for the other.
_MIN_SIMILARITY = 0.8
# Maximum number of names that an error lists.
_MAX_LISTED = 10


# Names of parameters in other libraries.
_PARAMETERS = split_names(
    {
        "n_components latent_dim latent_dims latent_size latent latent_features n_latent z_dim bottleneck "
        "bottleneck_dim bottleneck_size code_size code_dim n_codes embedding_dim embedding_dims "
        "embedding_size": "encoding_dim",
        "hidden_layers hidden_dim hidden_dims hidden_size hidden_sizes hidden_units hidden_nodes hidden_neurons "
        "n_hidden layer_sizes layers units n_units n_neurons neurons encoder_layers": "hidden_layer_sizes",
        "lr learning_rate_init": "learning_rate",
        "n_epochs num_epochs nb_epoch nb_epochs epoch_num max_epochs max_iter n_iter num_iter iterations": "epochs",
        "early_stop use_early_stopping": "early_stopping",
        "n_iter_no_change early_stopping_patience": "patience",
        "validation_split validation_size val_split val_size val_fraction test_size": "validation_fraction",
        "seed random_seed": "random_state",
        "solver optimizer_name": "optimizer",
        "criterion criterion_name loss_fn loss_func loss_function reconstruction_loss": "loss",
        "act activation_fn activation_function hidden_activation hidden_activation_name": "activation",
        "output_activation_name final_activation last_activation": "output_activation",
        "minibatch_size mini_batch_size": "batch_size",
        "kl_weight": "beta",
    }
)

# Parameters of other libraries whose values have to change as well: a parameter that the advice needs, and the advice.
_INSTEAD_OF_PARAMETERS = split_names(
    {
        "activity_regularizer l1 l1_reg sparsity sparsity_weight": (
            "penalty",
            "Set penalty='l1' and its weight alpha.",
        ),
        "kernel_regularizer l2 l2_reg l2_regularizer": (
            "penalty",
            "Set penalty='l2' and its weight alpha, or set weight_decay.",
        ),
        "rho sparsity_target": (
            "penalty",
            "Set penalty=KLSparsity(target=0.05) and code_activation='sigmoid'.",
        ),
        "beta kl_weight capacity": (
            "penalty",
            "VariationalAutoencoderTransformer has beta, the weight of the divergence.",
        ),
        "noise_factor noise_std noise_rate corruption_level mask_ratio": (
            "noise_level",
            "Set noise='gaussian' or noise='masking', and its noise_level.",
        ),
        "dropout dropout_rate drop_rate": (
            "noise",
            "Dropout is a layer of your own models, architecture=KerasArchitecture(build); noise='masking' drops "
            "entries of X, and weight_decay keeps weights small.",
        ),
        "batch_norm batch_normalization batchnorm use_bias kernel_initializer": (
            "noise",
            "It belongs to layers of your own models: architecture=KerasArchitecture(build).",
        ),
        "kernel_size filters strides image_shape sequence_shape input_shape": (
            "architecture",
            "It belongs to an architecture, such as architecture=ConvolutionalArchitecture(image_shape=(28, 28), "
            "kernel_size=3).",
        ),
        "input_dim input_size n_inputs n_features output_dim": ("epochs", "fit takes the number of features from X."),
        "n_layers num_layers depth": (
            "hidden_layer_sizes",
            "Set hidden_layer_sizes to one width for each layer, for example (128, 64).",
        ),
        "hidden_neuron_list encoder_neuron_list": (
            "hidden_layer_sizes",
            "Set encoding_dim to the last size and hidden_layer_sizes to the others.",
        ),
        "decoder_layers decoder_hidden_layer_sizes decoder_neuron_list": (
            "architecture",
            "Set architecture=DenseArchitecture(decoder_hidden_layer_sizes=(64, 128)).",
        ),
        "model module network build_fn encoder decoder": (
            "callbacks",
            "Set architecture=KerasArchitecture(encoder, decoder), or KerasArchitecture(build), where build returns an "
            "encoder and a decoder.",
        ),
        "preprocessing scale normalize standardize": (
            "epochs",
            "Put a StandardScaler before the estimator in a Pipeline.",
        ),
        "contamination threshold": (
            "callbacks",
            "Outliers are found by AutoencoderOutlierDetector, which has a contamination.",
        ),
        "shuffle": ("epochs", "Training always shuffles the rows."),
        "tol": ("patience", "Training ends after `patience` epochs without a lower loss."),
        "momentum nesterovs_momentum beta_1 beta_2 epsilon clipnorm clipvalue optimizer_params optimizer_kwargs": (
            "optimizer",
            "Pass an optimizer object, for example optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9).",
        ),
        "decay lr_decay lr_scheduler lr_schedule scheduler": (
            "learning_rate",
            "Pass a schedule, for example learning_rate=keras.optimizers.schedules.CosineDecay(1e-3, 1000).",
        ),
        "metrics": ("epochs", "compare_with_pca and reconstruction_error take a metric; history_ holds the losses."),
        "n_jobs workers": ("epochs", "A fit uses all cores; GridSearchCV and compare_with_pca have n_jobs."),
        "device gpu use_gpu cuda accelerator": (
            "epochs",
            "A GPU is used if TensorFlow sees one; the environment variable CUDA_VISIBLE_DEVICES hides it.",
        ),
        "dtype": ("epochs", "transform computes in the dtype of X: pass X.astype('float32') for float32."),
        "whiten": ("epochs", "Put a StandardScaler after the estimator in a Pipeline."),
        "copy svd_solver iterated_power n_oversamples power_iteration_normalizer": (
            "init",
            "It belongs to PCA and changes nothing here: leave it out.",
        ),
        "validation_data eval_set X_val": ("callbacks", "Pass held-out rows to fit: fit(X, X_val=X_held_out)."),
        "class_weight sample_weight": ("epochs", "Pass weights of rows to fit: fit(X, sample_weight=weights)."),
        "categories categorical_features categorical_columns cat_features cat_cols": (
            "handle_unknown",
            "Categories are the columns of a data frame that hold words, booleans or the dtype 'category': for example "
            "X.astype({'postcode': 'category'}).",
        ),
        "missing_values": ("penalty", "AutoencoderImputer takes missing values."),
    }
)

# Other names of values, in small letters and without underscores.
_SYNONYMS = {
    "bce": "binarycrossentropy",
    "maxerror": "max",
    "meanabsoluteerror": "mae",
    "meansquarederror": "mse",
    "rootmeansquarederror": "rmse",
}

# What to write in place of other names of architectures.
_INSTEAD_OF_ARCHITECTURES = split_names(
    {
        "conv conv2d cnn convolution convolutional convnet image images": "Name the shape of an image: "
        "architecture=ConvolutionalArchitecture(image_shape=(28, 28)); for series, "
        "architecture=Conv1DArchitecture(sequence_shape=(30, 2)).",
        "conv1d cnn1d 1dcnn 1dconv tcn temporal": "Name the steps and channels of a series: "
        "architecture=Conv1DArchitecture(sequence_shape=(30, 2)).",
        "lstm rnn recurrent seq2seq sequence sequences timeseries": "Name the steps and channels of a sequence: "
        "architecture=RecurrentArchitecture(sequence_shape=(30, 2)).",
        "gru": "Name the steps and channels of a sequence: "
        "architecture=RecurrentArchitecture(sequence_shape=(30, 2), cell='gru').",
        "keras own custom model transformer attention": "Pass your own models: architecture=KerasArchitecture(encoder, "
        "decoder), or a function that builds them, architecture=KerasArchitecture(build).",
        "mlp fc fullyconnected linear deep stacked": "Fully connected layers are architecture='dense'; "
        "hidden_layer_sizes=() leaves out the hidden ones.",
        "variational vae": "That is a class: VariationalAutoencoderTransformer.",
        "denoising dae": "Denoising is a parameter: noise='gaussian'.",
        "sparse sae": "Sparse codes are a parameter: penalty='l1', with code_activation='relu'.",
        "contractive cae": "Contractive codes are a parameter: penalty='contractive'.",
    }
)

# Other names of the argument `X_val` of `fit`.
_HELD_OUT_ROWS = {"validation_data", "eval_set", "x_val", "x_valid", "X_valid", "x_test", "X_test"}

# Other names of the arguments of functions.
_ARGUMENTS = split_names(
    {
        "encoding_dim n_components latent_dim latent_dims sizes code_sizes": "encoding_dims",
        "folds n_folds n_splits k_folds splitter": "cv",
        "scoring score error": "metric",
        "seed random_seed": "random_state",
        "group": "groups",
        "target labels": "y",
        "predictor classifier regressor": "downstream",
        "models methods": "estimators",
        "model autoencoder": "estimator",
        "X_train rows data": "X",
        "X_val X_held_out X_valid validation_data": "X_test",
    }
)

# What to use instead of attributes and methods of PCA, Keras, torch, MLPRegressor and pyod.
INSTEAD_OF_ATTRIBUTES = split_names(
    {
        "coefs_ intercepts_": "encoder_ and decoder_ are Keras models with the weights; components_ is the linear map "
        "from codes to rows that fits best.",
        "n_components": "The size of the code is encoding_dim_.",
        "get_covariance get_precision": "PCA's covariance belongs to a linear model with normal noise. An "
        "autoencoder is no such model; numpy.cov(reconstruct(X).T) is the covariance of its reconstructions.",
        "predict": "The reconstruction is reconstruct(X), the codes are transform(X).",
        "predict_proba predict_log_proba": "To predict classes, fit a classifier to the codes: "
        "make_pipeline(autoencoder, LogisticRegression()).",
        "decision_function decision_scores_": "The error of each row is -score_samples(X); high is unusual.",
        "fit_predict labels_ threshold_ offset_": "Outliers are found by AutoencoderOutlierDetector, which has a "
        "threshold.",
        "encoder encode": "The encoder is encoder_, a Keras model; transform(X) encodes.",
        "decoder decode": "The decoder is decoder_, a Keras model; inverse_transform(codes) decodes.",
        "autoencoder model model_": "The whole network is autoencoder_, a Keras model.",
        "latent latent_ codes_ embedding_": "The codes are transform(X).",
        "history loss_curve_": "The loss of each epoch is history_['loss']; entry 0 is the start.",
        "validation_scores_": "The loss of the held-out rows is history_['val_loss'], if rows were held out.",
        "loss_ best_loss_ best_validation_score_": "The losses of the epoch that was kept are the entries best_epoch_ "
        "of the lists in history_.",
        "evaluate": "The share of the variance that is explained is score(X).",
        "compile": "optimizer, learning_rate and loss are parameters.",
        "get_weights": "The weights are autoencoder_.get_weights().",
        "weights layers summary parameters state_dict": "autoencoder_, encoder_ and decoder_ are Keras models with "
        "layers and weights.",
        "save_weights to_json export": "save writes the estimator to a file; encoder_ and decoder_ are Keras models, "
        "which have a method export.",
        "load_weights": "load of this package reads what save wrote; KerasArchitecture takes trained models.",
        "reconstruction_error reconstruction_err_": "The mean squared error is "
        "skautoencoder.metrics.reconstruction_error: it takes the estimator and X.",
        "anomaly_scores outlier_scores": "The error of each row is -score_samples(X); high is unusual.",
        "generate sample": "VariationalAutoencoderTransformer draws new rows; inverse_transform(codes) decodes given "
        "codes.",
        "fit_generator train_on_batch": "partial_fit(chunk) trains on one chunk of rows.",
        "losses_ losses val_loss_": "The losses by epoch are history_['loss'] and history_['val_loss'].",
        "best_loss best_epoch": "The epoch that was kept is best_epoch_; its losses are in history_.",
        "bottleneck code codes latent_space embedding embeddings": "The codes are transform(X).",
    }
)


def named(value, choices):
    """Return the choice that a string spells in another way, such as "ReLU"; return other values as they are."""
    if not isinstance(value, str) or value in choices:
        return value

    def plain(name):
        name = name.replace("_", "").lower()
        return _SYNONYMS.get(name, name)

    return next((choice for choice in choices if plain(choice) == plain(value)), value)


def instead_of_architecture(name):
    """Return what to write in place of a name of an architecture that is no choice; empty if it is not known."""
    plain = "".join(letter for letter in name.lower() if letter.isalnum())
    for ending in ("autoencoder", "architecture"):
        plain = plain.removesuffix(ending) or plain
    return _INSTEAD_OF_ARCHITECTURES.get(plain) or _INSTEAD_OF_ARCHITECTURES.get(plain.removesuffix("ae"), "")


def explain_unknown_names(method):
    """Decorate `__init__` or a method such as `fit`: the error for an unknown keyword suggests the right name."""
    known = inspect.signature(method).parameters

    @functools.wraps(method)
    def explaining(self, *args, **keywords):
        for name, value in keywords.items():
            if name in known:
                continue
            if method.__name__ == "__init__":
                raise TypeError(_unknown_parameter(type(self), name, value))
            raise TypeError(_unknown_argument(type(self), method.__name__, list(known)[1:], name, value))
        return method(self, *args, **keywords)

    return explaining


def explain_arguments(function):
    """Decorate a function: the error for arguments that it does not take suggests the right ones."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def explaining(*args, **keywords):
        try:
            signature.bind(*args, **keywords)
        except TypeError as error:
            message = _wrong_arguments(function.__name__, signature, args, keywords)
            raise TypeError(message or str(error)) from error
        return function(*args, **keywords)

    return explaining


def _wrong_arguments(name, signature, args, keywords):
    """Return what is wrong with the arguments of a call; empty if nothing is known about it."""
    known = list(signature.parameters)
    by_position = [one.name for one in signature.parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    for keyword in keywords:
        if keyword in known:
            continue
        meant = _ARGUMENTS.get(keyword)
        if meant not in known:
            meant = next(iter(difflib.get_close_matches(keyword, known, n=1)), None)
        hint = f"Did you mean {meant}?" if meant else f"There are {', '.join(known)}."
        return f"{name} has no argument {keyword}={_short(keywords[keyword])}. {hint}"
    if len(args) > len(by_position):
        others = [other for other in known if other not in by_position]
        return f"{name} takes {' and '.join(by_position)} by position. Pass the others by name: {', '.join(others)}."
    missing = [one for one in by_position[len(args) :] if one not in keywords]
    return f"{name} needs {' and '.join(missing)}: call {name}({', '.join(by_position)})." if missing else ""


def check_parameter_names(estimator, names):
    """Raise a ValueError that suggests a name unless all names are parameters of an estimator."""
    known = estimator.get_params(deep=False)
    for name, value in names.items():
        owner, _, nested = name.partition("__")
        if owner not in known:
            raise ValueError(_unknown_parameter(type(estimator), name, value))
        # A value that is set in the same call replaces the one that the estimator holds.
        if nested and not hasattr(names.get(owner, known[owner]), "set_params"):
            raise ValueError(_no_nested_parameter(owner, nested, known, value))


# Modules of Keras with objects for these parameters.
_KERAS_MODULES = {"optimizer": "optimizers", "loss": "losses"}


def _no_nested_parameter(owner, nested, known, value):
    """Return what to set in place of a parameter of a parameter that has none."""
    sentence = f"{owner}={_short(known[owner])} has no parameter {nested}={_short(value)} to set."
    if owner in ("optimizer", "loss") and not isinstance(known[owner], str):
        name = getattr(known[owner], "__name__", type(known[owner]).__name__)
        example = f"{owner}=keras.{_KERAS_MODULES[owner]}.{name}({nested}={_short(value)})"
        return f"{sentence} Pass, or search over, whole objects: {example}."
    return f"{sentence} {_instead_of_nested(owner, nested, known, value)}"


def _unknown_parameter(cls, name, value):
    known = list(inspect.signature(cls).parameters)
    sentence = f"{cls.__name__} has no parameter {name}={_short(value)}."
    if advice := instead_of_parameter(cls, name):
        return f"{sentence} {advice}"
    if (meant := same_parameter(cls, name) or _PARAMETERS.get(name)) in known:
        return f"{sentence} It is called {meant} here: {meant}={_short(value)}."
    owner, _, nested = name.partition("__")
    if nested and owner in known:
        return f"{sentence} {_instead_of_nested(owner, nested, known, value)}"
    return f"{sentence} {_suggestion(cls, name, known)}"


def _instead_of_nested(owner, nested, known, value):
    if nested in known:
        return f"{nested} is a parameter of the estimator: {nested}={_short(value)}."
    if owner == "optimizer":
        return f"Pass an optimizer object, for example optimizer=keras.optimizers.SGD({nested}={_short(value)})."
    return f"Pass an object that has it as {owner}, instead of a name, then set {owner}__{nested}."


def _unknown_argument(cls, method, known, name, value):
    sentence = f"{cls.__name__}.{method} has no argument {name}"
    if name in _HELD_OUT_ROWS and "X_val" in known:
        return f"{sentence}. Pass the held-out rows alone as X_val."
    value = _short(value)
    if meant := same_argument(cls, method, name):
        return f"{sentence}={value}. It is called {meant} here."
    if advice := instead_of_parameter(cls, name):
        return f"{sentence}={value}. {advice}"
    meant = same_parameter(cls, name) or _PARAMETERS.get(name, name)
    if meant in inspect.signature(cls).parameters:
        return f"{sentence}={value}: it is a parameter of the estimator, {cls.__name__}({meant}={value}).{method}(X)."
    return f"{sentence}={value}. {_suggestion(cls, name, known)}"


def _suggestion(cls, name, known):
    name = name.partition("__")[0]
    parameter, advice = _INSTEAD_OF_PARAMETERS.get(name, (None, None))
    if parameter in inspect.signature(cls).parameters:
        return advice
    close = difflib.get_close_matches(name, known, n=1, cutoff=_MIN_SIMILARITY)
    if close:
        return f"Did you mean {close[0]}?"
    if len(known) > _MAX_LISTED:
        return f"It has {len(known)} others, which help({cls.__name__}) explains."
    return f"There are {', '.join(known)}."


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 else "..."
