"""Run the doctests of pages when the site is built, and show their outputs, figures and web pages.

The doctests of a page run in one namespace, from top to bottom, in an empty folder. Their outputs replace those of the
source; figures follow each block, and so do the web pages that it writes.
"""

import contextlib
import io
import os
import re
from doctest import DocTestParser
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exception_only

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.logging import getLogger

logger = getLogger(__name__)
FIGURES = "generated/figures"
FLAGS = re.compile(r"\s*# doctest: .*")


class RunDoctests(SphinxTransform):
    """Run the blocks of a page that contain doctests."""

    default_priority = 400

    def apply(self, **options):
        blocks = [node for node in self.document.findall(nodes.literal_block) if ">>> " in node.astext()]
        own_pages = self.env.docname.startswith(("generated/", "auto_examples/"))
        if not blocks or own_pages or not self.config.computed_run:
            return
        from matplotlib import pyplot

        names, folder, n_figures = {"__name__": "__main__"}, Path(self.env.srcdir, FIGURES), 0
        folder.mkdir(parents=True, exist_ok=True)
        before = os.getcwd()
        with TemporaryDirectory() as empty:
            os.chdir(empty)
            try:
                for block in blocks:
                    self._run(block, names)
                    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
                    images = []
                    for figure in figures:
                        n_figures += 1
                        name = f"{self.env.docname.replace('/', '-')}-{n_figures}.svg"
                        figure.savefig(folder / name, bbox_inches="tight")
                        images.append(nodes.image(uri=f"/{FIGURES}/{name}", alt="What the code above draws"))
                    frames = [nodes.raw("", framed(path), format="html") for path in sorted(Path().glob("*.html"))]
                    block.parent.insert(block.parent.index(block) + 1, images + frames)
                    pyplot.close("all")
            finally:
                os.chdir(before)

    def _run(self, block, names):
        """Run the doctests of a block, and update its outputs."""
        shown = []
        for example in DocTestParser().get_examples(block.astext()):
            source = example.source.rstrip("\n").split("\n")
            shown.append(
                "\n".join(
                    f"{'...' if number else '>>>'} {FLAGS.sub('', line)}".rstrip() for number, line in enumerate(source)
                )
            )
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(compile(example.source, self.env.docname, "single"), names)
            except Exception as error:
                message = "".join(format_exception_only(error)).rstrip("\n")
                if example.exc_msg is None:
                    logger.warning("%s\n%s", example.source, message, location=block)
                printed.write(f"Traceback (most recent call last):\n...\n{message}")
            if printed.getvalue():
                shown.append(printed.getvalue().rstrip("\n"))
        text = "\n".join(shown)
        block.children = [nodes.Text(text)]
        block.rawsource = text


def framed(path):
    """Return a frame with a web page, which sets its own height, and remove the file."""
    page = escape(path.read_text(encoding="utf-8"))
    path.unlink()
    return f'<iframe class="page" title="What the code above writes" srcdoc="{page}"></iframe>'


def setup(app):
    # `-D computed_run=0` shows the outputs of the sources, without figures.
    app.add_config_value("computed_run", True, "env", bool)
    app.add_transform(RunDoctests)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
