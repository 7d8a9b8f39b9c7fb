"""Metrics of deployment are the plain ones of rows weighted, or repeated, to its prevalence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS

DECISIONS: dict[str, Callable[..., float]] = {
    "deployed_precision": metrics.precision_score,
    "deployed_f1": metrics.f1_score,
    "deployed_f2": lambda y, said, **weights: metrics.fbeta_score(y, said, beta=2, **weights),
}


def drawn(seed: int) -> tuple[Any, Any]:
    """A quarter positives, and scores with ties."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], [150, 50])
    return y, np.round(rng.normal(size=200) + y, 1)


def repeated(y: Any, scores: Any) -> tuple[Any, Any]:
    """The same rows with every negative 33 times: a positive in a hundred."""
    rows = np.repeat(np.arange(len(y)), np.where(y == 1, 1, 33))
    return y[rows], scores[rows]


@pytest.mark.parametrize("prevalence", [0.001, 0.01, 0.25, 0.9])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", DECISIONS)
def test_a_metric_of_decisions_weights_the_classes(name: str, seed: int, prevalence: float) -> None:
    y, scores = drawn(seed)
    said = (scores > 0.5).astype(np.int64)
    weights = np.where(y == 1, prevalence / 50, (1 - prevalence) / 150)

    found = METRICS.get(name).function(Confusion.of(y, said), prevalence=prevalence)

    plain = DECISIONS[name](y, said, sample_weight=weights)
    assert found == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", DECISIONS)
def test_a_metric_of_decisions_is_that_of_the_repeated_rows(name: str, seed: int) -> None:
    y, scores = drawn(seed)
    said = (scores > 0.5).astype(np.int64)

    found = METRICS.get(name).function(Confusion.of(y, said), prevalence=1 / 100)

    assert found == pytest.approx(DECISIONS[name](*repeated(y, said)), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_that_of_the_repeated_rows(seed: int) -> None:
    y, scores = drawn(seed)

    found = METRICS.get("deployed_average_precision").function(y, scores, prevalence=1 / 100)

    assert found == pytest.approx(metrics.average_precision_score(*repeated(y, scores)), abs=1e-12)


@pytest.mark.parametrize("name", DECISIONS)
def test_nothing_decided_positive_is_worth_nothing(name: str) -> None:
    c = Confusion.of(np.array([0, 0, 1]), np.zeros(3, dtype=np.int64))

    assert METRICS.get(name).function(c, prevalence=0.01) == 0
