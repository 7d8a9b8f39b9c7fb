"""Worker processes on this machine, one thread each."""

import multiprocessing
import os
import pickle  # nosec B403 # outcomes of this run, for its driver
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker, util
from multiprocessing.connection import wait
from typing import Any

from benchmark.engine.backends import guard, swept
from benchmark.engine.backends.lent import Lent, lending
from benchmark.engine.backends.schedule import Schedule
from benchmark.engine.backends.seat import Seat
from benchmark.engine.backends.worker import ONE_THREAD, Worker, become, is_worn, work
from benchmark.engine.reasons import described
from benchmark.errors import BenchmarkError
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

LOOK_SECONDS = 1.0  # how often to look at the clock
LOUD = "BENCHMARK_TRACEBACK"  # shows what workers print
INHERITED = ONE_THREAD | {"PYTHONHASHSEED": "0"}  # else the order of sets differs by run
_NOT_FOR_WORKERS = "MLFLOW_"  # where passwords of a tracking store may be
_PRELOADED = [
    "benchmark.engine.backends.swept", "benchmark.engine.backends.local",
    "benchmark.catalogue.everything", "optuna",
]  # fmt: skip


def compute(
    cells: Iterable[Cell],
    suite: Suite,
    fingerprints: dict[str, str],
    workers: int,
    plugins: bool = True,
    datasets: Mapping[str, Dataset] | None = None,
) -> Iterator[Outcome]:
    """Yield exactly one outcome for each cell, in the order in which they end.

    Stopping the iteration ends all workers. They share the datasets that are given, and load the
    others.
    """
    with lending(datasets or {}) as lent:
        start = partial(_started, suite, fingerprints, plugins, lent)
        seats = [Seat(start, suite.limits.seconds) for _ in range(workers)]
        yield from _computed(Schedule(cells), seats)


def _computed(schedule: Schedule, seats: Sequence[Seat]) -> Iterator[Outcome]:
    try:
        for seat in seats:
            if cell := schedule.take(seat):
                seat.take(cell)
        while busy := [seat for seat in seats if seat.cell]:
            for seat in _with_news(busy):
                outcome = seat.heard()
                if outcome is None:
                    continue
                schedule.ended(outcome)
                if cell := schedule.take(seat):
                    seat.take(cell)
                yield outcome
    finally:
        for seat in seats:
            seat.stop()
        for seat in seats:
            seat.close()


def _with_news(busy: Sequence[Seat]) -> set[Seat]:
    """Wait; the seats whose worker said something or died, and those whose time may be over.

    While this process is suspended no cell's time passes.
    """
    watched = {thing: seat for seat in busy for thing in seat.watched}
    now = time.monotonic()
    patience = max(0.0, min(LOOK_SECONDS, *(seat.deadline - now for seat in busy)))
    ready = wait(watched, patience)
    later = time.monotonic()
    suspended = later - now - patience
    if suspended > LOOK_SECONDS:
        for seat in busy:
            seat.deadline += suspended
    return {watched[thing] for thing in ready} | {s for s in busy if s.deadline <= later}


def _started(
    suite: Suite,
    fingerprints: dict[str, str],
    plugins: bool,
    lent: Mapping[str, Lent] | None = None,
) -> tuple[Any, Any]:
    """A worker process, forked from a server that has all libraries loaded, and a pipe to it."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    with _interrupts_later(), _variables(INHERITED):
        try:
            if method == "forkserver":
                _serve_forks(context)
            here, there = context.Pipe()
            start = partial(start_worker, suite, fingerprints, plugins, dict(os.environ), lent)
            given = (there, start, LOUD in os.environ)
            process = context.Process(target=serve, args=given, name="benchmark worker")
            process.start()
        except (OSError, EOFError) as error:
            raise BenchmarkError(
                f"worker processes cannot start: {described(error)}; fewer may (`--workers`)"
            ) from error
    there.close()
    return process, here


def _serve_forks(context: Any) -> None:
    """Start the server, unless there is one; its own last words are no line for a user."""
    from multiprocessing import forkserver

    context.set_forkserver_preload(_PRELOADED)
    kept = os.dup(2)
    try:
        _silence(loud=LOUD in os.environ, streams=(2,))
        with _variables(swept.told(util.get_temp_dir())):
            forkserver.ensure_running()
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _variables(names: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment, which processes inherit."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def serve(pipe: Any, start: Callable[[], None], loud: bool) -> None:
    """What a worker process does; it dies at once when told to, or when the driver dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    driver = multiprocessing.parent_process()
    code = 1
    try:
        _silence(loud=loud)
        if guard.WATCHES and driver is not None:
            guard.keep_watch(driver.sentinel)
        start()
        pipe.send(("", False))
        while True:
            _answer(pipe, pipe.recv())
    except EOFError:
        code = 0
    except BaseException as error:  # noqa: BLE001 - the driver says it
        pipe.send((described(error), False))
    finally:
        os._exit(code)  # whatever threads and hooks there are


def start_worker(
    suite: Suite,
    fingerprints: dict[str, str],
    plugins: bool,
    environment: dict[str, str],
    lent: Mapping[str, Lent] | None = None,
) -> None:
    """Make this process a worker with the driver's `environment`.

    The fork server may have been started under an older one.
    """
    os.environ.update(environment)
    for name in [name for name in os.environ if name.startswith(_NOT_FOR_WORKERS)]:
        del os.environ[name]
    become(Worker(suite, fingerprints, lent), plugins)


def _silence(*, loud: bool, streams: Iterable[int] = range(3)) -> None:
    """What a plugin prints, or asks for, would come between the tables."""
    if loud:
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(nothing, stream)
    os.close(nothing)


def _answer(pipe: Any, cell: Cell) -> None:
    """Compute a cell and send its outcome, and whether this process had better be replaced."""
    outcome = work(cell)
    try:
        said = pickle.dumps((outcome, is_worn()))
    except Exception as error:  # noqa: BLE001 - a plugin's parameters may be anything
        said = pickle.dumps((Outcome(cell, "failed", error=described(error)), True))
    pipe.send_bytes(said)


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
