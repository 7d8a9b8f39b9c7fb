"""`sync`: send to MLflow what it does not have."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="sync")
@options.suite
@options.tracking_uri
@options.results
@options.no_plugins
def command(suite: Path, tracking_uri: str | None, results: Path, no_plugins: bool) -> int:
    """Send to MLflow every finished pair of SUITE that it does not have; twice changes nothing."""
    from benchmark import flow
    from benchmark import results as journals
    from benchmark.cli.console import say
    from benchmark.errors import TrackingError
    from benchmark.wording import counted

    try:
        loaded = flow.load_suite(suite, plugins=not no_plugins)
        sent = flow.sync(loaded, tracking_uri=tracking_uri, results=results)
        found = journals.recorded(loaded, results=results)
    except TrackingError as error:
        say(f"error: {error}", "red")
        return 1
    unfinished = len({row.cell.pair for row in found.rows if row.status == "pending"})
    left = ""
    if unfinished:
        pairs = counted(unfinished, "pair is", "pairs are")
        left = f" {pairs} not finished: `run` goes on, `merge` joins shards."
    said = f"{counted(sent, 'run')} sent." if sent else "Nothing to send: MLflow has all there is."
    click.echo(f"{said}{left}")
    return 0
