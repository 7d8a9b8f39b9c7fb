"""A trial grows the first trees of a forest; the winner's all grow, on the inner folds too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contracts import clouds

from benchmark.catalogue.quick_forest import QuickRandomForest, thin
from benchmark.catalogue.registry import MODELS
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.trees import IN_A_TRIAL
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome

FOLDS, TRIALS, TREES = 2, 4, 90
Tune = Callable[..., Outcome]


class Grove(QuickRandomForest):  # type: ignore[misc]  # scikit-learn is untyped
    """Notes how many trees it grows in each fit."""

    grown: list[int]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Grove":
        self.grown.append(self.n_estimators)
        super().fit(X, y, sample_weight)
        return self


def suite_of(strategy: str, trees: int, tuning: object) -> Suite:
    return Suite.model_validate(
        {
            "name": "trees",
            "datasets": ["clouds"],
            "strategies": [strategy],
            "models": [{"use": "grove", "params": {"n_estimators": trees}}],
            "cv": {"folds": 3},
            "tuning": tuning,
        }
    )


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tune]:
    """Tune a forest that notes what it grows."""
    monkeypatch.setattr(Grove, "grown", [], raising=False)

    @MODELS.register("grove", thin=thin)
    def grove(space: Any, task: Any) -> Grove:
        return Grove(
            n_estimators=space.integer("n_estimators", 1, 500, default=100, tune=False),
            min_samples_leaf=space.integer("min_samples_leaf", 1, 9, default=1),
            n_jobs=1,
            random_state=task.seed,
        )

    def tuned(strategy: str = "none", trees: int = TREES, tuning: object = None) -> Outcome:
        cell = Cell("clouds", strategy, "grove", 0, 0)
        asked = {"trials": TRIALS, "folds": FOLDS, "prune": False} if tuning is None else tuning
        return evaluate(cell, suite_of(strategy, trees, asked), clouds(240, 60), Bench())

    yield tuned
    MODELS.forget("grove")


def test_trials_grow_a_part_and_the_winners_grow_whole(tune: Tune) -> None:
    outcome = tune()

    tried = [trial for trial in outcome.trials if trial.fit_seconds]
    winners = {tuple(sorted(params.items())) for params in outcome.params.values()}
    assert outcome.status == "ok"
    assert Grove.grown == [IN_A_TRIAL] * FOLDS * len(tried) + [TREES] * len(winners) * (1 + FOLDS)
    assert all(params["model.n_estimators"] == TREES for params in outcome.params.values())


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({"trees": IN_A_TRIAL}, [IN_A_TRIAL]),
        ({"strategy": "bagging"}, [TREES]),
        ({"tuning": "off"}, [TREES]),
        ({"tuning": {"trials": 1, "folds": FOLDS}}, [TREES]),
    ],
    ids=str,
)
def test_a_small_forest_one_in_an_ensemble_and_one_without_a_choice_grow_whole(
    tune: Tune, changed: dict[str, Any], fits: list[int]
) -> None:
    assert tune(**changed).status == "ok"
    assert sorted(set(Grove.grown)) == fits
