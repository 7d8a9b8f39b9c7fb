"""A suite's datasets, loaded and planned: what is wrong with any of them is told at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmark.data.doubts import doubts
from benchmark.data.load import check, expand, is_glob, load, name_of
from benchmark.engine.plan import Plan, UnusableError
from benchmark.engine.plan import plan as make_plan
from benchmark.errors import DatasetError, SuiteError
from benchmark.suite import Suite
from benchmark.types import Dataset
from benchmark.use import DatasetUse
from benchmark.watcher import Silent, Watcher


@dataclass(frozen=True)
class Named:
    """What the names of datasets stand for; alone those `asked` for are looked at, and globs."""

    asked: Collection[str] | None = None

    def check(self, use: DatasetUse, folder: Path) -> str | None:
        """What is wrong with a name, or None."""
        left_out = (
            self.asked is not None and not is_glob(use, folder) and name_of(use) not in self.asked
        )
        return None if left_out else check(use, folder)

    def expand(self, uses: Iterable[DatasetUse], folder: Path) -> list[DatasetUse]:
        """One use for each file. Raises DatasetError."""
        return expand(uses, folder)


def planned(
    suite: Suite, watcher: Watcher | None = None, asked: Collection[str] | None = None
) -> Plan:
    """Load a suite's datasets and plan it.

    Raises SuiteError with every dataset that cannot be used. Of those that nobody asked for
    `watcher` is told, and the plan is without them.
    """
    watcher = watcher or Silent()
    loaded, mistakes = _loaded(suite, watcher)
    try:
        made = make_plan(suite, loaded)
    except UnusableError as error:
        mistakes |= error.mistakes
        made = None
    names = [name for name in map(name_of, suite.datasets) if name in mistakes]
    fatal = [mistakes[name] for name in names if asked is None or name in asked]
    if fatal:
        raise SuiteError(fatal)
    for name in names:
        watcher.note(f"{mistakes[name]}; it is left out")
    return made or make_plan(suite, [d for d in loaded if d.name not in mistakes])


def _loaded(suite: Suite, watcher: Watcher) -> tuple[list[Dataset], dict[str, str]]:
    """The datasets that can be loaded, and what is wrong with each of the others."""
    loaded, mistakes = [], {}
    reading = partial(load, fold_column=suite.cv.column, progress=watcher.downloading)
    for use in suite.datasets:
        try:
            dataset = reading(use, suite.folder, suite.seed)
        except DatasetError as error:
            mistakes[name_of(use)] = str(error)
            continue
        loaded.append(dataset)
        for doubt in doubts(dataset.X):
            watcher.note(f"dataset {dataset.name!r}: {doubt}")
        out = 0 if dataset.related is None else dataset.related.left_out
        if out:
            watcher.note(
                f"dataset {dataset.name!r}: {out} related rows are rows or groups of it too, and "
                "are left out"
            )
    return loaded, mistakes
