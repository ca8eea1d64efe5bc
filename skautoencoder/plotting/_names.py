"""Names of methods and of columns."""

from ..metrics import final_step


def method_name(estimator):
    """Return the class name of an estimator, or of the last step of a pipeline."""
    return type(final_step(estimator)).__name__


def feature_names_of(X, *estimators):
    """Return the column names of X, or those that the first of the estimators with names has seen, or None."""
    known = [getattr(X, "columns", None), *(getattr(estimator, "feature_names_in_", None) for estimator in estimators)]
    return next(([str(name) for name in names] for names in known if names is not None), None)


def shortened(name, length):
    """Return a name without its middle part if it is longer than `length`."""
    name = str(name)
    if len(name) <= length:
        return name
    return f"{name[: length // 2]}…{name[len(name) - (length - length // 2 - 1) :]}"
