"""The best pair of a dataset: what it is worth, and which others are as good."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmark.analysis import within
from benchmark.analysis.blocks import by_fold, cells
from benchmark.analysis.compare import metric_of
from benchmark.analysis.scores import Policy, complete
from benchmark.analysis.selection import CORRECTED_SCORE, Selected, selection_corrected
from benchmark.analysis.stats import Group, NotRun
from benchmark.journal.rows import Row
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


def best_pairs(
    rows: Iterable[Row], suite: Suite, missing: Policy = "worst", chosen_by: str | None = None
) -> dict[str, Best]:
    """Dataset → its best pair; a dataset without any score has none.

    `chosen_by` is the metric of the inner folds, where it is another than the suite's first.
    """
    parts = cells(rows, suite).groupby("dataset", sort=False)
    found = {str(n): best_of(str(n), part, suite, missing, chosen_by) for n, part in parts}
    return {name: best for name, best in found.items() if best is not None}


def best_of(
    dataset: str, part: pd.DataFrame, suite: Suite, policy: Policy, chosen_by: str | None = None
) -> Best | None:
    """The best of the cells of one dataset (see `blocks.cells`); None where none has a score.

    A pair that lacks folds is no candidate where another has more; in the test of ties `policy`
    says what becomes of it.
    """
    outer, values, inner = by_fold(part, "quality", "value", "inner")
    counts = values.count()
    measured = counts.index[counts > 0]
    if measured.empty:
        return None
    candidates = values.loc[:, counts == counts.max()].mean()
    best: Any = metric_of(suite.headline).quality(candidates).idxmax()
    kept = complete(outer[measured], policy, "folds")
    use = suite.use_of(dataset)
    return Best(
        strategy=best[0],
        model=best[1],
        pairs=len(measured),
        score=float(candidates[best]),
        corrected=_corrected(inner, values, suite, chosen_by or suite.headline),
        ties=within.tie_group(kept.scores, _test_share(part, suite), bool(use and use.time), best),
        note=kept.note,
    )


def _corrected(
    inner: pd.DataFrame, values: pd.DataFrame, suite: Suite, chosen_by: str
) -> Selected | NotRun:
    if suite.tuning is None:
        return NotRun(CORRECTED_SCORE, "nothing was tuned, so there are no inner scores")
    if chosen_by != suite.headline:
        return NotRun(CORRECTED_SCORE, f"the inner folds were scored by {chosen_by}")
    return selection_corrected(inner, values)


def _test_share(part: pd.DataFrame, suite: Suite) -> float:
    """The share of the rows in a test fold."""
    return 1 / (part["fold"].nunique() if suite.cv.column else suite.cv.folds)
