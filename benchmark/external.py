"""Methods that are computed elsewhere: folds out, predictions in."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.engine.job import scoring_of
from benchmark.engine.plan import Plan
from benchmark.engine.score import score
from benchmark.engine.splits import outer_folds
from benchmark.errors import BenchmarkError, unknown
from benchmark.external_file import FINGERPRINT, Place, Target, predictions_in
from benchmark.flow import journal_path, load_suite
from benchmark.journal.hold import held
from benchmark.journal.invocation import new_invocation
from benchmark.journal.rows import Keyed
from benchmark.journal.store import Journal
from benchmark.loading import planned
from benchmark.resume import external_cells, keyed_cells, renewed
from benchmark.suite import Suite
from benchmark.types import Outcome, Predictions, ScoreKind
from benchmark.visible import is_visible
from benchmark.watcher import Watcher

LONGEST_NAME = 300
UNTESTED = -1


@dataclass(frozen=True)
class Imported:
    """What an import brought, and what a user should know of the rest."""

    datasets: int
    folds: int
    notes: tuple[str, ...]


def folds(suite: Suite | str | Path, watcher: Watcher | None = None) -> pd.DataFrame:
    """The folds of a suite: for each dataset and repeat, the fold that a row is tested in.

    `row` is its position in the dataset as the suite loads it, from 0, and `y` its class; `fold`
    is -1 for a row that is never tested. `training` says what a fold is trained on: all "other
    folds" of the repeat, or in an order of time the "earlier folds", -1 included; in a long tail
    "some rows", and `trained_in` says in which folds a row is one of them: "0 2 3".
    """
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    tables = [
        part for target in _targets(planned(suite, watcher)).values() for part in _tested(target)
    ]
    table = pd.concat(tables, ignore_index=True)
    return table.fillna({"trained_in": ""}) if "trained_in" in table else table


def export_folds(
    suite: Suite | str | Path, path: str | Path, watcher: Watcher | None = None
) -> pd.DataFrame:
    """Write the folds of a suite as .csv or .parquet, and return them."""
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise BenchmarkError(f"file {str(path)!r}: must be .csv or .parquet")
    table = folds(suite, watcher)
    try:
        if path.suffix == ".parquet":
            table.to_parquet(path, index=False)
        else:
            table.to_csv(path, index=False)
    except OSError as error:
        raise BenchmarkError(f"file {str(path)!r} cannot be written: {error}") from error
    return table


def import_predictions(
    suite: Suite | str | Path,
    path: str | Path,
    name: str,
    *,
    kind: ScoreKind | None = None,
    results: str | Path = "results",
    watcher: Watcher | None = None,
) -> Imported:
    """Score predictions that were made elsewhere and keep them as the strategy `name`.

    They replace what was imported before under this name on the same datasets. Columns of the
    file: see `benchmark.external_file`. Raises BenchmarkError, and imports nothing, where
    anything is wrong.
    """
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    _refuse(name, suite)
    made = planned(suite, watcher)
    targets = _targets(made)
    found = predictions_in(Path(path), targets, kind)
    notes = _notes(found, targets, suite)
    target = journal_path(suite, results)
    with held(target), Journal(target) as journal:
        outcomes = list(_outcomes(made, found, name, Path(path).name))
        invocation = new_invocation(journal.invocations())
        journal.add_imports(outcomes, invocation, time.time())
        renewed(journal, made, keyed_cells(made), notes.append)
    return Imported(len({dataset for dataset, _, _ in found}), len(found), tuple(notes))


def remove_predictions(
    suite: Suite | str | Path, name: str, *, results: str | Path = "results"
) -> int:
    """Forget what was imported under a name; return the number of folds."""
    target = journal_path(suite, results)
    with held(target), Journal.existing(target) as journal:
        imported = [found.strategy for found in journal.imports()]
        if name not in imported:
            raise BenchmarkError(unknown("imported method", name, set(imported)))
        journal.remove_imports(name)
        return imported.count(name)


def _targets(plan: Plan) -> dict[str, Target]:
    cv, seed = plan.suite.cv, plan.suite.seed
    return {name: Target(d, outer_folds(d, cv, seed)) for name, d in plan.datasets.items()}


def _tested(target: Target) -> list[pd.DataFrame]:
    """The folds of one dataset, a table for each repeat."""
    dataset, tables = target.dataset, []
    for repeat in sorted({fold.repeat for fold in target.folds}):
        numbers = np.full(len(dataset.y), UNTESTED)
        for fold in target.folds:
            if fold.repeat == repeat:
                numbers[fold.test] = fold.fold
        columns = {
            "dataset": dataset.name,
            "fingerprint": dataset.fingerprint[:FINGERPRINT],
            "row": np.arange(len(dataset.y)),
            "y": np.array(dataset.classes)[dataset.y],
            "repeat": repeat,
            "fold": numbers,
            "training": "earlier folds" if (numbers == UNTESTED).any() else "other folds",
        }
        if dataset.tail_ratio is not None:
            columns |= {"training": "some rows", "trained_in": _trained(target, repeat)}
        tables.append(pd.DataFrame(columns))
    return tables


def _trained(target: Target, repeat: int) -> list[str]:
    """The folds of a repeat that each row is for training in."""
    lists: list[list[str]] = [[] for _ in target.dataset.y]
    for fold in target.folds:
        if fold.repeat == repeat:
            for row in fold.train:
                lists[row].append(str(fold.fold))
    return [" ".join(numbers) for numbers in lists]


def _refuse(name: str, suite: Suite) -> None:
    """Raise BenchmarkError for a name that a method cannot have."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise BenchmarkError(f"--name {name!r:.60}: must have 1 to {LONGEST_NAME} characters")
    if not is_visible(name):
        raise BenchmarkError(f"--name {name!r:.60}: must have no control characters")
    if name in {use.name for use in suite.strategies}:
        raise BenchmarkError(f"--name {name!r}: the suite has a strategy of that name")


def _outcomes(
    plan: Plan, found: Mapping[Place, Predictions], name: str, file: str
) -> Iterator[tuple[Keyed, Outcome]]:
    """The scores of each fold, as the outcome of its cell."""
    for dataset in dict.fromkeys(dataset for dataset, _, _ in found):
        scoring = scoring_of(plan.suite, plan.datasets[dataset])
        for keyed in external_cells(plan, dataset, [name]):
            cell = keyed.cell
            predictions = found.get((dataset, cell.repeat, cell.fold))
            if predictions is not None:
                scores = score(predictions, scoring)
                note = f"imported from {file}"
                yield keyed, Outcome(cell, "ok", scores, predictions=predictions, note=note)


def _notes(
    found: Mapping[Place, Predictions], targets: Mapping[str, Target], suite: Suite
) -> list[str]:
    """What the file leaves out."""
    notes = []
    there = {dataset for dataset, _, _ in found}
    absent = [name for name in targets if name not in there]
    if absent:
        notes.append(f"not in the file: {_listed(absent)}")
    for name in targets:
        left = [f for f in targets[name].folds if (name, f.repeat, f.fold) not in found]
        if left and name in there:
            places = [f"repeat {f.repeat} fold {f.fold}" for f in left]
            notes.append(f"not in the file: {name}: {_listed(places)}")
    rules = [rule for rule in suite.thresholds if rule != "default"]
    two = {name for name, target in targets.items() if len(target.dataset.classes) == 2}
    if rules and any(place[0] in two and not len(p.default.oof) for place, p in found.items()):
        notes.append(
            f"some folds have no rows with part `inner`: there, thresholds ({', '.join(rules)}) "
            "and corrected probabilities have no value"
        )
    return notes


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
