"""Every metric keeps the laws of metrics, whatever it measures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric

COSTS = {2: np.array([[0, 1], [5, 0]]), 3: np.array([[0, 1, 2], [5, 0, 1], [9, 3, 0]])}
AS_TAKEN = {False: lambda p: p, True: lambda p: np.column_stack([1 - p, p])}
DECISIONS = [metric for metric in METRICS if metric.kind == "label"]
LABEL = [metric for metric in DECISIONS if "counts" not in metric.needs]  # of two classes
MANY = [metric for metric in DECISIONS if metric.many]
BOUNDED = [metric for metric in LABEL if np.isfinite(metric.high)]
SCORED = [metric for metric in METRICS if metric.kind != "label"]
RANKING = [metric for metric in METRICS if metric.kind == "ranking"]
DIRECTED = [metric for metric in SCORED if metric.target is None]


def named(value: Metric | int) -> str:
    return getattr(value, "name", str(value))


def measured(metric: Metric, *given: Any, classes: int = 2) -> Any:
    """The metric with what it needs."""
    facts = {"costs": COSTS[classes], "prevalence": 0.01, "counts": (50, 30, 2)}
    return metric.function(*given, **{need: facts[need] for need in metric.needs})


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels of both classes and probabilities, with ties, certainties and tiny values."""
    y = draw(arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 1)))
    assume(0 < y.sum() < len(y))
    return y, draw(arrays(np.float64, len(y), elements=st.floats(0, 1)))


def test_there_are_as_many_metrics_as_promised() -> None:
    assert len(METRICS.names()) >= 35


@pytest.mark.parametrize(
    ("metric", "classes"),
    [*((metric, 2) for metric in LABEL), *((metric, 3) for metric in MANY)],
    ids=named,
)
def test_a_metric_of_decisions_scores_all_thresholds_at_once(metric: Metric, classes: int) -> None:
    matrices = np.random.default_rng(0).integers(0, 4, size=(200, classes, classes))
    matrices = matrices.astype(np.float64)

    together = measured(metric, Confusion(matrices), classes=classes)

    alone = [measured(metric, Confusion(matrix), classes=classes) for matrix in matrices]
    assert np.array_equal(together, np.array(alone), equal_nan=True)
    assert together.shape == (200, classes)[: 1 + metric.each]


@pytest.mark.parametrize(
    ("metric", "classes"),
    [*((metric, 2) for metric in LABEL), *((metric, 3) for metric in MANY)],
    ids=named,
)
@settings(max_examples=30)
@given(data=st.data())
def test_a_metric_of_decisions_stays_in_its_range(
    metric: Metric, classes: int, data: st.DataObject
) -> None:
    counts = data.draw(arrays(np.int64, (classes, classes), elements=st.integers(0, 10**6)))

    value = measured(metric, Confusion(counts.astype(np.float64)), classes=classes)

    assert not np.any(value < metric.low - 1e-12)
    assert not np.any(value > metric.high + 1e-12)


@pytest.mark.parametrize("metric", LABEL, ids=named)
def test_the_truth_scores_best(metric: Metric) -> None:
    y = np.array([0, 1, 0, 0, 1])

    found = measured(metric, Confusion.of(y, y))

    assert np.all(found == {True: metric.high, False: metric.low}[metric.greater_is_better])


@pytest.mark.parametrize("metric", MANY, ids=named)
def test_the_truth_of_many_classes_scores_best(metric: Metric) -> None:
    y = np.array([0, 1, 2, 0, 1, 0])

    found = measured(metric, Confusion.of(y, y, classes=3), classes=3)

    assert np.all(found == {True: metric.high, False: metric.low}[metric.greater_is_better])


@pytest.mark.parametrize("metric", BOUNDED, ids=named)
def test_the_opposite_of_the_truth_scores_worst(metric: Metric) -> None:
    y = np.array([0, 1, 0, 1])

    found = measured(metric, Confusion.of(y, 1 - y))

    assert np.all(found == {True: metric.low, False: metric.high}[metric.greater_is_better])


@pytest.mark.parametrize("metric", SCORED, ids=named)
@settings(max_examples=30)
@given(pair=probabilities())
def test_a_metric_of_scores_stays_in_its_range_and_changes_nothing(
    metric: Metric, pair: tuple[Any, Any]
) -> None:
    y, scores = pair[0], AS_TAKEN[metric.many](pair[1])
    before = scores.copy()
    y.flags.writeable = scores.flags.writeable = False

    value = measured(metric, y, scores)

    assert isinstance(value, float)
    assert not value < metric.low - 1e-12
    assert not value > metric.high + 1e-12
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("metric", SCORED, ids=named)
@settings(max_examples=15)
@given(pair=probabilities(), seed=st.integers(0, 2**16))
def test_the_order_of_the_rows_changes_no_metric_of_scores(
    metric: Metric, pair: tuple[Any, Any], seed: int
) -> None:
    y, scores = pair[0], AS_TAKEN[metric.many](pair[1])
    order = np.random.default_rng(seed).permutation(len(y))

    shuffled = measured(metric, y[order], scores[order])

    assert shuffled == pytest.approx(measured(metric, y, scores), rel=1e-7, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("metric", RANKING, ids=named)
@settings(max_examples=15)
@given(pair=probabilities())
def test_a_metric_of_the_order_depends_on_nothing_else(
    metric: Metric, pair: tuple[Any, Any]
) -> None:
    y, scores = pair[0], AS_TAKEN[metric.many](pair[1])

    found = measured(metric, y, rankdata(scores, method="dense", axis=0).astype(np.float64))

    assert found == measured(metric, y, scores)


@pytest.mark.parametrize("metric", DIRECTED, ids=named)
def test_certainty_about_the_truth_scores_best_and_better_than_about_its_opposite(
    metric: Metric,
) -> None:
    y = np.repeat([0, 1, 0], [400, 50, 50])
    certain = y.astype(np.float64)
    taken = AS_TAKEN[metric.many]

    right, wrong = (measured(metric, y, taken(said)) for said in (certain, 1 - certain))

    reachable = {"precision_at_100": 0.5}
    best = {True: metric.high, False: metric.low}[metric.greater_is_better]
    assert right == pytest.approx(reachable.get(metric.name, best), abs=1e-12)
    assert (right > wrong) == metric.greater_is_better
