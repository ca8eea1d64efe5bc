"""How Sphinx builds the site: `make docs`."""

import os
import sys
from pathlib import Path

from docutils.nodes import Text
from sphinx.addnodes import pending_xref

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
os.environ["MPLBACKEND"] = "agg"

from skautoencoder import __version__  # noqa: E402

project = "skautoencoder"
author = "The skautoencoder developers"
copyright = author
release = version = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "computed",
    "mathml",
    "readable",
    "repository",
]
exclude_patterns = ["_extensions", "_templates", "images"]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
default_role = "literal"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False

html_math_renderer = "mathml"

html_theme = "pydata_sphinx_theme"
html_title = "skautoencoder"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options = {
    "github_url": "https://github.com/skautoencoder/skautoencoder",
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    # Two pages have tables that need the room.
    "secondary_sidebar_items": {"**": ["page-toc"], "benchmarks/images": [], "benchmarks/outliers": []},
}
WITHOUT_PAGES_BELOW = ("index", "getting_started", "install", "choosing", "faq", "glossary", "changes", "search")
html_sidebars = {page: [] for page in WITHOUT_PAGES_BELOW}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"[/\\][a-z]\w*\.py$",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "generated/examples",
    "doc_module": ("skautoencoder",),
    "reference_url": {"skautoencoder": None},
    "remove_config_comments": True,
    "show_memory": False,
    "min_reported_time": 1,
    "matplotlib_animations": False,
    "default_thumb_file": str(HERE / "images" / "digits.png"),
}


def skip_member(app, what, name, obj, skip, options):
    """Skip methods that are inherited from other packages."""
    module = getattr(getattr(obj, "fget", obj), "__module__", None) or ""
    return skip or not module.startswith("skautoencoder")


def without_citations(app, doctree):
    """Remove citations from the one-line summaries of the API page, which has no list of references."""
    if app.env.docname == "api":
        for node in [node for node in doctree.findall(pending_xref) if node["refdomain"] == "citation"]:
            position = node.parent.index(node)
            node.parent.remove(node)
            text = node.parent[position - 1] if position else None
            if isinstance(text, Text):
                node.parent.replace(text, Text(text.rstrip()))


def setup(app):
    app.connect("autodoc-skip-member", skip_member)
    app.connect("doctree-read", without_citations)
