"""Curves of stored predictions, against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from benchmark.analysis.report.curves import (
    CUTS,
    FALSE_ALARMS,
    RECALLS,
    Fold,
    curves,
    reliability,
    threshold_metric,
)
from benchmark.catalogue.registry import METRICS
from benchmark.journal.encode import Tested as Rows  # pytest would collect a name with Test
from benchmark.types import Floats, Integers, ScoreKind

POSITIVES, NEGATIVES = 40, 97  # RECALLS are all that 40 allow; no FALSE_ALARMS is a 97th
TOLERANCE = 0.0005 + 1e-9  # whole thousandths


def rows(seed: int, decimals: int) -> tuple[Integers, Floats]:
    """Labels and probabilities; few decimals make ties."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat([1, 0], [POSITIVES, NEGATIVES]))
    return y, random.beta(1 + 2 * y, 2).round(decimals)


def fold(seed: int, kind: ScoreKind = "probability") -> Rows:
    y, scores = rows(seed, 6)
    return Rows(y, kind, scores)


@pytest.mark.parametrize("decimals", [1, 2, 6])
@pytest.mark.parametrize("seed", range(3))
def test_the_roc_curve_is_that_of_scikit_learn(seed: int, decimals: int) -> None:
    y, scores = rows(seed, decimals)
    false_alarms, recall, _ = metrics.roc_curve(y, scores, drop_intermediate=False)

    found = Fold.of(y, scores).roc()

    assert found == pytest.approx(np.interp(FALSE_ALARMS, false_alarms, recall))


@pytest.mark.parametrize("decimals", [1, 2, 6])
@pytest.mark.parametrize("seed", range(3))
def test_the_mean_precision_over_all_recalls_is_the_average_precision(
    seed: int, decimals: int
) -> None:
    y, scores = rows(seed, decimals)

    found = Fold.of(y, scores).precision_recall()

    assert found.mean() == pytest.approx(metrics.average_precision_score(y, scores))


@pytest.mark.parametrize("seed", range(3))
def test_each_precision_is_that_of_the_highest_cut_with_the_recall(seed: int) -> None:
    y, scores = rows(seed, 2)
    precision, recall, _ = metrics.precision_recall_curve(y, scores)
    last = [np.flatnonzero(recall >= wanted - 1e-9)[-1] for wanted in RECALLS]

    assert Fold.of(y, scores).precision_recall() == pytest.approx(precision[last])


@pytest.mark.parametrize("name", ["precision", "recall", "f2", "mcc"])
def test_a_row_is_positive_above_the_threshold(name: str) -> None:
    y, scores = rows(0, 1)
    cuts = np.array([-0.1, 0.2, 0.3, 0.55, 1.0])
    function = {
        "precision": lambda said: metrics.precision_score(y, said, zero_division=0),
        "recall": lambda said: metrics.recall_score(y, said),
        "f2": lambda said: metrics.fbeta_score(y, said, beta=2, zero_division=0),
        "mcc": lambda said: metrics.matthews_corrcoef(y, said),
    }[name]

    found = METRICS.get(name).function(Fold.of(y, scores).counts(cuts))

    assert found == pytest.approx([function(scores > cut) for cut in cuts])


@pytest.mark.parametrize("seed", range(3))
def test_reliability_is_that_of_scikit_learn(seed: int) -> None:
    y, scores = rows(seed, 6)
    truth, promise = calibration_curve(y, scores, n_bins=10, strategy="uniform")

    found = reliability([Fold.of(y, scores)])

    assert np.array(found["x"]) / 1000 == pytest.approx(promise, abs=TOLERANCE)
    assert np.array(found["y"]) / 1000 == pytest.approx(truth, abs=TOLERANCE)
    assert sum(found["rows"]) == len(y)


def test_bands_run_from_the_lowest_fold_to_the_highest_around_the_mean() -> None:
    folds = [fold(seed) for seed in range(4)]
    recalls = [
        np.interp(FALSE_ALARMS, *metrics.roc_curve(f.y, f.scores, drop_intermediate=False)[:2])
        for f in folds
    ]

    found = curves(folds, [0.25, 0.5], METRICS.get("f2"))

    assert isinstance(found, dict)
    mean, low, high = np.array(found["roc"]) / 1000
    assert mean == pytest.approx(np.mean(recalls, axis=0), abs=TOLERANCE)
    assert low == pytest.approx(np.min(recalls, axis=0), abs=TOLERANCE)
    assert high == pytest.approx(np.max(recalls, axis=0), abs=TOLERANCE)
    assert found["share"] == round(1000 * POSITIVES / (POSITIVES + NEGATIVES))
    assert found["cut"]["tuned"] == [0.25, 0.5]


def test_the_threshold_curve_of_decisions_covers_their_range() -> None:
    y, scores = rows(0, 6)
    decisions = 20 * scores - 7
    cuts = decisions.min() + CUTS * (decisions.max() - decisions.min())

    found = curves([Rows(y, "decision", decisions)], [], METRICS.get("f2"))

    assert isinstance(found, dict)
    expected = [metrics.fbeta_score(y, decisions > cut, beta=2) for cut in cuts]
    assert np.array(found["cut"]["metric"][0]) / 1000 == pytest.approx(expected, abs=TOLERANCE)
    assert found["bins"] is None
    assert found["cut"]["default"] == 0


@pytest.mark.parametrize(
    ("folds", "reason"),
    [
        ([Rows(np.array([0, 2]), "probability", np.ones((2, 3)) / 3)], "more than two classes"),
        ([fold(0, "label")], "labels, no scores"),
        ([Rows(np.zeros(3, int), "probability", np.zeros(3))], "scores of one kind for both"),
        ([fold(0), fold(1, "decision")], "scores of one kind for both"),
    ],
)
def test_a_pair_without_curves_says_why(folds: list[Rows], reason: str) -> None:
    found = curves(folds, [], None)

    assert isinstance(found, str)
    assert reason in found


def test_the_threshold_metric_is_the_first_that_needs_counts_only() -> None:
    found = threshold_metric(["roc_auc", "brier", "mcc", "f2"])

    assert found is not None
    assert found.name == "mcc"
    assert threshold_metric(["roc_auc", "brier"]) is None
