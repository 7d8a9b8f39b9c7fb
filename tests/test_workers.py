"""The number of workers changes nothing but the time."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plugins_for_tests.suites import DATA, predictions_in, write_suite

from benchmark.flow import Options, Summary, execute

SUITE: dict[str, Any] = {
    "datasets": [DATA | {"params": {"rows": 120, "minority": 0.2}}],
    "strategies": ["none", "smote"],
    "models": [
        "logistic_regression",
        {"use": "random_forest", "params": {"n_estimators": 5}},
        {"use": "xgboost", "params": {"n_estimators": 5}},
    ],
    "metrics": ["f2", "roc_auc", "recall", "brier"],
    "thresholds": ["default", "tuned"],
    "tuning": {"trials": 4, "folds": 2},
}


def run(folder: Path, workers: int) -> Summary:
    path = write_suite(folder, **SUITE)
    return execute(path, Options(workers=workers, results=folder / str(workers)))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """The suite as one worker computes it."""
    return run(tmp_path_factory.mktemp("alone"), 1)


@pytest.mark.parametrize("workers", [2, 4])
def test_tables_and_predictions_are_the_same_to_the_last_bit(
    alone: Summary, tmp_path: Path, workers: int
) -> None:
    together = run(tmp_path, workers)

    assert together.computed == alone.computed == 12
    pd.testing.assert_frame_equal(together.table, alone.table, check_exact=True)
    assert predictions_in(together.journal) == predictions_in(alone.journal)
