"""Fits one pipeline, and asks it for scores."""

from typing import Any

import numpy as np

from benchmark.catalogue.heldout import hold_out
from benchmark.catalogue.wrapper import Wrapper, fitted
from benchmark.engine.stopwatch import Stopwatch
from benchmark.types import Floats, Integers, ScoreKind, Task


def fit(
    classifier: Any, X: Floats, y: Integers, row_weights: Floats | None, watch: Stopwatch
) -> None:
    """Fit a classifier in place; resampling is timed apart from the fit that follows it.

    It counts where another cell did it: a cell costs the same whatever came before.
    A model that stops early does so by rows that no strategy sees.
    """
    with watch.stage("fit"):
        left = hold_out(classifier, X, y)
        if len(left) < len(y):
            X, y = X[left], y[left]
            row_weights = None if row_weights is None else row_weights[left]
        fitted(classifier, X, y, row_weights)
    watch.move("fit", "resample", _seconds(classifier, "resample_seconds_"))
    watch.add("resample", _seconds(classifier, "owed_seconds_"))


def scores(classifier: Any, X: Floats, task: Task) -> tuple[ScoreKind, Floats]:
    """What a fitted classifier says of rows, and what that is.

    Shape (rows,) for two classes: the score of the positive one. Shape (rows, classes) for more,
    but class codes of shape (rows,) where it gives labels only. Raises ValueError where the
    classifier gives something else.
    """
    kind = score_kind(classifier)
    if kind == "probability":
        values = class_scores(classifier.classes_, classifier.predict_proba(X), task)
    elif kind == "decision":
        values = class_scores(classifier.classes_, classifier.decision_function(X), task)
    else:
        values = _numbers(classifier.predict(X))
    _refuse(values, kind, len(X), task)
    return kind, values


def class_scores(classes: Any, raw: Any, task: Task) -> Floats:
    """Scores by class code: of the positive class, or a column for each of many.

    A class that the training rows lacked has the lowest score that there is.
    Raises ValueError where the classes are others, or the columns are not theirs.
    """
    values = _numbers(raw)
    known = np.asarray(classes).tolist()
    if not set(known) <= set(range(task.n_classes)):
        raise ValueError(f"learnt the classes {known}; class codes are {_codes(task)}")
    if values.ndim == 2 and values.shape[1] != len(known):
        raise ValueError(f"predicted shape {values.shape} for {len(known)} classes")
    if task.n_classes == 2:
        if values.ndim == 2 and 1 not in known:
            raise ValueError("learnt no positive class, because no row of it reached the model")
        return values[:, known.index(1)] if values.ndim == 2 else values
    if values.ndim == 1:
        values = np.column_stack([-values, values])
    full = np.full((len(values), task.n_classes), min(0.0, float(values.min())))
    full[:, np.asarray(classes, dtype=np.int64)] = values
    return full


def _codes(task: Task) -> str:
    return f"0 to {task.n_classes - 1}" if task.n_classes > 2 else "0 and 1"


def _numbers(raw: Any) -> Floats:
    """An array of numbers. Raises ValueError where it is something else."""
    found = np.asarray(raw)
    try:
        if found.ndim and not np.iscomplexobj(found):
            return np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    first = found.ravel()[:1].tolist()[0] if found.size else raw
    raise ValueError(f"predicted {first!r}, which is no number for each row")


def _refuse(values: Floats, kind: ScoreKind, rows: int, task: Task) -> None:
    """Raise ValueError where scores are not one finite number for each row (and class)."""
    many = task.n_classes > 2 and kind != "label"
    if values.shape != ((rows, task.n_classes) if many else (rows,)):
        raise ValueError(f"predicted shape {values.shape} for {rows} rows")
    bad = np.count_nonzero(~np.isfinite(values).reshape(rows, -1).all(axis=1))
    if bad:
        raise ValueError(f"predicted no finite score for {bad} of {rows} rows")
    if kind == "probability" and (values.min() < -1e-9 or values.max() > 1 + 1e-9):
        raise ValueError(f"predicted probabilities from {values.min():g} to {values.max():g}")
    if kind == "label":
        other = values[~np.isin(values, np.arange(task.n_classes))]
        if other.size:
            raise ValueError(f"predicted class {other[0]:g}; class codes are {_codes(task)}")


def score_kind(classifier: Any) -> ScoreKind:
    """Whether a classifier gives probabilities, decision values, or labels only.

    The share of votes in a bag of models without probabilities is no probability, behind a
    sampler neither.
    """
    ensemble = classifier
    while isinstance(ensemble, Wrapper):
        ensemble = ensemble.classifier
    member = getattr(ensemble, "estimator", None)
    voting = member is not None and not hasattr(member, "predict_proba")
    if hasattr(classifier, "predict_proba") and not (
        voting and hasattr(classifier, "decision_function")
    ):
        return "probability"
    return "decision" if hasattr(classifier, "decision_function") else "label"


def seen_inside(classifier: Any, X: Any) -> tuple[Any, Any]:
    """The fitted model inside wrappers, and the rows as it sees them."""
    while isinstance(classifier, Wrapper):
        X, classifier = classifier.seen(X), classifier.classifier_
    return classifier, X


def _seconds(classifier: Any, attribute: str) -> float:
    """Seconds that every sampler of a chain of wrappers noted."""
    total = 0.0
    while classifier is not None:
        total += getattr(classifier, attribute, 0.0)
        classifier = getattr(classifier, "classifier_", None)
    return total
