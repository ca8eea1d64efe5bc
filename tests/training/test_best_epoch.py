"""Early stopping, validation rows, and the epoch that is kept."""

import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer
from skautoencoder.metrics import reconstruction_error


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 4, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


def test_best_epoch_is_the_one_with_the_lowest_validation_loss(digits):
    autoencoder = AutoencoderTransformer(8, epochs=30, patience=5, learning_rate=0.02, random_state=0).fit(digits)
    losses = autoencoder.history_["val_loss"]
    assert autoencoder.best_epoch_ == np.argmin(losses)
    assert len(losses) == len(autoencoder.history_["loss"]) == autoencoder.n_iter_ + 1


def test_patience_stops_training(digits):
    # Steps this small vanish in float32: the start stays the best.
    autoencoder = quick(epochs=50, patience=3, learning_rate=1e-30, optimizer="sgd").fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (3, 0)


def test_fit_without_early_stopping_keeps_last_epoch(digits):
    autoencoder = quick(early_stopping=False, epochs=6).fit(digits)
    assert (autoencoder.n_iter_, autoencoder.best_epoch_) == (6, 6)
    assert "val_loss" not in autoencoder.history_


def test_X_val_chooses_the_best_epoch(digits):
    train, held_out = digits[:1000], digits[1000:]
    autoencoder = AutoencoderTransformer(3, epochs=10, random_state=0).fit(train, X_val=held_out)
    error = reconstruction_error(autoencoder, held_out)
    assert min(autoencoder.history_["val_loss"]) == pytest.approx(error, rel=1e-4)
    assert error < autoencoder.history_["val_loss"][0]


@pytest.mark.parametrize("n_training", [40, 1000])
@pytest.mark.parametrize(("parameters", "name"), [({}, "val_loss"), ({"penalty": "l1"}, "val_reconstruction_loss")])
def test_X_val_without_early_stopping_is_measured(digits, n_training, parameters, name):
    # Beside 40 training rows, the others are measured in seven parts.
    held_out = digits[n_training:]
    autoencoder = quick(early_stopping=False, **parameters).fit(digits[:n_training], X_val=held_out)
    assert len(autoencoder.history_[name]) == 5
    error = reconstruction_error(autoencoder, held_out)
    assert autoencoder.history_[name][-1] == pytest.approx(error, rel=1e-4)


@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller than:UserWarning")
@pytest.mark.parametrize("n_samples", [2, 3, 9, 10])
def test_fewer_than_ten_rows_are_not_split(digits, n_samples):
    autoencoder = quick().fit(digits[:n_samples])
    assert ("val_loss" in autoencoder.history_) == (n_samples >= 10)
    assert np.isfinite(autoencoder.reconstruct(digits)).all()


@pytest.mark.xla
@pytest.mark.parametrize(
    "batch_size", [pytest.param(1, marks=pytest.mark.slow), 7, pytest.param(5000, marks=pytest.mark.slow), 10**12]
)
def test_any_batch_size_works(digits, batch_size):
    assert quick(batch_size=batch_size, epochs=2).fit(digits[:150]).n_iter_ == 2


@pytest.mark.xla
@pytest.mark.parametrize("early_stopping", [True, False])
def test_history_measures_the_weights_after_each_epoch(few, early_stopping):
    """The losses of the kept epoch are those of the fitted network."""
    autoencoder = quick(init="random", epochs=5, learning_rate=0.01, early_stopping=early_stopping).fit(few / 16)
    loss, val_loss = (autoencoder.history_.get(name, [None])[-1] for name in ("loss", "val_loss"))
    error = reconstruction_error(autoencoder, few / 16)
    shares = (1.0, 0.0) if val_loss is None else (231 / 256, 25 / 256)
    assert shares[0] * loss + shares[1] * (val_loss or 0.0) == pytest.approx(error, rel=1e-5)


@pytest.mark.slow
@pytest.mark.xla
def test_history_with_noise_does_not_depend_on_later_epochs(few):
    parameters = {"init": "random", "learning_rate": 0.01, "noise": "gaussian", "early_stopping": False}
    autoencoder = quick(epochs=5, **parameters).fit(few / 16)
    assert quick(epochs=6, **parameters).fit(few / 16).history_["loss"][:6] == autoencoder.history_["loss"]


@pytest.mark.filterwarnings("ignore:encoding_dim=.* is not smaller than:UserWarning")
def test_fit_of_too_few_rows_keeps_epoch_of_lowest_training_loss(digits):
    X = digits[:8]
    autoencoder = quick(2, init="random", epochs=30, learning_rate=0.3).fit(X)
    losses = autoencoder.history_["loss"]
    assert autoencoder.best_epoch_ == np.argmin(losses)
    assert reconstruction_error(autoencoder, X) == pytest.approx(min(losses), rel=1e-4)
