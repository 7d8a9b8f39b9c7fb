"""Which cell a worker takes next; no score depends on it."""

from collections import deque
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from math import inf

from benchmark.types import Cell, Outcome

Group = deque[Cell]


class Schedule:
    """Deals groups of cells to workers: the longest first, and each to one worker.

    The cells of a group share fitted work. How long a group takes is known from one of its kind,
    the same dataset and strategy in another fold; so one of each kind comes first, in the order
    given. Inside a group the longest cell comes first too. When no group is left, single cells are
    taken from the groups of other workers, so that nobody idles while cells wait, and what the last
    workers wait for at the end is short.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        groups: dict[Hashable, Group] = {}
        for cell in cells:
            groups.setdefault(cell.group, deque()).append(cell)
        self._kinds: dict[Hashable, _Kind] = {}
        for group in groups.values():
            name = _kind(group[0])
            kind = self._kinds.setdefault(name, _Kind(len(self._kinds), len(group)))
            kind.groups.append(group)
        self._heap = [(-inf, kind.order, name) for name, kind in self._kinds.items()]
        self._own: dict[Hashable, Group] = {}
        self._seconds: dict[Hashable, float] = {}

    def take(self, worker: Hashable) -> Cell | None:
        """The next cell for a worker; None where all cells are dealt."""
        if not self._own.get(worker):
            self._own[worker] = self._longest_group() or deque()
        if own := self._own[worker]:
            return _taken(own, max(own, key=self._expected))
        longest = max(self._own.values(), key=self._left)
        return _taken(longest, max(reversed(longest), key=self._expected)) if longest else None

    def ended(self, outcome: Outcome) -> None:
        """Learn from an outcome how long its kind takes."""
        name = _kind(outcome.cell)
        kind = self._kinds[name]
        seconds = sum(outcome.seconds.values())
        self._seconds.setdefault((name, outcome.cell.model), seconds)
        if kind.unknown:
            kind.unknown -= 1
            kind.seconds += seconds
            if not kind.unknown:
                heappush(self._heap, (-kind.seconds, kind.order, name))

    def _expected(self, cell: Cell) -> float:
        """What a cell takes, as one of its pair did; what is not known may take for ever."""
        return self._seconds.get((_kind(cell), cell.model), inf)

    def _left(self, group: Group) -> tuple[float, int]:
        """What the cells of a group take, and how many they are."""
        return sum(map(self._expected, group)), len(group)

    def _longest_group(self) -> Group | None:
        """The group that takes longest; of those whose time is not known yet, the first."""
        while self._heap:
            seconds, order, name = heappop(self._heap)
            groups = self._kinds[name].groups
            if groups:
                if seconds > -inf:
                    heappush(self._heap, (seconds, order, name))
                return groups.popleft()
        running = (kind.groups for kind in self._kinds.values() if kind.groups)
        return next((groups.popleft() for groups in running), None)


class _Kind:
    """Groups of the same dataset and strategy.

    Attributes:
        unknown: cells that have yet to end before its length is known: as many as its first
            group has.
        seconds: what those took that have ended.
    """

    def __init__(self, order: int, unknown: int) -> None:
        self.order = order
        self.unknown = unknown
        self.seconds = 0.0
        self.groups: deque[Group] = deque()


def _taken(group: Group, cell: Cell) -> Cell:
    group.remove(cell)
    return cell


def _kind(cell: Cell) -> Hashable:
    return cell.dataset, cell.strategy
