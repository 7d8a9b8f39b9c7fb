"""Comparison tables for a terminal."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console

from benchmark.analysis.best import Best, best_pairs
from benchmark.analysis.compare import (
    columns_of,
    few_positives,
    is_label,
    leaderboard,
    metric_of,
    overall,
    pooled,
)
from benchmark.analysis.stats import NotRun
from benchmark.cli.grid import Grid
from benchmark.journal.rows import Row
from benchmark.suite import Suite
from benchmark.wording import counted

SHOWN = ("roc_auc", "recall")


def show_tables(
    out: Console,
    table: pd.DataFrame,
    rows: Sequence[Row],
    suite: Suite,
    baseline: str | None = None,
    bests: Mapping[str, Best] | None = None,
) -> None:
    """A table for each dataset, best pair first, and one over all of them.

    The gains are over `baseline`, the suite's own if None; `bests` are those of `best_pairs`.
    """
    if all(row.status == "pending" for row in rows):
        out.print("Nothing has been computed yet.")
        return
    metrics = shown_metrics(suite)
    baseline = suite.baseline if baseline is None else baseline
    board = leaderboard(table, metrics, suite.thresholds, rows, baseline)
    few = few_positives(rows)
    rare = [row for row in rows if row.cell.dataset in few]
    board["pooled"] = pooled(board, rare, suite.headline, suite.rule)
    bests = best_pairs(rows, suite) if bests is None else bests
    board["tied"] = tied(board, bests)
    measured = columns_of(metrics, suite.thresholds)
    gains = [column for column in board.columns if column.startswith("gain")]
    for dataset, part in board.groupby("dataset", sort=False):
        columns = [*measured, *(["pooled"] if dataset in few else []), *gains, "seconds", "rank"]
        found = part[columns].notna().any()
        columns = [c for c in columns if found[c]] or columns  # many classes lack some
        _print(out, f"\n{dataset}", part, columns)
        if dataset in bests:
            out.print(_worth(bests[str(dataset)]), markup=False)
        if dataset in few:
            out.print(_warning(few[str(dataset)]), style="yellow", markup=False)
    datasets = board["dataset"].nunique()
    if datasets > 1:
        title = f"\nOverall: means over {datasets} datasets ± deviation between them"
        means = overall(board)
        partial = ["datasets"] if means["datasets"].nunique() > 1 else []
        _print(out, title, means, [*measured, *gains, "seconds", "rank", *partial])
    lead = columns_of([suite.headline], [suite.rule])[0]
    rule = suite.rule if board[lead].notna().any() else suite.thresholds[0]
    out.print(_legend(suite, rule, baseline), style="dim", markup=False)
    pending = sum(row.status == "pending" for row in rows)
    if pending:
        cells = counted(len(rows), "cell")
        text = f"{pending:,} of {cells} are not computed yet; `run` goes on with them."
        out.print(text, style="yellow", markup=False)


def tied(board: pd.DataFrame, bests: Mapping[str, Best]) -> list[bool]:
    """Whether each line of a board is as good as the best pair of its dataset."""
    groups = {
        name: set() if isinstance(best.ties, NotRun) else set(best.ties)
        for name, best in bests.items()
    }
    lines = board[["dataset", "strategy", "model"]].itertuples(index=False, name=None)
    return [pair in groups.get(dataset, set()) for dataset, *rest in lines for pair in [(*rest,)]]


def shown_metrics(suite: Suite) -> list[str]:
    """The headline, AUC and recall; where the suite lacks these, its next metrics."""
    wanted = [m for m in SHOWN if m in suite.metrics] + list(suite.metrics)
    return list(dict.fromkeys([suite.headline, *wanted]))[:3]


def _worth(best: Best) -> str:
    """What the best pair is worth, and which others are as good."""
    if best.pairs == 1:
        return f"  the only pair with results: {best.score:.3f}"
    said = [f"best of {best.pairs} pairs: {best.score:.3f}, which is optimistic"]
    if isinstance(best.corrected, NotRun):
        said.append(str(best.corrected))
    else:
        mean, std = best.corrected.mean, best.corrected.std
        said.append(f"choosing by the inner folds gives {mean:.3f} ± {std:.3f}")
    if isinstance(best.ties, NotRun):
        said.append(str(best.ties))
    else:
        others = len(best.ties) - 1
        said.append(f"{others} not significantly worse (≈, {best.test})")
    left = "" if isinstance(best.corrected, NotRun) else best.corrected.note
    if left:
        said.append(f"no candidates, {left}")
    if best.note:
        said.append(f"missing folds, {best.note}")
    return "  " + "; ".join(said)


def _warning(positives: float) -> str:
    return (
        f"  {positives:g} positives a test fold: the mean over folds is biased and unsure; "
        f"`pooled` counts all test rows at once."
    )


def _legend(suite: Suite, rule: str, baseline: str) -> str:
    headline = metric_of(suite.headline)
    better = "more" if headline.greater_is_better else "less"
    if headline.target is not None:
        better = f"nearer to {headline.target:g}"
    rule = f" at the {rule} threshold" if is_label(suite.headline) else ""
    return (
        f"\nMean ± deviation over folds (a wide terminal shows both); ranked by {suite.headline}"
        f"{rule} ({better} is better); gain: over `{baseline or 'none'}` with the "
        f"same model; *: some folds have no value; ≈: as good as the best of the dataset."
    )


def _print(out: Console, title: str, part: pd.DataFrame, columns: list[str]) -> None:
    """Print a table in the fullest layout that fits: without deviations, names stacked, no time."""
    fewer = [column for column in columns if column != "seconds"]
    found = part.to_dict("records")
    for shown, deviations, stacked in (
        (columns, True, False),
        (columns, False, False),
        (columns, False, True),
        (fewer, False, True),
    ):
        grid = _grid(found, shown, deviations=deviations, stacked=stacked)
        if grid.width <= out.width:
            break
    grid.show(out, title)


def _grid(
    found: Sequence[Mapping[Hashable, Any]], columns: list[str], *, deviations: bool, stacked: bool
) -> Grid:
    names = ["strategy\n+ model"] if stacked else ["strategy", "model"]
    lines = []
    for line in found:
        pair = [str(line[name]).expandtabs() for name in ("strategy", "model")]
        cells = [cell(line, column, deviations) for column in columns]
        lines.append([*(["\n+ ".join(pair)] if stacked else pair), *cells])
    return Grid(
        header=[*names, *(column.replace("@", "\n", 1) for column in columns)],
        lines=lines,
        styles=["bold", *("dim" if math.isnan(line["rank"]) else "" for line in found[1:])],
        names=len(names),
        gap=1 if stacked else 2,
    )


def cell(line: Mapping[Hashable, Any], column: str, deviations: bool) -> str:
    """A number as a person reads it."""
    value = line[column]
    if math.isnan(value) and column == "pooled":
        return "-"
    if math.isnan(value):
        return "skipped" if line.get("skipped") else "failed" if line.get("failed") else "-"
    if column == "datasets":
        return f"{value:.0f}"
    if column == "rank":
        marks = {True: " ≈", False: "  "}
        return f"{value:.1f}{marks.get(line.get('tied'), '')}"  # type: ignore[arg-type]
    if column == "seconds":
        return f"{value:.1f}"
    if column.startswith("gain"):
        return f"{value:+.3f}"
    mark = "*" if line.get(f"{column} n", math.inf) < line.get("folds", 0) else ""
    deviation = line.get(f"{column} std", math.nan)
    if not deviations or math.isnan(deviation):
        return f"{value:.3f}{mark}"
    return f"{value:.3f} ± {deviation:.3f}{mark}"
