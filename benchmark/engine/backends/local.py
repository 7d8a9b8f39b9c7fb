"""A pool of worker processes on this machine, one thread each."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from functools import partial
from typing import Any

from pebble import ProcessExpired, ProcessPool

from benchmark.data.load import load
from benchmark.engine.backends.limits import (
    memory_limit,
    peak_memory_bytes,
    reset_peak_memory,
)
from benchmark.engine.evaluate import described, evaluate
from benchmark.engine.job import Bench
from benchmark.errors import DatasetError
from benchmark.suite import Suite, load_plugins
from benchmark.types import Cell, Dataset, Outcome

_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _THREADS}
_PRELOADED = ["benchmark.engine.backends.local", "benchmark.catalogue.everything", "optuna"]
_PR_SET_PDEATHSIG = 1


class Worker:
    """What one process knows: the suite, the datasets that it has met, and what it prepared."""

    current: "Worker"

    def __init__(self, suite: Suite, fingerprints: dict[str, str]) -> None:
        self.suite = suite
        self.fingerprints = fingerprints
        self.bench = Bench()
        self.datasets: dict[str, Dataset] = {}

    def dataset(self, name: str) -> Dataset:
        """Load a dataset once; refuse one that is not what was planned."""
        if name not in self.datasets:
            use = next(use for use in self.suite.datasets if use.name == name)
            column = self.suite.cv.column
            loaded = load(use, self.suite.folder, self.suite.seed, fold_column=column)
            if loaded.fingerprint != self.fingerprints[name]:
                raise DatasetError(f"dataset {name!r} changed while the suite ran")
            self.datasets[name] = loaded
        return self.datasets[name]


def start_worker(suite: Suite, fingerprints: dict[str, str], plugins: bool) -> None:
    """Make this process a worker: it dies at once when told to, or when its parent dies."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.update(ONE_THREAD)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if plugins:
        load_plugins(suite)
    Worker.current = Worker(suite, fingerprints)


def work(cell: Cell) -> Outcome:
    """Evaluate one cell inside a worker, under its memory limit."""
    worker = Worker.current
    reset_peak_memory()
    try:
        dataset = worker.dataset(cell.dataset)
    except DatasetError as error:
        return Outcome(cell, "failed", error=described(error))
    with memory_limit(worker.suite.limits.memory):
        outcome = evaluate(cell, worker.suite, dataset, worker.bench)
    return replace(outcome, memory_bytes=peak_memory_bytes())


def compute(
    cells: Iterable[Cell],
    suite: Suite,
    fingerprints: dict[str, str],
    workers: int,
    plugins: bool = True,
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each cell, in the order in which they end.

    Every worker is a pool of its own with one cell at a time, so that a death, a time limit or a
    replaced worker concerns no other cell. Stopping the iteration ends all workers.
    """
    waiting = iter(cells)
    start = partial(_pool, suite, fingerprints, plugins)
    seats = [_Seat(start, suite.limits.seconds) for _ in range(workers)]
    running: dict[Future[Outcome], _Seat] = {}
    try:
        for seat, cell in zip(seats, waiting, strict=False):
            running[seat.take(cell)] = seat
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                seat = running.pop(future)
                outcome = seat.finished(future)
                cell_next = next(waiting, None)
                if cell_next is not None:
                    running[seat.take(cell_next)] = seat
                yield outcome
    finally:
        for seat in seats:
            seat.close()


class _Seat:
    """One worker process after another, one cell at a time."""

    def __init__(self, start: Callable[[], ProcessPool], seconds: float) -> None:
        self._start = start
        self._seconds = seconds
        self._pool: ProcessPool | None = None
        self._cell: Cell | None = None

    def take(self, cell: Cell) -> "Future[Outcome]":
        """Give the worker its next cell; start a worker where there is none."""
        self._pool = self._pool or self._start()
        self._cell = cell
        future: Future[Outcome] = self._pool.schedule(work, (cell,), timeout=self._seconds)
        return future

    def finished(self, future: "Future[Outcome]") -> Outcome:
        """The outcome of the cell, however it ended; a spoiled worker is replaced."""
        assert self._cell is not None
        try:
            outcome = future.result()
        except TimeoutError:
            outcome = Outcome(self._cell, "timeout", error=f"over its limit of {self._seconds:g} s")
        except ProcessExpired as error:
            outcome = Outcome(self._cell, "killed", error=_death(error.exitcode))
        except (Exception, SystemExit, CancelledError) as error:  # noqa: BLE001 - a plugin may raise anything
            outcome = Outcome(self._cell, "failed", error=described(error))
        if outcome.status != "ok" and outcome.status != "failed":
            self.close()
        return outcome

    def close(self) -> None:
        """End the worker at once."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without types
            self._pool.join()
            self._pool = None


def _death(exitcode: int) -> str:
    if exitcode < 0:
        return f"its worker process was ended by signal {signal.Signals(-exitcode).name}"
    return f"its worker process exited with code {exitcode}"


def _pool(suite: Suite, fingerprints: dict[str, str], plugins: bool) -> Any:
    """A pool of one worker process, forked from a server that has all libraries loaded."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(_PRELOADED)
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        pool = ProcessPool(
            max_workers=1,
            initializer=start_worker,
            initargs=(suite, fingerprints, plugins),
            context=context,
        )
        pool.active  # noqa: B018 - starts the worker while the variables above are set
        return pool
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
