"""skrub encodes tables of mixed columns, with names for the encoded columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skautoencoder import AutoencoderTransformer

skrub = pytest.importorskip("skrub")
pytestmark = pytest.mark.filterwarnings("default")


def test_tables_of_words_dates_and_numbers_are_encoded():
    table = pd.DataFrame(
        {
            "city": ["Rome", "Oslo", "Lima", "Bonn"] * 25,
            "number": np.arange(100.0),
            "day": pd.date_range("2024-01-01", periods=100),
        }
    )
    pipeline = make_pipeline(skrub.TableVectorizer(), AutoencoderTransformer(2, epochs=0)).set_output(
        transform="pandas"
    )
    codes = pipeline.fit_transform(table)
    assert list(codes.columns) == ["autoencodertransformer0", "autoencodertransformer1"]
    names = pipeline[0].get_feature_names_out()
    assert {"city_Rome", "number", "day_month"} <= set(names)
    assert list(pipeline[1].inverse_transform(codes).columns) == list(names)
