"""What comparisons are made of: a score for each fold of a dataset and each pair."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmark.analysis.compare import PAIR, is_label, metric_of
from benchmark.journal.rows import Row
from benchmark.suite import Suite

FOLD = ["repeat", "fold"]


def cells(rows: Iterable[Row], suite: Suite) -> pd.DataFrame:
    """A row for each computed cell.

    Columns: PAIR, FOLD, `value` (the headline at the leaderboard's threshold; at the default one on
    a dataset where no cell has the former), `quality` (the same, turned so that more is better) and
    `inner` (the quality on the inner folds; NaN where nothing was searched).
    """
    computed = [row for row in rows if row.status != "pending"]
    rule = suite.rule if is_label(suite.headline) else ""
    ruled = {r.cell.dataset for r in computed if suite.headline in r.scores.values.get(rule, {})}
    first = suite.thresholds[0] if rule else ""
    found = [
        _cell(row, suite.headline, rule if row.cell.dataset in ruled else first) for row in computed
    ]
    table = pd.DataFrame(found, columns=[*PAIR, *FOLD, "value", "inner"], dtype=object)
    table = table.astype({"value": float, "inner": float})
    if suite.tuning is None:
        table["inner"] = np.nan
    return table.assign(quality=metric_of(suite.headline).quality(table["value"]))


def by_fold(part: pd.DataFrame, *columns: str) -> list[pd.DataFrame]:
    """The cells of one dataset: for each of `columns` a table with a row for each fold.

    It has a column (strategy, model) for each pair, and NaN where a pair lacks a fold.
    """
    folds, row = _numbered(part[FOLD])
    pairs, number = _numbered(part[PAIR[1:]])
    names = pd.Index(pairs, tupleize_cols=False)
    tables = []
    for column in columns:
        values = np.full((len(folds), len(pairs)), np.nan)
        values[row, number] = part[column]
        tables.append(pd.DataFrame(values, pd.Index(folds, tupleize_cols=False), names))
    return tables


def _numbered(part: pd.DataFrame) -> tuple[list[tuple[object, ...]], list[int]]:
    """The distinct lines of a table, and which of them each line is."""
    lines = list(zip(*(part[name] for name in part), strict=True))
    known = {line: number for number, line in enumerate(dict.fromkeys(lines))}
    return list(known), [known[line] for line in lines]


def _cell(row: Row, headline: str, rule: str) -> tuple[object, ...]:
    value = row.scores.values.get(rule, {}).get(headline)
    inner = row.inner.get(rule or "default")
    return (*row.cell.pair, row.cell.repeat, row.cell.fold, value, inner)
