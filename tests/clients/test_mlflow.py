"""mlflow records fits, and saves models."""

import numpy as np
import pytest

mlflow = pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    """Record into an empty folder, and stop recording afterwards."""
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    yield
    mlflow.sklearn.autolog(disable=True)
    mlflow.set_tracking_uri(None)


def test_documented_recipes(documented, wine):
    names = documented("mlflow")
    run_id = names["run"].info.run_id
    recorded = mlflow.get_run(run_id).data
    assert recorded.params["autoencodertransformer"].startswith("AutoencoderTransformer(")
    for name, value in names["pipeline"][-1].get_params().items():
        assert recorded.params[f"autoencodertransformer__{name}"] == str(value)
    losses = [metric.value for metric in mlflow.MlflowClient().get_metric_history(run_id, "val_loss")]
    assert losses == names["pipeline"][-1].history_["val_loss"][1:]
    np.testing.assert_array_equal(names["loaded"].transform(wine), names["autoencoder"].transform(wine))


def test_fits_within_a_fit_are_not_recorded(wine):
    """The PCA at which training starts would look like the fit of the user."""
    from skautoencoder import AutoencoderTransformer

    mlflow.sklearn.autolog(log_models=False)
    AutoencoderTransformer(4, epochs=1).fit(wine)
    assert mlflow.search_runs(output_format="list") == []
