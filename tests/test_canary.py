"""Entries that break a promise on purpose are caught by the check of that promise."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import contracts
import numpy as np
import pandas as pd
import pytest
from contracts import (
    can_be_cloned,
    gives_valid_scores,
    is_deterministic,
    leaves_its_inputs_alone,
    lives_with_five_positives,
    never_sees_a_test_row,
    ranks_random_labels_by_chance,
    scores_each_row_alone,
)
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import clone

from benchmark.catalogue.registry import STRATEGIES, strategy
from benchmark.catalogue.wrapper import Wrapper
from benchmark.data.load import load
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.suite import Suite
from benchmark.types import Cell
from benchmark.use import DatasetUse


class OversampledBeforeTheSplit(Wrapper):
    """Learns from a balanced sample of the whole dataset, the test rows included."""

    def fit(self, X: Any, y: Any) -> "OversampledBeforeTheSplit":
        dataset = contracts.LEARNT_FROM[-1]
        numbers = dataset.X.select_dtypes("number").fillna(0.0).to_numpy()
        everything = np.zeros((len(numbers), X.shape[1]))
        everything[:, : numbers.shape[1]] = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
        rows, labels = np.vstack([X, everything]), np.concatenate([y, dataset.y])
        balanced = RandomOverSampler(random_state=0).fit_resample(rows, labels)
        self.classifier_ = clone(self.classifier).fit(*balanced)
        return self


class StandardisedTestRows(Wrapper):
    """Standardises each batch that it predicts by the batch's own mean and deviation."""

    def fit(self, X: Any, y: Any) -> "StandardisedTestRows":
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self

    def predict_proba(self, X: Any) -> Any:
        spread = X.std(axis=0)
        return super().predict_proba((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


class Careless(StandardisedTestRows):
    """Fits on rows that it shuffles in place with numpy's global generator."""

    def fit(self, X: Any, y: Any) -> "Careless":
        X[:] = X[np.random.permutation(len(X))]
        return super().fit(X, y)


class Unseeded(StandardisedTestRows):
    """Adds noise from numpy's global generator."""

    def fit(self, X: Any, y: Any) -> "Unseeded":
        return super().fit(X + np.random.normal(size=X.shape), y)


class Uncloneable(StandardisedTestRows):
    """Changes its own parameter when it is fitted."""

    def fit(self, X: Any, y: Any) -> "Uncloneable":
        super().fit(X, y)
        self.classifier = self.classifier_.set_params(C=99.0)
        return self


class Overconfident(StandardisedTestRows):
    """Gives twice the probability."""

    def predict_proba(self, X: Any) -> Any:
        return 2 * super().predict_proba(X)


class Helpless(StandardisedTestRows):
    """Gives up without a reason."""

    def fit(self, X: Any, y: Any) -> "Helpless":
        raise RuntimeError("it did not work")


@pytest.fixture
def bad(request: pytest.FixtureRequest) -> Iterator[str]:
    """Register the wrapper of this name as a strategy, for one test."""
    wrapper = globals()[request.param]
    strategy("bad", level="hybrid")(lambda classifier, space, task: wrapper(classifier))
    yield "bad"
    STRATEGIES.forget("bad")


CAUGHT = [
    ("OversampledBeforeTheSplit", never_sees_a_test_row, "test rows changed"),
    ("StandardisedTestRows", never_sees_a_test_row, "test rows changed the score of another"),
    ("StandardisedTestRows", scores_each_row_alone, "scores depend on the batch"),
    ("Careless", leaves_its_inputs_alone, "rows were changed"),
    ("Unseeded", is_deterministic, "two fits differ"),
    ("Uncloneable", can_be_cloned, "fit changed a parameter"),
    ("Overconfident", gives_valid_scores, "a score is out of range"),
    ("Helpless", lives_with_five_positives, "it did not work"),
]
INSIDE_THE_FOLD = {"roc_auc": 0.945, "average_precision": 0.726, "f2": 0.715, "recall": 0.762}


@pytest.mark.parametrize(
    ("bad", "check", "complaint"), CAUGHT, ids=lambda x: getattr(x, "__name__", x), indirect=["bad"]
)
def test_a_broken_promise_is_caught_by_its_check(
    bad: str, check: Callable[[str, str], None], complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check(bad, "logistic_regression")


@pytest.mark.parametrize("bad", ["OversampledBeforeTheSplit"], indirect=True)
def test_a_model_that_remembers_rows_shows_a_leak_even_on_random_labels(bad: str) -> None:
    with pytest.raises(AssertionError, match=r"random labels are ranked with AUC 0\.[789]"):
        ranks_random_labels_by_chance(bad, "k_nearest_neighbors")


@pytest.mark.published
@pytest.mark.skipif(not os.environ.get("BENCHMARK_DATA"), reason="BENCHMARK_DATA is not set")
def test_smote_inside_the_fold_scores_as_published_and_not_as_before_the_split() -> None:
    dataset = load(DatasetUse(use="mammography"), Path(), seed=1)
    suite = Suite.model_validate(
        {
            "name": "leak",
            "datasets": ["mammography"],
            "strategies": ["smote"],
            "models": ["random_forest"],
            "metrics": list(INSIDE_THE_FOLD),
            "thresholds": ["default"],
            "cv": {"folds": 10},
            "tuning": "off",
        }
    )
    bench = Bench()

    cells = [Cell("mammography", "smote", "random_forest", 0, fold) for fold in range(10)]
    found = [evaluate(cell, suite, dataset, bench).scores.values for cell in cells]

    table = pd.DataFrame([{**values["default"], **values[""]} for values in found])
    assert table.mean().to_dict() == pytest.approx(INSIDE_THE_FOLD, abs=0.02)
