"""Metrics of what decisions cost, under the cost of each decision for each class."""

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import ratio
from benchmark.catalogue.registry import metric
from benchmark.types import Floats


@metric(
    "expected_cost",
    kind="label",
    many=True,
    needs=("costs",),
    greater_is_better=False,
    high=np.inf,
    reference="Elkan, IJCAI 2001",
)
def expected_cost(c: Confusion, costs: Floats) -> Floats:
    """Mean cost of a row, in the unit of the costs.

    Use it when the costs are known: nothing else tells what a rule is worth. Costs are 0 or
    more.
    """
    return ratio((c.matrix * costs).sum(axis=(-2, -1)), c.matrix.sum(axis=(-2, -1)))


@metric(
    "normalised_expected_cost",
    kind="label",
    many=True,
    needs=("costs",),
    greater_is_better=False,
    high=np.inf,
    reference="arXiv:2209.05355",
)
def normalised_expected_cost(c: Confusion, costs: Floats) -> Floats:
    """Cost of the decisions over that of the cheapest decision if all rows got the same one.

    Use it to compare datasets: from 1 on, the rule is worth nothing. Costs are 0 or more; NaN
    where one decision for all rows costs nothing.
    """
    trivial = (c.support @ np.asarray(costs, dtype=np.float64)).min(axis=-1)
    return np.where(trivial > 0, ratio((c.matrix * costs).sum(axis=(-2, -1)), trivial), np.nan)
