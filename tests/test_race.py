"""When a trial cannot win any more."""

from math import nan

import pytest

from benchmark.engine.race import FEWEST, SAFETY, Race

STEADY = [(0.5, 0.7), (0.5, 0.7), (0.5, 0.7)]


def race(*finished: list[tuple[float, float]]) -> Race:
    found = Race()
    for standings in finished:
        found.finished(standings)
    return found


def shifted(by: float, end: float = 0.0) -> list[tuple[float, float]]:
    """A trial that lags STEADY by `by`, and by `end` more on the last fold."""
    return [(a - by - end * (i == 2), b - by - end * (i == 2)) for i, (a, b) in enumerate(STEADY)]


def test_nothing_is_lost_before_there_is_anything_to_learn_from() -> None:
    assert not race(*[STEADY] * (FEWEST - 1)).is_lost([(0.0, 0.0)])
    assert race(*[STEADY] * FEWEST).is_lost([(0.0, 0.0)])


@pytest.mark.parametrize(("lag", "lost"), [(0.99, False), (1.01, True)])
def test_a_lag_is_lost_beyond_the_deviation_of_earlier_lags(lag: float, lost: bool) -> None:
    changes = (0.1, -0.2, 0.05)  # of the lags of three trials behind the best, until the last fold
    found = race(shifted(-0.3), *(shifted(0.0, end) for end in changes))
    deviation = (sum(change**2 for change in changes) / len(changes)) ** 0.5

    standing = tuple(q + 0.3 - lag * SAFETY * deviation for q in STEADY[0])

    assert found.is_lost([standing]) is lost


def test_a_trial_must_lag_under_both_rules() -> None:
    found = race(*[STEADY] * FEWEST)

    assert not found.is_lost([(0.0, 0.8)])
    assert not found.is_lost([(0.6, 0.0)])
    assert found.is_lost([(0.4, 0.6)])


def test_the_best_trial_of_each_rule_is_the_one_to_lag_behind() -> None:
    one, other = [(0.9, 0.1)] * 3, [(0.1, 0.9)] * 3
    found = race(one, other, one, other)

    assert found.is_lost([(0.8, 0.8)])
    assert not found.is_lost([(0.95, 0.8)])


def test_standings_on_more_folds_are_compared_with_those_on_as_many() -> None:
    late = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.9)]
    found = race(*[late] * FEWEST)

    assert not found.is_lost([(0.2, 0.2)])
    assert found.is_lost([(0.2, 0.2), (0.2, 0.2)])


def test_a_trial_without_a_quality_is_not_lost_and_teaches_nothing() -> None:
    found = race(*[STEADY] * (FEWEST - 1), [(nan, nan), *STEADY[1:]])

    assert not found.is_lost([(0.0, 0.0)])
    assert not race(*[STEADY] * FEWEST).is_lost([(nan, nan)])
