"""`plan`: what a suite amounts to."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli import options

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from benchmark.engine.plan import Plan


@click.command(name="plan")
@options.suite
@options.shard
@options.results
@options.no_plugins
def command(suite: Path, shard: str | None, results: Path, no_plugins: bool) -> int:
    """Show the datasets, pairs, cells and fits of SUITE, what is skipped and why, what is done.

    Runs nothing and writes nothing.
    """
    from benchmark import flow
    from benchmark.cli.console import console
    from benchmark.cli.progress import watcher
    from benchmark.cli.summary import show_skips
    from benchmark.wording import counted

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    with watcher() as looking:
        preview = flow.plan(loaded, shard=shard, results=results, watcher=looking)
    out = console()
    out.print(_table(preview.plan))
    show_skips(out, preview.plan.skips)
    left = preview.cells - preview.done
    failed = f" ({preview.failed} of them not ok; --retry-failed)" if preview.failed else ""
    where = f" in shard {shard}" if shard else ""
    said = f"{counted(preview.cells, 'cell')}{where}: {preview.done:,} done{failed}"
    out.print(f"{said}, {left:,} to do.", markup=False)
    return 0


def _table(plan: "Plan") -> "Table":
    """A row for each dataset."""
    from rich.table import Table

    table = Table(title=f"Plan of {plan.suite.name}", title_justify="left")
    for name in ("dataset", "rare class"):
        table.add_column(name)
    for name in ("rows", "columns", "rare rows", "pairs", "cells", "fits"):
        table.add_column(name, justify="right")
    for name in plan.datasets:
        table.add_row(*_row(plan, name))
    return table


def _row(plan: "Plan", name: str) -> list["Text"]:
    """What a dataset is, and what it comes to."""
    from rich.text import Text

    dataset = plan.datasets[name]
    pairs = [pair for pair in plan.pairs if pair.dataset == name]
    folds = len(plan.folds[name])
    sizes = dataset.learnt_counts
    rare = 1 if len(sizes) == 2 else sizes.index(min(sizes))
    label = dataset.classes[rare] + ("" if len(sizes) == 2 else f" (of {len(sizes)})")
    share = f"{sizes[rare]:,} ({sizes[rare] / sum(sizes):.1%})"
    counts = (len(dataset.y), dataset.X.shape[1], share, len(pairs), len(pairs) * folds)
    fits = folds * sum(plan.fits(pair) for pair in pairs)
    shown = [c if isinstance(c, str) else f"{c:,}" for c in (*counts, fits)]
    return [Text(text) for text in (name, label, *shown)]
