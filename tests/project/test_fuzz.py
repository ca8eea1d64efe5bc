"""Random cases break no rule; `python tests/fuzz.py` runs more of them, or one by its number."""

import fuzz
import pytest


@pytest.mark.parametrize("first", [0, *(pytest.param(first, marks=pytest.mark.slow) for first in range(50, 400, 50))])
def test_random_cases_break_no_rule(first):
    n_fits = sum(fuzz.run(seed) for seed in range(first, first + 50))
    # Enough of the cases are fitted.
    assert n_fits >= 10


def test_broken_rules_are_found():
    case = fuzz.Case(0)
    with pytest.raises(fuzz.Finding, match=r"\(a\) ZeroDivisionError"):
        case.call(lambda: 1 / 0)
    with pytest.raises(fuzz.Finding, match=r"\(a\) LinAlgError in .*numpy"):
        case.call(fuzz.np.linalg.inv, fuzz.np.ones(3))
    with pytest.raises(fuzz.Finding, match=r"\(a\) RuntimeWarning"):
        case.call(lambda: fuzz.np.float64(1) / 0)
    with pytest.raises(fuzz.Finding, match=r"\(e\) an argument was changed"):
        case.call(list.append, [1], 2)
    with pytest.raises(fuzz.Finding, match=r"\(e\) a global random generator"):
        case.call(fuzz.np.random.uniform)
