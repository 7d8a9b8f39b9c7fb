"""`import-predictions`: compare a method that was computed elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli import options
from benchmark.errors import BenchmarkError

if TYPE_CHECKING:
    from benchmark.types import ScoreKind


@click.command(name="import-predictions")
@options.suite
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, path_type=Path), metavar="[FILE]"
)
@click.option(
    "--name", required=True, metavar="METHOD", help="What the method is called in tables."
)
@click.option(
    "--kind",
    type=click.Choice(["probability", "decision", "label"]),
    help="What the scores are; default: probabilities, or labels where FILE has them.",
)
@click.option("--remove", is_flag=True, help="Forget what was imported as METHOD.")
@options.results
@options.no_plugins
def command(
    suite: Path,
    file: Path | None,
    name: str,
    kind: "ScoreKind | None",
    remove: bool,
    results: Path,
    no_plugins: bool,
) -> int:
    """Score the predictions in FILE (.csv or .parquet) and compare them as the strategy METHOD.

    \b
    Columns of FILE; `export-folds` says which rows a fold has:
      dataset, repeat, fold, row   one line for each test row of a fold
      score                        of the positive class; score_<class> for each of many
      label                        instead of scores: the class decided for
      part                         optional: `test`, or `inner` for out-of-fold scores of
                                   training rows, which the tuned threshold needs
      fingerprint, y               optional: checked against the dataset

    The model is called `external`. Importing again replaces what METHOD had on the same datasets.
    Nothing is imported where anything is wrong.
    """
    from benchmark import external, flow
    from benchmark.cli.console import say
    from benchmark.cli.progress import watcher

    if remove == (file is not None):
        raise BenchmarkError("name a FILE to import, or say --remove, not both")
    loaded = flow.load_suite(suite, plugins=not no_plugins)
    if file is None:
        count = external.remove_predictions(loaded, name, results=results)
        click.echo(f"{count:,} folds of {name!r} removed.")
        return 0
    with watcher() as looking:
        imported = external.import_predictions(
            loaded, file, name, kind=kind, results=results, watcher=looking
        )
    for note in imported.notes:
        say(f"note: {note}")
    click.echo(f"{imported.folds:,} folds of {imported.datasets} datasets imported as {name!r}.")
    click.echo("`compare` shows them, `sync` sends them to MLflow.")
    return 0
