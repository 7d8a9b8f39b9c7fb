"""Joins plan and journal: what is done, what is stale, what is left to do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import Any

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS, Entry
from benchmark.engine.job import OWN
from benchmark.engine.plan import Pair, Plan
from benchmark.engine.score import score
from benchmark.errors import BenchmarkError, unknown
from benchmark.journal import keys
from benchmark.journal.store import Journal, Keyed, Known
from benchmark.suite import Limits, Suite
from benchmark.types import Cell, Dataset

Only = Mapping[str, Sequence[str]]


def keyed_cells(plan: Plan) -> list[Keyed]:
    """Every planned cell with its keys; large datasets first, and fold by fold within one.

    Cells of one fold lie together because they share prepared rows.
    """
    keyed = []
    sizes = {name: dataset.X.size for name, dataset in plan.datasets.items()}
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        scoring = _score_key(plan.suite, plan.datasets[name])
        contents = [(p, _fit_content(plan, p)) for p in plan.pairs if p.dataset == name]
        for (repeat, fold), (pair, content) in product(plan.folds[name], contents):
            fit_key = keys.digest(content | {"repeat": repeat, "fold": fold})
            cell = Cell(pair.dataset, pair.strategy.name, pair.model.name, repeat, fold)
            keyed.append(Keyed(cell, fit_key, scoring))
    return keyed


def is_to_do(keyed: Keyed, known: Mapping[str, Known], limits: Limits, retry_failed: bool) -> bool:
    """Whether a cell has no outcome, or one that higher limits or the user ask to try again."""
    found = known.get(keyed.fit_key)
    if found is None:
        return True
    if found.status == "timeout" and limits.seconds > found.limit_seconds:
        return True
    if found.status == "out_of_memory" and limits.memory > found.limit_memory:
        return True
    return retry_failed and found.status != "ok"


def rescore(
    journal: Journal, cells: Iterable[Keyed], known: Mapping[str, Known], plan: Plan
) -> int:
    """Score again, from stored predictions, what was scored under other metrics or thresholds."""
    suite, count = plan.suite, 0
    classes = {name: dataset.classes for name, dataset in plan.datasets.items()}
    for keyed in cells:
        found = known[keyed.fit_key]
        if found.status != "ok" or found.score_key == keyed.score_key:
            continue
        outcome = journal.outcome(keyed.cell, keyed.fit_key)
        if outcome is not None and outcome.predictions is not None:
            scoring = suite.scoring(keyed.cell.dataset, classes[keyed.cell.dataset])
            journal.rescore(keyed, score(outcome.predictions, scoring))
            count += 1
    return count


def selector(plan: Plan, only: Only) -> Callable[[tuple[str, str, str]], bool]:
    """Say which pairs `--only` leaves; raises BenchmarkError for a name that the suite lacks."""
    kinds = {"dataset": 0, "strategy": 1, "model": 2}
    pairs = [pair.name for pair in plan.pairs] + [skip.pair for skip in plan.skips]
    for kind, names in only.items():
        if kind not in kinds:
            raise BenchmarkError(f"--only {unknown('kind', kind, kinds)}")
        there = {pair[kinds[kind]] for pair in pairs}
        for name in names:
            if name not in there:
                raise BenchmarkError(f"--only {kind}={name}: {unknown(kind, name, there)}")
    return lambda pair: all(pair[kinds[kind]] in names for kind, names in only.items())


def _fit_content(plan: Plan, pair: Pair) -> dict[str, Any]:
    """All that can change the fits of a pair, apart from the number of the fold."""
    suite, tuning = plan.suite, plan.suite.tuning
    entries: list[Entry] = [*compose.strategies(pair.strategy.use)]
    if pair.model.use != OWN:
        entries.append(compose.model(pair.model.use))
    if tuning:
        entries.append(METRICS.get(suite.headline))
    libraries = {*pair.libraries, *(name for e in entries for name in e.requires)}
    return {
        "fingerprint": plan.datasets[pair.dataset].fingerprint,
        "seed": suite.seed,
        "folds": suite.cv.column or suite.cv.folds,
        "preprocess": suite.preprocess.model_dump(),
        "costs": plan.costs(pair.dataset),
        "strategy": [pair.strategy.use, compose.fixed(pair.strategy.params, {})],
        "model": [pair.model.use, compose.fixed({}, pair.model.params)],
        "tuning": tuning and tuning.model_dump(),
        "headline": suite.headline if tuning else "",
        "inner_folds": suite.inner_folds,
        "environment": keys.environment({*libraries, *(("optuna",) if tuning else ())}),
        "source": [keys.source_digest(e.module for e in entries), keys.computing_digest()],
    }


def _score_key(suite: Suite, dataset: Dataset) -> str:
    modules = sorted({METRICS.get(name).module for name in suite.metrics})
    scoring = asdict(suite.scoring(dataset.name, dataset.classes))
    source = keys.source_digest([*modules, "benchmark.engine.score"])
    return keys.digest({"scoring": scoring, "source": source})
