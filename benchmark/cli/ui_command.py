"""`ui`: MLflow's own interface on the right store."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli import options

if TYPE_CHECKING:
    from benchmark.journal.ui import Links


@click.command(name="ui")
@options.suite
@click.option("--port", type=click.IntRange(1, 65535),
              help="Port to listen on; default: the first free one from 5000 on.")  # fmt: skip
@click.option("--open", "open_browser", is_flag=True, help="Open the runs in a browser.")
@options.tracking_uri
@options.results
@options.no_plugins
def command(
    suite: Path,
    port: int | None,
    open_browser: bool,
    tracking_uri: str | None,
    results: Path,
    no_plugins: bool,
) -> int:
    """Start the MLflow UI on 127.0.0.1 and print links to the runs of SUITE and to its tables.

    Where the store is an MLflow server, only the links are printed. Ctrl-C ends the UI.
    """
    from benchmark import flow
    from benchmark.journal import ui
    from benchmark.journal.address import without_user

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    uri = flow.store_uri(loaded, tracking_uri, results)
    if uri.startswith(("http://", "https://")):
        _tell(ui.links(uri, without_user(uri), loaded))
        return 0
    chosen = ui.free_port(port or 5000, attempts=1 if port else 100)
    links = ui.links(uri, f"http://{ui.HOST}:{chosen}", loaded)
    with ui.serve(uri, chosen) as server:
        _tell(links)
        click.echo("Ctrl-C ends it.")
        if open_browser:
            click.launch(links.runs)
        try:
            server.wait()
        except KeyboardInterrupt:
            click.echo("Ended.")
    return 0


def _tell(links: "Links") -> None:
    click.echo(f"Runs, best first: {links.runs}")
    if links.tables:
        click.echo(f"Tables: {links.tables}")
