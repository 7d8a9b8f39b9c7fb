"""The cells of a suite as tasks on a Ray cluster."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmark.engine.backends.cluster import connected, last_line, room
from benchmark.engine.backends.node import ALIKE, Shared, serve, versions
from benchmark.engine.backends.worker import Worker, libraries, timed_out
from benchmark.engine.reasons import described
from benchmark.errors import BenchmarkError
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

MAX_LOST_NODES = 3  # of one cell, which then may be what ends nodes
LOOK_AROUND_SECONDS = 10.0  # how often to see whether a node is left for cells that wait


def worker_count(suite: Suite) -> int:
    """How many cells the suite's cluster has room for at once."""
    with connected(suite, 1) as ray:
        return room(ray, suite.limits)


def compute(
    cells: Iterable[Cell],
    suite: Suite,
    fingerprints: dict[str, str],
    workers: int,
    plugins: bool = True,
    datasets: Mapping[str, Dataset] | None = None,
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each cell, in the order in which they end.

    Datasets that are not given are loaded. At most `workers` cells are on the cluster at once.
    Stopping the iteration ends them all.
    Raises BenchmarkError where the cluster, or room for a cell, is not there.
    """
    waiting = deque(cells)
    if not waiting:
        return
    with connected(suite, workers) as ray:
        room(ray, suite.limits)
        read, given = Worker(suite, fingerprints).dataset, datasets or {}
        needed = {cell.dataset for cell in waiting}
        places = {name: ray.put(given.get(name) or read(name)) for name in needed}
        crew = _Crew(ray, suite, places, plugins)
        try:
            for _ in range(min(workers, len(waiting))):
                crew.take(waiting.popleft())
            while crew.runs:
                for outcome in crew.ended():
                    if waiting:
                        crew.take(waiting.popleft())
                    yield outcome
        finally:
            crew.stop()


@dataclass(eq=False)
class _Run:
    """A cell on the cluster.

    Attributes:
        task: what `serve` yields.
        deadline: on this process's monotonic clock; None until the cell has started.
    """

    cell: Cell
    task: Any
    deadline: float | None = None


class _Crew:
    """The cells on the cluster, and what became of the nodes that they were on."""

    def __init__(self, ray: Any, suite: Suite, datasets: dict[str, Any], plugins: bool) -> None:
        self.runs: dict[Any, _Run] = {}
        self._ray = ray
        self._limits = suite.limits
        self._lost_nodes: Counter[Cell] = Counter()
        self._lost_starts: Counter[Cell] = Counter()
        shared = Shared(suite, datasets, plugins, versions({*ALIKE, *libraries(suite)}))
        self._shared = [ray.put(shared)]  # in a list, because a task would be given what it is
        self._task = ray.remote(serve).options(
            num_cpus=suite.limits.cpus,
            num_gpus=suite.limits.gpus,
            memory=suite.limits.memory,
            max_retries=0,
            num_returns="streaming",
        )

    def take(self, cell: Cell) -> None:
        """Put a cell on the cluster; it starts as soon as a node has room."""
        task = self._task.remote(cell, self._shared)
        self.runs[task] = _Run(cell, task)

    def ended(self) -> list[Outcome]:
        """Wait for news; return the outcomes of cells that have ended, in whatever way."""
        ready, silent = self._ray.wait([*self.runs], timeout=self._patience())
        if ready:
            ready, silent = self._ray.wait([*self.runs], num_returns=len(self.runs), timeout=0)
        elif all(run.deadline is None for run in self.runs.values()):
            room(self._ray, self._limits)
        outcomes = [self._heard(self.runs[task]) for task in ready]
        outcomes += [self._late(self.runs[task]) for task in silent]
        return [outcome for outcome in outcomes if outcome is not None]

    def stop(self) -> None:
        """End all cells at once."""
        for run in [*self.runs.values()]:
            self._end(run)

    def _patience(self) -> float:
        """Seconds until the next cell is late."""
        deadlines = [run.deadline for run in self.runs.values() if run.deadline is not None]
        return min([LOOK_AROUND_SECONDS, *(max(0.0, d - time.monotonic()) for d in deadlines)])

    def _late(self, run: _Run) -> Outcome | None:
        if run.deadline is None or time.monotonic() < run.deadline:
            return None
        self._end(run)
        return timed_out(run.cell, self._limits.seconds)

    def _end(self, run: _Run) -> None:
        """End a cell by ending its process."""
        self._ray.cancel(run.task, force=True)
        del self.runs[run.task]

    def _heard(self, run: _Run) -> Outcome | None:
        """What a task says next: that its cell starts or cannot, or the outcome."""
        try:
            said = self._ray.get(next(run.task))
        except self._ray.exceptions.RayError as error:
            del self.runs[run.task]
            return self._ended_by(run, error)
        if said == "":
            run.deadline = time.monotonic() + self._limits.seconds
            return None
        if not isinstance(said, Outcome):
            raise BenchmarkError(f"a worker of the Ray cluster cannot start: {said}")
        if said.status == "out_of_memory":
            self._end(run)
        self.runs.pop(run.task, None)
        return self._noted(said)

    def _ended_by(self, run: _Run, error: Exception) -> Outcome | None:
        """The outcome of a cell whose task is gone; None where it is on the cluster once more."""
        known, cell = self._ray.exceptions, run.cell
        if isinstance(error, known.NodeDiedError | known.ObjectLostError):
            self._lost_nodes[cell] += 1
            if self._lost_nodes[cell] < MAX_LOST_NODES:
                self.take(cell)
                return None
            return Outcome(cell, "killed", error=f"its node was lost {MAX_LOST_NODES} times")
        if isinstance(error, known.OutOfMemoryError):
            return Outcome(cell, "out_of_memory", error="its node ran out of memory")
        if run.deadline is None:
            self._again(cell, error)
            return None
        if isinstance(error, known.WorkerCrashedError):
            return Outcome(cell, "killed", error="its worker process ended unexpectedly")
        return Outcome(cell, "failed", error=described(getattr(error, "cause", None) or error))

    def _again(self, cell: Cell, error: Exception) -> None:
        """Put a cell back that did not start. Raises BenchmarkError if that happens twice."""
        self._lost_starts[cell] += 1
        if self._lost_starts[cell] > 1:
            raise BenchmarkError(
                f"workers of the Ray cluster cannot start: {last_line(error)}"
            ) from error
        self.take(cell)

    def _noted(self, outcome: Outcome) -> Outcome:
        """The outcome, with how often its node was lost before."""
        losses = self._lost_nodes[outcome.cell]
        if not losses:
            return outcome
        times = "" if losses == 1 else f" {losses} times"
        note = f"ran again: its node was lost{times}"
        return replace(outcome, note="; ".join(filter(None, [note, outcome.note])))
