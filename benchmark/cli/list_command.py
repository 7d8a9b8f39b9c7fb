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

    columns = [name for name in found[0] if name in SHOWN[kind]]
    table = Table(box=None, padding=(0, 1), title=f"{len(found)} {kind}", title_justify="left")
    for column in columns:
        table.add_column(
            column.replace("_", " "),
            overflow="fold",
            no_wrap=column == "name",
            justify="right" if column in NUMBERS else "left",
        )
    for fact in found:
        shown = fact | {"summary": _with_install(fact)}
        table.add_row(*(Text(_text(shown.get(column))) for column in columns))
    console().print(table)
    click.echo(f"More about one: python -m benchmark show {KIND_OF[kind]} NAME")
    return 0


NUMBERS = ("rows", "classes", "imbalance_ratio")
ENTRY = ("name", "level", "kind", "range", "summary")
SHOWN = dict.fromkeys(KINDS, ENTRY) | {"datasets": ("name", *NUMBERS, "family", "source")}
KIND_OF = {"datasets": "dataset", "strategies": "strategy", "models": "model", "metrics": "metric"}


def facts(kind: str) -> list[dict[str, Any]]:
    """Every entry of a kind as plain data."""
    if kind == "datasets":
        from benchmark.cli.overview import datasets

        return datasets()
    from benchmark.cli.describe import describe, names

    return [describe(KIND_OF[kind], name) for name in names(KIND_OF[kind])]


def _with_install(fact: dict[str, Any]) -> str:
    """What it is, and what installs what it lacks."""
    install = fact.get("install")
    return f"{fact.get('summary', '')}{f' ({install})' if install else ''}"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
