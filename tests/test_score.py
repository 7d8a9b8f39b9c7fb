"""Thresholds, corrected probabilities and all metrics of stored predictions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from contracts import brute_force_threshold
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS
from benchmark.engine.score import score
from benchmark.engine.threshold import best_threshold, corrected, decide
from benchmark.types import Points, Predictions, Scored, Scores, Scoring

F2 = METRICS.get("f2")
TWO = Scoring(("f2",), ("default", "tuned"), ("no", "yes"))
ALL = METRICS.names()
SKLEARN = {
    "f2": partial(metrics.fbeta_score, beta=2, zero_division=0),
    "f0.5": partial(metrics.fbeta_score, beta=0.5, zero_division=0),
    "f1": partial(metrics.f1_score, zero_division=0),
    "recall": partial(metrics.recall_score, zero_division=0),
}


@st.composite
def scored_rows(draw: st.DrawFn) -> tuple[Any, Any]:
    """Labels of both classes and scores with many ties, some of them neighbours."""
    rows = draw(st.integers(2, 30))
    y = np.array(draw(st.lists(st.integers(0, 1), min_size=rows, max_size=rows)))
    few = [0.0, 0.1, 0.25, np.nextafter(0.25, 1), 0.5, np.nextafter(0.5, 0), 0.75, 1.0]
    values = st.one_of(st.sampled_from(few), st.floats(0, 1))
    scores = np.array(draw(st.lists(values, min_size=rows, max_size=rows)))
    assume(0 < y.sum() < rows)
    assume(len(set(scores.tolist())) > 1)
    return y, scores


@pytest.mark.parametrize("name", SKLEARN)
@settings(max_examples=30)
@given(rows=scored_rows())
def test_the_best_threshold_is_that_of_a_search_over_all_midpoints(
    name: str, rows: tuple[Any, Any]
) -> None:
    y, scores = rows

    threshold, best = best_threshold(METRICS.get(name), y, scores, "probability", TWO)

    by_hand, best_by_hand = brute_force_threshold(y, scores, SKLEARN[name])
    assert best == pytest.approx(best_by_hand, abs=1e-12)
    assert threshold == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("name", ["f2", "f1", "precision", "specificity", "g_mean", "mcc"])
@given(rows=scored_rows())
def test_deciding_at_the_best_threshold_has_the_quality_that_was_promised(
    name: str, rows: tuple[Any, Any]
) -> None:
    y, scores = rows
    metric = METRICS.get(name)

    threshold, best = best_threshold(metric, y, scores, "probability", TWO)

    assert metric.of(Confusion.of(y, decide(scores, threshold)), TWO) == best
    assert scores.min() <= threshold < scores.max()


@given(rows=scored_rows(), scale=st.sampled_from([2.0, 8.0, 1024.0]))
def test_stretching_decision_values_stretches_their_threshold(
    rows: tuple[Any, Any], scale: float
) -> None:
    y, scores = rows

    one, two = (best_threshold(F2, y, s, "decision", TWO) for s in (scores, scale * scores))

    assert two == (pytest.approx(scale * one[0], rel=1e-9), one[1])


def test_ties_take_the_middle_of_the_longest_plateau() -> None:
    # Recall is 1 at the first midpoint, then 2/3 at three, then 1/3 at two.
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    y = np.array([0, 1, 0, 0, 1, 0, 1])
    specificity = METRICS.get("specificity")

    recall_first = best_threshold(METRICS.get("recall"), y, scores, "probability", TWO)
    specificity_last = best_threshold(specificity, y, scores, "probability", TWO)

    assert recall_first == (pytest.approx(0.15), 1.0)
    assert specificity_last == (pytest.approx(0.65), 1.0)


@pytest.mark.parametrize(
    ("y", "threshold"),
    [
        ([0, 0, 1, 1, 1, 1], 0.25),
        ([0, 0, 0, 0, 0, 1], 0.55),
        ([0, 1, 0, 0, 0, 0], 0.15),
    ],
)
def test_a_single_best_midpoint_is_the_threshold(y: list[int], threshold: float) -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])

    assert best_threshold(F2, np.array(y), scores, "probability", TWO)[0] == pytest.approx(
        threshold
    )


def test_the_middle_of_a_plateau_of_even_length_is_its_lower_middle() -> None:
    # Recall is 1 at .15, .25, .35 and .45.
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    y = np.array([0, 0, 0, 0, 1, 1])

    assert best_threshold(METRICS.get("recall"), y, scores, "probability", TWO) == (
        pytest.approx(0.25),
        1.0,
    )


@pytest.mark.parametrize(
    ("kind", "threshold"), [("probability", 0.5), ("decision", 0.0), ("label", 0.5)]
)
@pytest.mark.parametrize("value", [0.2, 0.9])
def test_equal_scores_keep_the_default_decision(kind: Any, threshold: float, value: float) -> None:
    y, scores = np.array([0, 1, 1, 0]), np.full(4, value)

    found = best_threshold(F2, y, scores, kind, TWO)

    said = scores > threshold
    assert found == (threshold, metrics.fbeta_score(y, said, beta=2, zero_division=0))


def test_a_metric_where_less_is_better_has_its_least_value_at_the_threshold() -> None:
    false_alarms = METRICS.get("specificity")
    inverted = type(false_alarms)(
        name="fall_out",
        function=lambda c: 1 - false_alarms.function(c),
        kind="label",
        greater_is_better=False,
    )
    y, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4])

    assert best_threshold(inverted, y, scores, "probability", TWO) == (pytest.approx(0.35), 0.0)


def test_a_decision_is_positive_above_the_threshold_only() -> None:
    assert decide(np.array([0.4, 0.5, 0.6]), 0.5).tolist() == [0, 0, 1]


def noisy(rows: int = 400, seed: int = 0) -> tuple[Any, Any]:
    """Labels, and log-odds that know something of them."""
    generator = np.random.default_rng(seed)
    evidence = generator.normal(-1.5, 2.0, rows)
    return (generator.random(rows) < expit(evidence)).astype(np.int64), evidence


def rows_of(y: Any) -> Points:
    """Inner rows that stand for themselves."""
    return Points(np.array(y, dtype=np.int64), np.ones(len(y)))


def platt(y: Any, evidence: Any, unseen: Any) -> Any:
    """Platt's sigmoid by maximum likelihood, fitted with scipy."""
    n1, n0 = y.sum(), len(y) - y.sum()
    target = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(ab: Any) -> float:
        z = ab[0] * evidence + ab[1]
        return -np.sum(target * log_expit(z) + (1 - target) * log_expit(-z))

    fitted = minimize(
        loss, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    return expit(fitted.x[0] * unseen + fitted.x[1])


@pytest.mark.parametrize("kind", ["probability", "decision"])
@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.3, 2.0), (3.0, -1.0)])
def test_corrected_probabilities_are_those_of_platts_sigmoid(
    kind: Any, slope: float, shift: float
) -> None:
    y, evidence = noisy()
    unseen = np.linspace(-3, 3, 50)
    oof, test = slope * evidence + shift, slope * unseen + shift
    given_ = {"probability": expit, "decision": lambda z: z}[kind]

    found = corrected(Scored(kind, given_(test), given_(oof)), rows_of(y))

    kept = {"probability": lambda z: logit(np.clip(expit(z), 0.5 / 400, 1 - 0.5 / 400))}
    evidence_of = kept.get(kind, lambda z: z)
    assert_allclose(found, platt(y, evidence_of(oof), evidence_of(test)), atol=1e-5)


@pytest.mark.parametrize("shift", [-3.0, -1.0, 2.0])
def test_a_constant_shift_of_the_log_odds_is_undone(shift: float) -> None:
    y, evidence = noisy()
    evidence = np.clip(evidence, -2, 2)  # far from certainty, so that nothing is clipped
    unseen = np.linspace(-2, 2, 50)

    plain, shifted = (
        corrected(Scored("probability", expit(unseen + s), expit(evidence + s)), rows_of(y))
        for s in (0.0, shift)
    )

    assert_allclose(shifted, plain, atol=1e-6)


def test_probabilities_that_are_right_already_are_hardly_changed() -> None:
    y, evidence = noisy(rows=20_000)
    unseen = np.linspace(-3, 3, 50)

    found = corrected(Scored("probability", expit(unseen), expit(evidence)), rows_of(y))

    assert_allclose(found, expit(unseen), atol=0.02)


@pytest.mark.parametrize("kind", ["probability", "decision"])
def test_certain_and_equal_scores_give_finite_probabilities(kind: Any) -> None:
    y = np.array([0, 0, 0, 1])

    certain = corrected(Scored(kind, np.array([0.0, 1.0]), y.astype(np.float64)), rows_of(y))
    equal = corrected(Scored(kind, np.array([0.0, 1.0]), np.full(4, 0.25)), rows_of(y))

    assert np.isfinite(certain).all()
    assert 0 < certain[0] < 0.5 < certain[1] < 1
    assert np.isfinite(equal).all()


@pytest.mark.parametrize(
    ("kind", "oof_y"), [("probability", []), ("probability", [0, 0]), ("label", [0, 1])]
)
def test_nothing_is_corrected_without_scores_of_both_classes(kind: Any, oof_y: list[int]) -> None:
    oof = np.zeros(len(oof_y))

    assert corrected(Scored(kind, np.zeros(3), oof), rows_of(oof_y)) is None


def scoring(names: Sequence[str], thresholds: Sequence[str]) -> Scoring:
    return Scoring(tuple(names), tuple(thresholds), ("no", "yes"))


def predictions(
    kind: Any = "probability", y: Any = (0, 1, 0, 1), inner: bool = True
) -> Predictions:
    """A model chosen by default, and a better one chosen together with its threshold."""
    oof_y = np.array([0, 0, 1, 0, 1, 1][: 6 * inner])
    default = Scored(kind, np.array([0.2, 0.4, 0.6, 0.8]), np.linspace(0, 1, len(oof_y)))
    tuned = Scored(kind, np.array([0.1, 0.3, 0.2, 0.4]), np.linspace(0, 0.5, len(oof_y)))
    rows = np.arange(4)
    return Predictions(rows, np.array(y), np.arange(len(oof_y)), oof_y, default, tuned)


def test_each_threshold_is_scored_with_the_model_that_was_chosen_under_it() -> None:
    stored = predictions()
    y = stored.y

    found = score(stored, scoring(ALL, ["default", "tuned"]))

    cut, _ = brute_force_threshold(stored.oof_y, stored.tuned.oof, SKLEARN["f0.5"])
    at = {
        "default": stored.default.test > 0.5,
        "tuned": stored.tuned.test > found.thresholds["tuned"].value,
    }
    assert ALL.index("f0.5") < ALL.index("f1") < ALL.index("f2")
    for rule, said in at.items():
        tn, fp, fn, tp = metrics.confusion_matrix(y, said).ravel()
        assert found.confusion[rule] == ((tn, fp), (fn, tp))
        assert found.values[rule]["f2"] == pytest.approx(metrics.fbeta_score(y, said, beta=2))
        assert found.values[rule]["mcc"] == pytest.approx(metrics.matthews_corrcoef(y, said))
    assert found.values[""]["roc_auc"] == metrics.roc_auc_score(y, stored.tuned.test)
    assert found.values[""]["brier"] == pytest.approx(
        metrics.brier_score_loss(y, stored.tuned.test), abs=1e-12
    )
    fixed = corrected(stored.tuned, rows_of(stored.oof_y))
    assert found.values[""]["log_loss_corrected"] == pytest.approx(
        metrics.log_loss(y, fixed), abs=1e-12
    )
    empty = {metric.name for metric in METRICS if metric.needs}
    assert {name for name, why in found.missing.items() if "needs" in why} == empty
    assert found.positives == 2
    assert (found.thresholds["tuned"].positives, cut) == (3, pytest.approx(cut))


def test_the_threshold_serves_the_first_metric_of_decisions() -> None:
    stored = predictions()

    found = score(stored, scoring(["roc_auc", "recall", "precision"], ["tuned"]))

    cut, _ = brute_force_threshold(stored.oof_y, stored.tuned.oof, SKLEARN["recall"])
    assert found.thresholds["tuned"].value == pytest.approx(cut)
    assert list(found.values) == ["tuned", ""]
    assert list(found.values["tuned"]) == ["recall", "precision"]


def test_without_a_tuned_threshold_the_default_model_gives_every_score() -> None:
    stored = predictions()

    found = score(stored, scoring(["f2", "roc_auc"], ["default"]))

    assert found.thresholds == {}
    assert list(found.values) == ["default", ""]
    assert found.values[""]["roc_auc"] == metrics.roc_auc_score(stored.y, stored.default.test)


@pytest.mark.parametrize(
    ("stored", "names"), [(predictions(), ["roc_auc"]), (predictions(inner=False), ["f2"])]
)
def test_no_threshold_is_tuned_without_a_metric_of_decisions_or_inner_scores(
    stored: Predictions, names: list[str]
) -> None:
    found = score(stored, scoring(names, ["default", "tuned"]))

    assert found.thresholds == {}
    assert "tuned" not in found.values


def missing(found: Scores) -> dict[str, str]:
    """Why each metric without a value has none."""
    empty = {name for name, value in found.values[""].items() if value is None}
    assert empty == set(found.missing)
    return dict(found.missing)


def test_decision_values_have_no_metrics_of_probabilities_but_corrected_ones() -> None:
    found = score(
        predictions("decision"), scoring(["f2", "roc_auc", "brier"], ["default", "tuned"])
    )

    assert missing(found) == {"brier": "the model gives no probabilities"}
    assert 0 < found.values[""]["brier_corrected"] < 1


def test_labels_have_neither_ranking_nor_probabilities() -> None:
    found = score(predictions("label"), scoring(["f2", "roc_auc", "brier"], ["default"]))

    assert missing(found) == {
        "roc_auc": "the model gives labels only",
        "brier": "the model gives no probabilities",
        "brier_corrected": "the model gives labels only",
    }


def test_a_fold_of_one_class_has_no_ranking_and_zero_where_a_ratio_has_no_denominator() -> None:
    found = score(predictions(y=(0, 0, 0, 0)), scoring(["f2", "recall", "roc_auc"], ["default"]))

    assert missing(found) == {"roc_auc": "the fold has no row of class 'yes'"}
    assert found.values["default"] == {"f2": 0.0, "recall": 0.0}


def test_probabilities_are_not_corrected_without_inner_scores() -> None:
    found = score(predictions(inner=False), scoring(["f2", "brier"], ["default"]))

    reason = "no inner out-of-fold scores of both classes to correct with"
    assert missing(found) == {"brier_corrected": reason}
