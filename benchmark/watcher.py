"""Whoever looks on while a suite runs."""

from typing import Protocol

from benchmark.engine.plan import Plan
from benchmark.types import Outcome


class Watcher(Protocol):
    """Told what happens; a terminal, a log, a test."""

    def downloading(self, name: str, received: int, total: int | None) -> None:
        """So many bytes of a file are here, of as many as there are, if that is known."""

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        """Cells are about to be computed."""

    def ended(self, outcome: Outcome) -> None:
        """A cell has its outcome, and it is in the journal."""

    def note(self, text: str) -> None:
        """Something that the user should know."""


class Silent:
    """Looks away."""

    def downloading(self, name: str, received: int, total: int | None) -> None:
        """Say nothing."""

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        """Say nothing."""

    def ended(self, outcome: Outcome) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
