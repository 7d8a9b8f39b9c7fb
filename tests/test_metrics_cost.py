"""Costs of decisions are those of the rows, added up one by one."""

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS

expected, normalised = (
    METRICS.get(name).function for name in ("expected_cost", "normalised_expected_cost")
)


def decided(classes: int, seed: int) -> tuple[Any, Any, Any]:
    """Classes, decisions and costs, some of right decisions too."""
    rng = np.random.default_rng(seed)
    y, said = rng.integers(0, classes, (2, 50))
    return y, said, rng.uniform(0, 9, (classes, classes))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_the_cost_is_the_mean_of_what_each_row_costs(classes: int, seed: int) -> None:
    y, said, costs = decided(classes, seed)
    trivial = [np.mean([costs[truth, k] for truth in y]) for k in range(classes)]

    c = Confusion.of(y, said, classes)

    by_hand = np.mean([costs[truth, k] for truth, k in zip(y, said, strict=True)])
    assert expected(c, costs=costs) == pytest.approx(by_hand, abs=1e-12)
    assert normalised(c, costs=costs) == pytest.approx(by_hand / min(trivial), abs=1e-12)


def test_the_cost_of_errors_alone_is_the_share_of_errors() -> None:
    y, said, _ = decided(classes=4, seed=0)

    found = expected(Confusion.of(y, said, 4), costs=1 - np.eye(4))

    assert found == pytest.approx(metrics.zero_one_loss(y, said), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_costs_against_the_shares_of_the_classes_leave_what_youdens_j_lacks(seed: int) -> None:
    y, said, _ = decided(classes=2, seed=seed)
    share = y.mean()
    costs = np.array([[0, 1 / (1 - share)], [1 / share, 0]])

    found = normalised(Confusion.of(y, said), costs=costs)

    j = metrics.balanced_accuracy_score(y, said, adjusted=True)
    assert found == pytest.approx(1 - j, abs=1e-12)


@pytest.mark.parametrize(("decision", "cost", "ratio"), [(0, 1.5, 1.5 / 0.7), (1, 0.7, 1.0)])
def test_german_credit_costs_least_if_nobody_gets_credit(
    decision: int, cost: float, ratio: float
) -> None:
    y = np.repeat([0, 1], [700, 300])
    costs = ((0, 1), (5, 0))

    c = Confusion.of(y, np.full(1000, decision))

    assert expected(c, costs=costs) == pytest.approx(cost, abs=1e-12)
    assert normalised(c, costs=costs) == pytest.approx(ratio, abs=1e-12)


def test_where_one_decision_costs_nothing_there_is_nothing_to_normalise_by() -> None:
    c = Confusion.of(np.zeros(4, dtype=np.int64), np.array([0, 1, 0, 0]))

    assert np.isnan(normalised(c, costs=((0, 1), (5, 0))))
