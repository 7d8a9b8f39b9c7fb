"""Many inner scores become few points, and what is chosen by them stays."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts import clouds, suite_of, three_classes
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn import metrics
from test_score import platt

from benchmark.catalogue.registry import METRICS
from benchmark.engine import points
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench, scoring_of
from benchmark.engine.points import BINS, binned, reduced
from benchmark.engine.score import score
from benchmark.engine.threshold import best_threshold, corrected, decide
from benchmark.journal.rows import Keyed
from benchmark.journal.store import Journal
from benchmark.types import Cell, Dataset, Outcome, Points, Predictions, Scored, Scoring

SCORING = Scoring(("f2",), ("default", "tuned"), ("no", "yes"), costs=((0, 1), (5, 0)))
# These get worse with every false alarm, where recall and the like do not.
WORSENED = ("f2", "f1", "precision", "mcc", "g_mean", "balanced_accuracy", "expected_cost")


def of_rows(y: Any, costs: Any = None) -> Points:
    return Points(np.asarray(y), np.ones(len(y)), costs)


@st.composite
def few_positives(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels, at most five of them positive, and scores: all different, or with many ties.

    A threshold can find a positive: one has more than the lowest score.
    """
    rows = draw(st.integers(6, 120))
    values = draw(st.sampled_from([st.integers(0, 8).map(lambda i: i / 8), st.floats(0, 1)]))
    scores = np.array(draw(st.lists(values, min_size=rows, max_size=rows)))
    y = np.zeros(rows, dtype=np.int64)
    y[draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=5))] = 1
    assume((scores[y == 1] > scores.min()).any())
    return y, scores


def many_rows(rows: int, share: float, seed: int = 0) -> tuple[Any, Any]:
    """Labels, and log-odds that know something of them."""
    generator = np.random.default_rng(seed)
    y = (generator.random(rows) < share).astype(np.int64)
    return y, generator.normal(1.5 * y - 2.0, 1.5)


@pytest.mark.parametrize("name", WORSENED)
@settings(max_examples=50)
@given(rows=few_positives())
def test_few_positives_lead_to_the_threshold_of_all_rows(name: str, rows: tuple[Any, Any]) -> None:
    y, scores = rows
    metric = METRICS.get(name)

    few, kept = binned(scores, of_rows(y), bins=3)
    found = best_threshold(metric, kept.y, few, "probability", SCORING, kept.counts)

    assert found == best_threshold(metric, y, scores, "probability", SCORING)


@given(rows=few_positives())
def test_the_highest_specificity_is_that_of_all_rows(rows: tuple[Any, Any]) -> None:
    y, scores = rows
    specificity = METRICS.get("specificity")

    few, kept = binned(scores, of_rows(y), bins=3)
    found = best_threshold(specificity, kept.y, few, "probability", SCORING, kept.counts)

    assert found == best_threshold(specificity, y, scores, "probability", SCORING)


@given(rows=few_positives(), bins=st.integers(1, 10), exact=st.sampled_from([0, 1000]))
def test_every_row_is_counted_once_near_its_score(
    rows: tuple[Any, Any], bins: int, exact: int
) -> None:
    y, scores = rows

    few, kept = binned(scores, of_rows(y, scores + 1), bins=bins, exact=exact)

    assert_array_equal(np.bincount(kept.y, kept.counts, minlength=2), np.bincount(y, minlength=2))
    assert set(few.tolist()) <= set(scores.tolist())
    assert kept.costs is not None
    assert kept.costs.sum() == pytest.approx((scores + 1).sum())
    for code in (0, 1):
        own = np.sort(scores[y == code])
        stand_in = np.repeat(few[kept.y == code], kept.counts[kept.y == code].astype(int))
        for one, two in zip(own, stand_in, strict=True):
            between = np.count_nonzero((own > min(one, two)) & (own < max(one, two)))
            assert between <= 2 / bins * len(own)


@pytest.mark.parametrize("share", [0.002, 0.009, 0.5])
def test_points_are_few_however_many_rows_there_are(share: float) -> None:
    y, evidence = many_rows(400_000, share)

    few, kept = binned(evidence, of_rows(y))

    assert len(few) == len(kept.y) == len(kept.counts) <= 20_000
    assert kept.counts.sum() == 400_000


@pytest.mark.parametrize("share", [0.05, 0.5])
@pytest.mark.parametrize("name", ["balanced_accuracy", "f2", "mcc"])
def test_many_positives_lead_to_a_threshold_that_is_nearly_as_good(share: float, name: str) -> None:
    y, evidence = many_rows(300_000, share)
    metric = METRICS.get(name)
    judge = {
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f2": lambda y, said: metrics.fbeta_score(y, said, beta=2),
        "mcc": metrics.matthews_corrcoef,
    }[name]

    few, kept = binned(evidence, of_rows(y))
    threshold, promised = best_threshold(metric, kept.y, few, "decision", SCORING, kept.counts)

    assert len(few) <= 2 * BINS
    reached = judge(y, decide(evidence, threshold))
    best = best_threshold(metric, y, evidence, "decision", SCORING)[1]
    # A bin holds at most 2 / BINS of each class, and two bins meet at a threshold.
    assert best - 4 / BINS < reached <= best + 1e-12
    assert abs(promised - reached) < 4 / BINS


@pytest.mark.parametrize("share", [0.002, 0.5])
@pytest.mark.parametrize("kind", ["probability", "decision"])
def test_corrected_probabilities_are_those_of_platts_sigmoid_on_all_rows(
    kind: Any, share: float
) -> None:
    y, evidence = many_rows(50_000, share)
    unseen = np.linspace(-3, 3, 50)
    given_ = {"probability": expit, "decision": lambda z: z}[kind]

    few, kept = binned(given_(evidence), of_rows(y))
    found = corrected(Scored(kind, given_(unseen), few), kept)

    assert len(few) < 10_000
    # Nothing is clipped: half a row of 50,000 is -11.5 in log-odds.
    assert_allclose(found, platt(y, evidence, unseen), rtol=2e-3)


def test_equal_scores_become_a_point_a_class() -> None:
    few, kept = binned(np.full(5, 0.3), of_rows([0, 1, 0, 0, 1]))

    assert few.tolist() == [0.3, 0.3]
    assert (kept.y.tolist(), kept.counts.tolist()) == ([0, 1], [3.0, 2.0])


def test_rows_of_one_class_become_points_too() -> None:
    few, kept = binned(np.linspace(0, 1, 1000), of_rows([1] * 1000), bins=10, exact=5)

    assert len(few) == 5
    assert kept.counts.tolist() == [200.0] * 5


def outcome_of(dataset: Dataset, **settings: Any) -> Outcome:
    suite = suite_of("none", "logistic_regression", **settings)
    return evaluate(Cell(dataset.name, *PAIR, 0, 0), suite, dataset, Bench())


PAIR = ("none", "logistic_regression")
SETTINGS: dict[str, Any] = {
    "metrics": ["f2", "roc_auc", "brier"],
    "thresholds": ["default", "tuned", "prior"],
    "tuning": {"trials": 3, "folds": 2},
}


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a hundred training rows are many."""
    monkeypatch.setattr(points, "MANY_ROWS", 100)


@pytest.fixture(scope="module")
def whole() -> Outcome:
    """A cell whose inner scores are kept."""
    return outcome_of(clouds(), **SETTINGS)


@pytest.mark.usefixtures("few_are_many")
def test_a_cell_of_many_rows_keeps_points_and_says_the_same(whole: Outcome) -> None:
    found = outcome_of(clouds(), **SETTINGS)

    one, two = found.predictions, whole.predictions
    assert one is not None
    assert two is not None
    assert (len(one.oof_rows), len(one.oof_y), one.oof_costs) == (0, 0, None)
    assert one.default.points is not None
    assert_array_equal(one.tuned.test, two.tuned.test)
    assert found.trials == tuple(
        replace(trial, fit_seconds=ours.fit_seconds)
        for trial, ours in zip(whole.trials, found.trials, strict=True)
    )
    assert found.scores.thresholds == whole.scores.thresholds
    assert found.scores.confusion == whole.scores.confusion
    assert found.scores.values[""] == pytest.approx(whole.scores.values[""], rel=1e-9)


@pytest.mark.usefixtures("few_are_many")
def test_as_many_rows_as_the_limit_are_kept() -> None:
    found = outcome_of(clouds(rows=125), **SETTINGS).predictions

    assert found is not None
    assert found.default.points is None
    assert len(found.oof_rows) == 100


@pytest.mark.usefixtures("few_are_many")
def test_points_from_the_journal_give_the_same_scores_under_any_metric(tmp_path: Path) -> None:
    dataset = replace(clouds(), row_costs=np.linspace(1, 9, 150))
    outcome = outcome_of(dataset, **SETTINGS)
    settings = SETTINGS | {"metrics": ["expected_cost", "log_loss", "mcc"]}
    scoring = scoring_of(suite_of(*PAIR, **settings), dataset)
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.add(Keyed(outcome.cell, "fit", "score"), outcome, (1.0, 1), "now", 0.0)
        found = journal.outcome(outcome.cell, "fit")

    assert found is not None
    assert found.predictions is not None
    assert outcome.predictions is not None
    assert found.predictions.tuned.points is not None
    assert found.predictions.tuned.points.costs is not None
    assert score(found.predictions, scoring) == score(outcome.predictions, scoring)


@pytest.mark.usefixtures("few_are_many")
def test_of_many_classes_no_inner_scores_are_kept() -> None:
    settings = SETTINGS | {"metrics": ["macro_f2", "brier"], "thresholds": ["default", "tuned"]}
    found = outcome_of(three_classes(), costs=(1 - np.eye(3)).tolist(), **settings)

    assert (found.status, found.error) == ("ok", "")
    assert found.predictions is not None
    assert found.predictions.default.oof.shape == (0, 3)
    assert found.scores.missing["tuned"] == "a threshold is tuned for two classes only"


def test_without_inner_folds_there_is_nothing_to_reduce() -> None:
    rows, nothing = np.arange(4), np.empty(0, dtype=np.int64)
    scored = Scored("probability", np.linspace(0, 1, 4), np.empty(0))
    predictions = Predictions(rows, rows % 2, nothing, nothing, scored, scored)

    assert reduced(predictions, 10**6) is predictions


def test_a_tuned_model_that_is_the_default_one_is_reduced_once() -> None:
    rows = np.arange(4)
    scored = Scored("probability", np.linspace(0, 1, 4), np.linspace(0.1, 0.9, 4))
    found = reduced(Predictions(rows, rows % 2, rows, rows % 2, scored, scored), 10**6)

    assert found.tuned is found.default
