"""Pickles say which version wrote them: others warn, and those that cannot be read say what to install."""

from .archive import package_version, warn_of_other_version

# Raised by a version whose pickles earlier versions cannot read.
PICKLE_FORMAT = 1


class VersionedPickleMixin:
    """Estimators whose pickles hold the version of this package, as those of scikit-learn's own hold scikit-learn's."""

    def __reduce__(self):
        # Versions come before the state, which may hold what the reader does not know.
        return _unpickled, (type(self), package_version(), PICKLE_FORMAT), self.__getstate__()


def _unpickled(cls, version, pickle_format):
    """Make an estimator without attributes; its state comes next."""
    if pickle_format > PICKLE_FORMAT:
        raise ValueError(
            f"This pickle of {cls.__name__} was written by skautoencoder {version}, whose pickles this version, "
            f"{package_version()}, cannot read. Install that version."
        )
    warn_of_other_version(f"This pickle of {cls.__name__}", version)
    return cls.__new__(cls)
