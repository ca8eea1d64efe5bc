"""Imports run downwards, heavy libraries are imported where they are needed, and nothing is printed."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skautoencoder

PACKAGE = Path(skautoencoder.__file__).parent
# The parts of the package, from top to bottom: each may import those below it.
LAYERS = (
    "__init__ onnx",
    "_autoencoder _variational _imputer _recommender _outliers",
    "_base imputation recommendation outliers comparison",
    "_estimator _representation _validation training",
    "objectives",
    "persistence",
    "starts architectures penalties noises",
    "diagnostics plotting",
    "inspection",
    "metrics",
    "tables",
    "_checks _input",
    "networks",
    "_engine",
    "rows",
    "_other_names _sklearn_compat",
    "_peer_names",
)
PARTS = [part for layer in LAYERS for part in layer.split()]
HEAVY = {"keras", "tensorflow", "matplotlib", "pandas", "rich"}
HEAVY_ALLOWED = {
    "persistence": {"pandas"},
    "architectures": {"keras", "tensorflow"},
    "comparison": {"pandas"},
    "inspection": {"pandas"},
    "outliers": {"pandas"},
    "noises": {"keras", "tensorflow"},
    "objectives": {"keras", "tensorflow"},
    "penalties": {"keras", "tensorflow"},
    "plotting": {"matplotlib"},
    "tables": {"pandas"},
    "training": {"rich"},
}


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def name_of(path):
    """Return the dotted name of a file within the package; a package's own file is named after its folder."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(path):
    """Yield (module, whether at the top) for every import in a file; modules of the package begin with a dot."""
    tree = ast.parse(path.read_text())
    folder = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.ImportFrom):
            base = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            base = ".".join(part for part in base if part)
            # A name is a module, or an object of the package itself.
            names = {f"{base}.{alias.name}".strip(".") for alias in node.names}
            names = [f".{name}" if name in FILES else f".{base or '__init__'}" for name in sorted(names)]
        else:
            continue
        yield from ((name, node in tree.body) for name in names)


@cache
def arrows():
    """Return, for every file of the package, the files that it imports, at the top or within functions."""
    return {name: {target[1:] for target, _ in imported(path) if target[0] == "."} for name, path in FILES.items()}


def drawing():
    """Draw the parts of the package, from top to bottom, with what each imports."""
    targets = {part: set() for part in PARTS}
    for name, names in arrows().items():
        targets[name.split(".")[0]] |= {target.split(".")[0] for target in names}
    width = max(map(len, PARTS))
    lines = []
    for part in PARTS:
        below = [other for other in PARTS if other in targets[part] - {part}]
        lines.append(f"    {part:{width}} -> {' '.join(below)}".rstrip(" ->"))
    return "\n".join(lines)


def test_package_imports_neither_tensorflow_nor_keras_nor_matplotlib():
    loaded = run("import sys, skautoencoder; print(*sys.modules)").stdout.split()
    assert not {"tensorflow", "keras", "matplotlib"} & set(loaded)
    assert "sklearn.decomposition" in loaded


@pytest.mark.slow
def test_fit_prints_nothing():
    # Lines that the C++ code of TensorFlow logs at its import begin with a date or a time.
    rows = "[[i, i % 3] for i in range(30)]"
    finished = run(
        f"from skautoencoder import *; AutoencoderTransformer(1, epochs=2).fit({rows})\n"
        "import sys; print('end of the fit', file=sys.stderr)"
    )
    assert finished.stdout == ""
    assert finished.stderr.endswith("end of the fit\n")
    logged = r"(WARNING: All log messages before absl|[IE]\d{4} |\d{4}-\d\d-\d\d .*: [IE] |To enable the|  StreamExec)"
    assert all(re.match(logged, line) for line in finished.stderr.splitlines()[:-1])


@pytest.mark.parametrize("name", FILES)
def test_imports_run_downwards(name):
    layer = {part: number for number, parts in enumerate(LAYERS) for part in parts.split()}
    part = name.split(".")[0]
    for target in arrows()[name]:
        target = target.split(".")[0]
        assert target == part or layer[target] > layer[part], f"{name} imports {target}"


def test_no_circle_between_files():
    # Raises CycleError, which names the circle.
    order = list(TopologicalSorter(arrows()).static_order())
    assert len(order) == len(FILES)


@pytest.mark.parametrize("name", FILES)
def test_heavy_libraries_have_their_places(name):
    part = name.split(".")[0]
    for target, at_the_top in imported(FILES[name]):
        if target.startswith("._engine"):
            assert part == "_engine" or not at_the_top, f"{name} imports the engine at its top"
        elif target.split(".")[0] in HEAVY and part != "_engine":
            assert target.split(".")[0] in HEAVY_ALLOWED.get(part, set()), f"{name} imports {target}"
            # comparison/ is loaded on demand.
            assert part == "comparison" or not at_the_top, f"{name} imports {target} at its top"


@pytest.mark.parametrize("name", sorted(set(FILES) - {"_sklearn_compat"}))
def test_private_names_of_scikit_learn_stand_in_one_module(name):
    for node in ast.walk(ast.parse(FILES[name].read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sklearn":
            names = [*node.module.split("."), *(alias.name for alias in node.names)]
            assert not [private for private in names if private.startswith("_")]


def test_map_names_every_part_in_the_order_of_imports():
    """docs/source_code.md lists the parts from top to bottom."""
    page = (Path(__file__).parents[2] / "docs" / "source_code.md").read_text()
    listed = re.search(r"^    skautoencoder/\n((?:        \S.*\n)+)", page, re.MULTILINE)[1]
    names = re.findall(r"^        (\w+)(?:\.py|/) ", listed, re.MULTILINE)
    layer = {part: number for number, parts in enumerate(LAYERS) for part in parts.split()}
    assert sorted(names) == sorted(PARTS)
    assert [layer[name] for name in names] == sorted(layer.values())


def test_few_private_modules_stand_at_the_root():
    assert sum(name.startswith("_") and "." not in name for name in FILES if name not in ("__init__", "_engine")) <= 15


def test_public_names():
    assert skautoencoder.__all__ == sorted(skautoencoder.__all__)
    assert all(hasattr(skautoencoder, name) for name in skautoencoder.__all__)


if __name__ == "__main__":
    print(drawing())


def test_private_names_of_keras_stand_in_one_file():
    private = re.compile(r"keras\.src|optimizer\._|callback\._|_untrack_variable|_track_variable")
    files = [name for name, path in FILES.items() if private.search(path.read_text())]
    assert files == ["_engine._keras_compat"]
