"""Predictions → metrics; no fit."""

from collections.abc import Sequence

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.engine.threshold import corrected, decisions, leader, why_uncorrected
from benchmark.types import Floats, Integers, Predictions, Scored, ScoreKind, Scores, Scoring

Values = dict[str, float | None]


def measure(
    metric: Metric, y: Integers, scores: Floats, kind: ScoreKind, scoring: Scoring
) -> float | str:
    """A ranking or probability metric of one set of rows, or why there is none."""
    why = metric.why_not(scoring)
    if why:
        return why
    if metric.kind == "probability" and kind != "probability":
        return "the model gives no probabilities"
    if kind == "label":
        return "the model gives labels only"
    absent = np.flatnonzero(np.bincount(y, minlength=len(scoring.classes)) == 0)
    if metric.kind == "ranking" and len(absent):
        return f"the fold has no row of class {scoring.classes[absent[0]]!r}"
    value = float(metric.of(y, _columns(metric, scores), scoring))
    return "it is not defined on these rows" if np.isnan(value) else value


def _columns(metric: Metric, scores: Floats) -> Floats:
    """Scores of the positive class as the metric takes them: alone, or one column a class."""
    if not metric.many or scores.ndim == 2:
        return scores
    other = 1 - scores if metric.kind == "probability" else -scores
    return np.column_stack([other, scores])


def score(predictions: Predictions, scoring: Scoring) -> Scores:
    """All metrics of a cell.

    Label metrics at each threshold; the others once, of the model chosen under the leaderboard
    rule ("tuned" where there is one); probability metrics raw and corrected.
    """
    wanted = [METRICS.get(name) for name in scoring.metrics]
    decided, missing = decisions(predictions, scoring)
    labels = [m for m in wanted if m.kind == "label"]
    missing |= {m.name: why for m in labels if (why := m.why_not(scoring))}
    classes = len(scoring.classes)
    counts = {r: Confusion.of(predictions.y, said, classes) for r, (said, _) in decided.items()}
    values: dict[str, Values] = {
        rule: _label_values(labels, predictions, said, scoring)
        for rule, (said, _) in decided.items()
    }
    values[""] = _other_values(wanted, predictions, leader(predictions, scoring), scoring, missing)
    return Scores(
        values=values,
        missing=missing,
        thresholds={rule: cut for rule, (_, cut) in decided.items() if cut is not None},
        confusion={r: tuple(map(tuple, c.matrix.tolist())) for r, c in counts.items()},
        positives=_rarest(predictions.y, classes),
    )


def _label_values(
    metrics: Sequence[Metric], predictions: Predictions, said: Integers, scoring: Scoring
) -> Values:
    """Label metrics of decisions; one value a class under the name `metric/class`."""
    y, classes = predictions.y, len(scoring.classes)
    counts = Confusion.of(y, said, classes)
    costly = Confusion.of(y, said, classes, predictions.costs)
    values: Values = {}
    for metric in metrics:
        if metric.why_not(scoring):
            values[metric.name] = None
            continue
        found = metric.of(costly if "costs" in metric.needs else counts, scoring)
        if metric.each:
            names = (f"{metric.name}/{label}" for label in scoring.classes)
            values |= dict(zip(names, found.tolist(), strict=True))
        else:
            values[metric.name] = None if np.isnan(found) else float(found)
    return values


def _other_values(
    metrics: Sequence[Metric],
    predictions: Predictions,
    scored: Scored,
    scoring: Scoring,
    missing: dict[str, str],
) -> Values:
    """Ranking and probability metrics; notes in `missing` why any of them has no value."""
    y = predictions.y
    found: dict[str, float | str] = {}
    probability = [m for m in metrics if m.kind == "probability"]
    inner = predictions.inner(scored)
    fixed = corrected(scored, inner) if probability else None
    for metric in (m for m in metrics if m.kind != "label"):
        found[metric.name] = measure(metric, y, scored.test, scored.kind, scoring)
    for metric in probability:
        found[f"{metric.name}_corrected"] = (
            why_uncorrected(scored, inner)
            if fixed is None
            else measure(metric, y, fixed, "probability", scoring)
        )
    missing |= {name: value for name, value in found.items() if isinstance(value, str)}
    return {name: None if isinstance(value, str) else value for name, value in found.items()}


def _rarest(y: Integers, classes: int) -> int:
    """Rows of the positive class, or of the rarest of many."""
    counts = np.bincount(y, minlength=classes)
    return int(counts[1] if classes == 2 else counts.min())
