"""The leaderboard as the page shows it: columns, and a row for each pair."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import pandas as pd

from benchmark.analysis.compare import PAIR, columns_of
from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.ties import Ties
from benchmark.analysis.twins import CORRECTED
from benchmark.catalogue.registry import METRICS
from benchmark.wording import counted

FIRST = ("roc_auc", "recall")


def leaderboard_table(evidence: Evidence, ties: Ties) -> dict[str, Any]:
    """Columns with their titles and directions; rows by dataset, and means over datasets.

    A row is dataset (None for a mean), strategy, model, the columns' values, their deviations,
    what is wrong with it, and whether it belongs to the tie group.
    """
    columns = _columns(evidence)
    names = [column["name"] for column in columns]
    rows = [
        _row(row, names, _state(evidence, row), ties.on.get(row["dataset"], frozenset()))
        for row in _records(evidence.board)
    ]
    means = []
    if evidence.board["dataset"].nunique() > 1:
        total = evidence.ranked["dataset"].nunique()
        frame = evidence.overall.assign(dataset=None)
        means = [_row(row, names, _partial(row, total), ties.over) for row in _records(frame)]
    return {"columns": columns, "rows": rows, "means": means}


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in record.items()} for record in frame.to_dict("records")]


def _columns(evidence: Evidence) -> list[dict[str, Any]]:
    """The headline, AUC and recall, gains, rank and seconds; then the other metrics."""
    head = list(evidence.by_threshold.values())
    gains = [c.replace(evidence.headline, "gain", 1) for c in head]
    measured = [name for name in evidence.suite["metrics"] if name != evidence.headline]
    ruled = [rule for rule in evidence.thresholds if rule == evidence.rule]
    main = columns_of([name for name in FIRST if name in measured], ruled)
    every = columns_of(measured, evidence.thresholds)
    corrected = [f"{m}{CORRECTED}" for m in measured if f"{m}{CORRECTED}" in evidence.board]
    others = [name for name in [*every, *corrected] if name not in main]
    return [
        _column("rank", "rank", 1, higher=False),
        *(_metric(evidence, name) for name in head),
        *(_column(name, name.replace("@", ", "), 3, higher=True) for name in gains),
        *(_metric(evidence, name) for name in main),
        _column("seconds", "seconds a fold", 2, higher=False),
        *(_metric(evidence, name) | {"extra": True} for name in others),
    ]


def _column(name: str, title: str, digits: int, higher: bool) -> dict[str, Any]:
    return {"name": name, "title": title, "digits": digits, "higher": higher, "extra": False}


def _metric(evidence: Evidence, column: str) -> dict[str, Any]:
    metric, _, threshold = column.partition("@")
    known = METRICS.get(metric.removesuffix(CORRECTED))
    title = f"{metric.replace('_', ' ')}{f', {threshold}' if threshold else ''}"
    return _column(column, title, 3, known.greater_is_better)


def _row(
    row: Mapping[str, Any], names: Sequence[str], state: str, tied: Set[tuple[str, str]]
) -> list[Any]:
    values = [row.get(name) for name in names]
    deviations = [row.get(f"{name} std") for name in names]
    is_tied = (row["strategy"], row["model"]) in tied
    return [*(row[name] for name in PAIR), values, deviations, state, is_tied]


def _state(evidence: Evidence, row: Mapping[str, Any]) -> str:
    """What a reader must know before trusting a row; empty where there is nothing."""
    if row["skipped"]:
        return "cannot be"
    have, cells = row[f"{next(iter(evidence.by_threshold.values()))} n"], int(row["folds"])
    have = 0 if pd.isna(have) else int(have)
    if row["failed"]:
        return f"{int(row['failed'])} of {cells} folds failed"
    return f"{have} of {cells} folds" if have < cells else ""


def _partial(row: Mapping[str, Any], total: int) -> str:
    parts = []
    if row["datasets"] < total:
        parts.append(f"{int(row['datasets'])} of {total} datasets")
    if row["failed"]:
        parts.append(f"{counted(int(row['failed']), 'fold')} failed")
    return ", ".join(parts)
