"""What a user sees when a suite has run."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmark.cli.console import console
from benchmark.cli.tables import show_tables
from benchmark.flow import Summary
from benchmark.journal.address import redacted
from benchmark.types import Skip
from benchmark.uncollected import uncollected
from benchmark.wording import counted

LISTED = 4  # names, before the rest is a number


@uncollected()
def show_summary(summary: Summary, suite: Path, results: Path, tracking_uri: str | None) -> None:
    """The tables, what failed and why, and where everything is."""
    out = console()
    show_tables(out, summary.table, summary.rows, summary.suite)
    show_skips(out, summary.skips)
    _show_failures(out, summary)
    where = "" if results == Path("results") else f" --results {shlex.quote(str(results))}"
    store = f" --tracking-uri {shlex.quote(redacted(tracking_uri))}" if tracking_uri else ""
    here = shlex.quote(str(suite))
    if summary.part.of > 1:
        _show_part(out, summary, here)
    now = f"({counted(summary.computed, 'cell')} computed now)"
    out.print(f"\nResults   {summary.journal} {now}", markup=False)
    out.print(f"Tables    python -m benchmark compare {here}{where} --format csv", markup=False)
    if summary.tracking_uri:
        out.print(f"MLflow    python -m benchmark ui {here}{where}{store}", markup=False)


def show_skips(out: Console, skips: Sequence[Skip]) -> None:
    """Every reason why strategies and models cannot be, with their names."""
    found = Counter((s.strategy, s.model, s.reason) for s in skips)
    by_model: dict[tuple[str, str, int], list[str]] = {}
    for (strategy, model, reason), count in found.items():
        by_model.setdefault((model, reason, count), []).append(strategy)
    alike: dict[tuple[str, str, int], list[str]] = {}
    for (model, reason, count), strategies in by_model.items():
        alike.setdefault((_listed(strategies), reason, count), []).append(model)
    for (listed, reason, count), models in alike.items():
        times = f" ({count} datasets)" if count > 1 else ""
        text = f"skipped: {listed} + {_listed(models)}: {reason}{times}"
        out.print(text, style="dim", markup=False)


def _listed(names: Sequence[str]) -> str:
    """Names; of many, the first and how many more there are."""
    rest = len(names) - LISTED
    return ", ".join(names) if rest < 2 else f"{', '.join(names[:LISTED])} and {rest} more"


def _show_failures(out: Console, summary: Summary) -> None:
    """Failed cells by pair and reason."""
    found = Counter((row.cell.pair, row.status, row.error) for row in summary.failures)
    if found:
        said = counted(len(summary.failures), "cell is", "cells are")
        out.print(f"\n{said} not ok:", style="bold red", markup=False)
    for ((dataset, strategy, model), status, error), count in found.items():
        text = f"  {dataset} / {strategy} / {model}: {status} in {counted(count, 'fold')}: {error}"
        out.print(text, markup=False)
    if found:
        out.print("  Compute them again with --retry-failed.", markup=False)


def _show_part(out: Console, summary: Summary, suite: str) -> None:
    """That the tables are of a shard, and what becomes of it."""
    out.print(
        f"\nThis is shard {summary.part}: {len(summary.rows):,} of the suite's "
        f"{counted(summary.planned, 'cell')}. When all shards have run: "
        f"python -m benchmark merge {suite} DIR...",
        style="yellow",
        markup=False,
    )
