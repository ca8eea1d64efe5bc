"""Numbers of the guide to outliers are those of the page that the benchmark writes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide" / "outliers.md").read_text()
PAGE = (ROOT / "benchmarks" / "OUTLIERS.md").read_text()
OURS = "AutoencoderOutlierDetector"
# Detectors of the guide's table, by their names on the page.
IN_GUIDE = {
    OURS: OURS,
    f"{OURS}, surprise": 'with criterion="surprise"',
    "nearest neighbour 1": "distance to the nearest neighbour",
    "pyod KNN, mean": "mean distance to 5 neighbours (pyod's KNN)",
    "scikit-learn LocalOutlierFactor": "LocalOutlierFactor",
    "pyod AutoEncoder": "pyod's AutoEncoder",
    "scikit-learn IsolationForest": "IsolationForest",
    "AutoencoderTransformer, score_samples": "score_samples of AutoencoderTransformer",
}


def rows(text, heading):
    """Return the first table below a heading as dicts by the first column, without bold, marks and backticks."""
    lines = re.search(rf"^## {heading}$.*?^(\|.*?)\n\n", text, re.MULTILINE | re.DOTALL)[1].splitlines()
    plain = [[re.sub(r"\*\*|`| \\\*", "", cell.strip()) for cell in line.split("|")[1:-1]] for line in lines]
    names, _, *entries = plain
    return {row[0]: dict(zip(names, row, strict=True)) for row in entries}


@pytest.fixture(scope="module", params=["novelty", "contaminated"])
def setting(request):
    """The column of the guide's table, and the table of the page."""
    column = {"novelty": "fitted to usual rows", "contaminated": "fitted to all rows"}[request.param]
    return column, rows(PAGE, request.param.capitalize())


def test_areas_and_precisions_are_those_of_the_page(setting):
    column, page = setting
    guide = rows(GUIDE, "When something else is as good")
    assert {name.removesuffix(", 21 tables") for name in guide} == set(IN_GUIDE.values())
    for name, in_guide in IN_GUIDE.items():
        on_page = page[name]
        on_some = "" if on_page["tables"] == "22" else f", {on_page['tables']} tables"
        assert guide[in_guide + on_some][column] == f"{on_page['ROC-AUC']} / {on_page['average precision']}", name


def test_flagged_shares_are_those_of_the_page():
    on_page = rows(PAGE, "Flagged shares")[OURS]
    shares = f"with `novelty=True`, {on_page['5 %: mean']} on average over 22 tables, and {on_page['10 %: mean']} for "
    assert shares in " ".join(GUIDE.split())


def test_gains_are_those_of_the_page():
    novelty, contaminated = (rows(PAGE, heading) for heading in ("Novelty", "Contaminated"))
    text = " ".join(GUIDE.split())
    for part, detector in {"neighbours": "surprise", "hidden units": "linear"}.items():
        gains = [found[f"{OURS}, {detector}"]["ours minus this"].lstrip("+") for found in (novelty, contaminated)]
        assert f"{part} {gains[0]} and {gains[1]} points" in text
    assert f"may be chance (p {novelty['nearest neighbour 1']['p']})" in text
    as_good = re.search(r"novelty: nearest neighbour 1, .* is as good on (\d+ of )(22 tables)", PAGE)
    assert f"were as good on {as_good[1]}the {as_good[2]}" in text
