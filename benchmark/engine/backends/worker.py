"""A process that computes cells, one at a time and on one thread, whoever started it."""

import importlib
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from scipy.linalg.blas import dgemm

from benchmark.catalogue import compose
from benchmark.catalogue.registry import Entry
from benchmark.data.load import load
from benchmark.engine.backends.lent import Lent
from benchmark.engine.backends.limits import (
    held_memory_bytes,
    memory_limit,
    peak_memory_bytes,
    reset_peak_memory,
)
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.reasons import described, ran_out_of_memory
from benchmark.engine.shelf import Shelf
from benchmark.errors import DatasetError
from benchmark.suite import Suite, load_plugins
from benchmark.types import Cell, Dataset, Outcome, Status

_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "NUMEXPR")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _THREADS}
SHARE = 8  # of the memory of a cell, an eighth more may hold what cells share
LEAST_WEAR = 256 * 2**20  # bytes; libraries that are loaded late take as much
REPEATABLE = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # else CUDA's matrix products differ by run


class Worker:
    """What one process knows: the suite, the datasets that it has met, and what it prepared."""

    current: "Worker"

    def __init__(
        self, suite: Suite, fingerprints: dict[str, str], lent: Mapping[str, Lent] | None = None
    ) -> None:
        self.suite = suite
        self.fingerprints = fingerprints
        self.lent = lent or {}
        self.bench = Bench(Shelf(suite.limits.memory // SHARE if suite.backend.share else 0))
        self.datasets: dict[str, Dataset] = {}
        self.begun_bytes = held_memory_bytes()

    def dataset(self, name: str) -> Dataset:
        """A dataset that the driver lends, or else load it once."""
        if name not in self.datasets:
            taken = self.lent[name].taken() if name in self.lent else None
            self.datasets[name] = taken or self._loaded(name)
        return self.datasets[name]

    def _loaded(self, name: str) -> Dataset:
        """Load a dataset; refuse one that is not what was planned."""
        use = next(use for use in self.suite.datasets if use.name == name)
        column = self.suite.cv.column
        loaded = load(use, self.suite.folder, self.suite.seed, fold_column=column)
        if loaded.content != self.fingerprints[name]:
            raise DatasetError(f"dataset {name!r} changed while the suite ran")
        return loaded


def become(worker: Worker, plugins: bool) -> None:
    """Make this process a worker: one thread, with all that its suite needs loaded."""
    os.environ.update(ONE_THREAD | REPEATABLE)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    square = np.ones((128, 128))
    square @ square  # NumPy's BLAS takes its buffer now, outside any limit,
    dgemm(1.0, square, square)  # and SciPy's, which would wait for ever inside one
    pd.Series(["a"]).astype("str").unique()  # and Arrow the gibibyte of addresses that it reserves
    if plugins:
        load_plugins(worker.suite)
    for name in libraries(worker.suite):
        with suppress(ImportError, OSError):  # a cell that needs it says so
            importlib.import_module(name)  # now, outside any limit
    Worker.current = worker


def libraries(suite: Suite) -> set[str]:
    """The libraries that the entries of a suite need."""
    entries: list[Entry] = [e for use in suite.strategies for e in compose.strategies(use.use)]
    entries += [compose.model(use.use) for use in suite.models]
    return {name for entry in entries for name in entry.requires}


def work(cell: Cell) -> Outcome:
    """Evaluate one cell inside a worker, under its memory limit."""
    worker = Worker.current
    reset_peak_memory()
    try:
        dataset = worker.dataset(cell.dataset)
    except DatasetError as error:
        return Outcome(cell, "failed", error=described(error))
    try:
        with _put_back(), memory_limit(worker.suite.limits.memory + worker.bench.shelf.room):
            outcome = evaluate(cell, worker.suite, dataset, worker.bench)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise SystemExit, and memory may end in `evaluate`
        status: Status = "out_of_memory" if ran_out_of_memory(error) else "failed"
        outcome = Outcome(cell, status, error=described(error))
    return replace(outcome, memory_bytes=peak_memory_bytes())


@contextmanager
def _put_back() -> Iterator[None]:
    """Put back what a cell may change of its process, where the next one would meet it."""
    folder, variables = Path.cwd(), dict(os.environ)
    try:
        with np.errstate(), sklearn.config_context():
            yield
    finally:
        os.chdir(folder)
        if dict(os.environ) != variables:
            os.environ.clear()
            os.environ.update(variables)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def is_worn() -> bool:
    """Whether this process holds much more than when it began, apart from what cells share.

    A plugin that leaks would otherwise take as much as a cell may, in every cell once more.
    """
    worker = Worker.current
    limit = worker.suite.limits.memory
    room = max(LEAST_WEAR, limit // 2) + limit // SHARE
    return held_memory_bytes() - worker.begun_bytes > room


def timed_out(cell: Cell, seconds: float) -> Outcome:
    """The outcome of a cell that was ended at its time limit."""
    return Outcome(cell, "timeout", error=f"over its limit of {seconds:g} s")
