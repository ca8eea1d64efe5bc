"""Files of every release load, and their estimators return the same values; see make.py."""

import subprocess
import sys

import numpy as np
import pytest
from make import DENSE, FOLDER, FORMATS, OF_KERAS, results

RELEASES = sorted(path.parent for path in FOLDER.glob("*/expected.npz"))
of_every_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)

# Files of earlier releases warn about their version.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")


def check(release, name, ending, rtol):
    """Load an estimator and compare its results with those of its release."""
    estimator = FORMATS[ending][1](release / f"{name}.{ending}")
    with np.load(release / "expected.npz") as expected:
        for what, values in results(estimator).items():
            np.testing.assert_allclose(values, expected[f"{name} {what}"], rtol=rtol, atol=rtol)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", OF_KERAS)
@of_every_release
def test_keras_networks_of_every_release_return_the_same_values(release, name, ending):
    check(release, name, ending, rtol=1e-6)


@pytest.mark.parametrize("ending", FORMATS)
@of_every_release
def test_dense_networks_of_every_release_return_the_same_values_without_tensorflow(release, ending):
    code = (
        "import sys\n"
        "sys.modules.update(tensorflow=None, keras=None)\n"
        "from test_golden import DENSE, FOLDER, check\n"
        f"for name in DENSE: check(FOLDER / {release.name!r}, name, {ending!r}, rtol=1e-12)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER)
    assert finished.returncode == 0, finished.stderr


@of_every_release
def test_every_release_has_a_file_of_every_variety(release):
    files = {f"{name}.{ending}" for name in DENSE | OF_KERAS for ending in FORMATS}
    assert {path.name for path in release.iterdir()} == {"expected.npz"} | files
