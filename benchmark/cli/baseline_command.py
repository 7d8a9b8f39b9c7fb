"""`baseline`: what the gate shall compare with."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="baseline")
@options.suite
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The file to write, such as results/baselines/nightly.json; one that is there is "
    "replaced.",
)
@options.workers
@click.option("--fresh", is_flag=True, help="Compute every cell again, whatever is known.")
@options.results
@options.no_plugins
def command(
    suite: Path, output: Path, workers: int | None, fresh: bool, results: Path, no_plugins: bool
) -> int:
    """Write what SUITE scores now, with two seeds, for the gate to compare later runs with.

    Computes what is missing: the suite, and the suite once more on the same folds with another seed
    for its fits, which tells how much of a score is luck. Stop it at any time: the same command
    goes on where it stopped.
    """
    from benchmark.cli.console import say
    from benchmark.cli.progress import watcher
    from benchmark.flow import Options
    from benchmark.nightly import baseline

    options.refuse_overwriting([suite], [output])
    chosen = Options(workers=workers, fresh=fresh, results=results, plugins=not no_plugins)
    with watcher() as looking:
        made, left = baseline(suite, output, chosen, looking)
    for line in left:
        say(f"warning: {line}", "yellow")
    folds = sum(len(pair.folds) for pair in made.pairs)
    size = output.stat().st_size / 1000
    click.echo(f"Baseline  {output} ({len(made.pairs)} pairs, {folds:,} cells, {size:,.0f} kB)")
    return int(bool(left))
