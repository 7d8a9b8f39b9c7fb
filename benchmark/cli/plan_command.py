"""`plan`: what a suite amounts to."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="plan")
@options.suite
@options.results
@options.no_plugins
def command(suite: Path, results: Path, no_plugins: bool) -> int:
    """Show the datasets, pairs, cells and fits of SUITE, what is skipped and why, what is done.

    Runs nothing and writes nothing.
    """
    from rich.table import Table
    from rich.text import Text

    from benchmark import flow
    from benchmark.cli.console import console

    preview = flow.plan(flow.load_suite(suite, plugins=not no_plugins), results=results)
    made = preview.plan
    table = Table(title=f"Plan of {made.suite.name}", title_justify="left")
    for name in (
        "dataset",
        "rows",
        "columns",
        "positives",
        "positive class",
        "pairs",
        "cells",
        "fits",
    ):
        table.add_column(name, justify="left" if name in ("dataset", "positive class") else "right")
    for name, dataset in made.datasets.items():
        pairs = [pair for pair in made.pairs if pair.dataset == name]
        folds = len(made.folds[name])
        counts = dataset.class_counts
        share = f"{counts[1]:,} ({counts[1] / sum(counts):.1%})"
        fits = folds * sum(made.fits(pair) for pair in pairs)
        texts = (
            name,
            f"{len(dataset.y):,}",
            str(dataset.X.shape[1]),
            share,
            dataset.classes[1],
            str(len(pairs)),
            f"{len(pairs) * folds:,}",
            f"{fits:,}",
        )
        table.add_row(*map(Text, texts))
    out = console()
    out.print(table)
    for skip in made.skips:
        out.print(
            f"skipped: {skip.dataset} / {skip.strategy} / {skip.model}: {skip.reason}", markup=False
        )
    left = preview.cells - preview.done
    failed = f" ({preview.failed} of them not ok; --retry-failed)" if preview.failed else ""
    out.print(
        f"{preview.cells:,} cells: {preview.done:,} done{failed}, {left:,} to do.", markup=False
    )
    return 0
