"""`run`: compute what is missing and show the comparison."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="run")
@options.suite
@options.workers
@click.option(
    "--only",
    multiple=True,
    metavar="KIND=NAME",
    help="Run only this dataset, strategy or model; may be given several times.",
)
@options.shard
@click.option("--fresh", is_flag=True, help="Compute every cell again, whatever is known.")
@click.option("--retry-failed", is_flag=True, help="Compute cells again that did not end ok.")
@options.tracking_uri
@options.results
@options.no_plugins
def command(
    suite: Path,
    workers: int | None,
    only: tuple[str, ...],
    shard: str | None,
    fresh: bool,
    retry_failed: bool,
    tracking_uri: str | None,
    results: Path,
    no_plugins: bool,
) -> int:
    """Tune, cross-validate and compare all that SUITE names; finished cells are never repeated.

    Stop it at any time: the same command goes on where it stopped.
    """
    from benchmark.cli.progress import watcher
    from benchmark.cli.summary import show_summary
    from benchmark.flow import Options, execute

    chosen = Options(
        workers=workers,
        only=options.only_of(only),
        shard=shard,
        fresh=fresh,
        retry_failed=retry_failed,
        tracking_uri=tracking_uri,
        results=results,
        plugins=not no_plugins,
    )
    with watcher() as looking:
        summary = execute(suite, chosen, looking)
    show_summary(summary, suite, results, tracking_uri)
    return int(bool(summary.failures))
