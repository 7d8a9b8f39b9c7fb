"""Predictions → metrics, thresholds and corrected probabilities; no fit."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.types import Floats, Integers, Predictions, Scored, ScoreKind, Scores, Threshold

DEFAULT_THRESHOLD = {"probability": 0.5, "decision": 0.0, "label": 0.5}


def decide(scores: Floats, threshold: float) -> Integers:
    """Say positive (1) above the threshold."""
    return (scores > threshold).astype(np.int64)


def measure(
    metric: Metric, y: Integers, scores: Floats, kind: ScoreKind, threshold: float = 0.0
) -> float | None:
    """One metric of one set of rows; None where rows or scores lack what it needs."""
    if metric.kind == "label":
        return float(metric.function(Confusion.of(y, decide(scores, threshold))))
    if metric.kind == "ranking" and (kind == "label" or len(np.unique(y)) < 2):
        return None
    if metric.kind == "probability" and kind != "probability":
        return None
    return float(metric.function(y, columns(metric, scores)))


def columns(metric: Metric, scores: Floats) -> Floats:
    """Scores of the positive class as the metric takes them: alone, or one column a class."""
    if not metric.many:
        return scores
    other = 1 - scores if metric.kind == "probability" else -scores
    return np.column_stack([other, scores])


def best_threshold(
    metric: Metric, y: Integers, scores: Floats, kind: ScoreKind
) -> tuple[float, float]:
    """The threshold with the best label metric, and that metric's value there.

    Candidates are the midpoints of distinct scores; ties take the middle of the longest plateau.
    Where all scores are the same there is nothing to tune and the default decision stays.
    """
    values, index = np.unique(scores, return_inverse=True)
    if len(values) < 2:
        threshold = DEFAULT_THRESHOLD[kind]
        return threshold, float(measure(metric, y, scores, kind, threshold) or 0.0)
    positives = np.bincount(index, weights=y == 1, minlength=len(values)).astype(np.float64)
    fn = np.cumsum(positives)[:-1]
    below = np.cumsum(np.bincount(index, minlength=len(values)))[:-1].astype(np.float64)
    tp = float(np.count_nonzero(y == 1)) - fn
    quality = metric.function(Confusion.binary(tp, len(y) - below - tp, fn, below - fn))
    best = quality.max() if metric.greater_is_better else quality.min()
    chosen = _middle_of_longest_plateau(quality == best)
    lower, upper = values[chosen], values[chosen + 1]
    middle = lower + (upper - lower) / 2
    # Between neighbouring floats the middle rounds to one of them; the upper must stay positive.
    return float(middle if middle < upper else lower), float(best)


def _middle_of_longest_plateau(best: "np.typing.NDArray[np.bool_]") -> int:
    edges = np.diff(np.concatenate(([0], best.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    longest = int(np.argmax(ends - starts))
    return int((starts[longest] + ends[longest] - 1) // 2)


def corrected(scored: Scored, oof_y: Integers) -> Floats | None:
    """Probabilities from the sigmoid of the inner out-of-fold scores (Platt, 1999).

    Resampling and weighting shift the log-odds; the sigmoid is fitted to the log-odds of
    probabilities, or to decision values, with Platt's targets. None without inner folds.
    """
    if len(oof_y) == 0 or len(np.unique(oof_y)) < 2 or scored.kind == "label":
        return None
    positives = int(oof_y.sum())
    negatives = len(oof_y) - positives
    target = np.where(oof_y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    evidence, unseen = (_evidence(scored.kind, s, len(oof_y)) for s in (scored.oof, scored.test))
    spread = float(evidence.std()) or 1.0
    column = (evidence / spread).reshape(-1, 1)
    sigmoid = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    sigmoid.fit(
        np.vstack([column, column]),
        np.repeat([1, 0], len(oof_y)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    probabilities: Floats = sigmoid.predict_proba((unseen / spread).reshape(-1, 1))[:, 1]
    return probabilities


def _evidence(kind: ScoreKind, scores: Floats, rows: int) -> Floats:
    """Log-odds of probabilities, kept half a row from certainty; decision values as they are."""
    if kind != "probability":
        return scores
    p = np.clip(scores, 0.5 / rows, 1 - 0.5 / rows)
    return np.log(p) - np.log1p(-p)


def threshold_metric(metrics: Sequence[str]) -> Metric | None:
    """The metric that the threshold maximises: the first label metric of the suite."""
    return next((m for m in map(METRICS.get, metrics) if m.kind == "label"), None)


def score(predictions: Predictions, metrics: Sequence[str], thresholds: Sequence[str]) -> Scores:
    """All metrics of a cell.

    Label metrics at each threshold; the others once, of the model chosen under the leaderboard
    rule ("tuned" where there is one); probability metrics raw and corrected.
    """
    wanted = [METRICS.get(name) for name in metrics]
    cut = _tuned_threshold(predictions, metrics) if "tuned" in thresholds else None
    leader = predictions.tuned if "tuned" in thresholds else predictions.default
    decisions = {}
    if "default" in thresholds:
        default = predictions.default
        decisions["default"] = decide(default.test, DEFAULT_THRESHOLD[default.kind])
    if cut is not None:
        decisions["tuned"] = decide(predictions.tuned.test, cut.value)
    counts = {rule: Confusion.of(predictions.y, said) for rule, said in decisions.items()}
    labels = [m for m in wanted if m.kind == "label"]
    values = {r: {m.name: float(m.function(c)) for m in labels} for r, c in counts.items()}
    other, missing = _other_metrics(wanted, predictions, leader)
    return Scores(
        values={**values, "": other},
        missing=missing,
        threshold=cut,
        confusion={
            r: (float(c.tp), float(c.fp), float(c.fn), float(c.tn)) for r, c in counts.items()
        },
        positives=int(np.count_nonzero(predictions.y == 1)),
    )


def _other_metrics(
    metrics: Sequence[Metric], predictions: Predictions, leader: Scored
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Ranking and probability metrics, and why any of them has no value."""
    values: dict[str, float | None] = {}
    missing: dict[str, str] = {}
    y = predictions.y
    probability = [m for m in metrics if m.kind == "probability"]
    fixed = corrected(leader, predictions.oof_y) if probability else None
    for metric in (m for m in metrics if m.kind != "label"):
        values[metric.name] = measure(metric, y, leader.test, leader.kind)
        if values[metric.name] is None:
            missing[metric.name] = why_missing(metric, leader.kind)
    for metric in probability:
        name = f"{metric.name}_corrected"
        values[name] = None if fixed is None else measure(metric, y, fixed, "probability")
        if fixed is None:
            missing[name] = _why_uncorrected(leader.kind)
    return values, missing


def why_missing(metric: Metric, kind: ScoreKind) -> str:
    """Why `measure` gave no value."""
    if metric.kind == "probability":
        return "the model gives no probabilities"
    return "the model gives labels only" if kind == "label" else "the fold has one class"


def _why_uncorrected(kind: ScoreKind) -> str:
    if kind == "label":
        return "the model gives labels only"
    return "no inner out-of-fold scores of both classes to correct with"


def _tuned_threshold(predictions: Predictions, metrics: Sequence[str]) -> Threshold | None:
    metric = threshold_metric(metrics)
    if metric is None or len(predictions.oof_y) == 0:
        return None
    tuned = predictions.tuned
    value, _ = best_threshold(metric, predictions.oof_y, tuned.oof, tuned.kind)
    return Threshold(value, int(predictions.oof_y.sum()))
