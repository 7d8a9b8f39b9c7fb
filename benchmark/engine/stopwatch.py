"""Where the time of a cell goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time


class Stopwatch:
    """Adds up wall seconds a stage, and the processor seconds inside all of them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside the block, even if it raises. Stages do not nest."""
        wall, cpu = perf_counter(), process_time()
        try:
            yield
        finally:
            self.add(name, perf_counter() - wall)
            self.cpu_seconds += process_time() - cpu

    def add(self, name: str, seconds: float) -> None:
        """Count wall seconds that were measured elsewhere."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def move(self, source: str, target: str, seconds: float) -> None:
        """Count part of one stage under another."""
        self.add(source, -seconds)
        self.add(target, seconds)
