"""Files of every release load, and the estimators in them do what they did; see make.py."""

import subprocess
import sys

import numpy as np
import pytest
from make import DENSE, FOLDER, FORMATS, OF_KERAS, results

RELEASES = sorted(path.parent for path in FOLDER.glob("*/expected.npz"))
of_every_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)

# Files of earlier releases say so.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")


def check(release, name, ending, rtol):
    """Load an estimator and compare what it returns with what it returned then."""
    estimator = FORMATS[ending][1](release / f"{name}.{ending}")
    with np.load(release / "expected.npz") as expected:
        for what, values in results(estimator).items():
            np.testing.assert_allclose(values, expected[f"{name} {what}"], rtol=rtol, atol=rtol)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", OF_KERAS)
@of_every_release
def test_networks_of_keras_do_what_they_did(release, name, ending):
    check(release, name, ending, rtol=1e-6)


@pytest.mark.parametrize("ending", FORMATS)
@of_every_release
def test_dense_networks_do_what_they_did_without_tensorflow(release, ending):
    code = (
        "import sys\n"
        "sys.modules.update(tensorflow=None, keras=None)\n"
        "from test_golden import DENSE, FOLDER, check\n"
        f"for name in DENSE: check(FOLDER / {release.name!r}, name, {ending!r}, rtol=1e-12)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=FOLDER)
    assert finished.returncode == 0, finished.stderr


@of_every_release
def test_no_variety_is_missing(release):
    files = {f"{name}.{ending}" for name in DENSE | OF_KERAS for ending in FORMATS}
    assert {path.name for path in release.iterdir()} == {"expected.npz"} | files
