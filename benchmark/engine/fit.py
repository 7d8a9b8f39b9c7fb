"""Builds and fits one pipeline, and asks it for scores."""

from typing import Any

import numpy as np

from benchmark.catalogue import compose
from benchmark.engine.stopwatch import Stopwatch
from benchmark.space import Space
from benchmark.suite import Use
from benchmark.types import Floats, Integers, ScoreKind, Task


def fit(
    strategy: Use,
    model: Use,
    space: Space,
    tasks: tuple[Task, Task],
    X: Floats,
    y: Integers,
    watch: Stopwatch,
) -> Any:
    """Build the pair with the answers of `space` and fit it; tasks are the sampler's and model's.

    Resampling is timed apart from the fit that follows it.
    """
    classifier = compose.build(strategy.use, model.use, space, *tasks)
    with watch.stage("fit"):
        classifier.fit(X, y)
    watch.move("fit", "resample", _resample_seconds(classifier))
    return classifier


def scores(classifier: Any, X: Floats, watch: Stopwatch) -> tuple[ScoreKind, Floats]:
    """Scores of the positive class, shape (rows,), and what they are.

    Raises ValueError where the classifier gives something else than one finite number a row.
    """
    kind = score_kind(classifier)
    with watch.stage("predict"):
        values = _predict(classifier, kind, X)
    if values.shape != (len(X),):
        raise ValueError(f"predicted shape {values.shape} for {len(X)} rows")
    bad = np.count_nonzero(~np.isfinite(values))
    if bad:
        raise ValueError(f"predicted no finite score for {bad} of {len(X)} rows")
    if kind == "probability" and (values.min() < -1e-9 or values.max() > 1 + 1e-9):
        raise ValueError(f"predicted probabilities from {values.min():g} to {values.max():g}")
    return kind, values


def score_kind(classifier: Any) -> ScoreKind:
    """Whether a classifier gives probabilities, decision values, or labels only.

    The share of votes in a bag of models without probabilities is no probability, behind a
    sampler neither.
    """
    ensemble = classifier
    while hasattr(ensemble, "classifier"):
        ensemble = ensemble.classifier
    member = getattr(ensemble, "estimator", None)
    voting = member is not None and not hasattr(member, "predict_proba")
    if hasattr(classifier, "predict_proba") and not (
        voting and hasattr(classifier, "decision_function")
    ):
        return "probability"
    return "decision" if hasattr(classifier, "decision_function") else "label"


def _predict(classifier: Any, kind: ScoreKind, X: Floats) -> Floats:
    if kind == "probability":
        probabilities = np.asarray(classifier.predict_proba(X), dtype=np.float64)
        return probabilities[:, list(classifier.classes_).index(1)]
    answer = classifier.decision_function(X) if kind == "decision" else classifier.predict(X)
    return np.asarray(answer, dtype=np.float64)


def _resample_seconds(classifier: Any) -> float:
    """Seconds inside every sampler of a chain of wrappers."""
    total = 0.0
    while classifier is not None:
        total += getattr(classifier, "resample_seconds_", 0.0)
        classifier = getattr(classifier, "classifier_", None)
    return total
