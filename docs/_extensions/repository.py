"""Include files of the repository in pages, and turn relative links into links of the site."""

import re
from pathlib import Path
from posixpath import join, normpath

ROOT = Path(__file__).parents[2]
FILES = "https://github.com/skautoencoder/skautoencoder/blob/main/"
# Pages that show files outside docs/; examples become pages of the gallery.
PAGES = {
    "CHANGES.md": "/changes.md",
    "CONTRIBUTING.md": "/contributing.md",
    "README.md": "/index.md",
    "benchmarks/CHOOSING.md": "/benchmarks/choosing.md",
    "benchmarks/PROGRAMS.md": "/benchmarks/programs.md",
    "benchmarks/HINTON2006.md": "/benchmarks/hinton2006.md",
    "benchmarks/IMAGES.md": "/benchmarks/images.md",
    "benchmarks/IMPUTATION.md": "/benchmarks/missing_values.md",
    "benchmarks/MAPS.md": "/benchmarks/maps.md",
    "benchmarks/MIXED_TABLES.md": "/benchmarks/mixed_tables.md",
    "benchmarks/OUTLIERS.md": "/benchmarks/outliers.md",
    "benchmarks/RECOMMENDATIONS.md": "/benchmarks/recommendations.md",
    "benchmarks/RESULTS.md": "/benchmarks/speed.md",
    "benchmarks/VARIETIES.md": "/benchmarks/varieties.md",
    "examples": "/auto_examples/index.rst",
}
INCLUDE = re.compile(r"^```\{include\} (\S+)\n```$", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?(?=\))")


def expand(app, docname, source):
    """Include files in a page, and convert its links."""
    if docname.startswith(("auto_examples/", "generated/")):
        return
    folder = join("docs", *docname.split("/")[:-1])

    def included(match):
        path = normpath(join(folder, match[1]))
        app.env.note_dependency(str(ROOT / path))
        return linked((ROOT / path).read_text(), str(Path(path).parent))

    source[0] = INCLUDE.sub(included, linked(source[0], folder))


def linked(text, folder):
    """Convert the links of a text from a folder of the repository into links to pages, or to GitHub."""

    def target(match):
        if match[1].startswith("/"):
            return match[0]
        path, heading = normpath(join(folder, match[1])), match[2] or ""
        if path in PAGES:
            return PAGES[path] + heading
        if path.startswith("docs/"):
            return path.removeprefix("docs") + heading
        if path.startswith("examples/"):
            return f"/auto_examples/{Path(path).stem}.rst"
        return FILES + path + heading

    return LINK.sub(target, text)


def setup(app):
    app.connect("source-read", expand)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
