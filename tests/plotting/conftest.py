"""Fixtures of the display tests."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer


@pytest.fixture(autouse=True)
def closed_figures(pyplot):
    """Close the figures of every test."""


@pytest.fixture(scope="session")
def wine():
    return load_wine(as_frame=True).data


@pytest.fixture(scope="session")
def wine_pca(wine):
    return make_pipeline(StandardScaler(), PCA(2)).fit(wine)


@pytest.fixture(scope="session")
def wine_autoencoder(wine):
    return make_pipeline(StandardScaler(), AutoencoderTransformer(2, epochs=3, random_state=0)).fit(wine)


@pytest.fixture(scope="session")
def pca(digits):
    return PCA(4).fit(digits)


@pytest.fixture(scope="session")
def sinusoids():
    generator = np.random.default_rng(0)
    frequency, phase = generator.uniform([1, 0], [3, 1], size=(40, 2)).T[:, :, np.newaxis]
    return np.sin(2 * np.pi * (frequency * np.linspace(0, 1, 20) + phase))


@pytest.fixture
def assert_nothing_is_clipped(tmp_path):
    """Check that a saved figure contains everything drawn."""

    def check(figure):
        figure.savefig(tmp_path / "picture.png", dpi=300)
        drawn, canvas = figure.get_tightbbox(), figure.bbox_inches
        assert drawn.x0 >= canvas.x0 - 0.01
        assert drawn.y0 >= canvas.y0 - 0.01
        assert drawn.x1 <= canvas.x1 + 0.01
        assert drawn.y1 <= canvas.y1 + 0.01

    return check
