"""Link names of the package to the API, and let code fit narrow screens."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform

# A public name, alone or called.
NAME = re.compile(r"((?:[a-z]+\.)?[A-Za-z_]\w+)(\(.*\))?", re.DOTALL)
# Two lines of columns that are aligned by spaces.
TABLE = re.compile(r"^(?!>>>|\.\.\. ).*\S {2,}\S.*\n(?!>>>|\.\.\. ).*\S {2,}\S", re.MULTILINE)
LITERAL = re.compile(r'(?<=<span class="pre">)[^<]+(?=</span>)')
TEXT = re.compile(r"(?<=>)[^<]+")
TITLE = re.compile(r"(?<=<h1>)[^<]+")
BREAK = re.compile(r"([(\[{,=._/|]+|&[gl]t;)(?=\w|&quot;|\()")
HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z][a-z])")


def public_names():
    """Return the full names of all names of the API, by what pages call them."""
    listed = re.findall(r"^   ([\w.]+)$", (Path(__file__).parents[1] / "api.rst").read_text(), re.MULTILINE)
    full = {name: f"skautoencoder.{name}" for name in listed}
    return {name.rpartition(".")[2]: of_package for name, of_package in full.items()} | full


class LinkNames(SphinxTransform):
    """Link inline code that is a public name, or a call of it, to its page of the API."""

    default_priority = 410
    full = public_names()

    def apply(self, **options):
        if self.env.docname.startswith(("generated/", "api")):
            return
        for literal in list(self.document.findall(nodes.literal)):
            match = NAME.fullmatch(literal.astext())
            within = (nodes.reference, nodes.title, pending_xref)
            if not match or match[1] not in self.full or any(isinstance(node, within) for node in _above(literal)):
                continue
            link = pending_xref(
                "", refdomain="py", reftype="obj", reftarget=self.full[match[1]], refdoc=self.env.docname
            )
            link["refexplicit"] = True
            literal.replace_self(link)
            link += literal


def _above(node):
    """Yield the nodes that hold a node."""
    while node.parent is not None:
        node = node.parent
        yield node


def mark_tables(app, doctree):
    """Give printed tables a class: they scroll, while other code wraps."""
    for block in doctree.findall(nodes.literal_block):
        if TABLE.search(block.astext()):
            block["classes"].append("tabular")


def allow_breaks(app, pagename, templatename, context, doctree):
    """Allow line breaks after punctuation of inline code and, in titles on phones, between the words of a name."""

    def words(match):
        return HUMP.sub('<wbr class="hump">', BREAK.sub(r"\1<wbr>", match[0]))

    if "body" in context:
        context["body"] = TITLE.sub(words, LITERAL.sub(words, context["body"]))


def break_names_beside(app, pagename, templatename, context, doctree):
    """Allow line breaks between the words of names in the columns beside a page."""
    for function in ("generate_toctree_html", "generate_toc_html"):
        context[function] = _with_breaks(context[function])


def _with_breaks(write):
    def words(match):
        return HUMP.sub("<wbr>", BREAK.sub(r"\1<wbr>", match[0]))

    return lambda *args, **kwargs: TEXT.sub(words, str(write(*args, **kwargs)))


def setup(app):
    app.add_transform(LinkNames)
    app.connect("doctree-read", mark_tables)
    app.connect("html-page-context", allow_breaks)
    # After the theme has added these functions.
    app.connect("html-page-context", break_names_beside, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
