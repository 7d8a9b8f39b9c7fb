"""What the best of many pairs is worth: its choice is part of what is scored."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.analysis.scores import complete, values_of
from benchmark.analysis.stats import NotRun

CORRECTED_SCORE = "the selection-corrected score"


@dataclass(frozen=True)
class Selected:
    """The score of choosing the best pair.

    Attributes:
        mean, std: over the folds (population, ddof 0).
        folds: the score in each fold.
        chosen: pair → in how many folds it was chosen, a fraction where pairs were tied; the most
            frequent first.
        best: the pair with the best mean outer score.
        optimistic: that mean, which is too high: the pair was chosen by the scores averaged.
        note: which pairs and folds were left out, and why; empty where none were.
    """

    mean: float
    std: float
    folds: tuple[float, ...]
    chosen: Mapping[Hashable, float]
    best: Hashable
    optimistic: float
    note: str


def selection_corrected(inner: pd.DataFrame, outer: pd.DataFrame) -> Selected | NotRun:
    """The outer score of the pair with the best inner score, fold by fold.

    The test part of a fold has no say in which pair is scored on it, so nothing is gained by
    trying many pairs (Cawley and Talbot, On over-fitting in model selection, JMLR 11, 2010).
    Pairs tied in a fold count with the mean of their outer scores. A pair that lacks a score in
    some fold is no candidate.

    Args:
        inner: a row for each fold, a column for each pair: the score on the inner folds of the
            training part; more is better.
        outer: the same for the test part.
    """
    both = complete(inner.where(np.isfinite(outer)), "drop", "folds")
    if both.scores.empty:
        reason = both.note if inner.notna().any(axis=None) else "there are no inner scores"
        return NotRun(CORRECTED_SCORE, reason)
    said = values_of(both.scores)
    kept = outer.loc[both.scores.index, both.scores.columns]
    reached = kept.to_numpy(dtype=np.float64)
    ties = said == said.max(axis=1, keepdims=True)
    weights = ties / ties.sum(axis=1, keepdims=True)
    folds = (weights * reached).sum(axis=1)
    chosen = pd.Series(weights.sum(axis=0), kept.columns).sort_values(
        ascending=False, kind="stable"
    )
    means = reached.mean(axis=0)
    return Selected(
        mean=float(folds.mean()),
        std=float(folds.std()),
        folds=tuple(folds.tolist()),
        chosen={pair: float(count) for pair, count in chosen.items() if count},
        best=kept.columns[means.argmax()],
        optimistic=float(means.max()),
        note=both.note,
    )
