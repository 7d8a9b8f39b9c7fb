"""What studies of the search share: cells computed two ways, and what one of the ways loses."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmark.flow import Summary
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.types import Outcome

WHERE = ["dataset", "strategy", "model", "fold"]


def cells(summary: Summary, more: Callable[[Row, Outcome], dict[str, Any]]) -> pd.DataFrame:
    """A row for each cell: F2 under both rules, and `more`. Every cell has to be ok."""
    lines = []
    with Journal.existing(summary.journal) as journal:
        for row in summary.rows:
            outcome = journal.outcome(row.cell, row.fit_key, predictions=False)
            assert outcome is not None and outcome.status == "ok", row
            place = {name: getattr(row.cell, name) for name in WHERE}
            f2 = {rule: row.scores.values[rule]["f2"] for rule in ("default", "tuned")}
            lines.append(place | f2 | more(row, outcome))
    return pd.DataFrame(lines)


def paired(before: pd.DataFrame, after: pd.DataFrame, rules: Mapping[str, str]) -> pd.DataFrame:
    """Both ways side by side, the second with `_after`, and the `_loss` under each rule."""
    both = before.merge(after, on=WHERE, suffixes=("", "_after"), validate="one_to_one")
    for rule in rules:
        both[f"{rule}_loss"] = both[rule] - both[f"{rule}_after"]
    return both


def loss_lines(both: pd.DataFrame, rules: Mapping[str, str]) -> Iterator[str]:
    """A row for each rule, in words: both means, their loss, and its error over datasets."""
    for rule, words in rules.items():
        by_set = both.groupby("dataset")[f"{rule}_loss"].mean()
        error = by_set.std(ddof=1) / np.sqrt(len(by_set))
        yield (
            f"| {words} | {both[rule].mean():.4f} | {both[f'{rule}_after'].mean():.4f} "
            f"| {by_set.mean():+.4f} | {error:.4f} |\n"
        )
