"""Architecture of your own Keras models."""

import inspect

import numpy as np

from .._checks import check_choice, written
from ._base import BaseKerasArchitecture


class KerasArchitecture(BaseKerasArchitecture):
    """Your own encoder and decoder, made of any Keras layers.

    The models are trained unchanged, with their Dropout, BatchNormalization, frozen layers and layer losses;
    `hidden_layer_sizes` and `activation` do not apply. Training starts at the models' random weights or, with
    ``init="pca"``, at PCA: a linear path is then added in parallel to each model, whose last layer must be linear and
    starts at zero.

    Models that exist already, trained or not, are passed as ``KerasArchitecture(encoder, decoder)``. With ``epochs=0``
    the estimator computes what they compute; with more epochs training goes on from their weights. Each fit trains
    copies, so that the models themselves stay as they are.

    Parameters
    ----------
    build : callable or keras.Model
        Function called as ``build(n_features, encoding_dim)`` that returns an encoder and a decoder of `keras.Model`:
        from rows of `n_features` values to codes of `encoding_dim` values and back. Inputs and outputs may have any
        shape with that many values, for example (28, 28, 1). Each call must return the same network in new layers,
        apart from frozen ones. Define `build` in a module to pickle it and to use ``n_jobs``.

        Or the encoder itself, with `decoder`. Every fit starts at their weights, whatever `random_state` is.
    decoder : keras.Model, default=None
        The decoder, if `build` is an encoder. If None, `build` is a function. Encoder and decoder may not share layers.
    **parameters : object
        Further arguments of `build`, by name. Each of them, given or with a default in the signature of `build`, is a
        parameter of the architecture: a search over ``architecture__width`` calls ``build(n_features, encoding_dim,
        width=...)``.

    See Also
    --------
    BaseKerasArchitecture : Base class for architectures of your own.

    Notes
    -----
    In :class:`VariationalAutoencoderTransformer` the encoder returns the means and the logarithms of the variances of
    the codes. It is therefore built with twice the `encoding_dim`. If encoder and decoder share layers (tied weights),
    it is built with `encoding_dim`, and a linear layer beside its last one returns the logarithms of the variances.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, KerasArchitecture
    >>> def build(n_features, encoding_dim):
    ...     from keras import Input, Sequential
    ...     from keras.layers import BatchNormalization, Dense, Dropout
    ...     encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(32, "relu"), Dense(encoding_dim)])
    ...     decoder = Sequential([Input((encoding_dim,)), Dense(32, "relu"), BatchNormalization(), Dense(n_features)])
    ...     return encoder, decoder
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(8, architecture=KerasArchitecture(build), epochs=2, random_state=0).fit(X)
    >>> autoencoder.transform(X).shape
    (1797, 8)

    Further arguments of `build` can be passed and searched:

    >>> def narrowing(n_features, encoding_dim, width=32):
    ...     from keras import Input, Sequential
    ...     from keras.layers import Dense
    ...     encoder = Sequential([Input((n_features,)), Dense(width, "relu"), Dense(encoding_dim)])
    ...     return encoder, Sequential([Input((encoding_dim,)), Dense(width, "relu"), Dense(n_features)])
    >>> KerasArchitecture(narrowing, width=64).get_params()["width"]
    64
    >>> autoencoder = AutoencoderTransformer(8, architecture=KerasArchitecture(narrowing))
    >>> autoencoder.get_params()["architecture__width"]
    32

    Trained models, wrapped as they are:

    >>> encoder, decoder = build(64, 8)
    >>> wrapped = AutoencoderTransformer(8, architecture=KerasArchitecture(encoder, decoder), epochs=0).fit(X)
    >>> bool(abs(wrapped.transform(X) - encoder.predict(X, verbose=0)).max() < 1e-4)
    True
    """

    suits_pca_start = False
    owns_activations = True
    # Files of architectures of functions may lack it.
    decoder = None

    def __init__(self, build=None, decoder=None, **parameters):
        self.build = build
        self.decoder = decoder
        vars(self).update(parameters)

    def __sklearn_clone__(self):
        # Fits copy the models, so that clones can share them. Keras would copy each model through a file.
        holds_models = _is_model(self.build) or _is_model(self.decoder)
        return type(self)(self.build, self.decoder) if holds_models else super().__sklearn_clone__()

    def __getstate__(self):
        state = super().__getstate__()
        if not self.starts_at_given_weights:
            return state
        from .._engine.given_models import model_state

        # Keras pickles models as files that hold the time, so that equal models would have other hashes.
        return {"models": [model_state(self.build), model_state(self.decoder)]}

    def __setstate__(self, state):
        if "models" not in state:
            super().__setstate__(state)
            return
        from .._engine.given_models import model_of_state

        self.build, self.decoder = (model_of_state(*model) for model in state["models"])

    @property
    def starts_at_given_weights(self):
        """Whether `build` is an encoder, whose weights and those of `decoder` are the start of training."""
        return _is_model(self.build)

    def get_params(self, deep=True):
        """Get the parameters of the architecture: `build` and its further arguments, or `build` and `decoder`.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of objects among the parameters.

        Returns
        -------
        dict of str to object
            Parameters by name.
        """
        parameters = super().get_params(deep=deep) | self._parameters_of_build()
        if self.decoder is None:
            parameters.pop("decoder", None)
        return parameters

    def set_params(self, **params):
        """Set parameters of the architecture.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        KerasArchitecture
            The architecture itself.
        """
        if "build" in params:
            self._forget_defaults()
            self.build = params["build"]
            if not self.starts_at_given_weights:
                self.decoder = None
        known = {"build", *self._arguments(), *self._parameters_of_build()}
        if self.starts_at_given_weights:
            known.add("decoder")
        nested = {}
        for name, value in params.items():
            check_choice("parameter", name.partition("__")[0], known)
            # scikit-learn does not know an argument without default until it is set.
            if "__" in name:
                nested[name] = value
            else:
                setattr(self, name, value)
        return super().set_params(**nested)

    def check(self, n_features):
        if _is_model(self.build) or _is_model(self.decoder):
            self._check_models()
            return
        parameters = self._parameters_of_build()
        try:
            inspect.signature(self.build).bind(n_features, 2, **parameters)
        except (TypeError, ValueError) as error:
            arguments = ["n_features", "encoding_dim", *(f"{name}={value!r}" for name, value in parameters.items())]
            raise ValueError(
                f"build={self.build!r} of KerasArchitecture must be a function build({', '.join(arguments)}) that "
                f"returns an encoder and a decoder, but cannot be called that way: {error}. Pass further arguments by "
                "name, for example KerasArchitecture(build, width=64)."
            ) from error

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        if self.starts_at_given_weights:
            return self._copied_models()
        # Keras' layers take no NumPy numbers, such as those of a grid.
        parameters = self._parameters_of_build().items()
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in parameters}
        return self.build(n_features, encoding_dim, **plain)

    def _check_models(self):
        """Raise a ValueError unless encoder and decoder are Keras models without common weights."""
        from .._engine.given_models import is_keras_model, share_weights

        if self.decoder is None:
            raise ValueError(
                f"KerasArchitecture was given one model, {self.build!r}. Pass both halves, KerasArchitecture(encoder, "
                "decoder): the encoder ends at the code, as keras.Model(model.input, model.get_layer('code').output) "
                "does."
            )
        for name, model in (("encoder", self.build), ("decoder", self.decoder)):
            if not is_keras_model(model):
                raise ValueError(
                    f"The {name} of KerasArchitecture is {written(model)}, but should be a model of Keras 3. Pass both "
                    "models, KerasArchitecture(encoder, decoder), or a function that builds them, "
                    "KerasArchitecture(build)."
                )
        if share_weights(self.build, self.decoder):
            raise ValueError(
                "The encoder and the decoder of KerasArchitecture share layers, which copies of the two models would "
                "not. Pass a function that builds both models with the shared layers: KerasArchitecture(build)."
            )

    def _copied_models(self):
        from .._engine.given_models import copied_model

        try:
            return copied_model(self.build), copied_model(self.decoder)
        except Exception as error:  # Layers of one's own may raise anything.
            raise ValueError(
                "KerasArchitecture cannot copy the models that it was given. If a layer or a model is your own class, "
                "return the arguments of its __init__ in get_config, or pass a function that builds the models: "
                "KerasArchitecture(build)."
            ) from error

    def _arguments(self):
        """Return the defaults of the further arguments of `build` by name."""
        if self.starts_at_given_weights:
            return {}
        try:
            arguments = list(inspect.signature(self.build).parameters.values())[2:]
        except (TypeError, ValueError):
            # `check` raises the error for objects without a signature.
            return {}
        kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
        return {argument.name: argument.default for argument in arguments if argument.kind in kinds}

    def _parameters_of_build(self):
        """Return the further arguments of `build` by name: given values, and defaults for the others."""
        defaults = {name: value for name, value in self._arguments().items() if value is not inspect.Parameter.empty}
        hidden = ("build", "decoder") if self.decoder is None else ("build",)
        given = {name: value for name, value in vars(self).items() if name not in hidden and not name.startswith("_")}
        return defaults | given

    def _forget_defaults(self):
        """Delete values equal to the defaults of `build`, which clones pass on: another `build` has other defaults."""
        for name, default in self._arguments().items():
            if repr(vars(self).get(name)) == repr(default):
                vars(self).pop(name, None)


def _is_model(value):
    """Whether a value looks like a Keras model; does not import Keras."""
    return callable(getattr(value, "get_layer", None)) and not isinstance(value, type)
