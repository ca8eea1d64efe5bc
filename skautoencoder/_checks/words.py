"""Words and warnings that messages share."""

import sys
import warnings

# Packages between a user's line and a warning of this one.
_PASSED_THROUGH = {"skautoencoder", "sklearn", "joblib"}


def warn(message, category):
    """Warn at the line of the user's that led here, below this package's own and scikit-learn's."""
    frame, stacklevel = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in _PASSED_THROUGH:
        frame, stacklevel = frame.f_back, stacklevel + 1
    warnings.warn(message, category, stacklevel=stacklevel)


def written(value):
    """Return a name, an object or a function as a call writes it, in short."""
    return repr(value) if isinstance(value, str) else getattr(value, "__name__", f"{type(value).__name__}(...)")


def listed(noun, items):
    """Return the items as words: the first five, and how many there are."""
    shown = ", ".join(map(str, items[:5])) + (", ..." if len(items) > 5 else "")
    return f"{noun} {shown}" if len(items) == 1 else f"{len(items)} {noun}s ({shown})"
