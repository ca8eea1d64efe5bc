"""Pages agree with the code: messages, names, parameters, links."""

import ast
import inspect
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_docstrings import DEVELOPERS, MODULES

import skautoencoder
from skautoencoder import AutoencoderTransformer

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "generated" not in path.parts)
LINK = re.compile(r"(?<=\]\()(?!https?:)([^)\s#]*)(?:#([^)\s]*))?(?=\))")


def _templates(tree):
    """Yield the strings of a module as lists of their parts; None replaces a formatted value."""
    within = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            within.update(map(id, ast.walk(node)))
            yield [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield [node.value]


def _n_written(quote, parts):
    """Return the number of characters of a quote that the parts of a message contain, or -inf without a match."""
    if not quote or not parts:
        return 0 if not quote else -np.inf
    if parts[0] is None:
        return max(_n_written(quote[end:], parts[1:]) for end in range(len(quote) + 1))
    if quote.startswith(parts[0]):
        return len(parts[0]) + _n_written(quote[len(parts[0]) :], parts[1:])
    return len(quote) if parts[0].startswith(quote) else -np.inf


def _beginnings(parts):
    """Yield a message, and its rest from each of its words on."""
    yield parts
    for number, part in enumerate(parts):
        for word in re.finditer(r"(?<= )\S", part or ""):
            yield [part[word.start() :], *parts[number + 1 :]]


@pytest.fixture(scope="module")
def messages():
    """Strings of the package that could be messages."""
    trees = (ast.parse(path.read_text()) for path in Path(skautoencoder.__file__).parent.rglob("*.py"))
    return [parts for tree in trees for parts in _templates(tree) if len("".join(filter(None, parts))) > 15]


QUOTES = re.findall(r"^`(.*)`\n: ", (DOCS / "troubleshooting.md").read_text(), re.MULTILINE)


# Messages of TensorFlow, which a terminal may show.
OF_TENSORFLOW = {"failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)"}
RAISED = {
    "noise=0.3 is no noise.": lambda: AutoencoderTransformer(1, noise=0.3).fit([[1.0, 2.0], [0.0, 1.0]]),
    "Input X contains NaN.": lambda: AutoencoderTransformer().fit([[1.0, np.nan], [0.0, 1.0]]),
    "AutoencoderTransformer has no parameter n_components=8.": lambda: AutoencoderTransformer(n_components=8),
    "AutoencoderTransformer has no predict.": lambda: (
        AutoencoderTransformer(1, epochs=0).fit([[1.0, 2.0], [0.0, 1.0]]).predict
    ),
    "The codes have no order, because training started at random weights.": lambda: (
        AutoencoderTransformer(2, init="random", epochs=0).fit(np.eye(4)).truncated(1)
    ),
    "loss='binary_crossentropy' needs X in [0, 1] but X spans [0, 16]": lambda: AutoencoderTransformer(
        loss="binary_crossentropy", output_activation="sigmoid"
    ).fit([[0.0, 16.0], [1.0, 2.0]]),
}


@pytest.mark.parametrize("quote", RAISED)
def test_quoted_messages_are_raised(quote):
    assert quote in QUOTES
    with pytest.raises((AttributeError, TypeError, ValueError), match=re.escape(quote)):
        RAISED[quote]()


@pytest.mark.parametrize("quote", [quote for quote in QUOTES if quote not in {*RAISED, *OF_TENSORFLOW}])
def test_quoted_messages_are_in_the_source(quote, messages):
    """More than half of the characters of a quote are in one message; formatted values fill the gaps."""
    words = set(re.findall(r"\w{4,}", quote))
    alike = [parts for parts in messages if len(words & set(re.findall(r"\w{4,}", " ".join(filter(None, parts))))) > 1]
    assert max(_n_written(quote, rest) for parts in alike for rest in _beginnings(parts)) > len(quote) / 2


def test_api_lists_every_public_name():
    listed = set(re.findall(r"^   ([\w.]+)$", (DOCS / "api.rst").read_text(), re.MULTILINE))
    public = set()
    for module, names in (MODULES | DEVELOPERS).items():
        folder = module.__name__.removeprefix("skautoencoder").removeprefix(".")
        public |= {f"{folder}.{name}".removeprefix(".") for name in names}
    # Names that the package exports need not be listed again by their folder.
    offered = {name for name in listed if "." not in name}
    assert {name for name in public if name.rpartition(".")[2] not in offered} == {
        name for name in listed if "." in name
    }
    assert offered == {name for name in public if "." not in name}


def _headings(path):
    """Return the anchors of a page, as GitHub and MyST create them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "path",
    [*(DOCS / page for page in PAGES), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGES.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_links_have_targets(path):
    text = re.sub(r"^```python.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target, heading in LINK.findall(text):
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), target
        if heading:
            assert heading in _headings(there), f"{target}#{heading}"


def test_every_page_is_in_a_toctree():
    reached, pages = set(), {"index"}
    while pages - reached:
        page = (pages - reached).pop()
        reached.add(page)
        if (source := DOCS / f"{page}.md").exists():
            for listed in re.findall(r"^```\{toctree\}(.*?)^```", source.read_text(), re.MULTILINE | re.DOTALL):
                names = [line for line in listed.split("\n") if line and not line.startswith(":")]
                pages |= {str((source.parent / name).resolve().relative_to(DOCS)) for name in names}
    assert {str(page.with_suffix("")) for page in PAGES} <= reached


def test_workflows_call_existing_targets():
    commands = re.findall(r"run: (.*)", "".join(path.read_text() for path in (ROOT / ".github").rglob("*.yml")))
    targets = re.findall(r"^          - (test-\S+)$", (ROOT / ".github/workflows/weekly.yml").read_text(), re.MULTILINE)
    assert sorted(commands) == ["bash .ci/run", "make ${{ matrix.target }}", "make dist", "make docs-check"]
    known = subprocess.run(
        ["make", "--just-print", "--print-data-base"], capture_output=True, text=True, cwd=ROOT
    ).stdout
    assert {*targets, "dist", "docs-check"} <= set(re.findall(r"^([\w.-]+):", known, re.MULTILINE))


def test_citation_changes_and_package_have_the_same_version():
    (cited,) = re.findall(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    (newest, *_) = re.findall(r"^## (\S+)", (ROOT / "CHANGES.md").read_text(), re.MULTILINE)
    assert cited == newest == skautoencoder.__version__.removesuffix(".dev0")


def table(path, heading):
    """Return the rows of the first table below a heading, each as a list of cells."""
    section = (ROOT / path).read_text().split(f"{heading}\n", 1)[1]
    rows = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


ESTIMATORS = [value for value in vars(skautoencoder).values() if hasattr(value, "fit")]
CHOICES = table("README.md", "## Which autoencoder do I want?")
CHOICES += table("docs/guide/index.md", "## Which autoencoder do I want?")


@pytest.mark.parametrize("code", sorted({code for row in CHOICES for code in re.findall(r"`([^`]+)`", row[1])}))
def test_code_of_tables_of_choices_names_existing_parameters(code):
    """Each piece of code is an expression, keyword arguments, or a method of an autoencoder."""
    try:
        tree = ast.parse(code, mode="eval")
    except SyntaxError:
        tree = ast.parse(f"AutoencoderTransformer({code})", mode="eval")
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        name = getattr(call.func, "id", None) or call.func.attr
        found = [getattr(owner, name) for owner in (skautoencoder, *ESTIMATORS) if hasattr(owner, name)]
        keywords = {keyword.arg for keyword in call.keywords}
        if "keras." not in ast.unparse(call.func):
            assert any(keywords <= set(inspect.signature(function).parameters) for function in found), name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", None) == "autoencoder":
            assert node.attr in dir(AutoencoderTransformer), node.attr


def test_readme_lists_every_example():
    listed = re.findall(r"^\.venv/bin/python examples/(\w+)\.py ", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert listed == sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


# Names on docs/moving.md that raise an error, and a word of the error that is also the replacement on the page.
ATTRIBUTES = {
    "get_covariance": "linear model with normal noise",
    "predict": "reconstruct",
    "loss_curve_": "history_",
    "decision_function": "score_samples",
    "labels_": "AutoencoderOutlierDetector",
}
PARAMETERS = {
    "n_components": "encoding_dim",
    "hidden_neuron_list": "hidden_layer_sizes",
    "lr": "learning_rate",
    "epoch_num": "epochs",
    "learning_rate_init": "learning_rate",
    "max_iter": "epochs",
    "n_iter_no_change": "patience",
    "activity_regularizer": "penalty",
    "kernel_regularizer": "penalty",
    "preprocessing": "StandardScaler",
    "contamination": "AutoencoderOutlierDetector",
    "shuffle": "shuffles",
}


@pytest.mark.parametrize("name", [*ATTRIBUTES, *PARAMETERS])
def test_names_on_the_page_of_other_tools_raise_errors_with_the_replacement(fitted, name):
    assert name in (DOCS / "moving.md").read_text()
    with pytest.raises((AttributeError, TypeError), match=f"has no (parameter )?{name}") as raised:
        getattr(fitted, name) if name in ATTRIBUTES else AutoencoderTransformer(**{name: 1})
    assert (ATTRIBUTES | PARAMETERS)[name] in str(raised.value)


@pytest.mark.parametrize("argument", ["validation_data", "epochs", "batch_size", "callbacks"])
def test_arguments_of_keras_fit_raise_errors_with_the_replacement(digits, argument):
    assert argument in (DOCS / "moving.md").read_text()
    expected = "X_val" if argument == "validation_data" else f"AutoencoderTransformer({argument}="
    with pytest.raises(TypeError, match=re.escape(expected)):
        AutoencoderTransformer().fit(digits, **{argument: 1})


@pytest.mark.parametrize("page", ["README.md", "docs/glossary.md"])
@pytest.mark.parametrize(
    "word",
    ["anomal", "novelt", "outlier", "latent", "embedding", "time series", "Conv1D", "visuali", "representation learn"],
)
def test_words_that_people_search_lead_here(page, word):
    assert word in (ROOT / page).read_text()
