"""`export-folds`: write the folds for a method that is computed elsewhere."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="export-folds")
@options.suite
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A .csv or .parquet file; default: <name of the suite>.folds.csv.",
)
@options.no_plugins
def command(suite: Path, output: Path | None, no_plugins: bool) -> int:
    """Write which rows SUITE tests in which fold, for a method that is computed elsewhere.

    One line for each dataset, repeat and row. `row` is counted from 0 in the dataset as the suite
    loads it, after `thin`; `y` is its class; `fold` is where it is tested, -1 for never. `training`
    says what a fold is trained on: all `other folds` of the repeat, or the `earlier folds` of a
    dataset in an order of time, -1 included; with `long_tail` it is `some rows`, and `trained_in`
    lists the folds that a row is for training in. `import-predictions` takes the scores.
    """
    from benchmark import external, flow
    from benchmark.cli.progress import watcher

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    path = output or Path(f"{loaded.name}.folds.csv")
    with watcher() as looking:
        table = external.export_folds(loaded, path, looking)
    datasets = table["dataset"].nunique()
    click.echo(f"{len(table):,} lines for {datasets} datasets written to {path}")
    return 0
