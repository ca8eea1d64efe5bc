"""The page of a code explorer is complete, and decodes as `inverse_transform` does."""

import json
import re
import shutil
import subprocess
from base64 import b64decode
from importlib.resources import files

import chromium
import numpy as np
import pandas as pd
import pytest
from scipy.interpolate import RegularGridInterpolator
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA, KernelPCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, VariationalAutoencoderTransformer
from skautoencoder.metrics import on_numbers
from skautoencoder.networks import ACTIVATIONS
from skautoencoder.plotting import CodeExplorer

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js runs the script of the page")
needs_browser = pytest.mark.skipif(chromium.command() is None, reason="Chromium shows the page")
SCRIPT = (files("skautoencoder.plotting") / "explorer_page" / "decoder.js").read_text()


def content_of(page):
    """Return the JSON in a page."""
    return json.loads(re.search(r'<script id="content" type="application/json">(.*)</script>', page)[1])


def numbers(text, dtype="<f8"):
    return np.frombuffer(b64decode(text), dtype)


def run_script(code, given):
    """Run code after the script that decodes; it has `given` and prints JSON."""
    code = f'{SCRIPT}\nconst given = JSON.parse(require("fs").readFileSync(0, "utf8"));\n{code}'
    finished = subprocess.run(["node", "-e", code], input=json.dumps(given), capture_output=True, text=True, check=True)
    return np.array(json.loads(finished.stdout))


def decoded_by_script(explorer, points):
    code = "console.log(JSON.stringify(given.points.map(decoderOf(given.decoder))))"
    return run_script(code, {"decoder": explorer.content["decoder"], "points": points.tolist()})


def random_points(explorer, n_points=20):
    """Draw points between the ends of the sliders; codes without a slider stay at their means."""
    points = np.zeros((n_points, explorer.content["nCodes"]))
    generator = np.random.default_rng(0)
    for slider in explorer.content["sliders"]:
        points[:, slider["dim"]] = generator.uniform(slider["low"], slider["high"], n_points)
    return points


def codes_at(estimator, X, points):
    codes = np.asarray(estimator.transform(X))
    return codes.mean(axis=0) + points * codes.std(axis=0)


def assert_equal_up_to_float32(decoded, expected):
    np.testing.assert_allclose(decoded, expected, rtol=1e-5, atol=1e-5 * expected.std())


@pytest.fixture(scope="module")
def people():
    """A data frame with numbers, two and three categories."""
    generator = np.random.default_rng(0)
    size = generator.normal(size=200)
    noise = generator.normal(size=(2, 200))
    city = np.select([size + noise[0] > 0.5, size + noise[0] < -0.5], ["Oslo", "Rome"], "</script>")
    return pd.DataFrame({"age": (40 + 10 * size).round().astype(int), "city": city, "member": size + noise[1] > 0.0})


ESTIMATORS = {
    "autoencoder": AutoencoderTransformer(3, epochs=3, random_state=0),
    "variational": VariationalAutoencoderTransformer(3, epochs=3, random_state=0),
    "tutorial": AutoencoderTransformer(3, init="random", hidden_layer_sizes=(8,), epochs=3, random_state=0),
    "scaled": make_pipeline(MinMaxScaler(), AutoencoderTransformer(2, epochs=3, random_state=0)),
    "sigmoid": make_pipeline(MinMaxScaler(), AutoencoderTransformer(2, output_activation="sigmoid", epochs=2)),
    "PCA": PCA(3),
    "PCA first": make_pipeline(PCA(5), PCA(2)),
}


@needs_node
@pytest.mark.parametrize("name", ESTIMATORS)
def test_script_decodes_as_inverse_transform(name, wine):
    estimator = ESTIMATORS[name].fit(wine)
    explorer = CodeExplorer.from_estimator(estimator, wine)
    assert explorer.content["decoder"]["kind"] == "network"
    points = random_points(explorer)
    expected = estimator.inverse_transform(codes_at(estimator, wine, points))
    assert_equal_up_to_float32(decoded_by_script(explorer, points), expected)


@needs_node
def test_script_decodes_frames_with_categories(people):
    estimator = AutoencoderTransformer(2, epochs=3, random_state=0).fit(people)
    explorer = CodeExplorer.from_estimator(estimator, people, rows=people[:3])
    assert explorer.content["decoder"]["kind"] == "network"
    points = random_points(explorer)
    numeric, _ = on_numbers(estimator, people)
    expected = np.asarray(numeric.inverse_transform(codes_at(estimator, people, points)))
    decoded = decoded_by_script(explorer, points)
    decoded[:, 1:] = decoded[:, 1:].clip(0, 1)
    assert_equal_up_to_float32(decoded, expected)


@needs_node
@pytest.mark.parametrize("dims", [(1,), (0, 2), (2, 0, 1)])
def test_script_interpolates_between_rows_of_a_grid(dims, wine):
    estimator = KernelPCA(3, kernel="rbf", fit_inverse_transform=True).fit(wine)
    explorer = CodeExplorer.from_estimator(estimator, wine, dims=dims)
    decoder = explorer.content["decoder"]
    rows = estimator.inverse_transform(codes_at(estimator, wine, grid_points(decoder)))
    assert_equal_up_to_float32(decoded_by_script(explorer, grid_points(decoder)), rows)
    rows = rows.reshape(*map(len, decoder["axes"]), -1)
    points = random_points(explorer)
    expected = RegularGridInterpolator(decoder["axes"], rows)(points[:, list(dims)])
    assert_equal_up_to_float32(decoded_by_script(explorer, points), expected)


def grid_points(decoder):
    points = np.zeros((np.prod([len(axis) for axis in decoder["axes"]]), 3))
    points[:, decoder["dims"]] = np.stack(np.meshgrid(*decoder["axes"], indexing="ij"), axis=-1).reshape(
        len(points), -1
    )
    return points


@needs_node
def test_script_has_all_activations():
    Z = np.linspace(-20, 20, 81).reshape(27, 3)
    code = "given.names.map((name) => given.Z.map((row) => activated(row, name)))"
    computed = run_script(f"console.log(JSON.stringify({code}))", {"Z": Z.tolist(), "names": list(ACTIVATIONS)})
    for name, values in zip(ACTIVATIONS, computed, strict=True):
        np.testing.assert_allclose(values, ACTIVATIONS[name](Z.copy()), rtol=1e-7, atol=1e-6, err_msg=name)


def test_numbers_in_the_file_are_those_of_the_network(wine, wine_autoencoder, tmp_path):
    explorer = CodeExplorer.from_estimator(wine_autoencoder, wine, rows=wine[3:5])
    explorer.to_html(tmp_path / "wine.html")
    page = (tmp_path / "wine.html").read_text(encoding="utf-8")
    assert page == explorer.to_html()
    content = content_of(page)
    assert content == explorer.content
    decoder = content["decoder"]
    points = numbers(content["rows"]["points"]).reshape(2, 2)
    decoded = points
    for layer in decoder["layers"]:
        decoded = ACTIVATIONS[layer["activation"]](product(decoded, layer))
    decoded = (decoded + product(points, decoder["linear"])) * numbers(decoder["factor"]) + numbers(decoder["offset"])
    expected = wine_autoencoder.inverse_transform(wine_autoencoder.transform(wine[3:5]))
    np.testing.assert_allclose(decoded, expected, rtol=1e-5)
    np.testing.assert_array_equal(numbers(content["rows"]["entries"]), wine[3:5].to_numpy().ravel())
    assert content["rows"]["names"] == ["row 3", "row 4"]
    np.testing.assert_allclose(numbers(content["mean"]), wine.mean())
    np.testing.assert_allclose(
        [slider["share"] for slider in content["sliders"]], wine_autoencoder[-1].explained_variance_ratio_
    )


def product(rows, layer):
    return rows @ numbers(layer["kernel"], "<f4").reshape(-1, layer["units"]) + numbers(layer["bias"], "<f4")


def test_page_needs_nothing_else(people):
    estimator = AutoencoderTransformer(2, epochs=1, random_state=0).fit(people)
    page = CodeExplorer.from_estimator(estimator, people, title="A <b> & C").to_html()
    assert not re.search(r"https?:|\b(src|href)=|@import|url\(|\bfetch\b|\bimport\b", page)
    assert page.count("</script>") == 2
    assert "<title>A &lt;b&gt; &amp; C</title>" in page
    assert content_of(page)["columns"][1]["categories"] == list(people["city"].value_counts().index)


def test_frame_in_a_notebook_holds_the_page(pca, digits):
    explorer = CodeExplorer.from_estimator(pca, digits, image_shape=(8, 8))
    assert re.fullmatch(r'<iframe title="Code explorer" style="[^"]*" srcdoc="[^"]*"></iframe>', explorer._repr_html_())


def test_page_contains_rows_only_if_they_are_given(pca, digits):
    assert CodeExplorer.from_estimator(pca, digits, image_shape=(8, 8)).content["rows"] is None


def test_sliders_run_over_the_codes_of_the_rows(pca, digits):
    codes = pca.transform(digits) / pca.transform(digits).std(axis=0)
    low, high = np.percentile(codes, [1, 99], axis=0)
    explorer = CodeExplorer.from_estimator(pca, digits, dims=(2, 0))
    assert [slider["dim"] for slider in explorer.content["sliders"]] == [2, 0]
    for slider in explorer.content["sliders"]:
        np.testing.assert_allclose(slider["low"], low[slider["dim"]], atol=0.05)
        np.testing.assert_allclose(slider["high"], high[slider["dim"]], atol=0.05)
    farthest = digits[[codes[:, 2].argmax()]]
    widened = CodeExplorer.from_estimator(pca, digits, dims=(2,), rows=farthest)
    np.testing.assert_allclose(widened.content["sliders"][0]["high"], codes[:, 2].max())


def test_table_has_the_columns_that_move_most(wine, wine_pca):
    content = CodeExplorer.from_estimator(wine_pca, wine, max_features=3).content
    ranges = [slider["high"] - slider["low"] for slider in content["sliders"]]
    loadings = np.abs(wine_pca[-1].components_.T * wine_pca[-1].explained_variance_ ** 0.5 * ranges).max(axis=1)
    assert [column["name"] for column in content["columns"]] == list(wine.columns[np.sort(np.argsort(-loadings)[:3])])


def test_some_sliders_are_shown_by_default(digits):
    assert len(CodeExplorer.from_estimator(PCA(12).fit(digits), digits).content["sliders"]) == 8
    nonlinear = make_pipeline(QuantileTransformer(n_quantiles=10), PCA(4)).fit(digits)
    content = CodeExplorer.from_estimator(nonlinear, digits, image_shape=(8, 8)).content
    assert (content["decoder"]["kind"], len(content["sliders"])) == ("grid", 2)


def test_truncated_autoencoder_is_decoded_beforehand(digits, fitted):
    decoder = CodeExplorer.from_estimator(fitted.truncated(2), digits, image_shape=(8, 8)).content["decoder"]
    assert (decoder["kind"], decoder["dims"], [len(axis) for axis in decoder["axes"]]) == ("grid", [0, 1], [17, 17])


@pytest.mark.slow
def test_shape_of_an_image_is_that_of_the_architecture(digits):
    estimator = AutoencoderTransformer(3, architecture=ConvolutionalArchitecture((8, 8)), epochs=1).fit(digits)
    content = CodeExplorer.from_estimator(estimator, digits).content
    assert (content["kind"], content["shape"], content["decoder"]["kind"]) == ("image", [8, 8, 1], "grid")


def test_bad_input(digits, pca):
    with pytest.raises(ValueError, match=r"dims=\[0, 0\] should be one or more different codes from 0 to 3"):
        CodeExplorer.from_estimator(pca, digits, dims=(0, 0))
    with pytest.raises(ValueError, match="cmap='viridis' is unknown"):
        CodeExplorer.from_estimator(pca, digits, cmap="viridis")
    with pytest.raises(ValueError, match="max_features=0 should be an int of at least 1"):
        CodeExplorer.from_estimator(pca, digits, max_features=0)
    with pytest.raises(TypeError, match="has no inverse_transform"):
        CodeExplorer.from_estimator(KMeans(2).fit(digits), digits)
    nonlinear = make_pipeline(QuantileTransformer(n_quantiles=10), PCA(4)).fit(digits)
    with pytest.raises(ValueError, match=r"dims=\[0, 1, 2, 3\] are 4 codes.*Pass for example dims=\[0, 1\]"):
        CodeExplorer.from_estimator(nonlinear, digits, dims=range(4))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@needs_browser
def test_slider_moves_the_table(browser, wine, wine_autoencoder, tmp_path):
    path = tmp_path / "wine.html"
    CodeExplorer.from_estimator(wine_autoencoder, wine, rows=wine[:3]).to_html(path)
    browser.open(path)
    browser.evaluate("document.getElementById('code-1').focus()")
    for _ in range(3):
        browser.press("ArrowRight", 39)
    assert browser.evaluate("document.activeElement.getAttribute('aria-valuetext')") == "+0.15 standard deviations"
    (expected,) = wine_autoencoder.inverse_transform(codes_at(wine_autoencoder, wine, np.array([[0, 0.15]])))
    row = browser.evaluate("codeExplorer.row()")
    np.testing.assert_allclose(row, expected, rtol=1e-5)
    shown = browser.evaluate("[...document.querySelectorAll('tbody tr')].map((line) => line.cells[1].textContent)")
    np.testing.assert_allclose([float(text) for text in shown], row, rtol=0.005)
    browser.evaluate("codeExplorer.startAt(2)")
    expected = wine_autoencoder.inverse_transform(wine_autoencoder.transform(wine[2:3]))
    np.testing.assert_allclose([browser.evaluate("codeExplorer.row()")], expected, rtol=1e-5)
    browser.evaluate("document.getElementById('reset').click()")
    assert browser.evaluate("codeExplorer.points") == [0, 0]


def pixels_of(browser, height, width):
    """Return red, green and blue of the first canvas."""
    context = "document.querySelector('canvas').getContext('2d')"
    pixels = browser.evaluate(f"[...{context}.getImageData(0, 0, {width}, {height}).data]")
    return np.reshape(pixels, (height, width, 4))[:, :, :3]


@needs_browser
def test_row_is_shown_as_an_image(browser, digits, fitted, tmp_path):
    path = tmp_path / "digits.html"
    CodeExplorer.from_estimator(fitted, digits, image_shape=(8, 8), rows=digits[:2]).to_html(path)
    browser.open(path)
    browser.evaluate("codeExplorer.startAt(0)")
    expected = fitted.reconstruct(digits[:1]).reshape(8, 8, 1).clip(0, 16) / 16
    np.testing.assert_allclose(255 - pixels_of(browser, 8, 8), np.broadcast_to(255 * expected, (8, 8, 3)), atol=1)


@needs_browser
def test_row_is_shown_in_colour(browser, tmp_path):
    X = np.random.default_rng(0).uniform(size=(20, 18))
    path = tmp_path / "colours.html"
    CodeExplorer.from_estimator(PCA(2).fit(X), X, image_shape=(2, 3, 3)).to_html(path)
    browser.open(path)
    expected = (X.mean(axis=0) - X.min()) / np.ptp(X)
    np.testing.assert_allclose(pixels_of(browser, 2, 3), 255 * expected.reshape(2, 3, 3), atol=1)


@needs_browser
@pytest.mark.parametrize("width", [360, 768])
def test_page_is_no_wider_than_the_screen(browser, wine, people, tmp_path, width):
    for number, X in enumerate((wine, people.rename(columns={"city": "a_rather_long_name_of_a_column"}))):
        path = tmp_path / f"{number}.html"
        estimator = AutoencoderTransformer(2, epochs=0).fit(X)
        CodeExplorer.from_estimator(estimator, X, rows=X[:2]).to_html(path)
        browser.open(path, width=width, is_dark=True)
        browser.evaluate("codeExplorer.startAt(1)")
        assert browser.evaluate("document.documentElement.scrollWidth") == width
