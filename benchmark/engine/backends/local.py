"""A pool of worker processes on this machine, one thread each."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from typing import Any

from pebble import CONSTS, ProcessExpired, ProcessPool

from benchmark.engine.backends.lent import Lent, lending
from benchmark.engine.backends.schedule import Schedule
from benchmark.engine.backends.worker import ONE_THREAD, Worker, become, timed_out, work
from benchmark.engine.reasons import described
from benchmark.errors import BenchmarkError
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

CONSTS.term_timeout = 1  # seconds until a worker that does not heed SIGTERM is killed
_NOT_FOR_WORKERS = "MLFLOW_"  # where passwords of a tracking store may be
_PRELOADED = ["benchmark.engine.backends.local", "benchmark.catalogue.everything", "optuna"]


def start_worker(
    suite: Suite,
    fingerprints: dict[str, str],
    plugins: bool,
    environment: dict[str, str],
    lent: Mapping[str, Lent] | None = None,
) -> None:
    """Make this process a worker: it dies at once when told to, or when the driver dies.

    `environment` is the driver's; the fork server may have been started under an older one.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    driver = multiprocessing.parent_process()
    if sys.platform == "linux" and driver is not None:
        _die_with(driver.sentinel)
    os.environ.update(environment)
    for name in [name for name in os.environ if name.startswith(_NOT_FOR_WORKERS)]:
        del os.environ[name]
    become(Worker(suite, fingerprints, lent), plugins)


def _die_with(sentinel: int) -> None:
    """Have the kernel kill this process, even inside C code, when the driver's pipe closes.

    A signal on the death of the parent would not do: the parent is the fork server, which lives
    as long as its workers.
    """
    import fcntl

    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)


def compute(
    cells: Iterable[Cell],
    suite: Suite,
    fingerprints: dict[str, str],
    workers: int,
    plugins: bool = True,
    datasets: Mapping[str, Dataset] | None = None,
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each cell, in the order in which they end.

    Every worker is a pool of its own with one cell at a time, so that a death, a time limit or a
    replaced worker concerns no other cell. Stopping the iteration ends all workers. They share
    the datasets that are given, and load the others.
    """
    with lending(datasets or {}) as lent:
        start = partial(_pool, suite, fingerprints, plugins, lent)
        yield from _computed(cells, suite, start, workers)


def _computed(
    cells: Iterable[Cell], suite: Suite, start: Callable[[], ProcessPool], workers: int
) -> Iterator[Outcome]:
    schedule = Schedule(cells)
    seats = [_Seat(start, suite.limits.seconds) for _ in range(workers)]
    running: dict[Future[Outcome], _Seat] = {}
    try:
        for seat in seats:
            if cell := schedule.take(seat):
                running[seat.take(cell)] = seat
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                seat = running.pop(future)
                outcome = seat.finished(future)
                if outcome is None:
                    running[seat.again()] = seat
                    continue
                schedule.ended(outcome)
                if cell := schedule.take(seat):
                    running[seat.take(cell)] = seat
                yield outcome
    finally:
        for seat in seats:
            seat.stop()
        for seat in seats:
            seat.close()


class _Seat:
    """One worker process after another, one cell at a time."""

    def __init__(self, start: Callable[[], ProcessPool], seconds: float) -> None:
        self._start = start
        self._seconds = seconds
        self._pool: ProcessPool | None = None
        self._cell: Cell | None = None
        self._lost_starts = 0

    def take(self, cell: Cell) -> "Future[Outcome]":
        """Give the worker its next cell; start a worker where there is none."""
        self._cell = cell
        self._lost_starts = 0
        return self.again()

    def again(self) -> "Future[Outcome]":
        """Give the worker its cell once more."""
        if self._pool is not None and not self._pool.active:
            self.close()
        with _interrupts_later():
            self._pool = self._pool or self._start()
        future: Future[Outcome] = self._pool.schedule(work, (self._cell,), timeout=self._seconds)
        return future

    def finished(self, future: "Future[Outcome]") -> Outcome | None:
        """The outcome of the cell, however it ended; a spoiled worker is replaced.

        None where the worker was gone before it began; raises BenchmarkError if that happens twice
        in a row, because then no worker can start.
        """
        assert self._cell is not None
        error = future.exception()
        outcome = future.result() if error is None else self._ended_by(self._cell, error)
        if outcome is None or outcome.status not in ("ok", "failed"):
            self.close()
        return outcome

    def _ended_by(self, cell: Cell, error: BaseException) -> Outcome | None:
        if isinstance(error, TimeoutError):
            return timed_out(cell, self._seconds)
        if isinstance(error, ProcessExpired):
            return Outcome(cell, "killed", error=_death(error.exitcode))
        if not isinstance(error, BrokenProcessPool):
            return Outcome(cell, "failed", error=described(error))
        self._lost_starts += 1
        if self._lost_starts < 2:
            return None
        raise BenchmarkError(
            "worker processes cannot start; a script that runs a suite must do so under "
            "`if __name__ == '__main__':`"
        ) from error

    def stop(self) -> None:
        """Tell the worker to end."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without types

    def close(self) -> None:
        """End the worker, and wait until it has."""
        self.stop()
        if self._pool is not None:
            self._pool.join()
            self._pool = None


def _death(exitcode: int) -> str:
    if exitcode < 0:
        known = {number.value: number.name for number in signal.Signals}
        ended_by = known.get(-exitcode, str(-exitcode))  # real-time signals have no name
        return f"its worker process was ended by signal {ended_by}"
    return f"its worker process exited with code {exitcode}"


def _pool(
    suite: Suite,
    fingerprints: dict[str, str],
    plugins: bool,
    lent: Mapping[str, Lent] | None = None,
) -> Any:
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
            initargs=(suite, fingerprints, plugins, dict(os.environ), lent),
            context=context,
        )
        pool.active  # noqa: B018 - starts the worker while the variables above are set
        return pool
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach; this one hears of it when they have started."""
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # now, because it lets interrupts through when it starts
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which processes inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)
