"""The whole flow: suite → plan → backend → journal → table."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark import suite_file
from benchmark.analysis.compare import tidy
from benchmark.attachments import attachments, load_ahead
from benchmark.engine.backends import machine
from benchmark.engine.backends.chosen import backend, worker_count
from benchmark.engine.plan import Plan, slow
from benchmark.errors import BenchmarkError
from benchmark.journal.address import checked
from benchmark.journal.hold import held
from benchmark.journal.invocation import new_invocation
from benchmark.journal.keys import environment
from benchmark.journal.live import LiveTracking
from benchmark.journal.rows import Keyed, Known, Row
from benchmark.journal.store import Journal
from benchmark.journal.track import Tracker
from benchmark.loading import Named, planned
from benchmark.resume import Only, is_to_do, keyed_cells, renewed, selector
from benchmark.shard import Shard
from benchmark.suite import Suite
from benchmark.types import Skip
from benchmark.watcher import Silent, Watcher

if TYPE_CHECKING:
    import pandas as pd

UNTRACKED = "a shard sends nothing to MLflow; `merge` the shards, then `sync`"


@dataclass(frozen=True)
class Options:
    """How to run a suite, apart from what is in it.

    Attributes:
        workers: worker processes; the suite's number if None.
        only: "dataset", "strategy" or "model" → the names to run.
        shard: "2/8" for the second of eight fixed parts of the cells.
        fresh: compute every cell again.
        retry_failed: compute cells again that did not end ok.
        tracking_uri: another MLflow store than the suite's.
        results: the folder that everything is written to.
        plugins: whether the suite may run code of its own.
    """

    workers: int | None = None
    only: Only | None = None
    shard: str | None = None
    fresh: bool = False
    retry_failed: bool = False
    tracking_uri: str | None = None
    results: str | Path = "results"
    plugins: bool = True


@dataclass(frozen=True)
class Summary:
    """What an invocation did, and what the journal now says of the cells it was asked for.

    Attributes:
        tracking_uri: the MLflow store that it was sent to, if any.
        part: the shard that it was asked for; `planned` cells are in the whole suite.
    """

    suite: Suite
    journal: Path
    tracking_uri: str | None
    part: Shard
    planned: int
    computed: int
    rows: tuple[Row, ...]
    skips: tuple[Skip, ...]
    table: "pd.DataFrame"

    @property
    def failures(self) -> list[Row]:
        """The cells that ended otherwise than ok."""
        return [row for row in self.rows if row.status not in ("ok", "pending")]


@dataclass(frozen=True)
class Preview:
    """What a run would do. `done` counts cells with an outcome, `failed` those that are not ok."""

    plan: Plan
    cells: int
    done: int
    failed: int


def load_suite(
    path: str | Path, *, plugins: bool = True, asked: Collection[str] | None = None
) -> Suite:
    """Read a suite file; raises SuiteError with all mistakes in it.

    Of datasets alone those that are `asked` for are looked at, and globs.
    """
    return suite_file.load(path, Named(asked), plugins)


def run(suite: Suite | str | Path, **options: object) -> "pd.DataFrame":
    """Compute what is missing and return the comparison, one row a pair, threshold and metric.

    Options are those of `Options`. Columns: see `benchmark.analysis.compare.tidy`.
    """
    return execute(suite, Options(**options)).table  # type: ignore[arg-type]  # checked by Options


def plan(
    suite: Suite | str | Path,
    *,
    shard: str | None = None,
    results: str | Path = "results",
    watcher: Watcher | None = None,
) -> Preview:
    """What a suite or a shard of it amounts to and what is done; computes and writes nothing."""
    part = Shard.parsed(shard)
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    made = planned(suite, watcher)
    mine = part.picks(made)
    cells = [keyed for keyed in keyed_cells(made) if mine(keyed.cell)]
    path = journal_path(suite, results)
    known = {}
    if path.is_file():
        with Journal.existing(path) as journal:
            known = journal.known()
    todo = {k for k in cells if is_to_do(k, known, suite.limits, retry_failed=False)}
    _forewarn(made, todo, watcher or Silent())
    done = [k for k in cells if k not in todo]
    failed = sum(known[k.fit_key].status != "ok" for k in done)
    return Preview(made, len(cells), len(done), failed)


def sync(
    suite: Suite | str | Path, *, tracking_uri: str | None = None, results: str | Path = "results"
) -> int:
    """Send to MLflow what it does not have yet; return the number of runs sent."""
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    path, uri = journal_path(suite, results), store_uri(suite, tracking_uri, results)
    with held(path), Journal.existing(path) as journal:
        return Tracker(journal, uri, partial(attachments, path)).sync()


def execute(suite: Suite | str | Path, options: Options, watcher: Watcher | None = None) -> Summary:
    """Do what `run` does, tell `watcher` on the way, and return all that there is to say.

    Raises BenchmarkError where another process writes the journal.
    """
    part = Shard.parsed(options.shard)
    names = (options.only or {}).get("dataset")
    if not isinstance(suite, Suite):
        suite = load_suite(suite, plugins=options.plugins, asked=names)
    with held(journal_path(suite, options.results)):
        return _executed(suite, part, names, options, watcher or Silent())


def _executed(
    suite: Suite, part: Shard, names: Sequence[str] | None, options: Options, watcher: Watcher
) -> Summary:
    invocation = _announced(journal_path(suite, options.results))
    made = planned(suite, watcher, names)
    cells = keyed_cells(made)
    wanted, mine = selector(made, options.only or {}), part.picks(made)
    asked = [keyed for keyed in cells if wanted(keyed.cell.pair) and mine(keyed.cell)]
    uri = store_uri(suite, options.tracking_uri, options.results)
    with Journal(journal_path(suite, options.results)) as journal:
        known = renewed(journal, made, cells, watcher.note)
        todo = _to_do(asked, {} if options.fresh else known, suite, options)
        _forewarn(made, todo, watcher)
        workers = options.workers or (worker_count(suite) if todo else 1)
        watcher.started(made, len(todo), len(asked) - len(todo), workers)
        tables = partial(attachments, journal.path)
        cells_todo = [keyed.cell for keyed in todo]
        store = uri if suite.tracking or options.tracking_uri else None
        if store and part.of > 1:
            watcher.note(UNTRACKED)
            store = None
        tracking = LiveTracking(journal.path, store, tables, cells_todo, watcher.note, load_ahead)
        _compute(journal, made, todo, invocation, workers, options, watcher, tracking)
        rows = tuple(r for r in journal.rows() if wanted(r.cell.pair) and mine(r.cell))
        skips = tuple(skip for skip in journal.skips() if wanted(skip.pair))
        table = tidy(rows, skips)
        counts = (len(cells), len(todo))
        return Summary(suite, journal.path, store, part, *counts, rows, skips, table)


def _announced(path: Path) -> str:
    """Name an invocation, and note it where there are results of an earlier one.

    If it fails before it computes anything, those are known not to be its own.
    """
    if not path.is_file():
        return new_invocation()
    with Journal(path) as journal:
        invocation = new_invocation(journal.invocations())
        journal.begin(invocation, {})
    return invocation


def _to_do(
    asked: list[Keyed], known: Mapping[str, Known], suite: Suite, options: Options
) -> list[Keyed]:
    """The cells to compute, each key once."""
    todo = [k for k in asked if is_to_do(k, known, suite.limits, options.retry_failed)]
    return list({keyed.fit_key: keyed for keyed in todo}.values())


def _forewarn(plan: Plan, todo: Collection[Keyed], watcher: Watcher) -> None:
    """Tell what will take very long. Raises BenchmarkError where the device is not there."""
    here = plan.suite.backend.kind == "local"
    if todo and here and plan.suite.device == "cuda" and not machine.has_cuda():
        raise BenchmarkError("device is 'cuda' and this machine has no CUDA device; use 'cpu'")
    for text in slow(plan, {keyed.cell.pair for keyed in todo}):
        watcher.note(text)


def _compute(
    journal: Journal,
    plan: Plan,
    todo: list[Keyed],
    invocation: str,
    workers: int,
    options: Options,
    watcher: Watcher,
    tracking: LiveTracking,
) -> None:
    """Compute cells, keep every outcome as it comes, and send what is finished.

    The machine's speed is measured while nothing else goes on.
    """
    suite = plan.suite
    keyed = {k.cell: k for k in todo}
    fingerprints = {name: dataset.content for name, dataset in plan.datasets.items()}
    limits = (suite.limits.seconds, suite.limits.memory)
    seats = min(workers, len(todo))
    libraries = {name for pair in plan.pairs for name in pair.libraries}
    known = environment(libraries | ({"optuna"} if suite.tuning else set()))
    known |= machine.description()
    speeds = [machine.calibration_seconds()] if todo else []
    journal.begin(invocation, known | _calibrated(speeds))
    used = {name: plan.datasets[name] for name in {cell.dataset for cell in keyed}}
    compute = backend(suite).compute
    sent = suite.model_copy(update={"tracking": None})  # no password leaves this process
    with tracking:
        for outcome in compute(keyed, sent, fingerprints, seats, options.plugins, used):
            journal.add(keyed[outcome.cell], outcome, limits, invocation, time.time())
            if not journal.path.is_file():  # SQLite would go on writing to what nobody can read
                gone = f"journal {str(journal.path)!r} was removed while the suite ran"
                raise BenchmarkError(gone)
            watcher.ended(outcome)
            tracking.offer(outcome.cell)
    if todo:
        speeds.append(machine.calibration_seconds())
        journal.begin(invocation, known | _calibrated(speeds))


def _calibrated(speeds: Sequence[float]) -> dict[str, str]:
    """What to note of the speed of the machine before and after: the mean of both."""
    return {"calibration_seconds": f"{sum(speeds) / len(speeds):.4f}"} if speeds else {}


def journal_path(suite: Suite | str | Path, results: str | Path) -> Path:
    """Where a suite's journal is."""
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    return Path(results) / suite.name / "journal.sqlite"


def store_uri(suite: Suite, override: str | None, results: str | Path) -> str:
    """The tracking store: the option, else the suite's, else SQLite in the results folder."""
    asked = override or (suite.tracking and suite.tracking.uri)
    return checked(asked) if asked else f"sqlite:///{Path(results) / 'mlflow.db'}"
