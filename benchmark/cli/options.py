"""Options that several commands share."""

from collections.abc import Iterable
from pathlib import Path

import click

from benchmark.errors import BenchmarkError, brief

suite = click.argument("suite", type=click.Path(path_type=Path), metavar="SUITE")
results = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder that everything is written to.",
)
workers = click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    metavar="N",
    help="Worker processes; default: the suite's, else one a processor.",
)
tracking_uri = click.option(
    "--tracking-uri",
    metavar="URI",
    help="MLflow store: a server or sqlite:/// path; default: the suite's, else RESULTS/mlflow.db.",
)
shard = click.option(
    "--shard",
    metavar="K/N",
    help="Only the K-th of N fixed parts of the cells, of near equal cost, as in 2/8.",
)
no_plugins = click.option(
    "--no-plugins",
    is_flag=True,
    help="Refuse plugins and import paths: run no code of the suite's.",
)


def refuse_overwriting(inputs: Iterable[Path | None], outputs: Iterable[Path | None]) -> None:
    """Raise BenchmarkError where a file would be written over an input or another output."""
    taken = {path.resolve() for path in inputs if path}
    for path in filter(None, outputs):
        if path.resolve() in taken:
            raise BenchmarkError(f"{str(path)!r} would be overwritten; name another file")
        taken.add(path.resolve())


def only_of(texts: tuple[str, ...]) -> dict[str, list[str]]:
    """Parse `dataset=…`, `strategy=…`, `model=…`; the same kind again adds a name."""
    only: dict[str, list[str]] = {}
    for text in texts:
        kind, sign, name = text.partition("=")
        if not sign or not name:
            raise BenchmarkError(f"--only {brief(text)}: write dataset=…, strategy=… or model=…")
        only.setdefault(kind, []).append(name)
    return only
