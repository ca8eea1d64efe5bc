"""Names that are too long stay different."""

from skautoencoder.plotting._names import shortened


def test_names_that_fit_stay():
    assert shortened(["total income", "total rent"], 12) == ["total income", "total rent"]


def test_what_all_names_share_is_left_out():
    names = ["sensor 1, mean in mm", "sensor 1, max in mm", "sensor 1, range in mm"]
    assert shortened(names, 10) == ["…mean…", "…max…", "…range…"]
    assert shortened(["the first one", "the first two"], 10) == ["…one", "…two"]


def test_other_names_lose_their_middle():
    assert shortened(["abcdefghij", "xyz"], 5) == ["ab…ij", "xyz"]
    # The second has nothing of its own.
    assert shortened(["total income in 2020", "total income"], 9) == ["tota…2020", "tota…come"]
