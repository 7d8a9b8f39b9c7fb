"""`compare`: the comparison that the journal holds."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchmark.cli import options
from benchmark.errors import BenchmarkError, unknown
from benchmark.uncollected import uncollected

if TYPE_CHECKING:
    from benchmark.suite import Suite

FORMATS = ("text", "csv", "markdown", "latex", "json")
KINDS = ("dataset", "strategy", "model", "level", "imbalance")
FOLD_TESTS = ("t-test", "bootstrap")
DATASET_TESTS = ("wilcoxon", "nemenyi", "bayesian")


@click.command(name="compare")
@options.suite
@click.option(
    "--by",
    type=click.Choice(KINDS),
    default="dataset",
    show_default=True,
    help="dataset: its best pairs. The others: what strategies gain over the baseline and cost; "
    "over all, for each model, as levels, or for each class of imbalance.",
)
@click.option("--baseline", metavar="STRATEGY", help="Gains are over this; default: the one that "
    "does nothing.")  # fmt: skip
@click.option(
    "--test",
    type=click.Choice([*FOLD_TESTS, *DATASET_TESTS]),
    help="Against the best pair of a dataset: t-test (over folds, the default) or bootstrap (over "
    "rows). Against the baseline: wilcoxon (the default), nemenyi or bayesian.",
)
@click.option(
    "--missing",
    type=click.Choice(["drop", "worst"]),
    default="worst",
    show_default=True,
    help="What becomes of one that lacks scores in a test: it is left out, or counts as the worst.",
)
@click.option(
    "--rope",
    type=click.FloatRange(min=0, min_open=True),
    default=0.01,
    show_default=True,
    help="A gain of at most this is practically none: neither a win nor a loss.",
)
@click.option("--metric", multiple=True, help="Show only this metric; may be given several times.")
@click.option(
    "--threshold",
    type=click.Choice(["default", "tuned", "cost", "prior"]),
    help="Show label metrics at this threshold only.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="csv and json are tidy and in full precision: one row a pair, threshold and metric; or "
    "one row a strategy.",
)
@options.results
@options.no_plugins
def command(
    suite: Path,
    by: str,
    baseline: str | None,
    test: str | None,
    missing: str,
    rope: float,
    metric: tuple[str, ...],
    threshold: str | None,
    form: str,
    results: Path,
    no_plugins: bool,
) -> int:
    """Show what the journal of SUITE says; computes nothing."""
    from benchmark import flow
    from benchmark import results as journal
    from benchmark.analysis.best import best_pairs
    from benchmark.analysis.compare import tidy
    from benchmark.cli.console import tell_of_changes
    from benchmark.cli.tables import shown_metrics
    from benchmark.cli.texts import narrowed

    click.get_current_context().with_resource(uncollected())
    loaded = flow.load_suite(suite, plugins=not no_plugins)
    found = journal.recorded(loaded, results=results)
    tell_of_changes(found.suite, loaded)
    narrow = narrowed(found.suite, metric, threshold)
    shown = shown_metrics(narrow) if by == "dataset" and form == "text" else None
    table = tidy(found.rows, found.skips, shown)
    control = _baseline(found.suite, baseline)
    tests = _tests(by, test, metric)
    if by == "dataset":
        headline = found.suite.headline
        bests = best_pairs(found.rows, narrow, missing, headline)  # type: ignore[arg-type]
        if test == "bootstrap":
            bests = journal.tied_by_rows(narrow, bests, results=results)
        _show_datasets(table, found, narrow, control, bests, form)
        return 0
    _show_answers(table, found, narrow, form, by=by, baseline=control, missing=missing,
                  test=test or tests[0], rope=rope)  # fmt: skip
    return 0


def _tests(by: str, asked: str | None, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The tests that a table can have; raises BenchmarkError for options that do not fit."""
    tests = FOLD_TESTS if by == "dataset" else DATASET_TESTS
    if asked and asked not in tests:
        raise BenchmarkError(f"--test {asked} is not for --by {by}; there are: {', '.join(tests)}")
    if asked == "bootstrap" and metrics:
        raise BenchmarkError("--test bootstrap is for the suite's first metric; drop --metric")
    if by != "dataset" and len(metrics) > 1:
        raise BenchmarkError(f"--by {by} takes one --metric; there are {len(metrics)}")
    return tests


def _baseline(suite: "Suite", asked: str | None) -> str:
    """The strategy that gains are over; raises BenchmarkError for one that the suite lacks."""
    names = [use.name for use in suite.strategies]
    if asked is not None and asked not in names:
        raise BenchmarkError(f"--baseline: {unknown('strategy of this suite', asked, names)}")
    return suite.baseline if asked is None else asked


def _show_datasets(
    table: Any, found: Any, suite: "Suite", baseline: str, bests: Any, form: str
) -> None:
    from benchmark.cli.console import console
    from benchmark.cli.summary import show_skips
    from benchmark.cli.tables import show_tables
    from benchmark.cli.texts import as_text

    if form == "text":
        out = console()
        show_tables(out, table, found.rows, suite, baseline, bests)
        show_skips(out, found.skips)
    else:
        sys.stdout.write(as_text(table, found.rows, suite, form, baseline, bests))


def _show_answers(table: Any, found: Any, suite: "Suite", form: str, **asked: Any) -> None:
    from benchmark.analysis.answers import Question, answers, levels_of
    from benchmark.analysis.twins import differences
    from benchmark.cli.answer_tables import answers_as_text, show_answers
    from benchmark.cli.console import console

    question = Question(**asked, seed=suite.seed)
    if not question.baseline:
        raise BenchmarkError(
            "the suite has no strategy that does nothing (`none`); name one with --baseline"
        )
    gains = differences(table, found.rows, suite, question.baseline)
    made = answers(gains, found.datasets, levels_of(suite.strategies), question)
    if form == "text":
        left = sorted(set(table["strategy"]) - set(gains["strategy"]))
        show_answers(console(), made, suite, question, left)
    else:
        sys.stdout.write(answers_as_text(made, question, form))
