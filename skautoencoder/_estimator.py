"""Base class of all estimators of this package."""

from sklearn.base import BaseEstimator

from ._other_names import check_parameter_names
from ._peer_names import instead_of_attribute
from ._sklearn_compat import CallbackSupportMixin
from .persistence import reduced, save


class Estimator(CallbackSupportMixin, BaseEstimator):
    """Estimators that can be saved without pickle and whose errors suggest parameter names."""

    _doc_link_module = "skautoencoder"
    _doc_link_template = (
        "https://skautoencoder.readthedocs.io/en/stable/generated/{estimator_module}.{estimator_name}.html"
    )

    def set_params(self, **params):
        """Set parameters of this estimator.

        Parameters
        ----------
        **params : dict
            Values by parameter name. Parameters of a parameter, such as a penalty, are set with both names:
            ``penalty__normalize``.

        Returns
        -------
        object
            The estimator itself.
        """
        check_parameter_names(self, params)
        return super().set_params(**params)

    def save(self, path):
        """Save the estimator, fitted or not, to a file that `load` reads without running code.

        The file holds the parameters, the fitted attributes and, with `warm_start` or after `partial_fit`, the state of
        training. A loaded estimator returns the same numbers, to the bit, and continues training in the same steps.

        Parameters
        ----------
        path : str or path-like
            File to write. An existing file is replaced only once the new one is complete.

        Raises
        ------
        ValueError
            If a parameter is a lambda, a local function or an object that only pickle can store, such as a Keras
            callback, or if X had categories that are neither words, numbers, truth values nor intervals of numbers.
            Nothing is written then.

        See Also
        --------
        skautoencoder.load : Read the file.
        """
        save(self, path)

    def __getattr__(self, name):
        # Called only when normal attribute lookup fails.
        if advice := instead_of_attribute(type(self), name):
            raise AttributeError(f"{type(self).__name__} has no {name}. {advice}")
        # Repeat the lookup so that an AttributeError raised inside a property is not swallowed.
        return self.__getattribute__(name)

    def __copy__(self):
        # Otherwise copies have the state that is pickled.
        copied = type(self).__new__(type(self))
        vars(copied).update(vars(self))
        return copied

    def __reduce__(self):
        return reduced(self)
