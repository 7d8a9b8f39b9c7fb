"""Comparison tables for a terminal."""

import math
from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.analysis.compare import few_positives, is_label, leaderboard, overall, pooled
from benchmark.catalogue.registry import METRICS
from benchmark.journal.store import Row
from benchmark.suite import Suite

SHOWN = ("roc_auc", "recall")
FULL_WIDTH = 130


def show_tables(out: Console, table: pd.DataFrame, rows: Sequence[Row], suite: Suite) -> None:
    """A table for each dataset, best pair first, and one over all of them."""
    if table.empty:
        out.print("Nothing has been computed yet.")
        return
    metrics = shown_metrics(suite)
    board = leaderboard(table, metrics, list(suite.thresholds))
    board["pooled"] = pooled(board, rows, suite.headline, suite.rule)
    warned = few_positives(rows)
    for dataset, part in board.groupby("dataset", sort=False):
        few = warned.get(str(dataset))
        columns = _columns(metrics, suite) + (["pooled"] if few and is_label(suite.headline) else [])
        out.print(_table(str(dataset), part, [*columns, *_gains(suite), "rank"], out, suite))
        if few:
            out.print(
                f"  {few:g} positives a test fold: the mean over folds is unsure and biased; "
                f"`pooled` counts all test rows at once.",
                style="yellow",
                markup=False,
            )
    if board["dataset"].nunique() > 1:
        columns = [*_columns(metrics, suite), *_gains(suite), "rank", "datasets"]
        title = f"Overall: means over {board['dataset'].nunique()} datasets ± deviation between them"
        out.print(_table(title, overall(board), columns, out, suite))
    direction = "" if METRICS.get(suite.headline).greater_is_better else " (less is better)"
    out.print(
        f"Mean ± deviation over folds{direction}; ranked by {suite.headline} at the {suite.rule} "
        f"threshold; gain: difference to `none` with the same model; * fewer folds than planned. "
        f"The first of many pairs is a little lucky.",
        style="dim",
        markup=False,
    )


def shown_metrics(suite: Suite) -> list[str]:
    """The headline, AUC and recall; where the suite lacks these, its next metrics."""
    wanted = [m for m in SHOWN if m in suite.metrics] + list(suite.metrics)
    return list(dict.fromkeys([suite.headline, *wanted]))[:3]


def _columns(metrics: list[str], suite: Suite) -> list[str]:
    return [
        column
        for metric in metrics
        for column in ([f"{metric}@{t}" for t in suite.thresholds] if is_label(metric) else [metric])
    ]


def _gains(suite: Suite) -> list[str]:
    if not is_label(suite.headline):
        return ["gain"]
    return [f"gain@{threshold}" for threshold in suite.thresholds]


def _table(title: str, part: pd.DataFrame, columns: list[str], out: Console, suite: Suite) -> Table:
    """One table; deviations are left out where the terminal is narrow."""
    wide = out.width >= FULL_WIDTH
    table = Table(title=title, title_justify="left", title_style="bold", padding=(0, 1), box=None)
    table.add_column("strategy", overflow="fold")
    table.add_column("model", overflow="fold")
    for column in columns:
        name, _, threshold = column.partition("@")
        table.add_column(f"{name}\n{threshold}".strip(), justify="right", no_wrap=True)
    for position, line in enumerate(part.to_dict("records")):
        cells = [_cell(line, column, wide) for column in columns]
        style = "bold" if position == 0 else "dim" if math.isnan(line["rank"]) else ""
        table.add_row(Text(str(line["strategy"])), Text(str(line["model"])), *cells, style=style)
    return table


def _cell(line: dict[str, object], column: str, wide: bool) -> str:
    """A number as a person reads it."""
    value = line.get(column)
    if not isinstance(value, int | float) or math.isnan(value):
        return "skipped" if line.get("skipped") else "failed" if line.get("failed") else "–"
    if column == "datasets":
        return str(int(value))
    if column == "rank":
        return f"{value:.1f}"
    if column.startswith("gain"):
        return f"{value:+.3f}"
    deviation = line.get(f"{column} std")
    mark = "*" if line.get("failed") else ""
    if not wide or not isinstance(deviation, float) or math.isnan(deviation):
        return f"{value:.3f}{mark}"
    return f"{value:.3f} ± {deviation:.3f}{mark}"
