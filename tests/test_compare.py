"""Tables say what the journal holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plugins_for_tests.suites import DATA, computed_here, write_suite
from scipy.stats import rankdata
from sklearn.metrics import fbeta_score, matthews_corrcoef

from benchmark.analysis.compare import (
    COLUMNS,
    columns_of,
    few_positives,
    is_label,
    leaderboard,
    overall,
    pooled,
    tidy,
)
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.types import Cell, Scores, Skip

METRICS = ["f2", "roc_auc", "recall", "brier"]
THRESHOLDS = ["default", "tuned"]
FOREST = {"use": "balanced_random_forest", "params": {"n_estimators": 3}}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """Two datasets, three strategies, two models, both thresholds, five folds."""
    rare = {"use": "synthetic", "as": "rare", "params": {"rows": 300, "minority": 0.1}}
    path = write_suite(
        tmp_path_factory.mktemp("compare"),
        datasets=[DATA, rare],
        strategies=["none", "class_weight", FOREST],
        models=["logistic_regression", "k_nearest_neighbors"],
        metrics=METRICS,
        thresholds=THRESHOLDS,
        cv={"folds": 5},
    )
    return computed_here(path)


@pytest.fixture(scope="module")
def table(journal: Journal) -> pd.DataFrame:
    return tidy(journal.rows(), journal.skips())


@pytest.fixture(scope="module")
def board(table: pd.DataFrame) -> pd.DataFrame:
    return leaderboard(table, METRICS, THRESHOLDS)


def long(rows: list[Row]) -> pd.DataFrame:
    """One line a value, straight from the rows."""
    return pd.DataFrame(
        [
            (*row.cell.pair, threshold, metric, value)
            for row in rows
            for threshold, metrics in row.scores.values.items()
            for metric, value in metrics.items()
        ],
        columns=["dataset", "strategy", "model", "threshold", "metric", "value"],
    )


def row(status: str, fold: int = 0, strategy: str = "none", **values: float | None) -> Row:
    cell = Cell("data", strategy, "tree", 0, fold)
    return Row(cell, status, Scores(values={"default": values} if values else {}), "", "", "")


def test_the_tidy_table_agrees_with_pandas_on_the_values_of_the_journal(
    journal: Journal, table: pd.DataFrame
) -> None:
    by = ["dataset", "strategy", "model", "threshold", "metric"]
    grouped = long(journal.rows()).astype({"value": float}).groupby(by)["value"]
    expected = grouped.agg(mean="mean", std=lambda v: v.std(ddof=0), n="count")

    found = table[table["skipped"] == 0].set_index(by)[["mean", "std", "n"]].sort_index()

    assert list(table.columns) == COLUMNS
    pd.testing.assert_frame_equal(found, expected.sort_index(), rtol=1e-12)


def test_label_metrics_have_a_threshold_and_the_others_have_none(table: pd.DataFrame) -> None:
    found = table.groupby("metric")["threshold"].agg(set).to_dict()

    assert found == {
        "f2": {"default", "tuned"},
        "recall": {"default", "tuned"},
        "roc_auc": {""},
        "brier": {""},
        "brier_corrected": {""},
    }


def test_a_pair_that_cannot_be_is_there_with_every_metric(
    journal: Journal, table: pd.DataFrame
) -> None:
    skipped = table[table["skipped"] == 1]

    assert [(s.strategy, s.model) for s in journal.skips()] == [
        ("class_weight", "k_nearest_neighbors")
    ] * 2
    assert len(skipped) == 2 * len(table[["threshold", "metric"]].drop_duplicates())
    assert skipped["mean"].isna().all()


def test_a_pair_that_cannot_be_is_there_even_where_nothing_was_measured() -> None:
    table = tidy([], [Skip("data", "class_weight", "neighbours", "because")])

    assert table[["dataset", "strategy", "model", "skipped"]].to_numpy().tolist() == [
        ["data", "class_weight", "neighbours", 1]
    ]


def test_failed_cells_are_counted_and_pending_ones_are_not() -> None:
    rows = [row("ok", 0, f2=0.5), row("timeout", 1), row("killed", 2), row("pending", 3)]

    (record,) = tidy(rows, []).to_dict("records")

    assert (record["mean"], record["n"], record["failed"]) == (0.5, 1, 2)


def test_a_pair_without_a_value_keeps_one_line() -> None:
    (record,) = tidy([row("failed"), row("out_of_memory", 1)], []).to_dict("records")

    assert (record["metric"], record["n"], record["failed"]) == ("", 0, 2)
    assert np.isnan(record["mean"])


def test_a_metric_that_never_has_a_value_has_no_mean() -> None:
    (record,) = tidy([row("ok", 0, brier=None), row("ok", 1, brier=None)], []).to_dict("records")

    assert (record["metric"], record["n"]) == ("brier", 0)
    assert np.isnan(record["mean"])
    assert np.isnan(record["std"])


def test_ranks_within_a_dataset_are_those_of_scipy(board: pd.DataFrame) -> None:
    for _, part in board.groupby("dataset"):
        measured = part[part["skipped"] == 0]
        assert measured["rank"].tolist() == rankdata(-measured["f2@tuned"]).tolist()
        assert part[part["skipped"] == 1]["rank"].isna().all()


def test_ties_share_their_mean_rank() -> None:
    rows = [row("ok", 0, name, f2=v) for name, v in [("a", 0.5), ("b", 0.7), ("c", 0.5)]]

    board = leaderboard(tidy(rows, []), ["f2"], ["default"])

    assert dict(zip(board["strategy"], board["rank"], strict=True)) == {"b": 1, "a": 2.5, "c": 2.5}


def test_where_less_is_better_the_least_is_first_and_a_gain_is_still_positive() -> None:
    rows = [
        Row(Cell("data", name, "tree", 0, 0), "ok", Scores(values={"": {"brier": v}}), "", "", "")
        for name, v in [("none", 0.3), ("better", 0.1), ("worse", 0.4)]
    ]

    board = leaderboard(tidy(rows, []), ["brier"], ["default"])

    assert board["strategy"].tolist() == ["better", "none", "worse"]
    assert board["gain"].tolist() == pytest.approx([0.2, 0.0, -0.1])


def test_the_best_comes_first_within_each_dataset_in_the_order_of_the_table(
    table: pd.DataFrame, board: pd.DataFrame
) -> None:
    assert board["dataset"].unique().tolist() == table["dataset"].unique().tolist()
    for _, part in board.groupby("dataset"):
        assert part["rank"].dropna().is_monotonic_increasing
        assert part["skipped"].tolist() == sorted(part["skipped"])


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_gain_is_the_difference_to_doing_nothing_with_the_same_model(
    board: pd.DataFrame, threshold: str
) -> None:
    by_pair = board.set_index(["dataset", "strategy", "model"])
    for dataset in ("clusters", "rare"):
        weighted = by_pair.loc[(dataset, "class_weight", "logistic_regression")]
        plain = by_pair.loc[(dataset, "none", "logistic_regression")]
        difference = weighted[f"f2@{threshold}"] - plain[f"f2@{threshold}"]
        assert weighted[f"gain@{threshold}"] == pytest.approx(difference, abs=1e-15)
        assert plain[f"gain@{threshold}"] == 0


def test_a_strategy_with_its_own_model_has_no_gain(board: pd.DataFrame) -> None:
    own = board[board["model"] == "own"]

    assert own["strategy"].unique().tolist() == ["balanced_random_forest"]
    assert own["gain@tuned"].isna().all()
    assert own["rank"].notna().all()


def test_overall_means_are_means_over_the_datasets(board: pd.DataFrame) -> None:
    found = overall(board).set_index(["strategy", "model"])
    parts = board[board["strategy"] == "none"].groupby("model")

    for model, part in parts:
        line = found.loc[("none", model)]
        assert line["f2@tuned"] == pytest.approx(part["f2@tuned"].mean())
        assert line["f2@tuned std"] == pytest.approx(np.std(part["f2@tuned"]))
        assert line["rank"] == pytest.approx(part["rank"].mean())
        assert line["datasets"] == 2


def test_a_pair_that_lacks_a_dataset_comes_after_those_that_have_all() -> None:
    rows = [
        Row(Cell(data, name, "tree", 0, 0), "ok", Scores(values={"": {"roc_auc": v}}), "", "", "")
        for data, name, v in [("a", "whole", 0.6), ("b", "whole", 0.5), ("a", "part", 0.9)]
    ]

    found = overall(leaderboard(tidy(rows, []), ["roc_auc"], ["default"]))

    assert found["strategy"].tolist() == ["whole", "part"]
    assert found["datasets"].tolist() == [2, 1]


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("metric", ["f2", "mcc"])
def test_a_pooled_value_is_the_metric_of_all_predictions_at_once(
    journal: Journal, board: pd.DataFrame, metric: str, threshold: str
) -> None:
    measured = board[board["skipped"] == 0].reset_index(drop=True)
    pair = ("rare", "none", "logistic_regression")
    truth, said = decisions(journal, pair, threshold)
    expected = {
        "f2": fbeta_score(truth, said, beta=2, zero_division=0),
        "mcc": matthews_corrcoef(truth, said),
    }

    found = pooled(measured, journal.rows(), metric, threshold)

    names = list(zip(measured["dataset"], measured["strategy"], measured["model"], strict=True))
    assert found[names.index(pair)] == pytest.approx(expected[metric], abs=1e-12)


def decisions(
    journal: Journal, pair: tuple[str, str, str], threshold: str
) -> tuple[np.ndarray, np.ndarray]:
    """Truth and decision of every test row of a pair, fold after fold."""
    truth, said = [], []
    for found in journal.rows(pair):
        outcome = journal.outcome(found.cell, found.fit_key)
        assert outcome is not None
        assert outcome.predictions is not None
        assert outcome.scores.thresholds
        cut = {"default": 0.5, "tuned": outcome.scores.thresholds["tuned"].value}[threshold]
        scored = {"default": outcome.predictions.default, "tuned": outcome.predictions.tuned}
        truth.append(outcome.predictions.y)
        said.append(scored[threshold].test > cut)
    return np.concatenate(truth), np.concatenate(said)


def test_nothing_is_pooled_without_a_threshold_or_without_results(
    journal: Journal, board: pd.DataFrame
) -> None:
    skipped = board[board["skipped"] == 1]

    assert np.isnan(pooled(board, journal.rows(), "roc_auc", "default")).all()
    assert np.isnan(pooled(skipped, journal.rows(), "f2", "default")).all()


def test_a_failed_fold_is_not_pooled(journal: Journal, board: pd.DataFrame) -> None:
    first = board.head(1)
    (pair,) = zip(first["dataset"], first["strategy"], first["model"], strict=True)
    rows = journal.rows(pair)
    failed = replace(rows[0], status="failed", scores=Scores())

    assert pooled(first, [*rows, failed], "f2", "tuned") == pooled(first, rows, "f2", "tuned")


def test_few_positives_are_told_with_their_mean_over_the_folds(journal: Journal) -> None:
    positives = journal.fact("datasets")["rare"]["positives"]

    assert few_positives(journal.rows()) == {"rare": round(positives / 5, 1)}


def test_a_fold_that_failed_does_not_count_for_the_positives() -> None:
    assert few_positives([row("failed"), row("pending", 1)]) == {}


def test_a_metric_that_was_dropped_or_derived_is_no_label_metric() -> None:
    assert [is_label(name) for name in ("f2", "roc_auc", "brier_corrected")] == [True, False, False]


def test_columns_name_the_threshold_where_it_matters() -> None:
    assert columns_of(["roc_auc", "f2"], ["default", "tuned"]) == [
        "roc_auc",
        "f2@default",
        "f2@tuned",
    ]


def test_an_empty_journal_gives_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    assert list(tidy([], []).columns) == COLUMNS
    assert len(tidy([], [])) == 0
