"""Versions in pickles: those of another version warn, and those that cannot be read say what to install."""

from .archive import package_version, warn_of_other_version

# Raised by a version whose pickles earlier versions cannot read.
PICKLE_FORMAT = 1


def reduced(estimator):
    """Return what `__reduce__` returns, with the version of this package."""
    # The version comes before the state, which may need classes that the reader lacks.
    return _unpickled, (type(estimator), package_version(), PICKLE_FORMAT), estimator.__getstate__()


def _unpickled(cls, version, pickle_format):
    """Return an estimator without attributes; pickle sets its state next."""
    if pickle_format > PICKLE_FORMAT:
        raise ValueError(
            f"This pickle of {cls.__name__} was written by skautoencoder {version}, whose pickles this version, "
            f"{package_version()}, cannot read. Install that version."
        )
    warn_of_other_version(f"This pickle of {cls.__name__}", version)
    return cls.__new__(cls)
