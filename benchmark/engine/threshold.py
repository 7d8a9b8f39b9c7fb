"""Scores → decisions: the thresholds, and the corrected probabilities that some of them take."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.types import (
    Floats,
    Integers,
    Points,
    Predictions,
    Scored,
    ScoreKind,
    Scoring,
    Threshold,
)

DEFAULT_THRESHOLD = {"probability": 0.5, "decision": 0.0, "label": 0.5}
Decided = tuple[Integers, Threshold | None]


def decide(scores: Floats, threshold: float) -> Integers:
    """Say positive (1) above the threshold."""
    return (scores > threshold).astype(np.int64)


def decide_by_default(scored: ScoreKind, scores: Floats, classes: int) -> Integers:
    """The class that a model itself would say."""
    if scores.ndim == 2:
        return np.asarray(np.argmax(scores, axis=1))
    if classes > 2:
        return scores.astype(np.int64)
    return decide(scores, DEFAULT_THRESHOLD[scored])


def decisions(
    predictions: Predictions, scoring: Scoring
) -> tuple[dict[str, Decided], dict[str, str]]:
    """The decisions on the test rows under each rule, and why a rule has none."""
    found: dict[str, Decided] = {}
    missing: dict[str, str] = {}
    for rule in scoring.thresholds:
        decided = _RULES[rule](predictions, scoring)
        if isinstance(decided, str):
            missing[rule] = decided
        else:
            found[rule] = decided
    return found, missing


def leader(predictions: Predictions, scoring: Scoring) -> Scored:
    """The model that ranking and probability metrics are taken from: the tuned one if asked for."""
    return predictions.tuned if "tuned" in scoring.thresholds else predictions.default


def threshold_metric(scoring: Scoring) -> Metric | None:
    """The metric that the threshold maximises: the first label metric of the suite."""
    usable = (m for m in map(METRICS.get, scoring.metrics) if m.kind == "label" and not m.each)
    return next(usable, None)


def best_threshold(
    metric: Metric,
    y: Integers,
    scores: Floats,
    kind: ScoreKind,
    scoring: Scoring,
    weights: Floats | None = None,
) -> tuple[float, float]:
    """The threshold with the best label metric, and that metric there, turned to be maximised.

    Candidates are the midpoints of distinct scores; ties take the middle of the longest plateau.
    Where all scores are the same there is nothing to tune and the default decision stays.
    `weights` of rows stand for counts in the confusion matrix.
    """
    values, index = np.unique(scores, return_inverse=True)
    if len(values) < 2:
        threshold = DEFAULT_THRESHOLD[kind]
        said = Confusion.of(y, decide(scores, threshold), weights=weights)
        return threshold, float(metric.quality(metric.of(said, scoring)))
    weights = np.ones(len(y)) if weights is None else weights
    rare = weights * (y == 1)
    fn, below = (
        np.cumsum(np.bincount(index, counted, minlength=len(values)), dtype=np.float64)[:-1]
        for counted in (rare, weights)
    )
    tp = float(rare.sum()) - fn
    counts = Confusion.binary(tp, float(weights.sum()) - below - tp, fn, below - fn)
    quality = np.nan_to_num(metric.quality(metric.of(counts, scoring)), nan=-np.inf)
    best = quality.max()
    chosen = _middle_of_longest_plateau(quality == best)
    lower, upper = values[chosen], values[chosen + 1]
    middle = lower + (upper - lower) / 2
    # Between neighbouring floats the middle rounds to one of them; the upper must stay positive.
    return float(middle if middle < upper else lower), float(best)


def corrected(scored: Scored, inner: Points) -> Floats | None:
    """Probabilities from the sigmoid of the inner out-of-fold scores (Platt, 1999).

    Resampling and weighting shift the log-odds; the sigmoid is fitted to the log-odds of
    probabilities, or to decision values, with Platt's targets. None without inner folds.
    """
    if why_uncorrected(scored, inner):
        return None
    y, rows = inner.y, float(inner.counts.sum())
    positives = _positives(inner)
    negatives = rows - positives
    target = np.where(y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    evidence, unseen = (_evidence(scored.kind, s, rows) for s in (scored.oof, scored.test))
    spread = _deviation(evidence, inner.counts) or 1.0
    column = (evidence / spread).reshape(-1, 1)
    sigmoid = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    sigmoid.fit(
        np.vstack([column, column]),
        np.repeat([1, 0], len(y)),
        sample_weight=np.concatenate([target, 1 - target]) * np.tile(inner.counts, 2),
    )
    probabilities: Floats = sigmoid.predict_proba((unseen / spread).reshape(-1, 1))[:, 1]
    return probabilities


def why_uncorrected(scored: Scored, inner: Points) -> str:
    """Why there are no corrected probabilities; empty where there are."""
    if scored.kind == "label":
        return "the model gives labels only"
    if scored.test.ndim == 2:
        return "probabilities of more than two classes are not corrected"
    if len(np.unique(inner.y)) < 2:
        return "no inner out-of-fold scores of both classes to correct with"
    return ""


def _default(p: Predictions, scoring: Scoring) -> Decided:
    scored = p.default
    return decide_by_default(scored.kind, scored.test, len(scoring.classes)), None


def _tuned(p: Predictions, scoring: Scoring) -> Decided | str:
    """The threshold with the best first label metric on the inner out-of-fold scores."""
    metric = threshold_metric(scoring)
    if len(scoring.classes) > 2:
        return "a threshold is tuned for two classes only"
    if metric is None:
        return "no metric of the suite depends on a threshold"
    why, inner = metric.why_not(scoring), p.inner(p.tuned)
    if why or len(inner.y) == 0:
        return why or "no inner out-of-fold scores"
    weights = inner.counts
    if "costs" in metric.needs and inner.costs is not None:
        weights = inner.costs
    value, _ = best_threshold(metric, inner.y, p.tuned.oof, p.tuned.kind, scoring, weights)
    return decide(p.tuned.test, value), Threshold(value, _positives(inner))


def _cost(p: Predictions, scoring: Scoring) -> Decided | str:
    """Decide for the smaller expected cost (Elkan, IJCAI 2001), on corrected probabilities."""
    if scoring.costs is None or scoring.row_costs:
        return "needs costs: of the two mistakes"
    if len(scoring.classes) > 2:
        return "a threshold on costs is for two classes only"
    (tn, fp), (fn, tp) = scoring.costs
    return _on_corrected(p, scoring, (fp - tn) / (fp - tn + fn - tp))


def _prior(p: Predictions, scoring: Scoring) -> Decided | str:
    """Say positive where that is likelier than before the row was seen: more than the prior."""
    inner = p.inner(leader(p, scoring))
    share = float(_positives(inner) / inner.counts.sum()) if len(inner.y) else 0.0
    return _on_corrected(p, scoring, share)


def _on_corrected(p: Predictions, scoring: Scoring, threshold: float) -> Decided | str:
    scored = leader(p, scoring)
    inner = p.inner(scored)
    why = why_uncorrected(scored, inner)
    probabilities = corrected(scored, inner)
    if probabilities is None:
        return why
    return decide(probabilities, threshold), Threshold(threshold, _positives(inner))


def _positives(inner: Points) -> int:
    """Inner rows of the positive class."""
    return int(inner.counts[inner.y == 1].sum())


def _deviation(values: Floats, counts: Floats) -> float:
    """The standard deviation of values of which there are so many."""
    mean = np.average(values, weights=counts)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=counts)))


def _evidence(kind: ScoreKind, scores: Floats, rows: float) -> Floats:
    """Log-odds of probabilities, kept half a row from certainty; decision values as they are."""
    if kind != "probability":
        return scores
    p = np.clip(scores, 0.5 / rows, 1 - 0.5 / rows)
    return np.log(p) - np.log1p(-p)


def _middle_of_longest_plateau(best: "np.typing.NDArray[np.bool_]") -> int:
    edges = np.diff(np.concatenate(([0], best.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    longest = int(np.argmax(ends - starts))
    return int((starts[longest] + ends[longest] - 1) // 2)


_RULES = {"default": _default, "tuned": _tuned, "cost": _cost, "prior": _prior}
