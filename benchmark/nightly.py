"""What a nightly run needs: a baseline, and the gate that compares a run with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from benchmark.analysis.gate import accepted
from benchmark.analysis.gate import baseline as baselines
from benchmark.analysis.gate.changes import Rule
from benchmark.analysis.gate.costs import Cost
from benchmark.analysis.gate.judge import Terms, judge
from benchmark.analysis.gate.measured import Run, measured
from benchmark.analysis.gate.verdict import Verdict
from benchmark.errors import BenchmarkError, NotMeasured, SuiteError
from benchmark.flow import Options, execute, journal_path, load_suite
from benchmark.journal.noted import changed_since, noted_suite
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.watcher import Watcher

SECOND = "second_seed"


def baseline(
    suite: Suite | str | Path, output: str | Path, options: Options, watcher: Watcher | None = None
) -> tuple[baselines.Baseline, list[str]]:
    """Compute a suite with two seeds, where that is not done yet, and write what it scored.

    The data and the folds are the same for both. Returns the baseline and a line for each pair of
    which some fold is left out, because it has no score.
    """
    path = Path(output)
    baselines.refuse_unwritable(path).unlink()
    suite = suite if isinstance(suite, Suite) else load_suite(suite, plugins=options.plugins)
    execute(suite, options, watcher)
    other = second_seed(suite)
    beside = replace(options, results=Path(options.results) / suite.name)
    execute(other, replace(beside, tracking_uri=None), watcher)
    made, left = baselines.baseline(
        _run(suite, options.results), _run(other, beside.results), _today().isoformat()
    )
    baselines.write(made.text, path)
    return made, left


def gate(
    suite: Suite | str | Path,
    against: str | Path,
    *,
    results: str | Path = "results",
    accept: str | Path | None = None,
    rule: Rule | None = None,
    bounds: Mapping[Cost, float] | None = None,
    earlier: bool = False,
    plugins: bool = True,
    today: date | None = None,
) -> Verdict:
    """Compare what the journal of a suite holds with a baseline; computes nothing.

    Args:
        against: the file of the baseline.
        accept: the file of accepted changes; `<baseline>.accepted.yaml` if there is one.
        bounds: "time" and "memory" → the ratio to the baseline above which the gate fails.
        earlier: outcomes that invocations before the last one computed count too.
        today: the day on which accepted changes count or have expired; in UTC if None.

    Raises NotMeasured where the suite can no longer be loaded or has no results, and
    BenchmarkError for a file that is not right.
    """
    suite = suite if isinstance(suite, Suite) else _loaded(Path(suite), plugins)
    known = baselines.read(Path(against), suite.name)
    beside = accepted.beside(Path(against))
    file = Path(accept) if accept else beside if beside.is_file() else None
    entries = accepted.read(file) if file else ()
    terms = Terms(rule or Rule(), entries, today or _today(), bounds or {})
    return judge(_run(suite, results, earlier=earlier), known, terms)


def second_seed(suite: Suite) -> Suite:
    """The same suite on the same folds, with other luck in its fits."""
    seed = (suite.seed_of_fits + 1) % 2**32
    return suite.model_copy(update={"name": SECOND, "fit_seed": seed, "tracking": None})


def _loaded(path: Path, plugins: bool) -> Suite:
    if not path.is_file():
        raise BenchmarkError(f"there is no suite {str(path)!r}")
    try:
        return load_suite(path, plugins=plugins)
    except SuiteError as error:
        if not plugins:
            raise
        raise NotMeasured(str(error)) from error


def _run(suite: Suite, results: str | Path, *, earlier: bool = True) -> Run:
    path = journal_path(suite, results)
    if not path.is_file():
        raise NotMeasured(f"no results at {str(path)!r}; start with: python -m benchmark run")
    with Journal.existing(path) as journal:
        try:
            noted = noted_suite(journal)
        except BenchmarkError as error:
            raise NotMeasured(str(error)) from error
        return measured(journal, noted, changed_since(noted, suite), earlier=earlier)


def _today() -> date:
    return datetime.now(UTC).date()
