"""Stored predictions → the curves of a pair, thinned, with their range over the folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.journal.encode import Tested
from benchmark.types import Floats, Integers, ScoreKind

POINTS = 41
BINS = 10
FALSE_ALARMS = np.linspace(0, 1, POINTS) ** 2  # dense where few alarms are false
RECALLS = np.linspace(0, 1, POINTS)[1:]
CUTS = (1 - np.cos(np.pi * np.linspace(0, 1, POINTS + 2)[1:-1])) / 2  # dense at both ends
DEFAULT_CUT = {"probability": 0.5, "decision": 0.0}


@dataclass(frozen=True, eq=False)
class Fold:
    """One test fold, its scores sorted: what lies at or above each distinct score.

    Attributes:
        found, alarms: true and false positives at each cut, shape (distinct scores,).
        cuts: the distinct scores, the highest first.
    """

    y: Integers
    scores: Floats
    found: Floats
    alarms: Floats
    cuts: Floats

    @classmethod
    def of(cls, y: Integers, scores: Floats) -> "Fold":
        """Count once for all curves."""
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        found = np.cumsum(y[order])[last].astype(np.float64)
        return cls(y, scores, found, last + 1 - found, ranked[last])

    @property
    def positives(self) -> float:
        """Positive rows; at least one, as are the negative ones."""
        return float(self.found[-1])

    def roc(self) -> Floats:
        """Share of positives found at each of FALSE_ALARMS, on straight lines between points."""
        rate = np.append(0.0, self.alarms / self.alarms[-1])
        return np.asarray(
            np.interp(FALSE_ALARMS, rate, np.append(0.0, self.found) / self.positives)
        )

    def precision_recall(self) -> Floats:
        """Precision at the highest cut that reaches each of RECALLS: the steps under which
        average precision is the area.
        """
        reached = np.searchsorted(self.found, RECALLS * self.positives - 1e-9)
        return np.asarray(self.found[reached] / (self.found[reached] + self.alarms[reached]))

    def counts(self, cuts: Floats) -> Confusion:
        """The decisions of saying positive above each cut."""
        above = np.searchsorted(-self.cuts, -cuts, side="left")
        found, alarms = (np.append(0.0, values)[above] for values in (self.found, self.alarms))
        return Confusion.binary(found, alarms, self.positives - found, self.alarms[-1] - alarms)


def curves(
    tested: Sequence[Tested], cuts: Sequence[float], metric: Metric | None
) -> dict[str, Any] | str:
    """The curves of a pair from its test folds, in thousandths; or why there are none.

    `cuts` are the thresholds that the folds chose.

    `pr` and `roc` are mean, lowest and highest over the folds at RECALLS and FALSE_ALARMS; `cut`
    is the metric's, with the mean precision and recall, between two scores; `bins` is mean
    promise, share of positives, its lowest and highest over the folds, and rows of each bin.
    """
    if any(fold.scores.ndim == 2 or fold.y.max() > 1 for fold in tested):
        return "the dataset has more than two classes"
    kinds = {fold.kind for fold in tested}
    if kinds == {"label"}:
        return "the model gives labels, no scores"
    folds = [Fold.of(t.y, t.scores) for t in tested if 0 < t.y.sum() < len(t.y)]
    if not folds or len(kinds) > 1:
        return "no test fold has scores of one kind for both classes"
    kind = kinds.pop()
    return {
        "folds": len(folds),
        "share": thousandths(float(np.mean(np.concatenate([fold.y for fold in folds])))),
        "pr": _banded([fold.precision_recall() for fold in folds]),
        "roc": _banded([fold.roc() for fold in folds]),
        "cut": _by_cut(folds, kind, metric, cuts),
        "bins": reliability(folds) if kind == "probability" else None,
    }


def threshold_metric(metrics: Sequence[str]) -> Metric | None:
    """The first label metric of a suite that needs nothing but the counts."""
    known = [METRICS.get(name) for name in metrics if name in METRICS.names()]
    usable = (m for m in known if m.kind == "label" and not m.each and not m.needs)
    return next(usable, None)


def reliability(folds: Sequence[Fold]) -> dict[str, Any]:
    """Promise and truth in bins of equal width over all folds; empty bins are left out."""
    promise, truth, rows = np.sum([_binned(fold) for fold in folds], axis=0)
    kept = rows > 0
    with np.errstate(invalid="ignore"):
        shares = np.array([part[1, kept] / part[2, kept] for part in map(_binned, folds)])
    return {
        "x": thousandths(promise[kept] / rows[kept]),
        "y": thousandths(truth[kept] / rows[kept]),
        "low": thousandths(np.nanmin(shares, axis=0)),
        "high": thousandths(np.nanmax(shares, axis=0)),
        "rows": rows[kept].astype(int).tolist(),
    }


def thousandths(values: Any) -> Any:
    """Whole thousandths: three digits for less room; None where there is no value."""
    whole = np.round(np.asarray(values, dtype=np.float64) * 1000)
    if whole.ndim == 0:
        return int(whole)
    return [None if np.isnan(value) else int(value) for value in whole]


def _binned(fold: Fold) -> Floats:
    """Sum of promises, positives and rows of each bin, shape (3, bins)."""
    index = np.minimum((fold.scores * BINS).astype(np.int64), BINS - 1)
    weights = (fold.scores, fold.y, None)
    return np.array([np.bincount(index, w, minlength=BINS) for w in weights], dtype=np.float64)


def _banded(values: Sequence[Floats]) -> list[Any]:
    """Mean, lowest and highest over the folds."""
    stacked = np.array(values)
    return [thousandths(f(stacked, axis=0)) for f in (np.mean, np.min, np.max)]


def _by_cut(
    folds: Sequence[Fold], kind: ScoreKind, metric: Metric | None, tuned: Sequence[float]
) -> dict[str, Any]:
    """The metric, precision and recall against the threshold."""
    low, high = 0.0, 1.0
    if kind != "probability":
        low = float(min(fold.scores.min() for fold in folds))
        high = float(max(fold.scores.max() for fold in folds))
    counts = [fold.counts(low + CUTS * (high - low)) for fold in folds]
    parts = [METRICS.get(name).function for name in ("precision", "recall")]
    means = [thousandths(np.mean([part(c) for c in counts], axis=0)) for part in parts]
    return {
        "low": _rounded(low),
        "high": _rounded(high),
        "metric": _banded([metric.function(c) for c in counts]) if metric else None,
        "precision": means[0],
        "recall": means[1],
        "default": DEFAULT_CUT[kind],
        "tuned": [_rounded(cut) for cut in tuned],
    }


def _rounded(score: float) -> float:
    return float(f"{score:.4g}")
