"""Metrics of decisions between two classes agree with scikit-learn and imbalanced-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imblearn.metrics import (
    geometric_mean_score,
    make_index_balanced_accuracy,
    specificity_score,
)
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS

index_balanced = make_index_balanced_accuracy(alpha=0.1, squared=True)(geometric_mean_score)
LIBRARY: dict[str, Callable[..., float]] = {
    "f2": lambda y, said: metrics.fbeta_score(y, said, beta=2, zero_division=0),
    "f1": lambda y, said: metrics.f1_score(y, said, zero_division=0),
    "f0.5": lambda y, said: metrics.fbeta_score(y, said, beta=0.5, zero_division=0),
    "precision": lambda y, said: metrics.precision_score(y, said, zero_division=0),
    "recall": lambda y, said: metrics.recall_score(y, said, zero_division=0),
    "specificity": specificity_score,
    "negative_predictive_value": lambda y, said: metrics.precision_score(
        y, said, pos_label=0, zero_division=0
    ),
    "false_positive_rate": lambda y, said: metrics.recall_score(1 - y, said, zero_division=0),
    "youden_j": lambda y, said: metrics.balanced_accuracy_score(y, said, adjusted=True),
    "index_balanced_accuracy": lambda y, said: index_balanced(y, said, average="binary"),
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "g_mean": geometric_mean_score,
    "mcc": metrics.matthews_corrcoef,
}


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels of both classes and decisions."""
    y = draw(arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 1)))
    assume(0 < y.sum() < len(y))
    return y, draw(arrays(np.int64, len(y), elements=st.integers(0, 1)))


@pytest.mark.parametrize("name", LIBRARY)
@settings(max_examples=25)
@given(pair=decisions())
def test_a_metric_of_two_classes_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(Confusion.of(*pair))

    assert found == pytest.approx(LIBRARY[name](*pair), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("decided", [0, 1])
@pytest.mark.parametrize("name", LIBRARY)
def test_one_decision_for_all_rows_agrees_with_the_library(name: str, decided: int) -> None:
    y = np.array([0, 0, 1, 0, 0, 1])
    said = np.full(6, decided)

    found = METRICS.get(name).function(Confusion.of(y, said))

    assert found == pytest.approx(LIBRARY[name](y, said), abs=1e-12)
