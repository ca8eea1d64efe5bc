"""Architecture of your own Keras models."""

import inspect

from .._checks import check_choice
from ._base import BaseKerasArchitecture


class KerasArchitecture(BaseKerasArchitecture):
    """Your own encoder and decoder, made of any Keras layers.

    The models are trained unchanged, with their Dropout, BatchNormalization, frozen layers and layer losses;
    `hidden_layer_sizes` and `activation` do not apply. Training starts at the models' random weights or, with
    ``init="pca"``, at PCA: a linear path is then added in parallel to each model, whose last layer must be linear and
    starts at zero.

    Parameters
    ----------
    build : callable
        Function called as ``build(n_features, encoding_dim)`` that returns an encoder and a decoder of `keras.Model`:
        from rows of `n_features` values to codes of `encoding_dim` values and back. Inputs and outputs may have any
        shape with that many values, for example (28, 28, 1). Each call must return the same network in new layers,
        apart from frozen ones. Define `build` in a module to pickle it and to use ``n_jobs``.
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
    """

    suits_pca_start = False
    owns_activations = True

    def __init__(self, build, **parameters):
        self.build = build
        vars(self).update(parameters)

    def get_params(self, deep=True):
        """Get the parameters of the architecture: `build` and its further arguments.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of objects among the parameters.

        Returns
        -------
        dict of str to object
            Parameters by name.
        """
        return super().get_params(deep=deep) | self._parameters_of_build()

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
        known = {"build", *self._arguments(), *self._parameters_of_build()}
        for name, value in params.items():
            check_choice("parameter", name.partition("__")[0], known)
            # scikit-learn does not know an argument without default until it is set.
            if "__" not in name:
                setattr(self, name, value)
        return super().set_params(**params)

    def check(self, n_features):
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
        return self.build(n_features, encoding_dim, **self._parameters_of_build())

    def _arguments(self):
        """Return the defaults of the further arguments of `build` by name."""
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
        given = {name: value for name, value in vars(self).items() if name != "build" and not name.startswith("_")}
        return defaults | given

    def _forget_defaults(self):
        """Delete values equal to the defaults of `build`, which clones pass on: another `build` has other defaults."""
        for name, default in self._arguments().items():
            if repr(vars(self).get(name)) == repr(default):
                vars(self).pop(name, None)
