"""`list`: what can be compared."""

import json
from typing import Any

import click

KINDS = ("datasets", "strategies", "models", "metrics")


@click.command(name="list")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--json", "as_json", is_flag=True, help="A JSON list of objects with `name`.")
def command(kind: str, as_json: bool) -> int:
    """List every dataset, strategy, model or metric, a line each."""
    found = facts(kind)
    if as_json:
        click.echo(json.dumps(found, indent=2, default=str))
        return 0
    from rich.table import Table
    from rich.text import Text

    from benchmark.cli.console import console

    columns = [name for name in found[0] if name in ("name", "level", "kind", "range", "summary")]
    table = Table(box=None, padding=(0, 1), title=f"{len(found)} {kind}", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for fact in found:
        table.add_row(*(Text(str(fact.get(column, ""))) for column in columns))
    console().print(table)
    click.echo(f"More about one: python -m benchmark show {KIND_OF[kind]} NAME")
    return 0


KIND_OF = {"datasets": "dataset", "strategies": "strategy", "models": "model", "metrics": "metric"}


def facts(kind: str) -> list[dict[str, Any]]:
    """Every entry of a kind as plain data."""
    from benchmark.cli.describe import describe, names

    return [describe(KIND_OF[kind], name) for name in names(KIND_OF[kind])]
