"""Names of methods and of columns, as they are drawn."""

from os.path import commonprefix

from ..metrics import final_step

# Shorter prefixes and suffixes that names share are not abbreviated.
_MIN_SHARED = 6


def method_name(estimator) -> str:
    """Return the class name of an estimator, or of the last step of a pipeline."""
    return type(final_step(estimator)).__name__


def shortened(names, length: int) -> list[str]:
    """Return names of at most `length` characters: cut a shared prefix and suffix, then the middle."""
    names = [str(name) for name in names]
    if max(map(len, names), default=0) <= length:
        return names
    prefix = _shared_prefix(names)
    suffix = _shared_prefix([name[len(prefix) :][::-1] for name in names])
    rests = [name[len(prefix) : len(name) - len(suffix)] for name in names]
    if all(rests):
        names = [f"{'…' if prefix else ''}{rest}{'…' if suffix else ''}" for rest in rests]
    return [_without_middle(name, length) for name in names]


def _shared_prefix(names):
    prefix = commonprefix(names)  # noqa: RUF071 (names are no paths)
    return prefix if len(prefix) >= _MIN_SHARED else ""


def _without_middle(name, length):
    end = len(name) - (length - length // 2 - 1)
    return name if len(name) <= length else f"{name[: length // 2]}…{name[end:]}"
