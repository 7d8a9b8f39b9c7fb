"""One cell becomes one outcome, whatever happens in it."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contracts import clouds
from imblearn.over_sampling import SMOTE
from numpy.testing import assert_array_equal
from sklearn import metrics
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from benchmark.catalogue.registry import METRICS, MODELS, metric
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.reasons import described, ran_out_of_memory
from benchmark.engine.seeds import seed_for
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

DATASET = clouds()
Make = Callable[[Any, Any], Any]


def suite_of(**settings: Any) -> Suite:
    basics = {
        "name": "evaluate",
        "datasets": ["clouds"],
        "strategies": ["none"],
        "models": ["custom"],
        "metrics": ["f2", "roc_auc", "brier"],
        "cv": {"folds": 3},
        "tuning": {"trials": 3, "folds": 2},
    }
    return Suite.model_validate(basics | settings)


def outcome_of(
    model: str = "custom",
    strategy: str = "none",
    dataset: Dataset = DATASET,
    bench: Bench | None = None,
    fold: int = 0,
    **settings: Any,
) -> Outcome:
    suite = suite_of(models=[model], strategies=[strategy], **settings)
    cell = Cell("clouds", strategy, model, 0, fold)
    return evaluate(cell, suite, dataset, bench or Bench())


@pytest.fixture
def custom() -> Iterator[Callable[[Make], None]]:
    """Register a model named custom, for one test."""
    yield lambda make: MODELS.register("custom")(make) and None
    MODELS.forget("custom")


def test_two_runs_of_a_cell_are_the_same_to_the_last_bit() -> None:
    one, two = (outcome_of("random_forest", "smote") for _ in range(2))

    assert one.status == "ok"
    assert one.scores == two.scores
    assert one.params == two.params
    assert_array_equal(one.predictions.tuned.test, two.predictions.tuned.test)
    assert_array_equal(one.predictions.tuned.oof, two.predictions.tuned.oof)


def test_no_score_depends_on_what_a_worker_did_before() -> None:
    bench = Bench()
    for strategy in ("none", "smote"):
        for fold in (2, 0, 1):
            outcome_of("decision_tree", strategy, bench=bench, fold=fold)

    fresh = outcome_of("decision_tree", "smote", fold=1)
    late = outcome_of("decision_tree", "smote", bench=bench, fold=1)

    assert late.scores == fresh.scores
    assert_array_equal(late.predictions.default.test, fresh.predictions.default.test)


def test_predictions_hold_the_rows_and_labels_of_the_test_and_inner_folds() -> None:
    found = outcome_of("decision_tree", fold=1).predictions

    assert_array_equal(found.y, DATASET.y[found.rows])
    assert_array_equal(found.oof_y, DATASET.y[found.oof_rows])
    assert sorted([*found.rows, *found.oof_rows]) == list(range(150))
    assert len(found.tuned.oof) == len(found.default.oof) == 100


def test_one_refit_serves_both_thresholds_when_they_choose_the_same_trial() -> None:
    found = outcome_of("linear_discriminant_analysis")

    assert found.predictions.tuned is found.predictions.default
    assert len(found.trials) == 1


def test_without_tuning_and_tuned_threshold_there_is_nothing_but_the_test_fold() -> None:
    found = outcome_of("decision_tree", tuning="off", thresholds=["default"])

    assert found.trials == ()
    assert len(found.predictions.oof_y) == len(found.predictions.default.oof) == 0
    assert found.params == {
        rule: {"model.max_depth": None, "model.min_samples_leaf": 1}
        for rule in ("default", "tuned")
    }


def test_without_tuning_a_tuned_threshold_costs_three_inner_folds_of_the_defaults() -> None:
    found = outcome_of("decision_tree", tuning="off")

    assert len(found.trials) == 1
    assert len(found.predictions.oof_y) == 100
    assert found.scores.thresholds["tuned"].positives == DATASET.y[found.predictions.oof_rows].sum()


def test_fixed_parameters_reach_the_model_and_are_told() -> None:
    suite = suite_of(models=[{"use": "decision_tree", "as": "stump", "params": {"max_depth": 2}}])

    found = evaluate(Cell("clouds", "none", "stump", 0, 0), suite, DATASET, Bench())

    assert found.params["tuned"]["model.max_depth"] == 2
    assert all(set(trial.params) == {"model.min_samples_leaf"} for trial in found.trials)


@pytest.mark.parametrize(
    ("predict", "scores"),
    [
        ("positive", {"f2": 5 * 40 / (4 * 40 + 150), "recall": 1.0, "roc_auc": 0.5}),
        ("negative", {"f2": 0.0, "recall": 0.0, "roc_auc": 0.5}),
        ("prior", {"f2": 0.0, "recall": 0.0, "roc_auc": 0.5}),
    ],
)
def test_a_constant_answer_has_the_scores_that_follow_from_the_share_of_positives(
    predict: str, scores: dict[str, float]
) -> None:
    suite = suite_of(
        models=[{"use": "constant", "params": {"predict": predict}}],
        metrics=list(scores),
        cv={"folds": 10},
        tuning="off",
        thresholds=["default"],
    )

    cells = [Cell("clouds", "none", "constant", 0, fold) for fold in range(10)]
    found = [evaluate(cell, suite, DATASET, Bench()).scores.values for cell in cells]

    assert [{**values["default"], **values[""]} for values in found] == [pytest.approx(scores)] * 10


@pytest.mark.parametrize(
    ("headline", "quality"),
    [("roc_auc", roc_auc_score), ("brier", lambda y, p: -brier_score_loss(y, p))],
)
def test_a_headline_that_needs_no_decision_is_averaged_over_the_inner_folds(
    headline: str, quality: Callable[[Any, Any], float]
) -> None:
    found = outcome_of("gaussian_naive_bayes", metrics=[headline, "f2"])

    halves = np.split(np.arange(100), [50])
    y, best = found.predictions.oof_y, max(trial.tuned for trial in found.trials)
    scores = found.predictions.tuned.oof
    assert best == pytest.approx(np.mean([quality(y[h], scores[h]) for h in halves]), abs=1e-12)
    assert all(trial.default == trial.tuned for trial in found.trials)


def test_a_headline_of_decisions_counts_all_inner_rows_together() -> None:
    found = outcome_of("gaussian_naive_bayes", metrics=["precision"])

    best = max(trial.default for trial in found.trials)
    said = found.predictions.default.oof > 0.5
    assert best == pytest.approx(metrics.precision_score(found.predictions.oof_y, said))


@pytest.fixture
def false_alarms() -> Iterator[str]:
    """A metric of decisions where less is better."""
    metric("false_alarms", kind="label", greater_is_better=False, high=np.inf)(lambda c: c.fp)
    yield "false_alarms"
    METRICS.forget("false_alarms")


def test_a_headline_where_less_is_better_chooses_the_least(false_alarms: str) -> None:
    found = outcome_of("decision_tree", metrics=[false_alarms], tuning={"trials": 8, "folds": 2})

    y = found.predictions.oof_y
    alarms = [-trial.default for trial in found.trials]
    assert np.count_nonzero((found.predictions.default.oof > 0.5) & (y == 0)) == min(alarms)
    assert min(alarms) < max(alarms)


def test_a_headline_that_the_model_cannot_have_fails_with_the_reason() -> None:
    found = outcome_of("svc", metrics=["brier", "f2"])

    assert found.status == "failed"
    assert found.error == (
        "RuntimeError: all 3 trials failed; first: no brier: the model gives no probabilities"
    )


def test_an_inner_fold_of_one_class_is_left_out_of_the_mean() -> None:
    """Positives come late in the first half of the time and never in its second."""
    y = np.array([0, 1] * 40 + [0] * 40 + [0, 1] * 20, dtype=np.int64)
    X = clouds(rows=160, positives=80).X
    dataset = Dataset("clouds", X, y, ("0", "1"), "timed", time=np.arange(160))

    found = outcome_of("gaussian_naive_bayes", dataset=dataset, fold=2, metrics=["roc_auc"])

    oof_y, oof = found.predictions.oof_y, found.predictions.tuned.oof
    best = max(trial.tuned for trial in found.trials)
    assert len(oof_y) == 80
    assert oof_y[40:].sum() == 0
    assert best == pytest.approx(roc_auc_score(oof_y[:40], oof[:40]), abs=1e-12)


def test_a_pair_that_fails_is_an_outcome_with_error_and_traceback(
    custom: Callable[[Make], None],
) -> None:
    class Broken(GaussianNB):
        def fit(self, X: Any, y: Any) -> Any:
            raise ValueError("no solution\nmore lines follow")

    custom(lambda space, task: Broken())

    found = outcome_of(tuning="off", thresholds=["default"])

    assert (found.status, found.error) == ("failed", "ValueError: no solution")
    assert "more lines follow" in found.traceback
    assert set(found.seconds) == {"preprocess", "fit"}
    assert found.predictions is None


def test_a_cell_is_ok_if_any_trial_is(custom: Callable[[Make], None]) -> None:
    class Fragile(GaussianNB):
        def fit(self, X: Any, y: Any) -> Any:
            if self.var_smoothing < 0.5:
                raise ValueError(f"{self.var_smoothing} is too smooth")
            return super().fit(X, y)

    custom(lambda space, task: Fragile(var_smoothing=space.real("v", 0.0, 1.0, default=0.1)))

    found = outcome_of(tuning={"trials": 8, "folds": 2})

    assert found.status == "ok"
    assert found.trials[0].error == "ValueError: 0.1 is too smooth"
    assert found.trials[0].default is None
    assert found.params["tuned"]["model.v"] >= 0.5


def test_a_cell_whose_trials_all_fail_gives_the_reason_of_the_first() -> None:
    found = outcome_of("logistic_regression", "smote", dataset=clouds(rows=60, positives=6))

    assert found.status == "failed"
    assert found.error.startswith(
        "RuntimeError: all 3 trials failed; first: more neighbours are asked for than there are "
        "rows (ValueError: SMOTE cannot resample classes of"
    )


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("std::bad_alloc"), ValueError("Unable to allocate 8 GiB")],
)
@pytest.mark.parametrize("settings", [{}, {"tuning": "off", "thresholds": ["default"]}])
def test_memory_that_runs_out_ends_the_cell_at_once(
    error: Exception, settings: dict[str, Any], custom: Callable[[Make], None]
) -> None:
    fits = []

    class Greedy(GaussianNB):
        def fit(self, X: Any, y: Any) -> Any:
            fits.append(len(X))
            raise error

    custom(lambda space, task: Greedy(var_smoothing=space.real("v", 0.0, 1.0, default=0.1)))

    found = outcome_of(**settings)

    assert found.status == "out_of_memory"
    assert found.error.startswith(type(error).__name__)
    assert len(fits) == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("one\ntwo"), "ValueError: one"),
        (ValueError("  \n "), "ValueError"),
        (KeyError("name"), "KeyError: 'name'"),
        (OSError("no file \udcff"), r"OSError: no file \udcff"),
    ],
)
def test_an_error_is_described_by_its_kind_and_first_line(error: Exception, text: str) -> None:
    assert described(error) == text


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), SVC(), GradientBoostingClassifier(), LinearDiscriminantAnalysis()],
    ids=lambda model: type(model).__name__,
)
def test_a_library_that_was_handed_one_class_is_explained(model: Any) -> None:
    X = np.arange(12.0).reshape(6, 2)

    with pytest.raises(ValueError, match=r".") as caught:
        model.fit(X, np.zeros(6)).predict_proba(X)

    assert described(caught.value).startswith("a model was handed rows of one class, because ")
    assert str(caught.value).splitlines()[0] in described(caught.value)


def test_a_sampler_that_lacks_neighbours_is_explained() -> None:
    X, y = np.arange(40.0).reshape(20, 2), np.repeat([0, 1], [17, 3])

    with pytest.raises(ValueError, match="n_neighbors = 6") as caught:
        SMOTE(k_neighbors=5).fit_resample(X, y)

    assert described(caught.value).startswith("more neighbours are asked for than there are rows (")


def test_up_to_three_different_warnings_are_noted_and_none_escapes(
    custom: Callable[[Make], None],
) -> None:
    class Noisy(GaussianNB):
        def fit(self, X: Any, y: Any) -> Any:
            for text in ("d", "b", "", "c\nmore", "a" * 200, "b"):
                warnings.warn(text, UserWarning, stacklevel=1)
            return super().fit(X, y)

    custom(lambda space, task: Noisy())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = outcome_of()

    assert found.note == f"UserWarning: {'a' * 150}; UserWarning: b; UserWarning: c"


def test_a_search_out_of_time_is_noted() -> None:
    found = outcome_of("random_forest", tuning={"trials": 10_000, "folds": 2, "seconds": 0.001})

    assert found.note == "1 of 10000 trials (time)"
    assert found.status == "ok"


def test_the_stages_of_a_cell_are_timed() -> None:
    found = outcome_of("decision_tree", "smote")

    assert set(found.seconds) == {"preprocess", "resample", "fit", "predict", "score"}
    assert all(seconds > 0 for seconds in found.seconds.values())
    assert 0 < found.cpu_seconds < 60


def test_an_imported_model_is_scored_as_plain_code() -> None:
    settings = {"tuning": "off", "thresholds": ["default"], "preprocess": {"scale": "none"}}

    found = outcome_of("sklearn.ensemble:AdaBoostClassifier", **settings)

    test = found.predictions.rows
    train = np.setdiff1d(np.arange(150), test)
    X, seed = DATASET.X.to_numpy(), seed_for(1, DATASET.fingerprint, 0, 0, None, "model")
    plain = AdaBoostClassifier(random_state=seed).fit(X[train], DATASET.y[train])
    assert_array_equal(found.predictions.default.test, plain.predict_proba(X[test])[:, 1])


def test_memory_that_ran_out_deeper_down_is_seen() -> None:
    error = SystemError("returned NULL without setting an exception")
    error.__cause__ = MemoryError()

    assert ran_out_of_memory(error)
    assert not ran_out_of_memory(SystemError("something else"))


def test_a_headline_that_is_not_defined_on_the_inner_folds_is_the_reason() -> None:
    rows = np.arange(150)
    early = replace(DATASET, y=((rows < 20) & (rows % 2 == 0)).astype(np.int64), time=rows)

    outcome = outcome_of(
        "gaussian_naive_bayes", dataset=early, metrics=["normalised_expected_cost"], fold=1,
        costs=[[0, 1], [5, 0]],
    )  # fmt: skip

    assert outcome.status == "failed"
    assert outcome.error.endswith("no normalised_expected_cost: it is not defined on these rows")
