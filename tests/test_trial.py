"""A trial meets a part of the rows first, then one inner fold after the other."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from contracts import clouds
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue.registry import MODELS
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.race import FEWEST
from benchmark.engine.splits import PART
from benchmark.engine.trial import MANY
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome

ROWS, POSITIVES = 3000, 1000
FITTED, PARTLY = 1000, 300  # rows of the fits in two inner folds, and in a part of the first
Tune = Callable[..., Outcome]


class Tree(DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    """Notes the classes of the rows of each fit; refuses a few rows if told to."""

    fits: list[tuple[int, int]]
    needs = 0

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Tree":
        if len(y) < self.needs:
            raise ValueError("too few rows")
        self.fits.append((len(y), int(np.sum(y))))
        super().fit(X, y, sample_weight)
        return self


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tune]:
    """Tune a tree whose leaves may be far too large."""
    monkeypatch.setattr(Tree, "fits", [], raising=False)

    @MODELS.register("leaves")
    def leaves(space: Any, task: Any) -> Tree:
        leaf = space.integer("min_samples_leaf", 1, 200, default=5)
        return Tree(min_samples_leaf=leaf, random_state=task.seed)

    def tuned(positives: int = POSITIVES, **tuning: Any) -> Outcome:
        suite = Suite.model_validate(
            {
                "name": "trial",
                "datasets": ["clouds"],
                "strategies": ["none"],
                "models": ["leaves"],
                "cv": {"folds": 3},
                "tuning": {"trials": 20, "folds": 2} | tuning,
            }
        )
        dataset = clouds(ROWS, positives)
        return evaluate(Cell("clouds", "none", "leaves", 0, 0), suite, dataset, Bench())

    yield tuned
    MODELS.forget("leaves")


def sizes() -> list[int]:
    """Rows of each fit of the search, in order."""
    return [rows for rows, _ in Tree.fits if rows <= FITTED]


def test_a_trial_that_is_lost_on_a_part_of_the_rows_meets_no_fold(tune: Tune) -> None:
    outcome = tune()

    met = {PART: [PARTLY], 1: [PARTLY, FITTED], 0: [PARTLY, FITTED, FITTED]}
    distinct = [trial for trial in outcome.trials if trial.fit_seconds]
    assert sizes() == [rows for trial in distinct for rows in met[trial.pruned_after]]
    assert {trial.pruned_after for trial in distinct} > {0, PART}
    assert all(trial.pruned_after == 0 for trial in distinct[:FEWEST])


def test_the_part_has_its_share_of_each_class(tune: Tune) -> None:
    tune()

    positives = {count for rows, count in Tree.fits if rows == PARTLY}
    fold = next(count for rows, count in Tree.fits if rows == FITTED)
    assert positives == {round(PART * fold)}


@pytest.mark.parametrize(
    ("positives", "tuning"),
    [(450, {}), (POSITIVES, {"prune": False}), (POSITIVES, {"trials": MANY - 1})],
)
def test_no_part_where_it_would_have_few_rows_or_would_not_pay(
    tune: Tune, positives: int, tuning: dict[str, Any]
) -> None:
    tune(positives, **tuning)

    assert set(sizes()) == {FITTED}


def test_a_part_that_cannot_be_fitted_loses_no_trial(
    tune: Tune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tree, "needs", PARTLY + 1)

    outcome = tune()

    assert outcome.status == "ok"
    assert not any(trial.error or trial.pruned_after for trial in outcome.trials)
    assert set(sizes()) == {FITTED}
