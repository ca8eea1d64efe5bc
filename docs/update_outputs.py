"""Update the printed outputs of the doctests of pages: `python docs/update_outputs.py README.md`.

Read the difference before you commit it: the words around a changed number may have become false.
"""

import contextlib
import doctest
import io
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from _pytest.doctest import _get_checker, _get_number_flag


def updated(text):
    """Return the text of a page with the current outputs of its code."""
    checker, flags, names, lines = (
        _get_checker(),
        doctest.NORMALIZE_WHITESPACE | _get_number_flag(),
        {"__name__": "__main__"},
        [],
    )
    rows, last = text.splitlines(keepends=True), 0
    for example in doctest.DocTestParser().get_examples(text):
        printed = io.StringIO()
        if example.exc_msg is not None:
            continue
        with contextlib.redirect_stdout(printed):
            exec(compile(example.source, "<page>", "single"), names)
        chosen = sum((flag for flag, on in example.options.items() if on), flags)
        begin = example.lineno + example.source.count("\n")
        if not checker.check_output(example.want, printed.getvalue(), chosen):
            lines += [*rows[last:begin], printed.getvalue()]
            last = begin + example.want.count("\n")
    return "".join([*lines, *rows[last:]])


if __name__ == "__main__":
    import matplotlib

    matplotlib.use("Agg")
    for path in map(Path.absolute, map(Path, sys.argv[1:])):
        before = path.read_text()
        with TemporaryDirectory() as folder, contextlib.chdir(folder):
            after = updated(before)
        if after != before:
            path.write_text(after)
            print(f"{os.path.relpath(path)} has changed")
