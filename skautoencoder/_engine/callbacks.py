"""Keras callbacks during a fit."""

import copy
import os
from contextlib import suppress
from itertools import count

import keras

from ._keras_compat import in_a_clean_thread, tensorboard_wants_batches
from .models import offset_layer
from .trainer import Trainer

_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class FitCallbacks:
    """Callbacks during one fit, and the model that they see.

    The model maps rows of X to their reconstruction and can be saved; its `optimizer` is that of training. Before a
    callback is called, the weights are copied into the model. Changes that a callback makes to the weights or to the
    optimizer apply to training.
    """

    def __init__(self, callbacks, trainer: Trainer, start, objective, *, epochs: int, steps: int):
        self._trainer = trainer
        self.wants_batches = any(_wants_batches(callback) for callback in callbacks)
        self._before = [(callback, dict(vars(callback))) for callback in callbacks]
        self._folders = []
        self._model, self._variables = in_a_clean_thread(lambda: _model(start, objective.loss.from_logits), seed=0)
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


def _model(start, from_logits):
    """Build the autoencoder of rows of X; return it and its variables, in the order of the network's arrays."""
    network = start.with_logits() if from_logits else start
    encoder, decoder, variables = network.training_models()
    standardization = start.standardization
    rows = keras.Input((start.n_features,), dtype="float32", name="rows")
    seen = rows
    if standardization is not None:
        centred = offset_layer(-standardization.mean, "float32", "subtract_mean")(rows)
        seen = keras.layers.Rescaling(1 / standardization.scale, name="to_unit_scale")(centred)
    output = decoder(encoder(seen)[:, : start.encoding_dim])
    if from_logits:
        output = keras.layers.Activation("sigmoid", name="probabilities")(output)
    if standardization is not None:
        output = keras.layers.Rescaling(standardization.scale, name="to_scale_of_rows")(output)
        output = offset_layer(standardization.mean, "float32", "add_mean")(output)
    return keras.Model(rows, output, name="autoencoder"), variables
