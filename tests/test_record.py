"""What a tracking store is told of a pair."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plugins_for_tests.suites import computed_here, write_suite
from sklearn.metrics import auc, roc_auc_score

from benchmark.journal.record import (
    Record,
    accepted_name,
    metric_name,
    pair_digest,
    record,
)
from benchmark.journal.rows import Row
from benchmark.types import Cell, Outcome, Predictions, Scored, Scores, Trial

PAIR = ("clusters", "random_oversampling", "logistic_regression")
Recorded = tuple[Record, Sequence[Row], Sequence[Outcome]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A tuned pair of three folds, its rows and its outcomes."""
    path = write_suite(
        tmp_path_factory.mktemp("recorded"),
        strategies=[PAIR[1]],
        models=[PAIR[2]],
        metrics=["f2", "roc_auc", "recall", "brier"],
        thresholds=["default", "tuned"],
        cv={"folds": 3},
        tuning={"trials": 3, "folds": 2},
    )
    journal = computed_here(path)
    rows = journal.rows(PAIR)
    found = [journal.outcome(row.cell, row.fit_key) for row in rows]
    outcomes = [outcome for outcome in found if outcome]
    facts = {name: journal.fact(name) for name in ("suite", "datasets")}
    return record(rows, outcomes, facts), rows, outcomes


FACTS: dict[str, Any] = {
    "suite": {
        "name": "made",
        "seed": 3,
        "cv": {"column": None, "folds": 2, "repeats": 1},
        "tuning": None,
        "thresholds": ["default"],
    },
    "datasets": {"data": {"fingerprint": "f" * 64}},
}


def made(*statuses: str, facts: dict[str, Any] = FACTS, **details: Any) -> Record:
    """The record of a pair whose cells ended so."""
    cells = [Cell("data", "none", "tree", 0, fold) for fold in range(len(statuses))]
    outcomes = [Outcome(c, s, **details) for c, s in zip(cells, statuses, strict=True)]
    rows = [Row(o.cell, o.status, o.scores, "fit", "score", "now") for o in outcomes]
    return record(rows, outcomes, facts)


def table(found: Record, name: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(found.artifacts[name]))


def test_metrics_are_means_and_population_deviations_over_the_folds(recorded: Recorded) -> None:
    found, rows, _ = recorded
    for metric, threshold, name in [
        ("f2", "default", "f2"),
        ("f2", "tuned", "f2_tuned"),
        ("recall", "tuned", "recall_tuned"),
        ("roc_auc", "", "roc_auc"),
        ("brier_corrected", "", "brier_corrected"),
    ]:
        values = [row.scores.values[threshold][metric] for row in rows]
        assert found.metrics[name] == pytest.approx(np.mean(values), rel=1e-15)
        assert found.metrics[f"{name}_std"] == pytest.approx(np.std(values), rel=1e-12)


def test_fold_values_are_steps_in_the_order_of_the_folds(recorded: Recorded) -> None:
    found, rows, _ = recorded

    assert found.steps["folds/f2_tuned"] == [
        (step, row.scores.values["tuned"]["f2"]) for step, row in enumerate(rows)
    ]
    assert set(found.steps) == {
        f"folds/{name}"
        for name in (
            "f2",
            "f2_tuned",
            "recall",
            "recall_tuned",
            "roc_auc",
            "brier",
            "brier_corrected",
        )
    }


def test_only_the_first_ten_metrics_have_steps() -> None:
    values = {f"metric_{i}": 0.5 for i in range(12)}

    found = made("ok", scores=Scores(values={"default": values, "tuned": values}))

    expected = {f"folds/metric_{i}{rule}" for i in range(10) for rule in ("", "_tuned")}
    assert set(found.steps) == expected
    assert {"metric_11", "metric_11_tuned"} <= set(found.metrics)


def test_a_metric_without_a_value_has_no_mean() -> None:
    found = made("ok", scores=Scores(values={"": {"brier": None, "f2": 0.5}}))

    assert "f2" in found.metrics
    assert "brier" not in found.metrics


def test_a_mean_leaves_out_the_folds_without_a_value_and_keeps_their_steps() -> None:
    cells = [Cell("data", "none", "tree", 0, fold) for fold in range(3)]
    values: list[float | None] = [0.25, None, 0.75]
    outcomes = [
        Outcome(cell, "ok", scores=Scores(values={"": {"roc_auc": value}}))
        for cell, value in zip(cells, values, strict=True)
    ]
    rows = [Row(o.cell, "ok", o.scores, "fit", "score", "now") for o in outcomes]

    found = record(rows, outcomes, FACTS)

    assert found.metrics["roc_auc"] == 0.5
    assert found.steps["folds/roc_auc"] == [(0, 0.25), (2, 0.75)]


def test_params_name_the_pair_the_settings_and_what_each_fold_chose(recorded: Recorded) -> None:
    found, _, outcomes = recorded
    chosen = [outcome.params["tuned"]["model.C"] for outcome in outcomes]

    assert found.params["dataset"] == "clusters"
    assert (found.params["strategy"], found.params["model"]) == PAIR[1:]
    assert (found.params["seed"], found.params["cv"]) == ("1", "3 x 1")
    assert found.params["tuning"] == "3 trials"
    assert found.params["model.C"] == " | ".join(dict.fromkeys(f"{c:.4g}" for c in chosen))


def test_without_tuning_and_with_published_folds_params_say_so() -> None:
    facts = FACTS | {"suite": FACTS["suite"] | {"cv": {"column": "part"}}}

    found = made("ok", facts=facts, params={"default": {"model.depth": 3}})

    assert found.params == {
        "dataset": "data",
        "strategy": "none",
        "model": "tree",
        "seed": "3",
        "cv": "part",
        "tuning": "off",
        "model.depth": "3",
    }


def test_tags_find_the_pair_and_its_data(recorded: Recorded) -> None:
    found, rows, _ = recorded

    assert found.tags["benchmark.digest"] == pair_digest(rows)
    assert found.tags["benchmark.suite"] == "small"
    assert len(found.tags["benchmark.fingerprint"]) == 64
    assert found.tags["benchmark.failed"] == "0"
    assert "benchmark.errors" not in found.tags


def test_each_error_and_note_is_told_once() -> None:
    found = made("failed", "failed", error="ValueError: no", note="13 of 20 trials (time)")

    assert found.tags["benchmark.errors"] == "ValueError: no"
    assert found.tags["benchmark.notes"] == "13 of 20 trials (time)"
    assert found.tags["benchmark.failed"] == "2"


@pytest.mark.parametrize(
    ("statuses", "failed", "ok_folds"),
    [(("ok", "ok"), False, 2), (("ok", "timeout"), False, 1), (("killed", "failed"), True, 0)],
)
def test_a_run_has_failed_where_no_fold_is_ok(
    statuses: tuple[str, ...], failed: bool, ok_folds: int
) -> None:
    found = made(*statuses)

    assert found.failed is failed
    assert found.metrics["ok_folds"] == ok_folds
    assert found.metrics["failed_folds"] == 2 - ok_folds


def test_costs_are_mean_seconds_a_fold_and_the_highest_peak(recorded: Recorded) -> None:
    found, _, outcomes = recorded

    for stage in ("preprocess", "resample", "fit", "predict", "score"):
        expected = sum(outcome.seconds[stage] for outcome in outcomes) / 3
        assert found.metrics[f"{stage}_seconds"] == pytest.approx(expected)
    assert found.metrics["peak_memory_bytes"] == max(o.memory_bytes for o in outcomes)


def test_the_folds_table_has_a_line_a_fold_with_its_values_and_threshold(
    recorded: Recorded,
) -> None:
    found, rows, outcomes = recorded
    lines = table(found, "folds.csv")

    assert lines["fold"].tolist() == [0, 1, 2]
    assert lines["status"].tolist() == ["ok"] * 3
    assert lines["f2_tuned"].tolist() == [row.scores.values["tuned"]["f2"] for row in rows]
    assert lines["threshold_tuned"].tolist() == [
        o.scores.thresholds["tuned"].value for o in outcomes
    ]


def test_the_trials_table_has_a_line_a_trial_with_its_parameters(recorded: Recorded) -> None:
    found, _, outcomes = recorded
    lines = table(found, "trials.csv")

    trials = [trial for outcome in outcomes for trial in outcome.trials]
    assert lines["trial"].tolist() == [trial.number for trial in trials]
    assert lines["tuned"].tolist() == [trial.tuned for trial in trials]
    assert lines["model.C"].tolist() == [trial.params["model.C"] for trial in trials]


def test_a_failed_trial_is_in_the_trials_table_with_its_error() -> None:
    failed = Trial(0, {"model.C": 0.5}, None, None, 0.1, "ValueError: no")

    lines = table(made("failed", trials=(failed,)), "trials.csv")

    assert lines["error"].tolist() == ["ValueError: no"]
    assert lines["default"].isna().all()


def test_the_area_under_the_roc_curve_is_the_metric_of_the_fold(recorded: Recorded) -> None:
    found, rows, _ = recorded
    lines = table(found, "curves.csv")

    for row in rows:
        roc = lines[(lines["curve"] == "roc") & (lines["fold"] == row.cell.fold)]
        assert auc(roc["x"], roc["y"]) == pytest.approx(row.scores.values[""]["roc_auc"], abs=1e-5)


@pytest.mark.parametrize("rule", ["default", "tuned"])
def test_curves_are_of_the_model_that_the_board_ranks(rule: str) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    scored = {
        name: Scored("probability", rng.random(60), np.empty(0)) for name in ("default", "tuned")
    }
    predictions = Predictions(np.arange(60), y, np.empty(0), np.empty(0), **scored)
    facts = FACTS | {"suite": FACTS["suite"] | {"thresholds": [rule]}}

    lines = table(made("ok", facts=facts, predictions=predictions), "curves.csv")

    roc = lines[lines["curve"] == "roc"]
    assert auc(roc["x"], roc["y"]) == pytest.approx(roc_auc_score(y, scored[rule].test), abs=1e-5)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 5000)
    scored = Scored("decision", rng.normal(size=5000), np.empty(0))
    nothing = np.empty(0, dtype=np.int64)
    predictions = Predictions(np.arange(5000), y, nothing, nothing, scored, scored)

    lines = table(made("ok", predictions=predictions), "curves.csv")

    roc = lines[lines["curve"] == "roc"]
    assert len(roc) == 200
    assert (roc[["x", "y"]].iloc[0].tolist(), roc[["x", "y"]].iloc[-1].tolist()) == ([0, 0], [1, 1])


def test_a_test_fold_of_one_class_has_no_curve() -> None:
    scored = Scored("decision", np.zeros(3), np.empty(0))
    rows = np.zeros(3, dtype=np.int64)

    found = made("ok", predictions=Predictions(rows, rows, rows, rows, scored, scored))

    assert set(found.artifacts) == {"folds.csv"}


def test_failures_are_told_with_their_tracebacks() -> None:
    found = made("failed", error="ValueError: no", traceback="Traceback …\nValueError: no")

    assert found.artifacts["failures.txt"] == (
        "data / none / tree / repeat 0 fold 0\nValueError: no\nTraceback …\nValueError: no"
    )


def test_long_texts_are_cut_to_what_a_store_accepts() -> None:
    found = made("failed", error="x" * 9000, params={"default": {"p": "y" * 9000}})

    assert len(found.tags["benchmark.errors"]) == 5000
    assert len(found.params["p"]) == 6000


@pytest.mark.parametrize("field", ["fit_key", "score_key", "status", "invocation"])
def test_a_pair_has_another_digest_once_anything_of_it_is_new(field: str) -> None:
    row = Row(Cell("data", "none", "tree", 0, 0), "ok", Scores(), "fit", "score", "now")

    assert pair_digest([replace(row, **{field: "new"})]) != pair_digest([row])


@pytest.mark.parametrize(
    ("metric", "threshold", "name"),
    [("f2", "default", "f2"), ("f2", "tuned", "f2_tuned"), ("roc_auc", "", "roc_auc")],
)
def test_the_tuned_threshold_alone_has_a_suffix(metric: str, threshold: str, name: str) -> None:
    assert metric_name(metric, threshold) == name


@pytest.mark.parametrize(
    ("name", "accepted"),
    [("precision@100", "precision_100"), ("f0.5_tuned", "f0.5_tuned"), ("folds/f2", "folds/f2")],
)
def test_a_name_keeps_what_mlflow_accepts(name: str, accepted: str) -> None:
    assert accepted_name(name) == accepted


def test_a_record_is_made_of_texts_and_numbers(recorded: Recorded) -> None:
    found, _, _ = recorded

    json.dumps([dict(found.params), dict(found.tags), dict(found.metrics), dict(found.artifacts)])
    assert all(isinstance(value, float | int) for value in found.metrics.values())
