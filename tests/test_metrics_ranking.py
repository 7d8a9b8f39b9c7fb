"""Metrics of the order agree with libraries, with published values, or with their definition."""

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad
from scipy.stats import beta, ks_2samp
from sklearn import metrics

from benchmark.catalogue.metrics.top import found_in_top
from benchmark.catalogue.registry import METRICS


def recall_where_precision(least: float) -> Callable[..., float]:
    def best(y: Any, scores: Any) -> float:
        precision, recall, _ = metrics.precision_recall_curve(y, scores)
        return max(recall[precision >= least])

    return best


def recall_where_alarms(most: float) -> Callable[..., float]:
    def best(y: Any, scores: Any) -> float:
        alarms, recall, _ = metrics.roc_curve(y, scores, drop_intermediate=False)
        return max(recall[alarms <= most])

    return best


def standardised_area(most: float) -> Callable[..., float]:
    """McClish (1989), equation 9, on the ROC curve cut by linear interpolation."""

    def area(y: Any, scores: Any) -> float:
        alarms, recall, _ = metrics.roc_curve(y, scores)
        inside = alarms <= most
        x = np.append(alarms[inside], most)
        part = np.trapezoid(np.append(recall[inside], np.interp(most, alarms, recall)), x)
        chance, best = most**2 / 2, most
        return (1 + (part - chance) / (best - chance)) / 2

    return area


LIBRARY: dict[str, Callable[..., float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "partial_auc_5": standardised_area(0.05),
    "partial_auc_10": standardised_area(0.1),
    "ks": lambda y, s: (
        ks_2samp(s[y == 0], s[y == 1], alternative="greater", method="asymp").statistic
    ),
    "recall_at_precision_90": recall_where_precision(0.9),
    "recall_at_precision_50": recall_where_precision(0.5),
    "recall_at_fpr_1": recall_where_alarms(0.01),
    "recall_at_fpr_5": recall_where_alarms(0.05),
}
PRECISION_AT = {"precision_at_10": 10, "precision_at_50": 50, "precision_at_100": 100}


@st.composite
def scored(draw: st.DrawFn, most_rows: int = 60) -> tuple[Any, Any]:
    """Labels of both classes and scores, with ties."""
    y = draw(arrays(np.int64, st.integers(2, most_rows), elements=st.integers(0, 1)))
    assume(0 < y.sum() < len(y))
    levels = st.one_of(st.integers(-2, 2), st.integers(-1000, 1000))
    return y, draw(arrays(np.float64, len(y), elements=levels))


def drawn(rows: int = 2000, positives: int = 200, seed: int = 0) -> tuple[Any, Any]:
    """Overlapping scores without ties, as many rows as thresholds of 1 % need."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows, dtype=np.int64)
    y[rng.choice(rows, positives, replace=False)] = 1
    return y, rng.normal(size=rows) + 1.5 * y


@pytest.mark.parametrize("name", LIBRARY)
@settings(max_examples=25)
@given(pair=scored())
def test_a_metric_of_the_order_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(*pair)

    assert found == pytest.approx(LIBRARY[name](*pair), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", LIBRARY)
def test_a_metric_of_a_long_list_agrees_with_its_library(name: str, seed: int) -> None:
    y, scores = drawn(seed=seed)

    found = METRICS.get(name).function(y, scores)

    assert found == pytest.approx(LIBRARY[name](y, scores), abs=1e-12)
    assert 0 < found < 1


def test_a_list_upside_down_has_no_gap_between_recall_and_false_alarms() -> None:
    y, scores = drawn()

    assert METRICS.get("ks").function(y, -scores) < 0.01 < ks_2samp(scores[y == 0], -y).statistic


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PRECISION_AT)
def test_precision_at_a_length_is_that_of_the_first_rows(name: str, seed: int) -> None:
    y, scores = drawn(seed=seed)
    length = PRECISION_AT[name]
    cut = np.sort(scores)[-length]

    found = METRICS.get(name).function(y, scores)

    assert found == pytest.approx(metrics.precision_score(y, scores >= cut), abs=1e-12)


@pytest.mark.parametrize("name", PRECISION_AT)
def test_a_list_that_is_too_short_is_taken_whole(name: str) -> None:
    y = np.array([0, 1, 0, 0, 1, 0, 0, 0])

    assert METRICS.get(name).function(y, np.arange(8.0)) == 0.25


@pytest.mark.parametrize("name", [*PRECISION_AT, "precision_at_prevalence"])
def test_equal_scores_have_the_precision_of_chance(name: str) -> None:
    y, scores = drawn(positives=300)

    found = METRICS.get(name).function(y, np.zeros_like(scores))

    assert found == pytest.approx(0.15, abs=1e-12)


@pytest.mark.parametrize("length", range(1, 6))
@pytest.mark.parametrize("scores", [[1, 0, 0, 0, -1], [0, 0, 0, 0, 0], [2, 2, 1, 1, 0]])
def test_ties_are_counted_as_the_mean_over_all_their_orders(
    scores: list[float], length: int
) -> None:
    y, values = np.array([1, 0, 1, 0, 1]), np.array(scores, dtype=np.float64)
    orders = map(np.array, permutations(range(5)))
    lists = [order for order in orders if (np.diff(values[order]) <= 0).all()]

    by_hand = np.mean([y[order[:length]].sum() for order in lists])

    assert found_in_top(y, values, length) == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_precision_at_the_prevalence_is_where_precision_and_recall_meet(seed: int) -> None:
    y, scores = drawn(seed=seed)
    precision, recall, _ = metrics.precision_recall_curve(y, scores)

    found = METRICS.get("precision_at_prevalence").function(y, scores)

    meet = np.flatnonzero((precision == recall) & (recall > 0))
    assert found == pytest.approx(precision[meet[0]], abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_lift_is_the_precision_of_the_first_tenth_over_the_prevalence(seed: int) -> None:
    y, scores = drawn(seed=seed)
    said = scores >= np.sort(scores)[-200]

    found = METRICS.get("top_decile_lift").function(y, scores)

    assert found == pytest.approx(metrics.precision_score(y, said) / 0.1, abs=1e-12)


def test_the_lift_counts_a_cut_row_in_part() -> None:
    y = np.array([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])

    found = METRICS.get("top_decile_lift").function(y, -np.arange(15.0))

    assert found == pytest.approx(1.5 / 15 / 0.1 / (2 / 15) * 1, abs=1e-12)


def test_the_h_measure_is_the_published_one() -> None:
    # The example of the R and Python packages `hmeasure`, with the negative severity ratio that
    # stands for Beta(1 + share of positives, 1 + share of negatives).
    y = np.array([1, 1, 0, 1, 1, 0, 1, 1, 1, 0])
    scores = np.array([
        0.84901876, 0.10282827, 0.43752488, 0.46004468, 0.90878931,
        0.79177719, 0.5297229, 0.13803906, 0.73166264, 0.22959056,
    ])  # fmt: skip

    found = METRICS.get("h_measure").function(y, scores)

    assert found == pytest.approx(0.18310946512079307, abs=1e-12)


def integrated(y: Any, scores: Any) -> float:
    """Hand (2009): the least cost of any threshold, integrated over the costs by quadrature."""
    share, cuts = y.mean(), [*np.unique(scores), np.inf]
    alarms = np.array([np.mean((y == 0) & (scores >= cut)) for cut in cuts])
    misses = np.array([np.mean((y == 1) & (scores < cut)) for cut in cuts])
    density = beta(1 + share, 2 - share).pdf
    # Between shares of positives that a run of rows can have, the best threshold stays the same.
    kinks = sorted({i / n for n in range(1, len(y) + 1) for i in range(n + 1)})

    def total(cost: Callable[[float], float]) -> float:
        return sum(
            quad(lambda c: cost(c) * density(c), *ends, epsabs=1e-13)[0] for ends in pairwise(kinks)
        )

    spent = total(lambda c: np.min(c * alarms + (1 - c) * misses))
    return 1 - spent / total(lambda c: min(c * (1 - share), (1 - c) * share))


@settings(max_examples=8, deadline=None)
@given(pair=scored(most_rows=9))
def test_the_h_measure_is_the_integral_of_its_definition(pair: tuple[Any, Any]) -> None:
    assert METRICS.get("h_measure").function(*pair) == pytest.approx(integrated(*pair), abs=1e-9)


def test_the_h_measure_of_equal_scores_and_of_a_list_upside_down_is_zero() -> None:
    y, scores = drawn()
    h_measure = METRICS.get("h_measure").function

    assert h_measure(y, np.zeros_like(scores)) == pytest.approx(0, abs=1e-12)
    assert h_measure(y, 1.0 - y) == pytest.approx(0, abs=1e-12)
    assert h_measure(y, -scores) < 0.01
