"""Recall of frequent and of rare classes is the mean of scikit-learn's recall of each class."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugins_for_tests.suites import computed_here, planned, write_suite
from sklearn.metrics import recall_score

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS
from benchmark.errors import SuiteError

NAMES = ("head_recall", "medium_recall", "tail_recall")
COUNTS = (500, 10, 40, 300, 5, 100, 20)  # by size: 0, 3, 5 | 2, 6 | 1, 4
THIRDS = {"head_recall": [0, 3, 5], "medium_recall": [2, 6], "tail_recall": [1, 4]}


def decided(seed: int) -> tuple[Any, Any]:
    return tuple(np.random.default_rng(seed).integers(0, 7, (2, 80)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", NAMES)
def test_a_third_has_the_mean_recall_of_its_classes(name: str, seed: int) -> None:
    y, said = decided(seed)

    found = METRICS.get(name).function(Confusion.of(y, said, 7), counts=COUNTS)

    expected = recall_score(y, said, labels=THIRDS[name], average="macro")
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_class_without_test_rows_does_not_count_and_a_third_without_any_has_no_value() -> None:
    y = np.array([0, 3, 2, 6])
    said = np.array([0, 0, 2, 2])

    found = [METRICS.get(n).function(Confusion.of(y, said, 7), counts=COUNTS) for n in NAMES]

    assert found[:2] == [0.5, 0.5]
    assert np.isnan(found[2])


def test_ten_equal_classes_are_cut_into_four_three_and_three_in_their_order() -> None:
    y = np.arange(10)
    said = np.array([0, 1, 2, 3, 4, 0, 0, 0, 0, 0])

    found = [METRICS.get(n).function(Confusion.of(y, said, 10), counts=(7,) * 10) for n in NAMES]

    assert found == pytest.approx([1.0, 1 / 3, 0.0])


def test_the_tail_is_that_of_the_training_rows(tmp_path: Path) -> None:
    path = write_suite(
        tmp_path,
        datasets=[{"use": "digits", "long_tail": {"ratio": 20}}],
        models=["gaussian_naive_bayes"],
        metrics=["balanced_accuracy", *NAMES, "recall_each"],
        cv={"folds": 3},
    )

    with computed_here(path) as journal:
        rows = list(journal.rows())

    assert len(rows) == 3
    for row in rows:
        values = row.scores.values["default"]
        each = [values[f"recall_each/{k}"] for k in range(10)]
        assert [values[name] for name in NAMES] == pytest.approx(
            [np.mean(each[:4]), np.mean(each[4:7]), np.mean(each[7:])]
        )


def test_two_classes_have_no_third(tmp_path: Path) -> None:
    path = write_suite(tmp_path, metrics=["tail_recall"])

    with pytest.raises(SuiteError, match="tail_recall needs three classes or more; there are 2"):
        planned(path)
