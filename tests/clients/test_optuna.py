"""optuna prunes trials in the middle of a fit."""

import keras
import pytest

from skautoencoder import AutoencoderTransformer

pytest.importorskip("optuna")
pytest.importorskip("optuna_integration")


def test_trials_are_pruned_by_their_losses(documented, wine):
    names = documented("optuna")
    trials = names["study"].trials
    finished, pruned = ([trial for trial in trials if trial.state.name == state] for state in ("COMPLETE", "PRUNED"))
    assert len(finished) + len(pruned) == len(trials)
    assert finished
    assert pruned
    for trial in trials:
        # Epoch 0, the start, is reported to nobody, as in Keras.
        reported = list(trial.intermediate_values.values())
        # Any callback: with one there is one training, by which "auto" holds a tenth of the rows out.
        parameters = trial.params | {"epochs": len(reported), "callbacks": [keras.callbacks.Callback()]}
        alone = AutoencoderTransformer(**parameters, random_state=0).fit(wine)
        assert reported == alone.history_["val_loss"][1:]
    assert names["study"].best_value == min(trial.value for trial in finished)
