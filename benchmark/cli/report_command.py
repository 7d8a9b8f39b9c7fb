"""`report`: the comparison as one HTML page."""

from pathlib import Path

import click

from benchmark.cli import options
from benchmark.errors import BenchmarkError


@click.command(name="report")
@options.suite
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file to write; one that is there is replaced.",
)
@options.results
@options.no_plugins
def command(suite: Path, output: Path, results: Path, no_plugins: bool) -> int:
    """Write what the journal of SUITE says as one HTML page; computes nothing.

    The page needs no network and no other file: it can be sent as it is.
    """
    from benchmark import flow
    from benchmark.results import report

    if output.is_dir():
        raise BenchmarkError(f"--output {str(output)!r} is a folder; name a file in it")
    loaded = flow.load_suite(suite, plugins=not no_plugins)
    text = report(loaded, results=results)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BenchmarkError(f"--output {str(output)!r} cannot be written: {error}") from error
    click.echo(f"Report    {output} ({output.stat().st_size / 1e6:.1f} MB)")
    return 0
