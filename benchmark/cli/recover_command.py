"""`recover`: keep what can be read of a damaged journal."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="recover")
@options.suite
@options.results
@options.no_plugins
def command(suite: Path, results: Path, no_plugins: bool) -> int:
    """Make a journal of all that can still be read of the damaged one of SUITE.

    Every outcome is checked against its checksum: what is kept is exactly what was computed. The
    damaged file stays beside it under another name; `run` computes what is missing.
    """
    from benchmark import flow
    from benchmark import results as journals
    from benchmark.wording import counted

    found = journals.recover(flow.load_suite(suite, plugins=not no_plugins), results=results)
    if found.damaged is None:
        click.echo(f"Nothing to recover: {found.path} is whole.")
        return 0
    click.echo(f"Results   {found.path} ({counted(found.outcomes, 'outcome')} kept)")
    click.echo(f"Damaged   {found.damaged}")
    if not found.cells:
        click.echo("Cells     the plan could not be read; `run` makes it again")
    elif found.missing:
        left = counted(found.missing, "cell is", "cells are")
        click.echo(f"Cells     {left} not there any more; `run` computes what is missing")
    return 0
