"""Names that PCA, Keras and tutorials have for what is here, understood or answered with the name that it has here."""

import difflib
import functools
import inspect

# Parameters by the names that they have elsewhere.
_PARAMETERS = {
    other: name
    for name, others in {
        "encoding_dim": "n_components latent_dim latent_size n_latent z_dim bottleneck bottleneck_dim code_size",
        "hidden_layer_sizes": "hidden_layers hidden_dims hidden_sizes hidden_units layers units",
        "learning_rate": "lr learning_rate_init",
        "epochs": "n_epochs num_epochs nb_epoch max_iter",
        "patience": "n_iter_no_change",
        "validation_fraction": "validation_split",
        "random_state": "seed",
        "beta": "kl_weight",
    }.items()
    for other in others.split()
}

# Values by the names that Keras and scikit-learn have besides, in small letters and without underscores.
_SYNONYMS = {
    "bce": "binarycrossentropy",
    "maxerror": "max",
    "meanabsoluteerror": "mae",
    "meansquarederror": "mse",
    "rootmeansquarederror": "rmse",
}

# Held-out rows in `fit`, by the names that they have elsewhere.
_HELD_OUT_ROWS = {"validation_data", "eval_set", "x_val", "x_valid", "X_valid", "x_test", "X_test"}

# What to read of a fitted autoencoder in place of the attributes of PCA.
INSTEAD_OF_ATTRIBUTES = {
    "components_": "Codes are no linear map of the rows. What a code stands for is what inverse_transform makes of it, "
    "or decoder_, the decoder as a Keras model.",
    "explained_variance_": "The variance of each code is transform(X).var(axis=0).",
    "explained_variance_ratio_": "Codes have no order, and share what they explain: score(X) is the share of the "
    "variance that all of them explain, as the sum of PCA's ratios is, and compare_with_pca shows it for every size of "
    "the code.",
    "mean_": "The mean of the features is X.mean(axis=0).",
    "n_components_": "The size of the code is encoding_dim_.",
    "noise_variance_": "The mean squared error of rows is skautoencoder.metrics.reconstruction_error(autoencoder, X); "
    "VariationalAutoencoderTransformer has a noise variance.",
    "singular_values_": "The standard deviation of each code is transform(X).std(axis=0).",
}


def named(value, choices):
    """Return the choice that a name stands for in one of Keras' spellings, such as "ReLU"; other values as they are."""
    if not isinstance(value, str) or value in choices:
        return value

    def plain(name):
        name = name.replace("_", "").lower()
        return _SYNONYMS.get(name, name)

    return next((choice for choice in choices if plain(choice) == plain(value)), value)


def explain_unknown_names(method):
    """Decorate `__init__` or a method such as `fit`: the error about a keyword that it lacks says what is meant."""
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
    return f"{sentence} {_did_you_mean(name.partition('__')[0], known)}"


def _unknown_argument(cls, method, known, name, value):
    sentence = f"{cls.__name__}.{method} has no argument {name}"
    if name in _HELD_OUT_ROWS and "X_val" in known:
        return f"{sentence}. Pass the held-out rows alone as X_val."
    meant, value = _PARAMETERS.get(name, name), _short(value)
    if meant in inspect.signature(cls).parameters:
        return f"{sentence}={value}: it is a parameter of the estimator, {cls.__name__}({meant}={value}).{method}(X)."
    return f"{sentence}={value}. {_did_you_mean(name, known)}"


def _did_you_mean(name, known):
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are {', '.join(known)}."


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 else "..."
