"""Names of methods and of columns."""

from ..metrics import final_step

# Shorter ends that names share are no reason to cut them off.
_LEAST_SHARED = 6


def method_name(estimator):
    """Return the class name of an estimator, or of the last step of a pipeline."""
    return type(final_step(estimator)).__name__


def feature_names_of(X, *estimators):
    """Return the column names of X, or those that the first of the estimators with names has seen, or None."""
    known = [getattr(X, "columns", None), *(getattr(estimator, "feature_names_in_", None) for estimator in estimators)]
    return next(([str(name) for name in names] for names in known if names is not None), None)


def shortened(names, length):
    """Return names of at most `length` characters, without the ends that they share or else without their middle."""
    names = [str(name) for name in names]
    if all(len(name) <= length for name in names):
        return names
    first = _shared(names)
    last = _shared([name[len(first) :][::-1] for name in names])[::-1]
    own = [name[len(first) : len(name) - len(last)] for name in names]
    if all(own):
        names = [f"{'…' if first else ''}{name}{'…' if last else ''}" for name in own]
    return [
        name if len(name) <= length else f"{name[: length // 2]}…{name[len(name) - (length - length // 2 - 1) :]}"
        for name in names
    ]


def _shared(names):
    letters = enumerate(zip(*names, strict=False))
    n_shared = next((place for place, of_names in letters if len(set(of_names)) > 1), min(map(len, names)))
    return names[0][:n_shared] if n_shared >= _LEAST_SHARED else ""
