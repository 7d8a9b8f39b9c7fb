"""`ui`: MLflow's own interface on the right store."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="ui")
@options.suite
@click.option("--port", type=click.IntRange(1, 65535),
              help="Port to listen on; default: the first free one from 5000 on.")  # fmt: skip
@click.option("--open", "open_browser", is_flag=True, help="Open the link in a browser.")
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
    """Start the MLflow UI on 127.0.0.1 and print a link to the runs of SUITE, best first.

    Where the store is an MLflow server, only the link is printed. Ctrl-C ends the UI.
    """
    from benchmark import flow
    from benchmark.analysis.compare import is_label
    from benchmark.journal import ui
    from benchmark.journal.record import metric_name, without_user

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    uri = flow.store_uri(loaded, tracking_uri, results)
    metric = metric_name(loaded.headline, loaded.rule if is_label(loaded.headline) else "")
    if uri.startswith(("http://", "https://")):
        click.echo(ui.deep_link(uri, without_user(uri), loaded.experiment, metric))
        return 0
    chosen = ui.free_port(port or 5000, attempts=1 if port else 100)
    link = ui.deep_link(uri, f"http://{ui.HOST}:{chosen}", loaded.experiment, metric)
    with ui.serve(uri, chosen) as server:
        click.echo(f"MLflow on {link}\nCtrl-C ends it.")
        if open_browser:
            click.launch(link)
        try:
            server.wait()
        except KeyboardInterrupt:
            click.echo("Ended.")
    return 0
