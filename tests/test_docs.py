"""Pages say what the code says: messages, names, numbers, links."""

import ast
import re
from pathlib import Path

import pytest
from test_docstrings import MODULES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "generated" not in path.parts)
LINK = re.compile(r"(?<=\]\()(?!https?:)([^)\s#]*)(?:#([^)\s]*))?(?=\))")


def _strings(tree):
    """Yield the strings of a module, with \\0 for what is computed."""
    inner = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inner.update(map(id, ast.walk(node)))
            yield "".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


@pytest.fixture(scope="module")
def texts():
    """All strings of the package."""
    sources = (path.read_text() for path in (ROOT / "skautoencoder").rglob("*.py"))
    return [text for source in sources for text in _strings(ast.parse(source))]


def _quoted_messages():
    """Yield the fixed parts of each message of the page: what stands in italics differs from case to case."""
    for line in re.findall(r"^(`.*)\n: ", (DOCS / "troubleshooting.md").read_text(), re.MULTILINE):
        yield pytest.param(re.findall(r"`([^`]+)`", line), id=line[:50])


@pytest.mark.parametrize("parts", _quoted_messages())
def test_messages_of_the_page_stand_in_the_source(parts, texts):
    if parts == ["Input X contains NaN."]:
        pytest.skip("scikit-learn's own")
    # Names of classes and what the message computes may stand for each other.
    for part in parts:
        words = re.escape(part.strip()).replace("AutoencoderTransformer", "(?:AutoencoderTransformer|\0)")
        assert any(re.search(words, text) for text in texts), part


def test_api_lists_every_public_name():
    listed = set(re.findall(r"^   ([\w.]+)$", (DOCS / "api.rst").read_text(), re.MULTILINE))
    public = set()
    for module, names in MODULES.items():
        folder = module.__name__.removeprefix("skautoencoder").removeprefix(".")
        public |= {f"{folder}.{name}".removeprefix(".") for name in names}
    # What the package itself offers need not be listed by its folder, too.
    offered = {name for name in listed if "." not in name}
    assert {name for name in public if name.rpartition(".")[2] not in offered} == {
        name for name in listed if "." in name
    }
    assert offered == {name for name in public if "." not in name}


def _headings(path):
    """Return the anchors of a page, as GitHub and MyST make them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "path",
    [*(DOCS / page for page in PAGES), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGES.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_lead_somewhere(path):
    text = re.sub(r"^```python.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target, heading in LINK.findall(text):
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), target
        if heading:
            assert heading in _headings(there), f"{target}#{heading}"


def test_every_page_is_reached():
    reached, pages = set(), {"index"}
    while pages - reached:
        page = (pages - reached).pop()
        reached.add(page)
        if (source := DOCS / f"{page}.md").exists():
            for listed in re.findall(r"^```\{toctree\}(.*?)^```", source.read_text(), re.MULTILINE | re.DOTALL):
                names = [line for line in listed.split("\n") if line and not line.startswith(":")]
                pages |= {str((source.parent / name).resolve().relative_to(DOCS)) for name in names}
    assert {str(page.with_suffix("")) for page in PAGES} <= reached
