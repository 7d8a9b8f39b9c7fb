"""Another seed for fits alone: data, folds and inner folds stay, samplers and models change."""

from pathlib import Path

import numpy as np
import pytest
from plugins_for_tests.suites import computed_here, write_suite

from benchmark.engine.job import Bench, Job
from benchmark.engine.stopwatch import Stopwatch
from benchmark.flow import load_suite
from benchmark.loading import planned
from benchmark.types import Cell, Predictions

SETTINGS = {
    "strategies": ["none", "random_undersampling"],
    "models": ["logistic_regression", {"use": "random_forest", "params": {"n_estimators": 5}}],
    "thresholds": ["default", "tuned"],
    "tuning": {"trials": 2, "folds": 2},
}


def predicted(path: Path) -> dict[Cell, Predictions]:
    with computed_here(path) as journal:
        outcomes = {row.cell: journal.outcome(row.cell, row.fit_key) for row in journal.rows()}
    return {c: o.predictions for c, o in outcomes.items() if o and o.predictions}


def test_the_rows_of_every_fold_stay_and_the_luck_changes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = predicted(write_suite(tmp_path / "one", **SETTINGS))
    two = predicted(write_suite(tmp_path / "two", **SETTINGS, fit_seed=2))

    assert len(one) == 8
    for cell, first in one.items():
        assert np.array_equal(first.rows, two[cell].rows)
        assert np.array_equal(first.oof_rows, two[cell].oof_rows)
        if cell.model == "random_forest":
            assert not np.array_equal(first.default.test, two[cell].default.test)


@pytest.mark.parametrize(("role", "same"), [("split", True), ("sampler", False),
                                            ("model", False), ("search", False)])  # fmt: skip
def test_only_the_split_keeps_its_seed(tmp_path: Path, role: str, same: bool) -> None:
    seeds = []
    for settings in ({}, {"fit_seed": 2}):
        suite = load_suite(write_suite(tmp_path, **settings))
        (dataset,) = planned(suite).datasets.values()
        cell = Cell(dataset.name, "none", "constant", 0, 0)
        job = Job(cell, suite, dataset, Bench(), Stopwatch())
        seeds.append(job.seed(None, role))  # type: ignore[arg-type]  # a Role

    assert (seeds[0] == seeds[1]) is same
