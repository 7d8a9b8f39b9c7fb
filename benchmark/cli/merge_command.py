"""`merge`: join what shards computed."""

from pathlib import Path

import click

from benchmark.cli import options


@click.command(name="merge")
@options.suite
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="DIR...",
    type=click.Path(file_okay=False, path_type=Path),
)
@options.results
@options.no_plugins
def command(suite: Path, folders: tuple[Path, ...], results: Path, no_plugins: bool) -> int:
    """Add what `run SUITE --results DIR` left in each DIR to the journal in RESULTS.

    A cell may be in several of them: of its outcomes one that is ok stands, else the latest.
    Nothing is written where two that are ok have other scores, or where a DIR was run with another
    suite, other data or other versions. Merging again changes nothing.

    Then `compare`, `report`, `run` (what is missing), `sync` and `gate --earlier` go on with it.
    """
    from benchmark import flow
    from benchmark import results as journals
    from benchmark.cli.console import tell_of_changes
    from benchmark.journal.noted import noted_suite
    from benchmark.journal.store import Journal
    from benchmark.wording import counted

    loaded = flow.load_suite(suite, plugins=not no_plugins)
    merged = journals.merge(loaded, folders, results=results)
    with Journal.existing(merged.path) as journal:
        tell_of_changes(noted_suite(journal), loaded)
    click.echo(f"Results   {merged.path} ({counted(merged.added, 'outcome')} added)")
    left = merged.cells - merged.done
    rest = f" ({merged.failed:,} of them not ok; `run --retry-failed`)" if merged.failed else ""
    rest += f"; `run` computes the other {left:,}" if left else ""
    click.echo(f"Cells     {merged.done:,} of {merged.cells:,} are done{rest}")
    return 0
