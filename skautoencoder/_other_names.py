"""Aliases from PCA, Keras and tutorials: accepted for values, suggested in errors for parameters and attributes."""

import difflib
import functools
import inspect


def _split_names(table: dict) -> dict:
    """Return a dict with one entry for each of the names that a key lists."""
    return {name: text for names, text in table.items() for name in names.split()}


# Names of parameters in other libraries.
_PARAMETERS = _split_names(
    {
        "n_components latent_dim latent_size n_latent z_dim bottleneck bottleneck_dim code_size": "encoding_dim",
        "hidden_layers hidden_dims hidden_sizes hidden_units layers units": "hidden_layer_sizes",
        "lr learning_rate_init": "learning_rate",
        "n_epochs num_epochs nb_epoch epoch_num max_iter": "epochs",
        "n_iter_no_change": "patience",
        "validation_split": "validation_fraction",
        "seed": "random_state",
        "kl_weight": "beta",
    }
)

# Parameters of other libraries whose values have to change as well: the parameter to use, and the advice.
_INSTEAD_OF_PARAMETERS = _split_names(
    {
        "activity_regularizer": ("penalty", "Set penalty='l1' and its weight alpha."),
        "kernel_regularizer": ("penalty", "Set penalty='l2' and its weight alpha, or set weight_decay."),
        "hidden_neuron_list": (
            "hidden_layer_sizes",
            "Set encoding_dim to the last size and hidden_layer_sizes to the others.",
        ),
        "model build_fn": (
            "callbacks",
            "Set architecture=KerasArchitecture(build), where build returns an encoder and a decoder.",
        ),
        "preprocessing": ("epochs", "Put a StandardScaler before the estimator in a Pipeline."),
        "contamination": ("callbacks", "Use this quantile of score_samples of held-out rows as the threshold."),
        "shuffle": ("epochs", "Training always shuffles the rows."),
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
_INSTEAD_OF_ARCHITECTURES = _split_names(
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

# What to use instead of attributes and methods of PCA, Keras, MLPRegressor and pyod.
INSTEAD_OF_ATTRIBUTES = _split_names(
    {
        "components_ coefs_ intercepts_": "Codes are no linear map of the rows: inverse_transform shows what a code "
        "means, and encoder_ and decoder_ are Keras models with the weights.",
        "explained_variance_": "The variance of each code is transform(X).var(axis=0).",
        "explained_variance_ratio_": "Codes have no order. score(X) is the share of the variance that all of them "
        "explain, like the sum of PCA's ratios; compare_with_pca shows it by code size.",
        "singular_values_": "The standard deviation of each code is transform(X).std(axis=0).",
        "mean_": "The mean of the features is X.mean(axis=0).",
        "n_components n_components_": "The size of the code is encoding_dim_.",
        "noise_variance_": "The mean squared error is skautoencoder.metrics.reconstruction_error(autoencoder, X); "
        "VariationalAutoencoderTransformer has a noise variance.",
        "get_covariance get_precision": "The covariance of the reconstructions is numpy.cov(reconstruct(X).T).",
        "predict": "The reconstruction is reconstruct(X), the codes are transform(X).",
        "predict_proba predict_log_proba": "To predict classes, fit a classifier to the codes: "
        "make_pipeline(autoencoder, LogisticRegression()).",
        "decision_function decision_scores_": "The error of each row is -score_samples(X); high is unusual.",
        "fit_predict labels_ threshold_ offset_": "Unusual rows are those whose score_samples(X) lies below a quantile "
        "of the scores of held-out rows; training rows have too high scores.",
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


def check_parameter_names(estimator, names):
    """Raise a ValueError that suggests a name unless all names are parameters of an estimator."""
    known = estimator.get_params(deep=False)
    for name, value in names.items():
        if name.partition("__")[0] not in known:
            raise ValueError(_unknown_parameter(type(estimator), name, value))


def _unknown_parameter(cls, name, value):
    known = list(inspect.signature(cls).parameters)
    sentence = f"{cls.__name__} has no parameter {name}={_short(value)}."
    if (meant := _PARAMETERS.get(name)) in known:
        return f"{sentence} It is called {meant} here: {meant}={_short(value)}."
    return f"{sentence} {_suggestion(cls, name, known)}"


def _unknown_argument(cls, method, known, name, value):
    sentence = f"{cls.__name__}.{method} has no argument {name}"
    if name in _HELD_OUT_ROWS and "X_val" in known:
        return f"{sentence}. Pass the held-out rows alone as X_val."
    meant = _PARAMETERS.get(name, name)
    value = _short(value)
    if meant in inspect.signature(cls).parameters:
        return f"{sentence}={value}: it is a parameter of the estimator, {cls.__name__}({meant}={value}).{method}(X)."
    return f"{sentence}={value}. {_suggestion(cls, name, known)}"


def _suggestion(cls, name, known):
    name = name.partition("__")[0]
    parameter, advice = _INSTEAD_OF_PARAMETERS.get(name, (None, None))
    if parameter in inspect.signature(cls).parameters:
        return advice
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are {', '.join(known)}."


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 else "..."
