"""A pair is built, fitted and asked for scores of the positive class."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmark.catalogue import compose
from benchmark.catalogue.registry import STRATEGIES, strategy
from benchmark.catalogue.resampling import Resampled
from benchmark.engine import stopwatch
from benchmark.engine.fit import fit, score_kind, scores
from benchmark.engine.stopwatch import Stopwatch
from benchmark.space import Defaults
from benchmark.types import Task

DATASET = clouds()
X, Y = DATASET.X.to_numpy(), DATASET.y
TASK = Task(seed=1, class_counts=DATASET.class_counts, n_columns=4)


def fitted(strategy: str, model: str, watch: Stopwatch | None = None) -> Any:
    classifier = compose.build(strategy, model, Defaults(), TASK, TASK)
    fit(classifier, X, Y, None, watch or Stopwatch())
    return classifier


class Says(ClassifierMixin, BaseEstimator):
    """Answers predict_proba with given values."""

    def __init__(self, values: Any = None) -> None:
        self.values = values

    def fit(self, X: Any, y: Any) -> "Says":
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: Any) -> Any:
        return np.arange(len(X)) % 2

    def predict_proba(self, X: Any) -> Any:
        return np.column_stack([1 - self.values, self.values])


class Labels(ClassifierMixin, BaseEstimator):
    """Gives labels and nothing else, the second class first."""

    def fit(self, X: Any, y: Any) -> "Labels":
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X: Any) -> Any:
        return (X[:, 0] > 0).astype(int)


class Backwards(Says):
    """Has its classes in the other order."""

    def fit(self, X: Any, y: Any) -> "Backwards":
        self.classes_ = np.array([1, 0])
        return self


@pytest.mark.parametrize(
    ("strategy", "model", "kind"),
    [
        ("none", "logistic_regression", "probability"),
        ("none", "svc", "decision"),
        ("none", "ridge", "decision"),
        ("smote", "svc", "decision"),
        ("smote", "random_forest", "probability"),
        ("class_weight", "xgboost", "probability"),
        ("bagging", "svc", "decision"),
        ("bagging", "decision_tree", "probability"),
        ("balanced_bagging", "ridge", "decision"),
        ("smote+bagging", "svc", "decision"),
        ("smote+bagging", "decision_tree", "probability"),
        ("bagging+smote", "svc", "decision"),
        ("bagging+class_weight", "xgboost", "probability"),
        ("balanced_random_forest", "own", "probability"),
        ("none", "test_fit:Labels", "label"),
        ("random_oversampling", "test_fit:Labels", "label"),
    ],
)
def test_the_kind_of_a_score_is_that_of_the_model_inside(
    strategy: str, model: str, kind: str
) -> None:
    unfitted = compose.build(strategy, model, Defaults(), TASK, TASK)

    classifier = fitted(strategy, model)

    assert (score_kind(unfitted), score_kind(classifier)) == (kind, kind)


@pytest.mark.parametrize("kind", ["decision", "label"])
def test_decisions_and_labels_are_the_scores_of_models_without_probabilities(kind: str) -> None:
    model, method = {
        "decision": ("svc", "decision_function"),
        "label": ("test_fit:Labels", "predict"),
    }[kind]
    classifier = fitted("none", model)

    assert scores(classifier, X, TASK)[0] == kind
    assert scores(classifier, X, TASK)[1].tolist() == getattr(classifier, method)(X).tolist()


def test_the_probability_is_that_of_the_positive_class_wherever_its_column_is() -> None:
    said = np.linspace(0, 1, len(X))
    classifier = Backwards(said).fit(X, Y)

    assert scores(classifier, X, TASK)[1].tolist() == (1 - said).tolist()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.array([0.1, np.nan, np.inf, 0.5]), "predicted no finite score for 2 of 4 rows"),
        (np.array([0.1, 1.5, 0.2, 0.5]), "predicted probabilities from 0.1 to 1.5"),
        (np.array([-0.5, 0.5, 0.2, 0.5]), "predicted probabilities from -0.5 to 0.5"),
        (np.array([0.5, 0.5, 0.2]), r"predicted shape \(3,\) for 4 rows"),
    ],
)
def test_scores_that_cannot_be_are_refused(values: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        scores(Says(values).fit(X, Y), X[:4], TASK)


def test_a_fitted_wrapper_has_the_classes_and_decisions_of_the_model_inside() -> None:
    classifier = fitted("smote", "svc")

    assert classifier.__sklearn_is_fitted__()
    assert not compose.build("smote", "svc", Defaults(), TASK, TASK).__sklearn_is_fitted__()
    assert classifier.classes_.tolist() == [0, 1]
    assert not hasattr(classifier, "predict_proba")
    assert (
        classifier.predict(X).tolist() == (classifier.decision_function(X) > 0).astype(int).tolist()
    )


class Clock:
    """A clock that goes on by what it is told, one second a look otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the stopwatch read a clock of our own."""
    clock = Clock()
    monkeypatch.setattr(stopwatch, "perf_counter", clock)
    monkeypatch.setattr(stopwatch, "process_time", lambda: 10 * clock.now)
    return clock


def test_a_stage_counts_its_time_even_if_it_fails(clock: Clock) -> None:
    watch = Stopwatch()
    with watch.stage("fit"):
        clock.now += 5
    with pytest.raises(RuntimeError), watch.stage("fit"):
        raise RuntimeError

    assert watch.seconds == {"fit": 5 + 1 + 1}
    assert watch.cpu_seconds == 10 * (5 + 1 + 1)


class Slow(Resampled):
    """Spends two seconds on resampling and three on the fit."""

    clock: Clock

    def fit(self, X: Any, y: Any) -> "Slow":
        self.classifier_ = self.classifier.fit(X, y)
        self.clock.now += 5
        self.resample_seconds_ = 2.0
        return self


@pytest.mark.parametrize("depth", [1, 2])
def test_the_seconds_of_every_sampler_are_counted_apart_from_the_fit(
    depth: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "clock", clock, raising=False)
    wrap = {1: lambda c: Slow(None, c), 2: lambda c: Slow(None, Slow(None, c))}[depth]
    watch = Stopwatch()
    strategy("slow", level="data")(lambda classifier, space, task: wrap(classifier))
    try:
        fitted("slow", "gaussian_naive_bayes", watch)
    finally:
        STRATEGIES.forget("slow")

    assert watch.seconds == {"fit": 1.0 + 3 * depth, "resample": 2.0 * depth}


def test_a_sampler_knows_its_seconds_and_the_rows_that_it_made() -> None:
    classifier = fitted("random_oversampling", "decision_tree")

    assert 0 < classifier.resample_seconds_ < 10
    assert classifier.resampled_counts_ == (110, 110)
