"""All private names of scikit-learn in this package, with the versions since which they exist.

Only this file changes if a new version of scikit-learn moves one of them.
"""

# Decorator of `fit`: validates the parameters by `_parameter_constraints`. Since 1.3.
from sklearn.base import _fit_context as fit_context
from sklearn.decomposition import PCA

# Indicator, tags and shared parameters of imputers. Since 0.22.
from sklearn.impute._base import _BaseImputer as BaseImputer

# Rows of arrays, sparse matrices, data frames and lists by index. Since 0.22.
from sklearn.utils import _safe_indexing as safe_indexing

# Methods of estimators that may request metadata. Since 1.3.
from sklearn.utils._metadata_requests import SIMPLE_METHODS

# Whether a value is NaN or pandas.NA. Since 1.0.
from sklearn.utils._missing import is_pandas_na, is_scalar_nan

# Constraints for `_parameter_constraints`. Since 1.2.
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    MissingValues,
    StrOptions,
    validate_params,
)

# Merges default keywords of matplotlib with the user's, which may be aliases such as "lw". Since 1.6.
from sklearn.utils._plotting import _validate_style_kwargs as merged_style_kwargs

# Makes the data frames of `set_output` and of the configuration `transform_output`. Since 1.4.
from sklearn.utils._set_output import _get_container_adapter as get_container_adapter

# Names of the input columns, checked against those seen in `fit`. Since 1.0.
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in

# Weights of rows as an array. Since 0.22; `ensure_non_negative` since 1.6.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

try:
    # Callbacks such as progress bars: experimental. Since 1.9.
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class _NoCallbacks:
        """A task without callbacks."""

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


# `PCA.fit` without tools that record every `fit`, such as mlflow's autolog: they record the user's. Since 0.18.
fit_pca = PCA._fit


def in_output_container(estimator, rows, names, like=None):
    """Return rows as `transform` does: as the data frame that `set_output` configures, or unchanged.

    `names` is a function that returns the names of the columns; the index is that of `like`, the rows of the user.
    """
    adapter = get_container_adapter("transform", estimator)
    return rows if adapter is None else adapter.create_container(rows, like, names)


def output_container(estimator):
    """Return the kind of data frame that `set_output` configures, "pandas" or "polars", or None."""
    adapter = get_container_adapter("transform", estimator)
    return None if adapter is None else adapter.container_lib


def visual_block(estimator, name, details, caption):
    """Make one box of the diagram in a notebook. Since 0.23.

    `_VisualBlock` moved between 1.6 and 1.7, but not the import of it in `sklearn.pipeline`.
    """
    from sklearn.pipeline import _VisualBlock

    return _VisualBlock("single", estimator, names=name, name_details=details, name_caption=caption)


def fitted_attributes_html(attributes, estimator_class, doc_link):
    """Make the table of fitted attributes in a notebook. Since 1.9."""
    from sklearn.utils._repr_html.fitted_attributes import AttrsDict

    return AttrsDict(fitted_attrs=attributes, estimator_class=estimator_class, doc_link=doc_link)


def metadata_requests(requests):
    """Return the requests in a `MetadataRequest`, by method and by name of the metadata. Since 1.3."""
    return {method: dict(getattr(requests, method).requests) for method in SIMPLE_METHODS}


def set_metadata_requests(estimator, by_method):
    """Set metadata requests as `set_fit_request` does, but also without metadata routing. Since 1.3."""
    requests = estimator._get_metadata_request()
    for method in SIMPLE_METHODS:
        for name, request in by_method.get(method, {}).items():
            getattr(requests, method).add_request(param=name, alias=request)
    estimator._metadata_request = requests
