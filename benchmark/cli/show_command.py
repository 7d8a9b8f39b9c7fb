"""`show`: everything about one entry."""

import json
from typing import Any

import click

from benchmark.errors import BenchmarkError


@click.command(name="show")
@click.argument("kind", type=click.Choice(["dataset", "strategy", "model", "metric"]))
@click.argument("name")
@click.option("--target", help="The column to predict, of a dataset.")
@click.option("--positive", help="The class of interest, of a dataset.")
@click.option("--card", is_flag=True, help="Only what is known of a dataset without reading it.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list with one object.")
def command(
    kind: str, name: str, target: str | None, positive: str | None, card: bool, as_json: bool
) -> int:
    """Show what NAME is, when to use it, what it costs, its parameters and its paper.

    A dataset is a name or a file. It is read, and its facts are shown: kinds of columns, missing
    values, classes, repeated rows, columns that give the label away, and how hard it is.
    """
    from benchmark.cli.describe import describe, inspect

    if kind != "dataset" and (target or positive or card):
        raise BenchmarkError("--target, --positive and --card are for datasets")
    found = describe(kind, name)
    facts = None
    if kind == "dataset" and not card:
        facts, found["problem"] = inspect(name, target, positive)
    if as_json:
        from dataclasses import asdict

        known = found | ({"facts": asdict(facts)} if facts else {})
        click.echo(json.dumps([known], indent=2, default=str))
        return 0
    from benchmark.cli.console import console

    out = console()
    _show(found)
    if facts:
        from benchmark.cli.facts_tables import show_facts

        show_facts(out, facts)
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
