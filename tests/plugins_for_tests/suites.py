"""Writes small suites, and takes back what loading their plugins left behind."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmark import loading
from benchmark.catalogue.registry import METRICS, MODELS, STRATEGIES, load_plugin
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.plan import Plan
from benchmark.flow import load_suite
from benchmark.journal.store import Journal
from benchmark.resume import facts, keyed_cells
from benchmark.types import Cell, Outcome

FOLDER = Path(__file__).parent
DATA = {"use": "synthetic", "as": "clusters", "params": {"rows": 200, "minority": 0.3}}
SMALL: dict[str, Any] = {
    "name": "small",
    "datasets": [DATA],
    "strategies": ["none"],
    "models": ["constant"],
    "metrics": ["f2", "roc_auc"],
    "thresholds": ["default"],
    "cv": {"folds": 2},
    "tuning": "off",
    "tracking": "off",
    "backend": {"workers": 1},
}


def write_suite(folder: Path, **settings: Any) -> Path:
    """Write a suite that differs from SMALL in these settings; every JSON text is YAML."""
    path = folder / "suite.yaml"
    path.write_text(json.dumps(SMALL | settings), encoding="utf-8")
    return path


def copy_plugin(name: str, folder: Path) -> Path:
    """Put a plugin of this folder beside a suite."""
    return Path(shutil.copy(FOLDER / f"{name}.py", folder))


def planned(path: Path) -> Plan:
    """The plan of a suite file."""
    return loading.planned(load_suite(path))


def fit_keys(path: Path) -> dict[Cell, str]:
    """The fit key of every cell of a suite file."""
    return {keyed.cell: keyed.fit_key for keyed in keyed_cells(planned(path))}


def computed_here(path: Path, invocation: str = "20260101-000000-first") -> Journal:
    """Compute a suite in this process, without workers and tracking; return its journal."""
    made = planned(path)
    suite, bench = made.suite, Bench()
    cells = keyed_cells(made)
    journal = Journal(path.parent / "results" / suite.name / "journal.sqlite")
    journal.write_plan(cells, made.skips, facts(made))
    limits = (suite.limits.seconds, suite.limits.memory)
    with threadpool_limits(1):
        for keyed in cells:
            outcome = evaluate(keyed.cell, suite, made.datasets[keyed.cell.dataset], bench)
            journal.add(keyed, outcome, limits, invocation, 0.0)
    return journal


def predictions_in(path: Path) -> dict[Cell, bytes]:
    """Every bit of the scores that a journal's cells gave."""
    journal = Journal(path)
    found = {}
    for row in journal.rows():
        outcome = journal.outcome(row.cell, row.fit_key)
        assert outcome is not None
        assert outcome.predictions is not None
        scored = (outcome.predictions.default, outcome.predictions.tuned)
        found[row.cell] = b"".join(part.test.tobytes() + part.oof.tobytes() for part in scored)
    journal.close()
    return found


@contextmanager
def unloaded_afterwards(folder: Path) -> Iterator[None]:
    """Forget the plugins of a folder, so that another folder's may have their names."""
    registries = (STRATEGIES, MODELS, METRICS)
    names = [set(registry.names()) for registry in registries]
    path = list(sys.path)
    try:
        yield
    finally:
        for registry, before in zip(registries, names, strict=True):
            for name in set(registry.names()) - before:
                registry.forget(name)
        files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
        for name, file in files.items():
            if file and Path(file).is_relative_to(folder):
                del sys.modules[name]
        sys.path[:] = path
        load_plugin.cache_clear()


class Onlooker:
    """Remembers what a watcher is told."""

    def __init__(self) -> None:
        self.starts: list[tuple[int, int, int]] = []
        self.outcomes: list[Outcome] = []
        self.notes: list[str] = []

    def downloading(self, name: str, received: int, total: int | None) -> None:
        pass

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        self.starts.append((todo, done, workers))

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def note(self, text: str) -> None:
        self.notes.append(text)
