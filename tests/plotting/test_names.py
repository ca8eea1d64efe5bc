"""Long names are shortened and stay different."""

from skautoencoder.plotting._names import shortened


def test_short_names_stay_unchanged():
    assert shortened(["total income", "total rent"], 12) == ["total income", "total rent"]


def test_shared_prefix_and_suffix_are_cut():
    names = ["sensor 1, mean in mm", "sensor 1, max in mm", "sensor 1, range in mm"]
    assert shortened(names, 10) == ["…mean…", "…max…", "…range…"]
    assert shortened(["the first one", "the first two"], 10) == ["…one", "…two"]


def test_other_long_names_lose_their_middle():
    assert shortened(["abcdefghij", "xyz"], 5) == ["ab…ij", "xyz"]
    # Without the shared prefix the second name would be empty.
    assert shortened(["total income in 2020", "total income"], 9) == ["tota…2020", "tota…come"]
