"""A fixed part of a plan's cells, for machines that share the work of a suite."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from benchmark.engine.plan import Plan
from benchmark.errors import BenchmarkError, brief
from benchmark.types import Cell

Group = tuple[str, int, int, str]


@dataclass(frozen=True)
class Shard:
    """One of several parts; `number` counts from 1."""

    number: int
    of: int

    @classmethod
    def parsed(cls, text: str | None) -> "Shard":
        """The shard that `2/8` names; all cells without a text. Raises BenchmarkError."""
        if text is None:
            return cls(1, 1)
        found = re.fullmatch(r"([0-9]{1,18})/([0-9]{1,18})", str(text))
        shard = cls(*map(int, found.groups())) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.of:
            raise BenchmarkError(
                f"shard {brief(text)}: write K/N for the K-th of N parts, as in 2/8; K is 1 to N"
            )
        return shard

    def picks(self, plan: Plan) -> Callable[[Cell], bool]:
        """Say which cells of a plan are in the shard; it depends on nothing but the plan."""
        if self.of == 1:
            return lambda cell: True
        dealt = _dealt(plan, self.of)
        return lambda cell: dealt.get(cell.group) == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def _dealt(plan: Plan, shards: int) -> dict[Group, int]:
    """The shard of every group, from 0: the dearest first, each to one that has least so far.

    A group is expected to cost its values times its fits, and how dear the strategy itself is
    nobody knows. So among shards that have as little, those with least of the strategy come first.
    Shards differ by the cost of one group at most.
    """
    costs = _costs(plan)
    groups = sum(len(plan.folds[dataset]) for dataset, _ in costs)
    numbers = range(min(shards, groups))
    loads: Counter[int] = Counter()
    own: defaultdict[str, Counter[int]] = defaultdict(Counter)
    dealt = {}
    for (dataset, strategy), cost in sorted(costs.items(), key=lambda item: -item[1]):
        mine = own[strategy]
        order = sorted(numbers, key=lambda shard: (loads[shard], mine[shard]))
        for (repeat, fold), shard in zip(plan.folds[dataset], cycle(order), strict=False):
            dealt[dataset, repeat, fold, strategy] = shard
            loads[shard] += cost
            mine[shard] += cost
    return dealt


def _costs(plan: Plan) -> Counter[tuple[str, str]]:
    """What one fold of a strategy on a dataset is expected to cost, with all of its models."""
    costs: Counter[tuple[str, str]] = Counter()
    for pair in plan.pairs:
        size = plan.datasets[pair.dataset].X.size
        costs[pair.dataset, pair.strategy.name] += size * plan.fits(pair)
    return costs
