"""Every private name of scikit-learn that this package uses, what it stands for, and since when.

A new version of scikit-learn that moves one of them is answered here and nowhere else.
"""

# Decorator of `fit`: validates the parameters by `_parameter_constraints`. Since 1.3.
from sklearn.base import _fit_context as fit_context

# Base class of imputers: indicator, tags and the parameters that all imputers share. Since 0.22.
from sklearn.impute._base import _BaseImputer as BaseImputer

# Rows of arrays, sparse matrices, data frames and lists by their numbers. Since 0.22.
from sklearn.utils import _safe_indexing as safe_indexing

# Methods of estimators that may request metadata. Since 1.3.
from sklearn.utils._metadata_requests import SIMPLE_METHODS

# Whether a value is NaN or pandas.NA. Since 1.0.
from sklearn.utils._missing import is_pandas_na, is_scalar_nan

# What a parameter may be, for `_parameter_constraints`. Since 1.2; `RealNotInt` since 1.3.
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    MissingValues,
    RealNotInt,
    StrOptions,
    validate_params,
)

# Default keywords of matplotlib with those of the user, which may be aliases such as "lw". Since 1.6.
from sklearn.utils._plotting import _validate_style_kwargs as merged_style_kwargs

# What makes the data frames that `set_output`, or the configuration `transform_output`, asks for. Since 1.4.
from sklearn.utils._set_output import _get_container_adapter as get_container_adapter

# The names of the input columns, checked against those seen in `fit`. Since 1.0.
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in

# Weights of rows as an array. Since 0.22; `ensure_non_negative` since 1.6.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

try:
    # Callbacks of scikit-learn's own, such as progress bars, since 1.9: not private, but experimental.
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class _NoCallbacks:
        """A task that nobody is told of."""

        def subcontext(self, **options):
            return self

        def call_on_fit_task_begin(self, **arguments):
            return self

        def call_on_fit_task_end(self, **arguments):
            return False

    class CallbackSupportMixin:
        """Stand-in for versions without callbacks."""

        def _init_callback_context(self, **options):
            return _NoCallbacks()

    def with_callbacks(method):
        """Stand-in for versions without callbacks."""
        return method


__all__ = [
    "BaseImputer",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "MissingValues",
    "RealNotInt",
    "StrOptions",
    "check_feature_names_in",
    "check_sample_weight",
    "fit_context",
    "fit_quietly",
    "fitted_attributes_html",
    "in_output_container",
    "is_pandas_na",
    "is_scalar_nan",
    "merged_style_kwargs",
    "metadata_requests",
    "safe_indexing",
    "set_metadata_requests",
    "validate_params",
    "visual_block",
    "with_callbacks",
]


def fit_quietly(pca, X):
    """Do what ``pca.fit(X)`` does, by the method behind it (`PCA._fit`, since 0.18).

    Tools that record every `fit` of scikit-learn's estimators, such as mlflow's autolog, should record the user's fit
    and not the parts that it is made of.
    """
    pca._fit(X)
    return pca


def in_output_container(estimator, rows, names, like=None):
    """Return rows as the data frame that `set_output` asks for, or as they are without it.

    scikit-learn does this to what `transform` returns, and to nothing else.

    Parameters
    ----------
    estimator : TransformerMixin
        Estimator that returns the rows.
    rows : ndarray of shape (n_samples, n_columns)
    names : callable
        Returns the names of the columns.
    like : array-like or DataFrame, default=None
        What the user passed: its index becomes that of the rows.
    """
    adapter = get_container_adapter("transform", estimator)
    return rows if adapter is None else adapter.create_container(rows, like, names)


def visual_block(estimator, name, details, caption):
    """Make one box of the diagram that a notebook shows (since 0.23).

    `_VisualBlock` moved between 1.6 and 1.7, but not what `sklearn.pipeline` imports of it.
    """
    from sklearn.pipeline import _VisualBlock

    return _VisualBlock("single", estimator, names=name, name_details=details, name_caption=caption)


def fitted_attributes_html(attributes, estimator_class, doc_link):
    """Make the table of fitted attributes that a notebook shows (since 1.9)."""
    from sklearn.utils._repr_html.fitted_attributes import AttrsDict

    return AttrsDict(fitted_attrs=attributes, estimator_class=estimator_class, doc_link=doc_link)


def metadata_requests(requests):
    """Return what a `MetadataRequest` holds, by method and by metadata (since 1.3)."""
    return {method: dict(getattr(requests, method).requests) for method in SIMPLE_METHODS}


def set_metadata_requests(estimator, by_method):
    """Set what `set_fit_request` and its kin set, whether routing is enabled or not (since 1.3)."""
    requests = estimator._get_metadata_request()
    for method in SIMPLE_METHODS:
        for name, request in by_method.get(method, {}).items():
            getattr(requests, method).add_request(param=name, alias=request)
    estimator._metadata_request = requests
