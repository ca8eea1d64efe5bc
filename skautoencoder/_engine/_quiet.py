"""TensorFlow's start-up chatter, and nothing else, kept off standard error."""

import os
import re
import tempfile
from contextlib import contextmanager

# TensorFlow's C++ libraries log before any Python setting can reach them, straight to file descriptor 2.
_CHATTER = re.compile(rb"^(WARNING: All log messages before absl|[IWE]\d{4} |\d{4}-\d\d-\d\d .*: [IWE] |To enable the)")


@contextmanager
def quiet_standard_error():
    """Hold back file descriptor 2 and give back afterwards what is not TensorFlow's chatter."""
    try:
        original = os.dup(2)
    except OSError:  # the process has no standard error
        yield
        return
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            os.close(original)
            captured.seek(0)
            for line in captured:
                if not _CHATTER.match(line):
                    os.write(2, line)
