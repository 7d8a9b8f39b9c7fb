"""Inner out-of-fold scores of many rows → few points that lead to the same threshold."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmark.types import Floats, Integers, Points, Predictions, Scored

MANY_ROWS = 200_000  # training rows; with more, inner out-of-fold scores are reduced
BINS = 4_000  # of about equal shares of both classes
EXACT = 12_000  # scores that a bin of their own is kept for, if they are no more


def reduced(predictions: Predictions, training_rows: int) -> Predictions:
    """Points instead of the inner out-of-fold scores where there are many training rows."""
    if training_rows <= MANY_ROWS or len(predictions.oof_y) == 0:
        return predictions
    default, tuned = predictions.default, predictions.tuned
    few = _reduced(predictions, default)
    return replace(
        predictions,
        oof_rows=np.empty(0, dtype=np.int64),
        oof_y=np.empty(0, dtype=np.int64),
        default=few,
        tuned=few if tuned is default else _reduced(predictions, tuned),
        oof_costs=None,
    )


def _reduced(predictions: Predictions, scored: Scored) -> Scored:
    """One model's scores; none of many classes, where nothing is chosen by them."""
    points = predictions.inner(scored)
    if scored.oof.ndim == 2 or points.y.max(initial=0) > 1:
        none = np.empty(0)
        return replace(scored, oof=scored.oof[:0], points=Points(none.astype(np.int64), none))
    oof, points = binned(scored.oof, points)
    return replace(scored, oof=oof, points=points)


def binned(
    scores: Floats, points: Points, bins: int = BINS, exact: int = EXACT
) -> tuple[Floats, Points]:
    """At most two points, one of each class, for each bin of neighbouring scores.

    The score of a bin is the middle one of its distinct scores. Every score of a positive row
    and the scores beside it are bins of their own, unless these are more than `exact`. A metric
    that gets worse with every false alarm is at its best right below the score of a positive row,
    so that its threshold is then that of all rows.
    """
    values, index = np.unique(scores, return_inverse=True)
    common, rare = (_sums(index, (points.y == code).astype(np.float64)) for code in (0, 1))
    starts = _starts(common, rare, bins, exact)
    ends = np.append(starts[1:], len(values))
    codes = 2 * (np.searchsorted(starts, index, side="right") - 1) + points.y
    counts = _sums(codes, points.counts)
    there = np.flatnonzero(counts)
    costs = None if points.costs is None else _sums(codes, points.costs)[there]
    return values[(starts + ends - 1) // 2][there // 2], Points(there % 2, counts[there], costs)


def _sums(codes: Integers, weights: Floats) -> Floats:
    """The weights of each code added up."""
    return np.bincount(codes, weights).astype(np.float64)


def _starts(common: Floats, rare: Floats, bins: int, exact: int) -> Integers:
    """The first of the distinct scores of each bin, from the rows of each class at each score."""
    shares = (np.cumsum(rows) / max(rows.sum(), 1.0) for rows in (common, rare))
    quantile = np.ceil(sum(shares) * bins / 2)
    begins: NDArray[np.bool_] = np.diff(quantile, prepend=-1.0) > 0
    alone = rare > 0
    alone[1:] |= rare[:-1] > 0
    alone[:-1] |= rare[1:] > 0
    alone[:2] = alone[-2:] = True  # where nothing but false alarms counts
    if np.count_nonzero(alone) <= exact:
        begins |= alone
        begins[1:] |= alone[:-1]
    return np.flatnonzero(begins)
