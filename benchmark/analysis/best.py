"""The best pair of a dataset: what it is worth, and which others are as good."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmark.analysis import within
from benchmark.analysis.blocks import by_fold, cells
from benchmark.analysis.scores import Policy, complete
from benchmark.analysis.selection import Selected, selection_corrected
from benchmark.analysis.stats import Group, NotRun
from benchmark.journal.store import Row
from benchmark.suite import Suite


@dataclass(frozen=True)
class Best:
    """What can be said of the best pair of a dataset.

    Attributes:
        pairs: how many pairs it is the best of; those that are not measured do not count.
        score: its mean over the folds. Optimistic: the pair was chosen by it.
        corrected: the score of choosing a pair by the inner folds of each fold.
        ties: the best pair and all that are not significantly worse by `test`.
        note: what was done about missing folds; empty where none is missing.
    """

    strategy: str
    model: str
    pairs: int
    score: float
    corrected: Selected | NotRun
    ties: Group | NotRun
    note: str
    test: str = "the corrected t-test over folds"


def best_pairs(rows: Iterable[Row], suite: Suite, missing: Policy = "worst") -> dict[str, Best]:
    """Dataset → its best pair; a dataset without any score has none."""
    parts = cells(rows, suite).groupby("dataset", sort=False)
    found = {str(name): best_of(str(name), part, suite, missing) for name, part in parts}
    return {name: best for name, best in found.items() if best is not None}


def best_of(dataset: str, part: pd.DataFrame, suite: Suite, policy: Policy) -> Best | None:
    """The best of the cells of one dataset (see `blocks.cells`); None where none has a score.

    `policy` says what becomes of a pair that lacks a fold in the test of ties.
    """
    outer, values, inner = by_fold(part, "quality", "value", "inner")
    means = outer.mean().dropna()
    if means.empty:
        return None
    best: Any = means.idxmax()
    strategy, model = best
    kept = complete(outer[means.index], policy, "folds")
    use = suite.use_of(dataset)
    return Best(
        strategy=strategy,
        model=model,
        pairs=len(means),
        score=float(values[best].mean()),
        corrected=selection_corrected(inner, values),
        ties=within.tie_group(kept.scores, _test_share(part, suite), bool(use and use.time)),
        note=kept.note,
    )


def _test_share(part: pd.DataFrame, suite: Suite) -> float:
    """The share of the rows in a test fold."""
    return 1 / (part["fold"].nunique() if suite.cv.column else suite.cv.folds)
