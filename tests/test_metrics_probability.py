"""Metrics of probabilities agree with scikit-learn, scipy, or a closed form."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import root
from scipy.special import expit, logit
from scipy.stats import binned_statistic
from sklearn import metrics

from benchmark.catalogue.metrics.calibration import (
    expected_calibration_error,
    maximum_calibration_error,
)
from benchmark.catalogue.registry import METRICS

LIBRARY: dict[str, Callable[..., float]] = {
    "brier": metrics.brier_score_loss,
    "brier_skill_score": metrics.d2_brier_score,
    "log_loss": metrics.log_loss,
}
slope, intercept = (
    METRICS.get(name).function for name in ("calibration_slope", "calibration_intercept")
)


@st.composite
def probabilities(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels of both classes and probabilities, with ties, certainties and tiny values."""
    y = draw(arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 1)))
    assume(0 < y.sum() < len(y))
    return y, draw(arrays(np.float64, len(y), elements=st.floats(0, 1)))


def drawn(seed: int, rows: int = 500, shift: float = -2.0, scale: float = 1.0) -> tuple[Any, Any]:
    """Labels, and probabilities whose log-odds are wrong by a shift and a scale."""
    rng = np.random.default_rng(seed)
    evidence = rng.normal(size=rows) - 1
    y = (rng.random(rows) < expit(evidence)).astype(np.int64)
    return y, expit(scale * evidence + shift)


@pytest.mark.parametrize("name", LIBRARY)
@settings(max_examples=50)
@given(pair=probabilities())
def test_a_metric_of_two_classes_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    y, p = pair

    found = METRICS.get(name).function(y, np.column_stack([1 - p, p]))

    assert found == pytest.approx(LIBRARY[name](y, p), rel=1e-12, abs=1e-12)


def test_rows_of_one_class_have_no_skill_score() -> None:
    found = METRICS.get("brier_skill_score").function(np.zeros(3, dtype=np.int64), np.eye(2)[:1])

    assert np.isnan(found)


@settings(max_examples=50)
@given(pair=probabilities())
def test_calibration_errors_agree_with_binned_means_of_scipy(pair: tuple[Any, Any]) -> None:
    y, p = pair
    # Eight bins, because their edges are exact in floating point.
    binned = {"bins": 8, "range": (0, 1)}
    rows = binned_statistic(p, y, "count", **binned).statistic
    truth, promise = (binned_statistic(p, v, "mean", **binned).statistic for v in (y, p))

    mean, largest = (
        f(y, p, bins=8) for f in (expected_calibration_error, maximum_calibration_error)
    )

    gap = np.abs(truth - promise)
    assert mean == pytest.approx(np.nansum(rows / len(y) * gap), rel=1e-12, abs=1e-12)
    assert largest == pytest.approx(np.nanmax(gap), rel=1e-12, abs=1e-12)


def test_calibration_errors_of_ten_bins_are_the_gaps_between_promise_and_truth() -> None:
    y = np.array([0, 0, 0, 1, 1, 1, 0, 1])
    p = np.array([0.05, 0.05, 0.15, 0.15, 0.95, 1.0, 0.45, 0.42])

    mean, largest = (
        METRICS.get(f"{name}_calibration_error").function(y, p) for name in ("expected", "maximum")
    )

    by_hand = 2 * abs(0 - 0.05) + 2 * abs(0.5 - 0.15) + 2 * abs(1 - 0.975) + 2 * abs(0.5 - 0.435)
    assert mean == pytest.approx(by_hand / 8, abs=1e-12)
    assert largest == pytest.approx(0.35, abs=1e-12)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_calibration_slope_solves_the_equations_of_logistic_regression(
    seed: int, scale: float
) -> None:
    y, p = drawn(seed, scale=scale)

    def residuals(line: Any) -> list[float]:
        wrong = y - expit(line[0] + line[1] * logit(p))
        return [wrong.mean(), (wrong * logit(p)).mean()]

    solved = root(residuals, [0.0, 1 / scale], tol=1e-13)

    assert np.abs(solved.fun).max() < 1e-14
    assert slope(y, p) == pytest.approx(solved.x[1], abs=1e-9)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_calibration_intercept_solves_its_equation(seed: int, shift: float) -> None:
    y, p = drawn(seed, shift=shift)

    solved = root(lambda a: np.mean(y - expit(a + logit(p))), 0.0, tol=1e-13)

    assert np.abs(solved.fun).max() < 1e-14
    assert intercept(y, p) == pytest.approx(solved.x[0], abs=1e-9)


def test_calibration_of_two_probabilities_has_a_closed_form() -> None:
    y = np.repeat([0, 1, 0, 1], [15, 5, 12, 28])
    p = np.repeat([0.1, 0.6], [20, 40])

    assert slope(y, p) == pytest.approx(
        (logit(28 / 40) - logit(5 / 20)) / (logit(0.6) - logit(0.1)), abs=1e-9
    )
    assert intercept(y[:20], p[:20]) == pytest.approx(logit(5 / 20) - logit(0.1), abs=1e-9)


def test_right_probabilities_have_slope_one_and_intercept_zero() -> None:
    y = np.repeat([0, 1, 0, 1], [90, 10, 40, 60])
    p = np.repeat([0.1, 0.6], [100, 100])

    assert (slope(y, p), intercept(y, p)) == pytest.approx((1, 0), abs=1e-9)


def test_dropping_nine_in_ten_negatives_moves_the_intercept_by_its_logarithm() -> None:
    y, p = drawn(seed=0, shift=0.0)
    odds = 10 * p / (1 - p)

    resampled = odds / (1 + odds)

    assert slope(y, resampled) == pytest.approx(slope(y, p), abs=1e-9)
    assert intercept(y, resampled) == pytest.approx(intercept(y, p) - np.log(10), abs=1e-9)


def test_probabilities_of_no_and_yes_are_kept_from_certainty() -> None:
    y = np.array([0, 0, 0, 1, 0, 1, 1, 1])
    p = np.array([0, 0, 0, 0, 1, 1, 1, 1])

    assert slope(y, p) == pytest.approx(logit(0.75) / logit(1 - 1e-8), abs=1e-9)
    assert intercept(y, p) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.3]),
        ([1, 1, 1], [0.1, 0.2, 0.3]),
        ([0, 1, 0], [0.2, 0.2, 0.2]),
        ([0, 0, 1], [0.1, 0.2, 0.3]),
        ([1, 0, 0], [0.1, 0.2, 0.3]),
        ([0, 0, 1], [0.1, 0.3, 0.3]),
    ],
)
def test_without_a_finite_fit_there_is_no_calibration_slope(y: list[int], p: list[float]) -> None:
    assert np.isnan(slope(np.array(y), np.array(p)))


@pytest.mark.parametrize("label", [0, 1])
def test_rows_of_one_class_have_no_calibration_intercept(label: int) -> None:
    assert np.isnan(intercept(np.full(3, label), np.array([0.1, 0.2, 0.3])))
