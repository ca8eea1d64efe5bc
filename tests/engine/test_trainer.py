"""Programs are compiled once per shape and cached; fused and plain paths compute the same."""

import gc
import warnings
import weakref
from dataclasses import dataclass

import joblib
import numpy as np
import pytest

from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture, KerasArchitecture, KLSparsity
from skautoencoder._autoencoder import _PenalizedModel
from skautoencoder._engine import _keras_compat, programs, trainer
from skautoencoder._engine.keras_objects import make_optimizer
from skautoencoder._engine.programs import OWN_CODE, optimizer_key, part_key
from skautoencoder.objectives import Reconstruction

pytestmark = pytest.mark.xla


def quick(encoding_dim=3, **parameters):
    defaults = {"epochs": 3, "random_state": 0, "hidden_layer_sizes": (16,), "validation_fraction": 0.1}
    return AutoencoderTransformer(encoding_dim, **defaults | parameters)


def test_plain_graph_and_xla_give_the_same_numbers(digits, no_trainers, monkeypatch):
    compiled = quick().fit(digits)
    monkeypatch.setattr(_keras_compat, "XLA_WORKS", False)
    plain = quick().fit(digits)
    assert plain.history_["loss"] == pytest.approx(compiled.history_["loss"], rel=1e-4)
    np.testing.assert_allclose(plain.reconstruct(digits), compiled.reconstruct(digits), atol=0.05)


def test_has_no_room_for_a_program_when_memory_maps_run_out(tmp_path, monkeypatch):
    def path(name):
        return tmp_path / name.replace("/", "_")

    monkeypatch.setattr(_keras_compat, "Path", path)
    assert _keras_compat.has_room_for_program()  # systems without /proc
    path("/proc/sys/vm/max_map_count").write_text("65530\n")
    path("/proc/self/maps").write_text("a map\n" * 40_000)
    assert _keras_compat.has_room_for_program()
    path("/proc/self/maps").write_text("a map\n" * 60_000)
    assert not _keras_compat.has_room_for_program()


def is_compiled(kept):
    return kept.train.function_def.attr["_XlaMustCompile"].b


@pytest.mark.slow
def test_plain_graphs_and_compiled_programs_are_cached_apart(digits, no_trainers, monkeypatch):
    for works in (True, False, True):
        monkeypatch.setattr(_keras_compat, "XLA_WORKS", works)
        quick(epochs=1).fit(digits)
        assert is_compiled(next(reversed(no_trainers.values()))) == works
    assert len(no_trainers) == 2


def test_fit_without_room_for_a_program_trains_a_plain_graph(digits, no_trainers, monkeypatch):
    monkeypatch.setattr(trainer, "has_room_for_program", lambda: False)
    quick(epochs=1).fit(digits)
    (kept,) = no_trainers.values()
    assert not is_compiled(kept)


def convolutions(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import Conv1D, Dense, Flatten, Reshape, TimeDistributed

    nested = Sequential([Input((8, 8, 1)), TimeDistributed(Conv1D(2, 3)), Flatten()])
    encoder = Sequential([Input((n_features,)), Reshape((8, 8, 1)), nested, Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])


def dropout(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import Dense, Dropout

    encoder = Sequential([Input((n_features,)), Sequential([Dense(4), Dropout(0.1)]), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])


def only_dense(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import Dense

    encoder = Sequential([Input((n_features,)), Sequential([Dense(4)]), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), Dense(n_features)])


@pytest.mark.xla
@pytest.mark.parametrize(("build", "compiled"), [(convolutions, False), (dropout, False), (only_dense, True)])
def test_convolutions_and_dropout_are_trained_as_plain_graphs(digits, no_trainers, build, compiled):
    """XLA on a CPU is many times slower for convolutions and for the random numbers of Keras layers."""
    AutoencoderTransformer(2, architecture=KerasArchitecture(build), epochs=1).fit(digits[:100])
    (kept,) = no_trainers.values()
    assert is_compiled(kept) == compiled


@pytest.mark.slow
def test_objective_numbers_of_another_shape_make_another_program(digits, no_trainers):
    @dataclass(frozen=True)
    class Weighted(Reconstruction):
        weights: float | np.ndarray = 1.0

        @property
        def numbers(self):
            return {"weights": self.weights}

    class WeightedModel(_PenalizedModel):
        def objective(self, loss, corruption, rows, encoding_dim):
            return Weighted(loss, weights=1.0 if self.alpha == 1 else np.ones(5))

    class Estimator(AutoencoderTransformer):
        def _model(self):
            return WeightedModel(**vars(super()._model()))

    for alpha in (1, 2, 1):
        Estimator(2, alpha=alpha, epochs=1, hidden_layer_sizes=()).fit(digits)
    assert len(no_trainers) == 2


def test_part_key_equals_for_equal_parameters():
    assert part_key(KLSparsity()) == part_key(KLSparsity()) != part_key(KLSparsity(normalize=True))
    assert part_key(ConvolutionalArchitecture([8, 8])) == part_key(ConvolutionalArchitecture((8, 8)))
    assert part_key(("a", np.zeros(2))) == part_key(["a", np.zeros(2)]) != part_key(("a", np.ones(2)))
    assert part_key(lambda batch: 0) == OWN_CODE


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", sorted(name.lower() for name in programs._ELEMENTWISE))
def test_fused_weights_train_as_separate_arrays(digits, no_trainers, monkeypatch, optimizer):
    # Widths that are not padded.
    autoencoder = quick(32, hidden_layer_sizes=(32,), optimizer=optimizer)
    fused = autoencoder.fit(digits).history_["loss"]
    monkeypatch.setattr(programs, "_MAX_FUSED", 0)
    no_trainers.clear()
    assert autoencoder.fit(digits).history_["loss"] == pytest.approx(fused, rel=1e-5)


def test_weights_are_fused_for_elementwise_optimizers_only():
    import keras

    class Custom(keras.optimizers.Adam):
        pass

    for optimizer, is_elementwise in (
        (keras.optimizers.Adam(), True),
        (keras.optimizers.Adam(clipvalue=1.0), True),
        (keras.optimizers.Adam(clipnorm=1.0), False),
        (keras.optimizers.SGD(global_clipnorm=1.0), False),
        (keras.optimizers.Lamb(), False),
        (keras.optimizers.Adafactor(), False),
        (Custom(), False),
    ):
        assert programs.are_fused(1, optimizer) == is_elementwise


def test_cache_reuses_trainers_and_drops_the_oldest(digits, no_trainers, monkeypatch):
    monkeypatch.setattr(trainer, "_CACHE_SIZE", 2)
    X = digits[:200]
    quick(hidden_layer_sizes=(32,)).fit(X)
    oldest = weakref.ref(next(iter(no_trainers.values())))
    quick(hidden_layer_sizes=(64,)).fit(X)
    second = next(reversed(no_trainers.values()))
    quick(hidden_layer_sizes=(64,), learning_rate=0.01, epochs=1).fit(X)
    assert next(reversed(no_trainers.values())) is second
    assert len(no_trainers) == 2
    quick(hidden_layer_sizes=(96,)).fit(X)
    assert len(no_trainers) == 2
    gc.collect()
    assert oldest() is None


@pytest.mark.slow
def test_cache_is_bounded_by_weights(digits, no_trainers, monkeypatch):
    smaller, larger = quick(32, hidden_layer_sizes=(32,)), quick(32, hidden_layer_sizes=(64,))
    smaller.fit(digits)
    size = next(iter(no_trainers.values())).weights.size
    assert size == sum(array.size for array in smaller._autoencoder.arrays)
    monkeypatch.setattr(trainer, "_CACHE_WEIGHTS", size)
    larger.fit(digits)
    assert not no_trainers
    smaller.fit(digits)
    assert len(no_trainers) == 1


def test_cached_trainer_starts_anew_for_every_fit(digits, no_trainers):
    alone = quick(optimizer="nadam").fit(digits).history_
    quick(optimizer="nadam", random_state=1, epochs=5, learning_rate=0.1).fit(digits)
    assert quick(optimizer="nadam").fit(digits).history_ == alone
    assert len(no_trainers) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"encoding_dim": 33}, marks=pytest.mark.slow),
        pytest.param({"hidden_layer_sizes": (33,)}, marks=pytest.mark.slow),
        pytest.param({"activation": "relu"}, marks=pytest.mark.slow),
        pytest.param({"loss": "mae"}, marks=pytest.mark.slow),
        pytest.param({"optimizer": "sgd"}, marks=pytest.mark.slow),
        {"batch_size": 16},
        pytest.param({"init": "random"}, marks=pytest.mark.slow),
    ],
)
def test_parameter_that_shapes_a_program_makes_another_program(digits, no_trainers, parameters):
    quick(epochs=1).fit(digits)
    quick(**{"epochs": 1} | parameters).fit(digits)
    assert len(no_trainers) == 2


def test_optimizer_key_equals_for_equal_configurations():
    import keras

    class Custom(keras.optimizers.SGD):
        pass

    assert optimizer_key(keras.optimizers.SGD(0.1)) == optimizer_key(keras.optimizers.SGD(0.1))
    assert optimizer_key(keras.optimizers.SGD(0.1)) != optimizer_key(keras.optimizers.SGD(0.1, momentum=0.9))
    assert optimizer_key(Custom(0.1)) == OWN_CODE
    assert optimizer_key("adam") == "adam"


def test_loss_objects_with_incomplete_configurations_have_separate_programs(digits):
    """Keras' Huber leaves delta out of its configuration."""
    import keras

    fits = [quick(init="random", loss=keras.losses.Huber(delta)).fit(digits) for delta in (1.0, 50.0)]
    assert fits[0].history_["loss"][0] != pytest.approx(fits[1].history_["loss"][0], rel=0.1)


def test_custom_loss_and_optimizer_are_used(digits):
    import keras

    class Quartic(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean((y_true - y_pred) ** 4, axis=-1)

    class Reversed(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(-gradient, variable, learning_rate)

    X = digits[:256]
    autoencoder = quick(loss=Quartic(), init="pca", early_stopping=False).fit(X)
    error = X - quick(epochs=0).fit(X).reconstruct(X)
    assert autoencoder.history_["loss"][0] == pytest.approx(np.mean(error**4), rel=1e-4)
    assert autoencoder.history_["loss"][-1] < autoencoder.history_["loss"][0]
    uphill = quick(optimizer=Reversed(1e-4), early_stopping=False).fit(digits)
    assert uphill.history_["loss"][-1] > uphill.history_["loss"][0]
    # The last epoch is worse than PCA, so PCA is kept all the same.
    assert uphill.best_epoch_ == 0


@pytest.mark.slow
def test_dropped_programs_free_their_graphs(digits, no_trainers, monkeypatch):
    from tensorflow.python.framework.func_graph import FuncGraph

    monkeypatch.setattr(trainer, "_CACHE_SIZE", 0)
    quick(5).fit(digits)
    gc.collect()
    graphs = sum(isinstance(candidate, FuncGraph) for candidate in gc.get_objects())
    for encoding_dim in (6, 7):
        quick(encoding_dim).fit(digits)
    gc.collect()
    assert sum(isinstance(candidate, FuncGraph) for candidate in gc.get_objects()) <= graphs


def test_optimizer_object_keeps_its_learning_rate():
    optimizer = make_optimizer("Adam", 0.25)
    assert float(optimizer.learning_rate) == 0.25
    assert float(make_optimizer(optimizer, 0.5).learning_rate) == 0.25


def threads_of_tensorflow():
    import tensorflow as tf

    import skautoencoder._engine  # noqa: F401 - starts TensorFlow

    return tf.config.threading.get_intra_op_parallelism_threads()


def test_loky_workers_use_the_threads_that_joblib_allots():
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=1):
        # One task, so that one worker imports TensorFlow.
        assert joblib.Parallel()([joblib.delayed(threads_of_tensorflow)()]) == [1]


@pytest.mark.slow
def test_search_over_shapes_warns_of_nothing(digits):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for encoding_dim in range(1, 8):
            quick(encoding_dim, epochs=1).fit(digits[: 100 * encoding_dim])
