"""Comparison tables for a terminal."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console
from rich.measure import Measurement
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


def show_tables(out: Console, table: pd.DataFrame, rows: Sequence[Row], suite: Suite) -> None:
    """A table for each dataset, best pair first, and one over all of them."""
    if all(row.status == "pending" for row in rows):
        out.print("Nothing has been computed yet.")
        return
    metrics = shown_metrics(suite)
    board = leaderboard(table, metrics, suite.thresholds, rows, suite.baseline)
    board["pooled"] = pooled(board, rows, suite.headline, suite.rule)
    measured = columns_of(metrics, suite.thresholds)
    gains = [column for column in board.columns if column.startswith("gain")]
    few = few_positives(rows)
    for dataset, part in board.groupby("dataset", sort=False):
        columns = [*measured, *(["pooled"] if dataset in few else []), *gains, "rank"]
        columns = [c for c in columns if part[c].notna().any()] or columns  # many classes lack some
        _print(out, f"\n{dataset}", part, columns)
        if dataset in few:
            out.print(_warning(few[str(dataset)]), style="yellow", markup=False)
    datasets = board["dataset"].nunique()
    if datasets > 1:
        title = f"\nOverall: means over {datasets} datasets ± deviation between them"
        means = overall(board)
        partial = ["datasets"] if means["datasets"].nunique() > 1 else []
        _print(out, title, means, [*measured, *gains, "rank", *partial])
    lead = columns_of([suite.headline], [suite.rule])[0]
    rule = suite.rule if board[lead].notna().any() else suite.thresholds[0]
    out.print(_legend(suite, rule), style="dim", markup=False)
    pending = sum(row.status == "pending" for row in rows)
    if pending:
        text = f"{pending:,} of {len(rows):,} cells are not computed yet; `run` goes on with them."
        out.print(text, style="yellow", markup=False)


def shown_metrics(suite: Suite) -> list[str]:
    """The headline, AUC and recall; where the suite lacks these, its next metrics."""
    wanted = [m for m in SHOWN if m in suite.metrics] + list(suite.metrics)
    return list(dict.fromkeys([suite.headline, *wanted]))[:3]


def _warning(positives: float) -> str:
    return (
        f"  {positives:g} positives a test fold: the mean over folds is biased and unsure; "
        f"`pooled` counts all test rows at once."
    )


def _legend(suite: Suite, rule: str) -> str:
    headline = METRICS.get(suite.headline.removesuffix("_corrected"))
    better = "more" if headline.greater_is_better else "less"
    if headline.target is not None:
        better = f"nearer to {headline.target:g}"
    rule = f" at the {rule} threshold" if is_label(suite.headline) else ""
    return (
        f"\nMean ± deviation over folds (a wide terminal shows both); ranked by {suite.headline}"
        f"{rule} ({better} is better); gain: over `none` with the same model; *: fewer folds than "
        f"planned. The best of many pairs is a little lucky."
    )


def _print(out: Console, title: str, part: pd.DataFrame, columns: list[str]) -> None:
    """Print a table in the fullest layout that fits: with deviations, without, names stacked."""
    unlimited = out.options.update(width=1000)
    for deviations, stacked in ((True, False), (False, False), (False, True)):
        table = _table(title, part, columns, deviations=deviations, stacked=stacked)
        if Measurement.get(out, unlimited, table).maximum <= out.width:
            break
    out.print(table)


def _table(
    title: str, part: pd.DataFrame, columns: list[str], *, deviations: bool, stacked: bool
) -> Table:
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    table.collapse_padding = stacked
    for name in ("strategy\n+ model",) if stacked else ("strategy", "model"):
        table.add_column(name, overflow="fold")
    for column in columns:
        name, _, threshold = column.partition("@")
        table.add_column(f"{name}\n{threshold}".strip(), justify="right", no_wrap=True)
    for position, line in enumerate(part.to_dict("records")):
        strategy, model = str(line["strategy"]), str(line["model"])
        names = [f"{strategy}\n+ {model}"] if stacked else [strategy, model]
        cells = [cell(line, column, deviations) for column in columns]
        style = "bold" if position == 0 else "dim" if math.isnan(line["rank"]) else ""
        table.add_row(*map(Text, names), *cells, style=style)
    return table


def cell(line: Mapping[Hashable, Any], column: str, deviations: bool) -> str:
    """A number as a person reads it."""
    value = line[column]
    if math.isnan(value) and column == "pooled":
        return "-"
    if math.isnan(value):
        return "skipped" if line.get("skipped") else "failed" if line.get("failed") else "-"
    if column in ("datasets", "rank"):
        return f"{value:.0f}" if column == "datasets" else f"{value:.1f}"
    if column.startswith("gain"):
        return f"{value:+.3f}"
    mark = "*" if line.get(f"{column} n", math.inf) < line.get("folds", 0) else ""
    deviation = line.get(f"{column} std", math.nan)
    if not deviations or math.isnan(deviation):
        return f"{value:.3f}{mark}"
    return f"{value:.3f} ± {deviation:.3f}{mark}"
