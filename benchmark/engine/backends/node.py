"""What runs on a node of a Ray cluster."""

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmark.engine.backends.cluster import library
from benchmark.engine.backends.worker import Worker, become, work
from benchmark.engine.reasons import described
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

ALIKE = ("imbalance-benchmark", "imbalanced-learn", "numpy", "optuna", "pandas", "scikit-learn",
          "scipy")  # fmt: skip


@dataclass(frozen=True, eq=False)
class Shared:
    """What all tasks need to know.

    Attributes:
        datasets: where in the object store each dataset is.
        versions: of the driver's packages, which the nodes' must be.
    """

    suite: Suite
    datasets: dict[str, Any]
    plugins: bool
    versions: dict[str, str]


class NodeWorker(Worker):
    """A worker that has its datasets from the object store, where nothing can change them."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared.suite, {})
        self._shared = shared

    def dataset(self, name: str) -> Dataset:
        """Get a dataset once; its numbers lie in memory that all workers of a node share."""
        if name not in self.datasets:
            self.datasets[name] = library().get(self._shared.datasets[name])
        return self.datasets[name]


def serve(cell: Cell, shared: list[Any]) -> Iterator[str | Outcome]:
    """Compute one cell: yield an empty text when it starts, or why it cannot, then its outcome.

    `shared` holds the place of a Shared in the object store.
    """
    problem = _ready(shared[0], cell.dataset)
    yield problem
    if problem:
        return
    outcome = work(cell)
    yield outcome
    if outcome.status == "out_of_memory":
        threading.Event().wait()  # no other cell may have this process; the driver ends it


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The versions of packages; empty where there is none."""
    found = {}
    for name in sorted(packages):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def _ready(place: Any, dataset: str) -> str:
    """Make this process a worker that has a dataset; say why it cannot be one."""
    try:
        if not hasattr(Worker, "current"):
            shared: Shared = library().get(place)
            unlike = _unlike(shared.versions, versions(shared.versions))
            if unlike:
                return unlike
            become(NodeWorker(shared), shared.plugins)
        Worker.current.dataset(dataset)
    except Exception as error:  # noqa: BLE001 - whatever it is, the driver says it
        return f"on node {os.uname().nodename!r}: {described(error)}"
    return ""


def _unlike(wanted: dict[str, str], found: dict[str, str]) -> str:
    """How the packages of this node differ from the driver's."""
    unlike = [
        f"{name} {found[name] or 'nothing'} instead of {wanted[name] or 'nothing'}"
        for name in wanted
        if found[name] != wanted[name]
    ]
    return f"node {os.uname().nodename!r} has {', '.join(unlike)}" if unlike else ""
