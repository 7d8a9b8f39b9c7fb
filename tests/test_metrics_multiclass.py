"""Metrics of many classes agree with scikit-learn and imbalanced-learn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose
from sklearn import metrics
from sklearn.preprocessing import label_binarize

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS


def averaged(average: str | None, beta: float = 1.0, **labels: Any) -> Callable[..., Any]:
    return lambda y, said: metrics.fbeta_score(
        y, said, beta=beta, average=average, zero_division=0, **labels
    )


DECISIONS: dict[str, Callable[..., float]] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "g_mean": geometric_mean_score,
    "mcc": metrics.matthews_corrcoef,
    "cohen_kappa": lambda y, said: metrics.cohen_kappa_score(y, said, replace_undefined_by=0.0),
    "macro_f1": averaged("macro"),
    "macro_f2": averaged("macro", beta=2),
    "weighted_f1": averaged("weighted"),
    "weighted_f2": averaged("weighted", beta=2),
    "macro_precision": lambda y, said: metrics.precision_score(
        y, said, average="macro", zero_division=0
    ),
    "weighted_precision": lambda y, said: metrics.precision_score(
        y, said, average="weighted", zero_division=0
    ),
    "macro_recall": lambda y, said: metrics.recall_score(y, said, average="macro", zero_division=0),
}
EACH: dict[str, Callable[..., Any]] = {
    "f1_each": averaged(None, labels=range(5)),
    "f2_each": averaged(None, beta=2, labels=range(5)),
    "precision_each": lambda y, said: metrics.precision_score(
        y, said, average=None, zero_division=0, labels=range(5)
    ),
    "recall_each": lambda y, said: metrics.recall_score(
        y, said, average=None, zero_division=0, labels=range(5)
    ),
}
RANKING: dict[str, Callable[..., float]] = {
    "hand_till_auc": lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovo"),
    "ovr_auc": lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovr"),
    "macro_average_precision": lambda y, p: metrics.average_precision_score(
        label_binarize(y, classes=range(p.shape[1])), p, average="macro"
    ),
}
PROBABILITY: dict[str, Callable[..., float]] = {
    "brier": lambda y, p: metrics.brier_score_loss(y, p, scale_by_half=True),
    "brier_skill_score": metrics.d2_brier_score,
    "log_loss": metrics.log_loss,
}


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Classes and decisions, of up to five classes; some may lack rows or decisions."""
    classes = st.integers(0, draw(st.integers(1, 4)))
    y = draw(arrays(np.int64, st.integers(1, 40), elements=classes))
    return y, draw(arrays(np.int64, len(y), elements=classes))


def scored(classes: int, seed: int) -> tuple[Any, Any]:
    """All classes, and probabilities with ties and certainties, which add up to 1 exactly."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, 60)])
    truth = np.eye(classes)[y]
    return y, rng.multinomial(8, 0.7 / classes + 0.3 * truth) / 8


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.filterwarnings("ignore:Recall is ill-defined")
@pytest.mark.filterwarnings("ignore:`y1`, `y2` and `labels` have only one label")
@pytest.mark.parametrize("name", DECISIONS)
@settings(max_examples=25)
@given(pair=decisions())
def test_a_metric_of_decisions_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(Confusion.of(*pair, classes=5))

    assert found == pytest.approx(DECISIONS[name](*pair), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", EACH)
@settings(max_examples=25)
@given(pair=decisions())
def test_a_metric_of_each_class_agrees_with_its_library(name: str, pair: tuple[Any, Any]) -> None:
    found = METRICS.get(name).function(Confusion.of(*pair, classes=5))

    assert_allclose(found, EACH[name](*pair), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [3, 4, 7])
@pytest.mark.parametrize("name", RANKING)
def test_a_metric_of_the_order_agrees_with_its_library(name: str, classes: int, seed: int) -> None:
    y, p = scored(classes, seed)

    assert METRICS.get(name).function(y, p) == pytest.approx(RANKING[name](y, p), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3, 4, 7])
@pytest.mark.parametrize("name", PROBABILITY)
def test_a_metric_of_probabilities_agrees_with_its_library(
    name: str, classes: int, seed: int
) -> None:
    y, p = scored(classes, seed)

    assert METRICS.get(name).function(y, p) == pytest.approx(PROBABILITY[name](y, p), abs=1e-12)


@pytest.mark.parametrize("name", ["hand_till_auc", "ovr_auc"])
@pytest.mark.parametrize("seed", range(5))
def test_the_auc_of_many_classes_is_the_auc_where_there_are_two(name: str, seed: int) -> None:
    y, p = scored(2, seed)

    found = METRICS.get(name).function(y, p)

    assert found == pytest.approx(metrics.roc_auc_score(y, p[:, 1]), abs=1e-12)


def test_the_auc_of_pairs_does_not_move_with_the_shares_and_the_one_against_the_rest_does() -> None:
    y, p = scored(3, seed=1)
    rows = np.concatenate([np.arange(len(y)), np.tile(np.flatnonzero(y == 0), 9)])
    pairs, rest = (METRICS.get(name).function for name in ("hand_till_auc", "ovr_auc"))

    assert pairs(y[rows], p[rows]) == pytest.approx(pairs(y, p), abs=1e-12)
    assert rest(y[rows], p[rows]) == pytest.approx(
        metrics.roc_auc_score(y[rows], p[rows], multi_class="ovr"), abs=1e-12
    )
    assert abs(rest(y[rows], p[rows]) - rest(y, p)) > 0.001
