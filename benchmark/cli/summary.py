"""What a user sees when a suite has run."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmark.cli.console import console
from benchmark.cli.tables import show_tables
from benchmark.flow import Summary
from benchmark.journal.record import redacted
from benchmark.types import Skip


def show_summary(summary: Summary, suite: Path, results: Path, tracking_uri: str | None) -> None:
    """The tables, what failed and why, and where everything is."""
    out = console()
    show_tables(out, summary.table, summary.rows, summary.suite)
    show_skips(out, summary.skips)
    _show_failures(out, summary)
    where = "" if results == Path("results") else f" --results {shlex.quote(str(results))}"
    store = f" --tracking-uri {shlex.quote(redacted(tracking_uri))}" if tracking_uri else ""
    here = shlex.quote(str(suite))
    out.print(
        f"\nResults   {summary.journal} ({summary.computed:,} cells computed now)", markup=False
    )
    out.print(f"Tables    python -m benchmark compare {here}{where} --format csv", markup=False)
    if summary.suite.tracking or tracking_uri:
        out.print(f"MLflow    python -m benchmark ui {here}{where}{store}", markup=False)


def show_skips(out: Console, skips: Sequence[Skip]) -> None:
    """Each strategy and model that cannot be, once, with its reason."""
    found = Counter((s.strategy, s.model, s.reason) for s in skips)
    for (strategy, model, reason), count in found.items():
        times = f" ({count} datasets)" if count > 1 else ""
        out.print(f"skipped: {strategy} + {model}: {reason}{times}", style="dim", markup=False)


def _show_failures(out: Console, summary: Summary) -> None:
    """Failed cells by pair and reason."""
    found = Counter((row.cell.pair, row.status, row.error) for row in summary.failures)
    if found:
        out.print(f"\n{len(summary.failures)} cells are not ok:", style="bold red", markup=False)
    for ((dataset, strategy, model), status, error), count in found.items():
        text = f"  {dataset} / {strategy} / {model}: {status} in {count} folds: {error}"
        out.print(text, markup=False)
    if found:
        out.print("  Compute them again with --retry-failed.", markup=False)
