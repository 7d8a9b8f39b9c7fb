"""`compare`: the comparison that the journal holds."""

import sys
from pathlib import Path

import click

from benchmark.cli import options

FORMATS = ("text", "csv", "markdown", "latex", "json")


@click.command(name="compare")
@options.suite
@click.option("--metric", multiple=True, help="Show only this metric; may be given several times.")
@click.option(
    "--threshold",
    type=click.Choice(["default", "tuned"]),
    help="Show label metrics at this threshold only.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="csv and json are tidy, one row a pair, threshold and metric, in full precision.",
)
@options.results
@options.no_plugins
def command(
    suite: Path,
    metric: tuple[str, ...],
    threshold: str | None,
    form: str,
    results: Path,
    no_plugins: bool,
) -> int:
    """Show what the journal of SUITE says; computes nothing."""
    from benchmark import flow
    from benchmark.analysis.compare import tidy
    from benchmark.cli.console import console
    from benchmark.cli.summary import show_skips
    from benchmark.cli.tables import show_tables
    from benchmark.cli.texts import as_text, narrowed

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    rows, skips = flow.recorded(loaded, results=results)
    narrow = narrowed(loaded, metric, threshold)
    table = tidy(rows, skips)
    if form == "text":
        out = console()
        show_tables(out, table, rows, narrow)
        show_skips(out, skips)
        return 0
    sys.stdout.write(as_text(table, rows, narrow, form))
    return 0
