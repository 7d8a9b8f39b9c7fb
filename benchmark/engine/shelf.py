"""Work that is done once: what a worker keeps for the fits that ask for the same."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Shared(Generic[T]):
    """Something made, now or for an earlier fit.

    Attributes:
        seconds: wall seconds that were spent on it now.
        owed: those that an earlier cell spent on it and this one, alone, would have spent.
    """

    value: T
    seconds: float
    owed: float


@dataclass
class _Kept:
    value: Any
    seconds: float
    size: int
    group: Hashable
    cell: int


class Shelf:
    """Keeps what was made while it fits into `max_bytes`; nothing is kept with 0.

    Cells are computed group by group. What a group made stays until the group ends: fits ask for
    the same things in the same order again, so to make room for a new one would lose them all.
    Other groups make room, the longest unused first.
    """

    def __init__(self, max_bytes: int = 512 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._kept: dict[Hashable, _Kept] = {}
        self._group: Hashable = None
        self._cell = 0
        self._bytes = 0

    def __deepcopy__(self, memo: object) -> "Shelf":
        return self  # a copy of an estimator shares what the estimator shares

    @property
    def room(self) -> int:
        """How many bytes more may be kept."""
        return self._max_bytes - self._bytes

    def turn_to(self, group: Hashable) -> None:
        """Begin a cell of a group."""
        self._group = group
        self._cell += 1

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> Shared[T]:
        """What is kept under a key; made, and kept if there is room, where it is not there."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            owed = 0.0 if kept.cell == self._cell else kept.seconds
            kept.group, kept.cell = self._group, self._cell
            self._kept[key] = kept  # the last used is the last to go
            return Shared(kept.value, 0.0, owed)
        started = perf_counter()
        value = make()
        seconds = perf_counter() - started
        self._keep(key, _Kept(value, seconds, size(value), self._group, self._cell))
        return Shared(value, seconds, 0.0)

    def _keep(self, key: Hashable, new: _Kept) -> None:
        """Keep something new if what other groups left makes room for it."""
        if new.size > self._max_bytes:
            return
        if new.size > self.room:
            self._make_room(new.size)
        if new.size <= self.room:
            self._kept[key] = new
            self._bytes += new.size

    def _make_room(self, size: int) -> None:
        """Forget what other groups left, the longest unused first."""
        others = [key for key, kept in self._kept.items() if kept.group != self._group]
        for key in others:
            self._bytes -= self._kept.pop(key).size
            if size <= self.room:
                return
