"""Prepared and resampled rows are made once for all trials and models; no score changes."""

from collections import Counter
from typing import Any

import pytest
from contracts import clouds
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks
from numpy.testing import assert_array_equal

from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.shelf import Shelf
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome

MODELS = ["logistic_regression", "decision_tree"]
SAMPLERS = (SMOTE, TomekLinks, EditedNearestNeighbours)


def outcomes(strategy: str, bench: Bench, trials: int = 4) -> list[Outcome]:
    """The first fold of a strategy with both models."""
    suite = Suite.model_validate(
        {
            "name": "sharing",
            "datasets": ["clouds"],
            "strategies": [strategy],
            "models": MODELS,
            "tuning": {"trials": trials, "folds": 2},
        }
    )
    cells = [Cell("clouds", strategy, model, 0, 0) for model in MODELS]
    return [evaluate(cell, suite, clouds(), bench) for cell in cells]


@pytest.fixture
def resampled(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each sampler resamples."""
    counts: Counter[str] = Counter()

    def counting(sampler: type) -> None:
        original: Any = sampler._fit_resample  # type: ignore[attr-defined]  # imbalanced-learn's

        def count(self: Any, X: Any, y: Any) -> Any:
            counts[sampler.__name__] += 1
            return original(self, X, y)

        monkeypatch.setattr(sampler, "_fit_resample", count)

    for sampler in SAMPLERS:
        counting(sampler)
    return counts


@pytest.mark.parametrize(
    "strategy", ["none", "tomek_links", "smoteenn", "smote+tomek_links", "smote+class_weight"]
)
def test_outcomes_are_the_same_to_the_last_bit(strategy: str) -> None:
    shared, alone = (outcomes(strategy, Bench(Shelf(size))) for size in (2**20, 0))

    for one, two in zip(shared, alone, strict=True):
        assert one.status == two.status == "ok"
        assert one.scores == two.scores
        assert one.params == two.params
        assert_array_equal(one.predictions.tuned.test, two.predictions.tuned.test)
        assert_array_equal(one.predictions.tuned.oof, two.predictions.tuned.oof)


def test_a_sampler_without_parameters_resamples_each_fold_once(resampled: Counter[str]) -> None:
    outcomes("tomek_links", Bench())
    assert resampled == {"TomekLinks": 3}

    resampled.clear()
    outcomes("tomek_links", Bench(Shelf(max_bytes=0)))
    assert resampled["TomekLinks"] >= 2 * (4 * 2 + 1)


def test_models_share_what_the_trials_that_meet_the_same_parameters_resampled(
    resampled: Counter[str],
) -> None:
    outcomes("smote", Bench(), trials=2)

    defaults_and_stream = 2 * 2
    assert defaults_and_stream < resampled["SMOTE"] <= defaults_and_stream + 2


def test_a_cell_costs_the_same_seconds_whatever_was_shared() -> None:
    bench = Bench()
    first, second = (outcomes("smoteenn", bench)[0] for _ in range(2))

    for stage in ("preprocess", "resample"):
        assert second.seconds[stage] == pytest.approx(first.seconds[stage], rel=0.9)
    assert second.cpu_seconds < first.cpu_seconds


def test_members_of_an_ensemble_keep_no_rows() -> None:
    with_ensemble, without = Bench(), Bench()
    outcomes("bagging+smote", with_ensemble)
    outcomes("none", without)

    assert with_ensemble.shelf.room == without.shelf.room
