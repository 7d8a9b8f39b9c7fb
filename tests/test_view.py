"""What MLflow's UI is told to show; tests/browser looks at what it makes of it."""

import json
from typing import Any

import pytest

from benchmark.journal.view import SHOWN_METRICS, view

SUITE: dict[str, Any] = {
    "name": "viewed",
    "metrics": ["f2", "roc_auc", "recall"],
    "thresholds": ["default", "tuned"],
}


def state(**settings: Any) -> dict[str, Any]:
    """The view of a suite that differs from SUITE in these settings."""
    saved = json.loads(view(SUITE | settings))
    assert saved["name"] == "viewed, best first"
    return dict(json.loads(saved["state"]))


def metrics(found: dict[str, Any]) -> list[str]:
    """The metrics in view, from the left."""
    shown = [name for name in found["columnOrder"] if name in found["selectedColumns"]]
    return [name.removeprefix("metrics.").strip("`") for name in shown if "metrics" in name]


def test_the_metrics_stand_in_the_order_of_the_suite_and_both_thresholds_are_there() -> None:
    assert metrics(state()) == ["f2_tuned", "roc_auc", "recall_tuned", "f2", "recall"]
    assert metrics(state(thresholds=["default"])) == ["f2", "roc_auc", "recall"]


def test_what_was_run_stands_left_of_how_good_it_is() -> None:
    shown = state()["columnOrder"]

    assert [name.partition("`")[2].strip("`") for name in shown[:6]] == [
        "Run Name", "", "dataset", "strategy", "model", "f2_tuned",
    ]  # fmt: skip


@pytest.mark.parametrize(("headline", "ascending"), [("f2", False), ("brier", True)])
def test_best_first_is_least_first_where_less_is_better(headline: str, ascending: bool) -> None:
    assert state(metrics=[headline])["orderByAsc"] is ascending


def test_metrics_with_a_value_a_class_or_of_a_plugin_that_is_gone_are_left_out() -> None:
    found = state(metrics=["f2", "recall_each", "of_a_plugin", "mcc"], thresholds=["default"])

    assert metrics(found) == ["f2", "mcc"]


def test_a_suite_of_many_metrics_shows_the_first_of_them() -> None:
    many = ["f2", "f1", "recall", "precision", "mcc", "brier", "roc_auc", "average_precision"]

    found = state(metrics=[*many, "log_loss"], thresholds=["default"])

    assert metrics(found) == many
    assert len(many) == SHOWN_METRICS
