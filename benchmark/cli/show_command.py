"""`show`: everything about one entry."""

import json
from typing import Any

import click


@click.command(name="show")
@click.argument("kind", type=click.Choice(["dataset", "strategy", "model", "metric"]))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="A JSON list with one object.")
def command(kind: str, name: str, as_json: bool) -> int:
    """Show what NAME is, when to use it, what it costs, its parameters and its paper."""
    from benchmark.cli.describe import describe

    found = describe(kind, name)
    if as_json:
        click.echo(json.dumps([found], indent=2, default=str))
        return 0
    _show(found)
    return 0


def _show(found: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    from benchmark.cli.console import console

    out = console()
    out.print(f"{found['name']}: {found['summary']}", style="bold", markup=False)
    if found.get("details"):
        out.print(f"\n{found['details']}\n", markup=False)
    for key, value in found.items():
        if key not in ("name", "summary", "details", "parameters") and value not in (
            "",
            [],
            None,
            {},
        ):
            shown = _link(value) if key == "reference" else value
            out.print(f"{key}: {shown}", markup=False)
    if found.get("parameters"):
        table = Table(box=None, padding=(0, 1))
        for column in ("parameter", "kind", "range", "default", "tuned"):
            table.add_column(column)
        for parameter in found["parameters"]:
            tuned = "yes" if parameter["tuned"] else "no"
            texts = [parameter[key] for key in ("name", "kind", "range", "default")]
            table.add_row(*(Text(str(text)) for text in [*texts, tuned]))
        out.print(table)


def _link(reference: str) -> str:
    return f"doi.org/{reference}" if reference.startswith("10.") else reference
