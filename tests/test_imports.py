"""What importing costs, what it prints, and which module may import which."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skautoencoder

PACKAGE = Path(skautoencoder.__file__).parent
# What each part of the package may import of the others.
ALLOWED = {
    "": {"_autoencoder", "_imputer", "_variational", "architectures", "comparison", "penalties"},
    "_autoencoder": {"_base", "_parameter_checks"},
    "_base": {
        "_engine",
        "_losses",
        "_objective",
        "_parameter_checks",
        "_pca_start",
        "_progress",
        "_representation",
        "architectures",
        "penalties",
    },
    "_engine": {"_engine", "_parameter_checks", "penalties"},
    "_factor_analysis": set(),
    "_hidden_entries": set(),
    "_imputer": {
        "_base",
        "_engine",
        "_factor_analysis",
        "_hidden_entries",
        "_objective",
        "_parameter_checks",
        "_pca_start",
        "_progress",
        "architectures",
    },
    "_inference": {"_engine"},
    "_keras_autoencoder": {"_engine", "_inference", "_parameter_checks"},
    "_losses": set(),
    "_objective": {"_parameter_checks"},
    "_parameter_checks": {"_inference"},
    "_pca_start": {"_inference"},
    "_progress": set(),
    "_representation": set(),
    "_variational": {"_base", "_losses", "_objective", "_parameter_checks", "_pca_start"},
    "architectures": {"architectures", "_inference", "_keras_autoencoder", "_parameter_checks"},
    "comparison": {"_progress", "comparison", "metrics", "plotting"},
    "diagnostics": {"_parameter_checks", "metrics"},
    "metrics": {"_parameter_checks"},
    "penalties": {"penalties", "_inference"},
    "plotting": {"_parameter_checks", "comparison", "metrics", "plotting"},
}
HEAVY = {"keras", "tensorflow", "matplotlib", "pandas", "rich"}
HEAVY_ALLOWED = {
    "_progress": {"rich"},
    "architectures": {"keras", "tensorflow"},
    "comparison": {"pandas"},
    "penalties": {"keras", "tensorflow"},
    "plotting": {"matplotlib"},
}


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield path, "" if parts == ("__init__",) else parts[0]


def imported(path):
    """Yield (module, at the top) of every import in a file, its own package's as paths from the package's root."""
    tree = ast.parse(path.read_text())
    folder = path.relative_to(PACKAGE).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1]
            targets = [node.module] if node.module else [alias.name for alias in node.names]
            names = [".".join((".", *base, target)) for target in targets]
        else:
            continue
        yield from ((name, node in tree.body) for name in names)


def test_import_brings_in_neither_tensorflow_nor_keras_nor_matplotlib():
    loaded = run("import sys, skautoencoder; print(*sys.modules)").stdout.split()
    assert not {"tensorflow", "keras", "matplotlib"} & set(loaded)
    assert "sklearn.decomposition" in loaded


def test_fit_prints_nothing():
    rows = "[[i, i % 3] for i in range(30)]"
    finished = run(f"from skautoencoder import *; AutoencoderTransformer(1, epochs=2).fit({rows})")
    assert finished.stdout == finished.stderr == ""


def test_only_chatter_is_held_back():
    # The module is imported by itself: its package starts TensorFlow.
    code = (
        f"import os, sys\nsys.path.insert(0, r'{PACKAGE / '_engine'}')\n"
        "from _quiet import quiet_standard_error\n"
        "with quiet_standard_error():\n"
        "    os.write(2, b'I0000 00:00:1 2 port.cc:153] chatter\\nheard\\nE0000 00:00:1 2 cuda] chatter\\n')"
    )
    assert run(code).stderr == "heard\n"


@pytest.mark.parametrize(("path", "part"), modules(), ids=lambda value: str(value).removeprefix(str(PACKAGE)))
def test_imports_follow_the_plan(path, part):
    for name, at_the_top in imported(path):
        if name.startswith("."):
            target = name.strip(".").split(".")[0]
            assert target in ALLOWED[part], f"{path} imports {target}"
            assert target != "_engine" or part == "_engine" or not at_the_top, f"{path} imports the engine at its top"
        elif name.split(".")[0] in HEAVY and part != "_engine":
            assert name.split(".")[0] in HEAVY_ALLOWED.get(part, set()), f"{path} imports {name}"
            # The comparison is itself loaded on demand.
            assert part == "comparison" or not at_the_top, f"{path} imports {name} at its top"


def test_public_names():
    assert skautoencoder.__all__ == sorted(skautoencoder.__all__)
    assert all(hasattr(skautoencoder, name) for name in skautoencoder.__all__)
