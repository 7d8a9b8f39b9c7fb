"""Metrics agree with scikit-learn, imbalanced-learn and scipy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imblearn.metrics import geometric_mean_score, specificity_score
from scipy.stats import binned_statistic
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.probability import expected_calibration_error
from benchmark.catalogue.registry import METRICS, Metric

LABEL: dict[str, Callable[..., float]] = {
    "f2": lambda y, said: metrics.fbeta_score(y, said, beta=2, zero_division=0),
    "f1": lambda y, said: metrics.f1_score(y, said, zero_division=0),
    "f0.5": lambda y, said: metrics.fbeta_score(y, said, beta=0.5, zero_division=0),
    "precision": lambda y, said: metrics.precision_score(y, said, zero_division=0),
    "recall": lambda y, said: metrics.recall_score(y, said, zero_division=0),
    "specificity": specificity_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "g_mean": geometric_mean_score,
    "mcc": metrics.matthews_corrcoef,
}
SCORED: dict[str, Callable[..., float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "brier": metrics.brier_score_loss,
    "log_loss": metrics.log_loss,
}
LABEL_METRICS = [metric for metric in METRICS if metric.kind == "label"]
OTHER_METRICS = [metric for metric in METRICS if metric.kind != "label"]


@st.composite
def labels(draw: st.DrawFn) -> Any:
    """Labels of both classes."""
    y = draw(arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 1)))
    assume(0 < y.sum() < len(y))
    return y


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels and decisions."""
    y = draw(labels())
    return y, draw(arrays(np.int64, len(y), elements=st.integers(0, 1)))


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels and probabilities, with ties, certainties and tiny values."""
    y = draw(labels())
    return y, draw(arrays(np.float64, len(y), elements=st.floats(0, 1)))


@pytest.mark.parametrize("name", LABEL)
@settings(max_examples=50)
@given(pair=decisions())
def test_a_metric_of_decisions_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(Confusion.of(*pair))

    assert found == pytest.approx(LABEL[name](*pair), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", SCORED)
@settings(max_examples=50)
@given(pair=probabilities())
def test_a_metric_of_scores_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(*pair)

    assert found == pytest.approx(SCORED[name](*pair), rel=1e-12, abs=1e-12)


@settings(max_examples=50)
@given(pair=probabilities())
def test_the_calibration_error_agrees_with_binned_means_of_scipy(pair: tuple[Any, Any]) -> None:
    y, p = pair
    # Eight bins, because their edges are exact in floating point.
    binned = {"bins": 8, "range": (0, 1)}
    rows = binned_statistic(p, y, "count", **binned).statistic
    gap = [np.nan_to_num(binned_statistic(p, v, "mean", **binned).statistic) for v in (y, p)]

    found = expected_calibration_error(y, p, bins=8)

    expected = np.sum(rows / len(y) * np.abs(gap[0] - gap[1]))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_the_calibration_error_of_ten_bins_is_the_mean_gap_between_promise_and_truth() -> None:
    y = np.array([0, 0, 0, 1, 1, 1, 0, 1])
    p = np.array([0.05, 0.05, 0.15, 0.15, 0.95, 1.0, 0.45, 0.42])

    found = METRICS.get("expected_calibration_error").function(y, p)

    by_hand = 2 * abs(0 - 0.05) + 2 * abs(0.5 - 0.15) + 2 * abs(1 - 0.975) + 2 * abs(0.5 - 0.435)
    assert found == pytest.approx(by_hand / 8, abs=1e-12)


@pytest.mark.parametrize("metric", LABEL_METRICS, ids=lambda metric: metric.name)
def test_a_metric_of_decisions_scores_all_thresholds_at_once(metric: Metric) -> None:
    counts = np.random.default_rng(0).integers(0, 4, size=(4, 200)).astype(np.float64)

    together = metric.function(Confusion.binary(*counts))

    alone = [metric.function(Confusion.binary(*column)) for column in counts.T]
    assert together.tolist() == [float(value) for value in alone]


@pytest.mark.parametrize("metric", LABEL_METRICS, ids=lambda metric: metric.name)
@settings(max_examples=50)
@given(counts=st.tuples(*[st.integers(0, 10**6)] * 4))
def test_a_metric_of_decisions_stays_in_its_range(metric: Metric, counts: tuple[int, ...]) -> None:
    value = metric.function(Confusion.binary(*map(np.float64, counts)))

    assert metric.low - 1e-12 <= value <= metric.high + 1e-12


@pytest.mark.parametrize("metric", OTHER_METRICS, ids=lambda metric: metric.name)
@settings(max_examples=50)
@given(pair=probabilities())
def test_a_metric_of_scores_stays_in_its_range_and_changes_nothing(
    metric: Metric, pair: tuple[Any, Any]
) -> None:
    y, p = (values.copy() for values in pair)

    value = metric.function(*pair)

    assert metric.low <= value <= metric.high + 1e-12
    assert np.array_equal(pair, (y, p))


@pytest.mark.parametrize("metric", LABEL_METRICS, ids=lambda metric: metric.name)
def test_the_truth_scores_best_and_its_opposite_worst(metric: Metric) -> None:
    y = np.array([0, 1, 0, 0, 1])

    right, wrong = (metric.function(Confusion.of(y, said)) for said in (y, 1 - y))

    assert (right, wrong) == (metric.high, metric.low)


@pytest.mark.parametrize("metric", OTHER_METRICS, ids=lambda metric: metric.name)
def test_certainty_about_the_truth_scores_better_than_about_its_opposite(metric: Metric) -> None:
    y = np.array([0, 1, 0, 0, 1])

    right, wrong = (metric.function(y, said.astype(np.float64)) for said in (y, 1 - y))

    best = {True: metric.high, False: metric.low}[metric.greater_is_better]
    assert right == pytest.approx(best, abs=1e-12)
    assert (right > wrong) == metric.greater_is_better
