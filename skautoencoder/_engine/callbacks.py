"""Keras callbacks during a fit."""

import copy
import os
from contextlib import suppress
from functools import partial
from itertools import count

import keras

from ._keras_compat import in_a_clean_thread, tensorboard_wants_batches
from .models import offset_layer
from .trainer import Trainer

_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class FitCallbacks:
    """Callbacks during one fit, and the model that they see.

    The model maps rows of X to their reconstruction and can be saved; its `optimizer` is that of training. Its layers
    "encoder" and "decoder", as `get_layer` returns them, map rows of X to codes and back. Before a callback is called,
    the weights are copied into the model. Changes that a callback makes to the weights or to the optimizer apply to
    training. `code_map` is a function that returns the present `CodeMap` of the autoencoder, or None.
    """

    def __init__(self, callbacks, trainer: Trainer, start, objective, *, epochs: int, steps: int, code_map):
        self._trainer = trainer
        self._code_map = code_map
        self.wants_batches = any(_wants_batches(callback) for callback in callbacks)
        self._before = [(callback, dict(vars(callback))) for callback in callbacks]
        self._folders = []
        self._model, self._halves, self._variables = in_a_clean_thread(
            lambda: _models(start, objective.loss.from_logits), seed=0
        )
        self._model.get_layer = self._layer
        for method in ("compile", "evaluate", "fit", "train_on_batch", "test_on_batch"):
            setattr(self._model, method, partial(_refuse, method))
        self._model.stop_training = False
        self._model.optimizer = trainer.optimizer
        self._update_model()
        try:
            self._make_folders(callbacks)
            self._callbacks = keras.callbacks.CallbackList(
                callbacks, model=self._model, epochs=epochs, steps=steps, verbose=0
            )
        except BaseException:
            self.close()
            raise

    @property
    def stop_training(self):
        """Whether a callback has stopped training."""
        return self._model.stop_training

    def call(self, hook, *arguments):
        """Call a hook of all callbacks, and apply their changes to training."""
        self._update_model()
        getattr(self._callbacks, hook)(*arguments)
        self._trainer.take_changes([variable.numpy() for variable in self._variables])
        self._trainer.follow_optimizer()

    def close(self):
        """Remove the model of this fit from the callbacks; their records stay."""
        for callback, before in self._before:
            _put_back(callback, before, self._model)
        for folder in self._folders:
            # A folder that is not empty stays.
            with suppress(OSError):
                os.rmdir(folder)

    def _layer(self, name=None, index=None):
        """Return a layer of the model; encoder and decoder as the estimator would have them if training ended here."""
        if name not in self._halves:
            return type(self._model).get_layer(self._model, name, index)
        if (code_map := self._code_map()) is not None:
            to_codes, from_codes = (half.get_layer(f"{name}_map") for name, half in self._halves.items())
            to_codes.set_weights([code_map.matrix, -code_map.mean @ code_map.matrix])
            from_codes.set_weights([code_map.inverse, code_map.mean])
        return self._halves[name]

    def _make_folders(self, callbacks):
        """Set a new folder in `log_dir` for each TensorBoard callback, which TensorBoard shows as a run."""
        for callback in callbacks:
            if isinstance(callback, keras.callbacks.TensorBoard):
                callback.log_dir = _new_folder(callback.log_dir)
                self._folders.append(callback.log_dir)

    def _update_model(self):
        for variable, array in zip(self._variables, self._trainer.arrays(), strict=True):
            variable.assign(array)


def _put_back(callback, before, model):
    """Remove the model and all that cannot be copied, such as open files, from a callback.

    Clones and pickles of an estimator contain its callbacks.
    """
    for name, value in list(vars(callback).items()):
        is_new = name not in before or before[name] is not value
        if is_new and (value is model or name == "log_dir" or not _can_be_copied(value)):
            if name in before:
                setattr(callback, name, before[name])
            else:
                delattr(callback, name)


def _can_be_copied(value):
    try:
        copy.deepcopy(value)
    except Exception:
        return False
    return True


def _new_folder(parent):
    """Make the first folder fit_1, fit_2, ... that does not exist; other processes may do the same."""
    for number in count(1):
        folder = os.path.join(parent, f"fit_{number}")
        try:
            os.makedirs(folder)
        except FileExistsError:
            continue
        return folder


def _wants_batches(callback):
    """Return whether a callback has batch hooks."""
    if isinstance(callback, keras.callbacks.TensorBoard):
        return tensorboard_wants_batches(callback)
    if type(callback) is keras.callbacks.ModelCheckpoint:
        return callback.save_freq != "epoch"
    return any(
        hook in vars(callback) or getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for hook in _BATCH_HOOKS
    )


def _refuse(method, *_, **__):
    raise RuntimeError(
        f"The model that callbacks see has no loss of its own, so that {method} cannot be called. Losses are in logs; "
        "for other rows call self.model.predict(X, verbose=0), and compare it with X."
    )


def _models(start, from_logits):
    """Build the autoencoder of rows of X, and its encoder and decoder by name.

    Returns them and their variables, in the order of the network's arrays.
    """
    network = start.with_logits() if from_logits else start
    encoder, decoder, variables = network.training_models()
    standardization = start.standardization
    rows = keras.Input((start.n_features,), dtype="float32", name="rows")
    codes = keras.Input((start.encoding_dim,), dtype="float32", name="codes")
    seen = rows
    if standardization is not None:
        centred = offset_layer(-standardization.mean, "float32", "subtract_mean")(rows)
        seen = keras.layers.Rescaling(1 / standardization.scale, name="to_unit_scale")(centred)
    encoded = encoder(seen)[:, : start.encoding_dim]

    def in_units_of_X(output):
        if from_logits:
            output = keras.layers.Activation("sigmoid", name="probabilities")(output)
        if standardization is not None:
            output = keras.layers.Rescaling(standardization.scale, name="to_scale_of_rows")(output)
            output = offset_layer(standardization.mean, "float32", "add_mean")(output)
        return output

    model = keras.Model(rows, in_units_of_X(decoder(encoded)), name="autoencoder")
    outputs = codes
    if start.code_map is not None:
        encoded = _map_layer("encoder_map", start.encoding_dim)(encoded)
        outputs = _map_layer("decoder_map", start.encoding_dim)(codes)
    halves = {
        "encoder": keras.Model(rows, encoded, name="encoder"),
        "decoder": keras.Model(codes, in_units_of_X(decoder(outputs)), name="decoder"),
    }
    return model, halves, variables


def _map_layer(name, n_codes):
    return keras.layers.Dense(n_codes, kernel_initializer="zeros", trainable=False, name=name)
