"""Joins plan and journal: what is done, what is stale, what is left to do."""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import product
from typing import Any

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS, Entry
from benchmark.engine.job import OWN, scoring_of
from benchmark.engine.plan import Pair, Plan
from benchmark.engine.score import score
from benchmark.engine.splits import outer_folds
from benchmark.errors import BenchmarkError, unknown
from benchmark.journal import keys
from benchmark.journal.address import redacted
from benchmark.journal.rows import EXTERNAL, Import, Keyed, Known
from benchmark.journal.store import Journal
from benchmark.suite import Limits, Suite
from benchmark.types import Cell, Dataset, Integers
from benchmark.uncollected import uncollected

Only = Mapping[str, Sequence[str]]
Source = Callable[[tuple[str, ...]], str]


@uncollected()
def keyed_cells(plan: Plan) -> list[Keyed]:
    """Every planned cell with its keys; large datasets first, and fold by fold within one.

    Cells of one fold lie together because they share prepared rows.
    """
    keyed = []
    source = cache(keys.source_digest)  # for this call: a plugin may be edited before the next one
    sizes = {name: dataset.X.size for name, dataset in plan.datasets.items()}
    pairs: dict[str, list[Pair]] = {name: [] for name in sizes}
    for pair in plan.pairs:
        pairs[pair.dataset].append(pair)
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        scoring = _score_key(plan.suite, plan.datasets[name], source)
        folds = [{"repeat": repeat, "fold": fold} for repeat, fold in plan.folds[name]]
        fit_keys = [*keys.digests((_fit_content(plan, p, source) for p in pairs[name]), folds)]
        for i, (repeat, fold) in enumerate(plan.folds[name]):
            for pair, found in zip(pairs[name], fit_keys, strict=True):
                keyed.append(Keyed(Cell(*pair.name, repeat, fold), found[i], scoring))
    return keyed


def external_cells(plan: Plan, dataset: str, strategies: Iterable[str]) -> Iterator[Keyed]:
    """A cell for each fold of a dataset, for methods that are computed elsewhere.

    Its key stands for the data and for the rows of the fold.
    """
    data = plan.datasets[dataset]
    folds = outer_folds(data, plan.suite.cv, plan.suite.seed)
    rows = [(f.repeat, f.fold, _row_digest(f.train), _row_digest(f.test)) for f in folds]
    scoring = _score_key(plan.suite, data, keys.source_digest)
    for strategy, fold in product(strategies, rows):
        content = {"external": strategy, "dataset": [dataset, data.fingerprint], "fold": fold}
        cell = Cell(dataset, strategy, EXTERNAL, *fold[:2])
        yield Keyed(cell, keys.digest(content), scoring)


def imported_cells(plan: Plan, imports: Sequence[Import]) -> list[Keyed]:
    """The cells that were imported on the data and folds of a plan."""
    own = {use.name for use in plan.suite.strategies}
    methods: dict[str, list[str]] = {name: [] for name in plan.datasets}
    for dataset, strategy in dict.fromkeys((i.dataset, i.strategy) for i in imports):
        if dataset in methods and strategy not in own:
            methods[dataset].append(strategy)
    there = {found.fit_key for found in imports}
    cells = (external_cells(plan, name, found) for name, found in methods.items() if found)
    return [keyed for part in cells for keyed in part if keyed.fit_key in there]


def left_out(imports: Sequence[Import], imported: Iterable[Keyed]) -> list[str]:
    """A line for each method and dataset whose imported folds are none of a plan's."""
    there = {keyed.fit_key for keyed in imported}
    gone = Counter((i.strategy, i.dataset) for i in imports if i.fit_key not in there)
    return [
        f"imported {strategy!r} on {dataset!r}: {count} folds are left out, because the suite's "
        "data, folds or strategies have changed; import it again or remove it"
        for (strategy, dataset), count in gone.items()
    ]


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
    count = 0
    for keyed in cells:
        found = known[keyed.fit_key]
        if found.status != "ok" or found.score_key == keyed.score_key:
            continue
        outcome = journal.outcome(keyed.cell, keyed.fit_key)
        if outcome is not None and outcome.predictions is not None:
            scoring = scoring_of(plan.suite, plan.datasets[keyed.cell.dataset])
            journal.rescore(keyed, score(outcome.predictions, scoring))
            count += 1
    return count


def renewed(
    journal: Journal, plan: Plan, cells: Sequence[Keyed], note: Callable[[str], None]
) -> dict[str, Known]:
    """Make the journal follow a plan and its metrics; return what it knows.

    What was imported on the plan's data and folds stays in it; `note` is told of the rest. So do
    the cells of a dataset that could not be loaded, where nothing else has changed.
    """
    absent = {use.name for use in plan.suite.datasets} - {*plan.datasets}
    imports = [found for found in journal.imports() if found.dataset not in absent]
    imported = imported_cells(plan, imports)
    for text in left_out(imports, imported):
        note(text)
    _write(journal, plan, [*cells, *imported], absent, note)
    known = journal.known()
    rescore(journal, [k for k in (*cells, *imported) if k.fit_key in known], known, plan)
    return known


def _write(
    journal: Journal,
    plan: Plan,
    cells: Sequence[Keyed],
    absent: Collection[str],
    note: Callable[[str], None],
) -> None:
    """Write a plan beside the earlier cells of datasets that could not be loaded now.

    These stand if all else is planned as it was: same suite, same code, same versions.
    """
    earlier = journal.planned()
    old = [keyed for keyed in earlier if keyed.cell.dataset in absent]
    if old and {*earlier} - {*old} != {*cells}:
        note(
            f"earlier results of {', '.join(sorted(absent))} are hidden until the data can be "
            "loaded, because something else has changed since"
        )
        old, absent = [], ()
    told, known = facts(plan), journal.fact("datasets") or {}
    told["datasets"] |= {name: known[name] for name in absent if name in known}
    noted = journal.skips()
    wanted = [*cells, *old], [*plan.skips, *(skip for skip in noted if skip.dataset in absent)]
    if (*wanted, told) != (earlier, noted, {name: journal.fact(name) for name in told}):
        journal.write_plan(*wanted, told)


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
                asked = " ".join(f"{kind}={name:.200}".split())
                raise BenchmarkError(f"--only {asked}: {unknown(kind, name, there)}")
    return lambda pair: all(pair[kinds[kind]] in names for kind, names in only.items())


def facts(plan: Plan) -> dict[str, dict[str, Any]]:
    """What the journal notes about the suite, so that it can be read without it."""
    suite = plan.suite
    noted = suite.model_dump(mode="json", by_alias=True)
    if suite.tracking and suite.tracking.uri:
        noted["tracking"]["uri"] = redacted(suite.tracking.uri)
    return {
        "suite": noted,
        "datasets": {
            name: {
                "fingerprint": d.content,
                "tail_ratio": d.tail_ratio,
                "rows": len(d.y),
                "columns": d.X.shape[1],
                "classes": dict(zip(d.classes, d.learnt_counts, strict=True)),
                "positives": d.learnt_counts[1] if len(d.classes) == 2 else min(d.learnt_counts),
                "family": d.family,
                "source": d.source,
            }
            for name, d in plan.datasets.items()
        },
    }


def _fit_content(plan: Plan, pair: Pair, source: Source) -> dict[str, Any]:
    """All that can change the fits of a pair, apart from the number of the fold.

    `source` gives the digest of the modules of its entries.
    """
    suite, tuning = plan.suite, plan.suite.tuning
    entries: list[Entry] = [*compose.strategies(pair.strategy.use)]
    if pair.model.use != OWN:
        entries.append(compose.model(pair.model.use))
    if tuning:
        entries.append(METRICS.get(suite.headline))
    libraries = {*pair.libraries, *(name for e in entries for name in e.requires)}
    return {
        "fingerprint": plan.datasets[pair.dataset].content,
        "seeds": [suite.seed, suite.seed_of_fits],
        "folds": suite.cv.column or suite.cv.folds,
        "tail_ratio": plan.datasets[pair.dataset].tail_ratio,
        "image_shape": plan.datasets[pair.dataset].image_shape,
        "device": suite.device,
        "preprocess": suite.preprocess_of(pair.dataset).model_dump(),
        "costs": plan.costs(pair.dataset),
        "strategy": [pair.strategy.use, compose.fixed(pair.strategy.params, {})],
        "model": [pair.model.use, compose.fixed({}, pair.model.params)],
        "tuning": tuning and tuning.model_dump(),
        "headline": suite.headline if tuning else "",
        "inner_folds": suite.inner_folds,
        **_prevalence(suite, plan.datasets[pair.dataset]),
        "environment": keys.environment({*libraries, *(("optuna",) if tuning else ())}),
        "source": [source(tuple(e.module for e in entries)), keys.computing_digest()],
    }


def _prevalence(suite: Suite, dataset: Dataset) -> dict[str, float | None]:
    """Where the headline metric is of a prevalence, it chooses among trials."""
    if suite.tuning is None or "prevalence" not in METRICS.get(suite.headline).needs:
        return {}
    return {"prevalence": scoring_of(suite, dataset).prevalence}


def _row_digest(rows: Integers) -> str:
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()


def _score_key(suite: Suite, dataset: Dataset, source: Source) -> str:
    modules = sorted({METRICS.get(name).module for name in suite.metrics})
    scoring = asdict(scoring_of(suite, dataset))
    code = source((*modules, "benchmark.engine.score"))
    return keys.digest({"scoring": scoring, "source": code})
