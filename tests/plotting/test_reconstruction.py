"""Originals and reconstructions are drawn at their positions."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, RecurrentArchitecture
from skautoencoder.metrics import reconstruct, reconstruction_error
from skautoencoder.plotting import ReconstructionDisplay


def test_images_stand_above_their_reconstructions(digits, pca, fitted, assert_nothing_is_clipped):
    methods = {"PCA": pca, "autoencoder": fitted}
    display = ReconstructionDisplay.from_estimators(methods, digits, image_shape=(8, 8), n_rows=6)
    assert display.axes_.shape == (3, 6)
    drawn = display.axes_[0, 2].images[0].get_array()
    np.testing.assert_array_equal(drawn, digits[2].reshape(8, 8))
    drawn = display.axes_[2, 2].images[0].get_array()
    np.testing.assert_allclose(drawn, fitted.reconstruct(digits[2:3]).reshape(8, 8))
    limits = {ax.images[0].get_clim() for ax in display.axes_.flat}
    assert limits == {(0.0, 16.0)}
    assert [axes[0].get_ylabel() for axes in display.axes_] == ["original", "PCA", "autoencoder"]
    error = reconstruction_error(pca, digits[:6], per="sample")[3]
    assert display.axes_[1, 3].get_xlabel() == f"{error:.3g}"
    assert_nothing_is_clipped(display.figure_)


@pytest.mark.parametrize(
    ("architecture", "axes"),
    [
        (ConvolutionalArchitecture((8, -1)), (2, 3)),
        pytest.param(RecurrentArchitecture((8, 8)), (2, 2), marks=pytest.mark.slow),
    ],
)
def test_architecture_gives_the_shape_of_rows(digits, architecture, axes):
    autoencoder = AutoencoderTransformer(2, epochs=0, architecture=architecture, hidden_layer_sizes=(2,))
    autoencoder.fit(digits[:30])
    display = ReconstructionDisplay.from_estimator(autoencoder, digits[:30], n_rows=3)
    assert display.axes_.shape == axes


def test_sequences_have_a_line_per_channel(sinusoids, assert_nothing_is_clipped):
    pca = PCA(2).fit(sinusoids)
    display = ReconstructionDisplay.from_estimator(pca, sinusoids, sequence_shape=(10, 2), n_rows=5, name="two")
    assert display.axes_.shape == (3, 2)
    lines = display.axes_[0, 1].lines
    assert len(lines) == 4
    np.testing.assert_array_equal(lines[1].get_ydata(), sinusoids[1, 1::2])
    np.testing.assert_allclose(lines[2].get_ydata(), pca.inverse_transform(pca.transform(sinusoids[1:2]))[0, ::2])
    assert [text.get_text() for text in display.axes_[0, 0].get_legend().get_texts()] == ["original", "two"]
    assert not display.axes_[2, 1].axison
    assert display.axes_[2, 0].get_xlabel() == display.axes_[1, 1].get_xlabel() == "step"
    assert_nothing_is_clipped(display.figure_)


def test_plain_rows_are_drawn_in_standard_deviations(wine, wine_pca, wine_autoencoder, assert_nothing_is_clipped):
    methods = {"PCA": wine_pca, "autoencoder": wine_autoencoder}
    display = ReconstructionDisplay.from_estimators(methods, wine, n_rows=3)
    original, of_pca, _ = display.axes_[1, 0].lines
    standardised = ((wine - wine.mean()) / wine.std(ddof=0)).to_numpy()[1]
    np.testing.assert_allclose(original.get_ydata(), standardised)
    np.testing.assert_allclose(
        of_pca.get_ydata(), wine_pca[-1].inverse_transform(wine_pca.transform(wine[1:2]))[0], atol=1e-9
    )
    assert of_pca.get_linestyle() == "--"
    labels = [label.get_text() for label in display.axes_[-1, 0].get_xticklabels()]
    assert labels[0] == "alcohol"
    assert max(map(len, labels)) == 20
    errors = [reconstruction_error(method, wine[:1]) for method in methods.values()]
    expected = f"mean squared error: PCA {errors[0]:.3g}, autoencoder {errors[1]:.3g}"
    assert display.axes_[0, 0].get_title() == expected
    assert_nothing_is_clipped(display.figure_)


def test_few_rows_are_drawn_in_units_of_the_training_rows(wine, wine_pca, wine_autoencoder):
    methods = {"PCA": wine_pca, "autoencoder": wine_autoencoder}
    display = ReconstructionDisplay.from_estimators(methods, wine[:5], n_rows=1)
    originals, of_pca, _ = (line.get_ydata() for line in display.axes_[0, 0].lines)
    np.testing.assert_allclose(originals, wine_pca[0].transform(wine[:1])[0])
    expected = wine_pca[-1].inverse_transform(wine_pca.transform(wine[:1]))[0]
    np.testing.assert_allclose(of_pca, expected, atol=1e-9)


def test_equal_reconstructions_hide_no_line_or_marker(wine, sinusoids):
    equal = {"PCA": wine, "ours": wine}
    original, pca, ours = ReconstructionDisplay.from_reconstructions(wine, equal).axes_[0, 0].lines
    assert original.get_markersize() > ours.get_markersize()
    assert original.get_markerfacecolor() == "none"
    equal = {"PCA": sinusoids, "ours": sinusoids}
    display = ReconstructionDisplay.from_reconstructions(sinusoids, equal, sequence_shape=20)
    original, pca, ours = display.axes_[0, 0].lines
    assert original.get_linewidth() > ours.get_linewidth() > pca.get_linewidth()
    assert original.get_zorder() <= ours.get_zorder() < pca.get_zorder()
    assert (ours.get_linestyle(), pca.get_linestyle()) == ("-", "--")


def test_long_names_of_methods_are_shortened(wine, assert_nothing_is_clipped):
    methods = {f"a method with quite a long name, number {number}": wine for number in range(4)}
    display = ReconstructionDisplay.from_reconstructions(wine, methods, n_rows=2)
    assert_nothing_is_clipped(display.figure_)
    labels = [text.get_text() for text in display.axes_[0, 0].get_legend().get_texts()]
    assert labels == ["original", "…0", "…1", "…2", "…3"]
    names = [f"{letter} method with quite a long name" for letter in "abcd"]
    display = ReconstructionDisplay.from_reconstructions(wine, dict.fromkeys(names, wine), n_rows=2)
    assert_nothing_is_clipped(display.figure_)


def test_data_frames_are_reconstructed_and_drawn(wine):
    steps = StandardScaler(), AutoencoderTransformer(2, epochs=0)
    pipeline = make_pipeline(*steps).set_output(transform="pandas").fit(wine)
    display = ReconstructionDisplay.from_estimator(pipeline, wine[:3])
    np.testing.assert_allclose(
        display.reconstructions["AutoencoderTransformer"], np.asarray(reconstruct(pipeline, wine[:3]))
    )
    frames = {"half": wine / 2}
    assert type(ReconstructionDisplay.from_reconstructions(wine, frames).reconstructions["half"]) is np.ndarray


@pytest.mark.parametrize("kind", [coo_matrix, lambda X: X.astype(str).astype(object)])
def test_sparse_rows_and_strings_are_drawn_as_dense_numbers(digits, pca, kind):
    displays = [ReconstructionDisplay.from_estimator(pca, X, n_rows=3) for X in (digits, kind(digits))]
    np.testing.assert_array_equal(displays[1].X, displays[0].X)


def test_shape_of_architecture_is_ignored_for_other_columns(digits):
    architecture = ConvolutionalArchitecture((4, 4))
    autoencoder = AutoencoderTransformer(2, epochs=0, architecture=architecture, hidden_layer_sizes=(2,))
    pipeline = make_pipeline(PCA(16), autoencoder).fit(digits)
    assert ReconstructionDisplay.from_estimator(pipeline, digits, n_rows=2).axes_.shape == (2, 1)


def test_many_columns_have_evenly_spaced_names(digits):
    frame = pd.DataFrame(digits).add_prefix("pixel ")
    display = ReconstructionDisplay.from_estimator(PCA(2).fit(frame), frame, n_rows=1)
    assert display.axes_[0, 0].get_xticks().tolist() == list(range(0, 64, 3))
    names = [label.get_text() for label in display.axes_[0, 0].get_xticklabels()]
    assert names == [f"pixel {number}" for number in range(0, 64, 3)]
    assert display.axes_[0, 0].get_title().startswith("mean squared error: ")


def test_given_reconstructions_are_drawn(digits):
    noisy = digits + 1.0
    display = ReconstructionDisplay.from_reconstructions(digits, {"noisy": noisy}, image_shape=(8, 8))
    assert display.axes_.shape == (2, 10)
    assert {ax.get_xlabel() for ax in display.axes_[1]} == {"1"}
    plain = ReconstructionDisplay.from_reconstructions(digits, {"noisy": noisy}, n_rows=2)
    assert plain.axes_.shape == (2, 1)


def test_random_state_seeds_the_choice_of_rows(digits, pca):
    first, again, other = (
        ReconstructionDisplay.from_estimator(pca, digits, image_shape=(8, 8), random_state=seed).X for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_colour_images_are_scaled_to_one():
    X = np.random.default_rng(0).uniform(0, 255, size=(4, 48))
    display = ReconstructionDisplay.from_reconstructions(X, {"half": X / 2}, image_shape=(4, 4, 3))
    drawn = display.axes_[0, 0].images[0].get_array()
    assert drawn.shape == (4, 4, 3)
    assert drawn.min() >= 0
    assert drawn.max() <= 1


def test_grid_replaces_given_axes(digits, pca, pyplot):
    figure, (left, _) = pyplot.subplots(1, 2)
    display = ReconstructionDisplay.from_estimator(pca, digits, image_shape=(8, 8), n_rows=3, ax=left)
    assert display.figure_ is figure
    assert not left.axison
    assert len(figure.axes) == 2 + 6
    with pytest.raises(ValueError, match=r"ax is hidden, .* Pass other axes, or the axes_ of the display"):
        display.plot(left)
    assert display.plot(display.axes_).ax_ is None
    axes = pyplot.subplots(2, 3)[1]
    assert display.plot(axes).axes_[1, 2] is axes[1, 2]
    with pytest.raises(ValueError, match=r"ax holds 4 axes, but 6 are needed: 2 rows of 3"):
        display.plot(pyplot.subplots(2, 2)[1])
    with pytest.raises(ValueError, match="ax is not part of a grid"):
        display.plot(figure.add_axes((0, 0, 1, 1)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"image_shape": (8, 7)}, r"image_shape=\(8, 7\) holds 56 values but X has 64 features"),
        (
            {"image_shape": (8, 8), "sequence_shape": 64},
            r"image_shape=\(8, 8\) and sequence_shape=64 exclude each other, .* Leave one out",
        ),
        ({"sequence_shape": "all"}, "sequence_shape='all' is not a shape such as"),
        ({"n_rows": 0}, "n_rows=0 should be a positive int"),
    ],
)
def test_bad_input(digits, pca, parameters, message):
    with pytest.raises(ValueError, match=message):
        ReconstructionDisplay.from_estimator(pca, digits, **parameters)


def test_bad_reconstructions_and_estimators(digits):
    with pytest.raises(
        ValueError, match=r"reconstruction 'PCA' should have the shape \(1797, 64\) of X, but has \(3, 64\)"
    ):
        ReconstructionDisplay.from_reconstructions(digits, {"PCA": digits[:3]})
    with pytest.raises(TypeError, match="has no inverse_transform"):
        ReconstructionDisplay.from_estimator(KMeans(2).fit(digits), digits)


def test_estimators_need_names(digits, pca):
    with pytest.raises(TypeError, match=r"estimators should be a dict of estimators by name, .* but is \[PCA"):
        ReconstructionDisplay.from_estimators([pca], digits)


def test_reconstructions_are_a_dict():
    with pytest.raises(TypeError, match=r"reconstructions should be a dict of tables by name, .* but is a ndarray"):
        ReconstructionDisplay.from_reconstructions(np.zeros((2, 4)), np.zeros((2, 4)))
