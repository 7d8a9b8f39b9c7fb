"""Prints what a Ray cluster costs beside worker processes; `python tests/speed/ray_cells.py`.

Two figures, each from real runs on this machine without MLflow, start-up (imports, planning,
starting workers) apart:

1. wall milliseconds of a trivial cell: `constant`, 100 rows, no tuning, two metrics;
2. cells of about a second: processor seconds inside the cells over wall seconds x workers, and how
   much of the local backend's speed that keeps.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmark.engine.plan import Plan
from benchmark.flow import Options, execute, load_suite
from benchmark.types import Outcome

TRIVIAL = """\
name: trivial
datasets: [{use: synthetic, params: {rows: 100, minority: 0.2}}]
strategies: [none]
models: [constant]
metrics: [f2, roc_auc]
thresholds: [default]
cv: {folds: 5, repeats: %d}
tuning: off
tracking: off
"""
A_SECOND = """\
name: a_second
datasets: [{use: synthetic, params: {rows: 4000, minority: 0.1}}]
strategies: [none]
models: [{use: random_forest, params: {n_estimators: 100}}]
thresholds: [default]
cv: {folds: 5, repeats: %d}
tuning: off
tracking: off
"""
BACKENDS = {"local": "backend: {kind: local}\n", "ray": "backend: {kind: ray}\n"}


class Clock:
    """Measures from the moment when every worker has ended a cell."""

    def __init__(self) -> None:
        self.cpu_seconds = self.first = self.last = 0.0
        self.cells = 0

    def downloading(self, name: str, received: int, total: int | None) -> None:
        pass

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        """Workers are about to start."""
        self.warming = 2 * workers  # on Ray, a worker may end two cells before another starts

    def ended(self, outcome: Outcome) -> None:
        """Count a cell that every worker was there for."""
        if outcome.status != "ok":
            raise RuntimeError(outcome.error)
        self.last = time.perf_counter()
        if self.warming:
            self.warming -= 1
            self.first = self.last
            return
        self.cells += 1
        self.cpu_seconds += outcome.cpu_seconds

    def note(self, text: str) -> None:
        """A note during a measurement would spoil it."""
        raise RuntimeError(text)

    @property
    def wall_seconds(self) -> float:
        """From the last warming cell to the last of all."""
        return self.last - self.first


def measured(text: str, backend: str, workers: int) -> Clock:
    """Run a suite on a backend."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "suite.yaml"
        path.write_text(text + BACKENDS[backend], encoding="utf-8")
        execute(load_suite(path), Options(workers=workers, results=folder), clock)
    return clock


def trivial(cells: int, workers: int) -> None:
    """Figure 1."""
    print("\n| backend | trivial cells | wall seconds | ms a cell |\n|---|---|---|---|")
    for backend in BACKENDS:
        clock = measured(TRIVIAL % (cells // 5), backend, workers)
        each = clock.wall_seconds / clock.cells * 1000
        print(
            f"| {backend} | {clock.cells:,} | {clock.wall_seconds:.2f} | {each:.2f} |", flush=True
        )


def a_second(cells: int, workers: int) -> None:
    """Figure 2."""
    print(f"\n| backend | cells | seconds a cell | wall seconds x {workers} | processor seconds "
          "| efficiency | of local |\n|---|---|---|---|---|---|---|")  # fmt: skip
    local = 0.0
    for backend in BACKENDS:
        clock = measured(A_SECOND % (cells // 5), backend, workers)
        each, wall = clock.cpu_seconds / clock.cells, clock.wall_seconds * workers
        pace = clock.cells / clock.wall_seconds
        local = local or pace
        print(f"| {backend} | {clock.cells} | {each:.2f} | {wall:.1f} | {clock.cpu_seconds:.1f} "
              f"| {clock.cpu_seconds / wall:.3f} | {pace / local:.3f} |", flush=True)  # fmt: skip


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trivial", type=int, default=1000, help="how many trivial cells")
    parser.add_argument("--seconds", type=int, default=100, help="how many cells of a second")
    given = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, Ray {version('ray')}, {os.cpu_count()} processors, "
          f"{given.workers} workers")  # fmt: skip
    trivial(given.trivial, given.workers)
    a_second(given.seconds, given.workers)


if __name__ == "__main__":
    main()
