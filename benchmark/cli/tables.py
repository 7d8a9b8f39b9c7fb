"""Comparison tables for a terminal."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.analysis.compare import (
    columns_of,
    few_positives,
    is_label,
    leaderboard,
    overall,
    pooled,
)
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
    measured = columns_of(metrics, suite.thresholds)
    gains = [column for column in board.columns if column.startswith("gain")]
    few = few_positives(rows)
    for dataset, part in board.groupby("dataset", sort=False):
        columns = [*measured, *(["pooled"] if dataset in few else []), *gains, "rank"]
        out.print(_table(f"\n{dataset}", part, columns, out.width >= FULL_WIDTH))
        if dataset in few:
            out.print(_warning(few[str(dataset)]), style="yellow", markup=False)
    datasets = board["dataset"].nunique()
    if datasets > 1:
        title = f"\nOverall: means over {datasets} datasets ± deviation between them"
        columns = [*measured, *gains, "rank", "datasets"]
        out.print(_table(title, overall(board), columns, out.width >= FULL_WIDTH))
    out.print(_legend(suite, wide=out.width >= FULL_WIDTH), style="dim", markup=False)


def shown_metrics(suite: Suite) -> list[str]:
    """The headline, AUC and recall; where the suite lacks these, its next metrics."""
    wanted = [m for m in SHOWN if m in suite.metrics] + list(suite.metrics)
    return list(dict.fromkeys([suite.headline, *wanted]))[:3]


def _warning(positives: float) -> str:
    return (
        f"  {positives:g} positives a test fold: the mean over folds is biased and unsure; "
        f"`pooled` counts all test rows at once."
    )


def _legend(suite: Suite, *, wide: bool) -> str:
    better = "more" if METRICS.get(suite.headline).greater_is_better else "less"
    rule = f" at the {suite.rule} threshold" if is_label(suite.headline) else ""
    narrow = "" if wide else f" Deviations are shown from {FULL_WIDTH} columns on."
    return (
        f"\nMean ± deviation over folds; ranked by {suite.headline}{rule} ({better} is better); "
        f"gain: over `none` with the same model; *: fewer folds than planned. "
        f"The best of many pairs is a little lucky.{narrow}"
    )


def _table(title: str, part: pd.DataFrame, columns: list[str], wide: bool) -> Table:
    """One table; deviations only where the terminal is wide."""
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


def _cell(line: Mapping[Hashable, Any], column: str, wide: bool) -> str:
    """A number as a person reads it."""
    value = line[column]
    if math.isnan(value):
        return "skipped" if line.get("skipped") else "failed" if line.get("failed") else "-"
    if column in ("datasets", "rank"):
        return f"{value:.0f}" if column == "datasets" else f"{value:.1f}"
    if column.startswith("gain"):
        return f"{value:+.3f}"
    mark = "*" if line.get("failed") else ""
    deviation = line.get(f"{column} std", math.nan)
    if not wide or math.isnan(deviation):
        return f"{value:.3f}{mark}"
    return f"{value:.3f} ± {deviation:.3f}{mark}"
