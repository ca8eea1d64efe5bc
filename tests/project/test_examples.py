"""Each example runs alone, as pasted into an empty notebook."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
RUN = "import runpy, sys; runpy.run_path(sys.argv[1]); from matplotlib import pyplot; assert pyplot.get_fignums()"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_example_runs_alone_in_an_empty_folder(name, tmp_path):
    shutil.copy(EXAMPLES / f"{name}.py", tmp_path)
    environment = os.environ | {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, f"{name}.py"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "Warning" not in run.stderr
    assert run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_title_is_a_question_and_the_end_names_an_alternative(name):
    text = (EXAMPLES / f"{name}.py").read_text()
    assert ast.get_docstring(ast.parse(text)).strip().split("\n")[0].endswith("?")
    assert "PCA" in text or "is better" in text


@pytest.mark.parametrize("name", NAMES)
def test_example_imports_no_file_beside_it(name):
    tree = ast.parse((EXAMPLES / f"{name}.py").read_text())
    modules = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    installed = {"keras", "matplotlib", "numpy", "pandas", "sklearn", "skautoencoder", *sys.stdlib_module_names}
    assert modules <= installed
