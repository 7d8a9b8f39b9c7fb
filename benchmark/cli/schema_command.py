"""`schema`: the JSON Schema of a suite file, for editors."""

import json

import click


@click.command(name="schema")
def command() -> int:
    """Print the JSON Schema of suite files, with every name of the catalogue."""
    from benchmark.suite_file import schema

    click.echo(json.dumps(schema(), indent=2))
    return 0
