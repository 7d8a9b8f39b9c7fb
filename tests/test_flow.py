"""From a suite file to a table, through the Python API."""

import os
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from plugins_for_tests.suites import (
    DATA,
    Onlooker,
    copy_plugin,
    unloaded_afterwards,
    write_suite,
)

from benchmark import compare, load_suite, plan, run, sync
from benchmark.analysis.compare import COLUMNS
from benchmark.engine import plan as planning
from benchmark.engine.backends import machine
from benchmark.errors import BenchmarkError, SuiteError
from benchmark.flow import Options, execute, journal_path, store_uri, worker_count
from benchmark.journal import tracking_store
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Outcome
from benchmark.watcher import Silent

PAIRS: dict[str, Any] = {
    "strategies": ["none", "class_weight"],
    "models": ["logistic_regression", "k_nearest_neighbors"],
}


def options(folder: Path, **others: Any) -> Options:
    return Options(results=folder / "results", **others)


def test_the_api_runs_a_suite_and_returns_a_table(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **PAIRS)

    table = run(path, results=tmp_path / "results", workers=1)

    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == COLUMNS
    assert table["skipped"].sum() == 2
    assert table["mean"].notna().sum() == 6


def test_compare_gives_what_run_gave_and_computes_nothing(tmp_path: Path) -> None:
    path, results = write_suite(tmp_path, **PAIRS), tmp_path / "results"
    table = run(path, results=results)

    pd.testing.assert_frame_equal(compare(path, results=results), table, check_exact=True)
    pd.testing.assert_frame_equal(compare(load_suite(path), results=results), table)


def test_a_preview_counts_what_there_is_and_what_is_done(tmp_path: Path) -> None:
    path, results = write_suite(tmp_path, **PAIRS), tmp_path / "results"

    before = plan(path, results=results)
    execute(path, options(tmp_path, only={"strategy": ["none"]}))
    after = plan(load_suite(path), results=results)

    assert (before.cells, before.done, before.failed) == (6, 0, 0)
    assert (after.cells, after.done, after.failed) == (6, 4, 0)
    assert [skip.reason for skip in after.plan.skips] != []


def test_a_preview_writes_nothing(tmp_path: Path) -> None:
    plan(write_suite(tmp_path, **PAIRS), results=tmp_path / "results")

    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("ask", [compare, sync])
def test_a_suite_that_never_ran_gives_one_clear_line(tmp_path: Path, ask: Any) -> None:
    with pytest.raises(BenchmarkError, match=r"no results at .*; start with: ") as caught:
        ask(write_suite(tmp_path), results=tmp_path / "results")

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "results").exists()


def test_an_option_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="wokers"):
        run(write_suite(tmp_path), wokers=2)


def test_a_watcher_is_told_of_the_start_and_of_every_cell(tmp_path: Path) -> None:
    path, onlooker = write_suite(tmp_path, **PAIRS), Onlooker()
    execute(path, options(tmp_path, only={"strategy": ["class_weight"]}))

    summary = execute(path, options(tmp_path, workers=2), onlooker)

    assert onlooker.starts == [(4, 2, 2)]
    assert len(onlooker.outcomes) == summary.computed == 4
    assert onlooker.notes == []


def test_only_computes_and_shows_what_was_asked_for(tmp_path: Path) -> None:
    only = {"strategy": ["class_weight"]}

    summary = execute(write_suite(tmp_path, **PAIRS), options(tmp_path, only=only))

    assert summary.computed == 2
    assert {row.cell.strategy for row in summary.rows} == {"class_weight"}
    assert set(summary.table["strategy"]) == {"class_weight"}
    assert [skip.pair for skip in summary.skips] == [
        ("clusters", "class_weight", "k_nearest_neighbors")
    ]


def test_only_with_an_unknown_name_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="unknown strategy 'class_wait'"):
        execute(
            write_suite(tmp_path, **PAIRS), options(tmp_path, only={"strategy": ["class_wait"]})
        )

    assert not (tmp_path / "results").exists()


def test_a_fresh_run_computes_every_cell_again_to_the_same_table(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **PAIRS)
    first = execute(path, options(tmp_path))

    again = execute(path, options(tmp_path, fresh=True))

    assert (first.computed, again.computed) == (6, 6)
    pd.testing.assert_frame_equal(again.table, first.table, check_exact=True)


def test_failures_are_told_with_their_reasons_and_tried_again_when_asked(tmp_path: Path) -> None:
    copy_plugin("misbehaving", tmp_path)
    with unloaded_afterwards(tmp_path):
        path = write_suite(tmp_path, strategies=["none", "raises"], plugins=["misbehaving"])
        first = execute(path, options(tmp_path))
        second = execute(path, options(tmp_path))
        third = execute(path, options(tmp_path, retry_failed=True))

    assert [s.computed for s in (first, second, third)] == [4, 0, 2]
    assert [(row.cell.strategy, row.status, row.error) for row in second.failures] == [
        ("raises", "failed", "ValueError: the first line")
    ] * 2
    assert set(second.table.loc[second.table["strategy"] == "raises", "failed"]) == {2}


def test_plugins_may_be_refused(tmp_path: Path) -> None:
    copy_plugin("misbehaving", tmp_path)
    path = write_suite(tmp_path, plugins=["misbehaving"])

    with pytest.raises(SuiteError, match="would run code, which --no-plugins refuses"):
        execute(path, options(tmp_path, plugins=False))


def test_every_dataset_that_cannot_be_used_is_told_of_at_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    path = write_suite(tmp_path, datasets=["one.csv", DATA, "two.csv"])

    with pytest.raises(SuiteError) as caught:
        execute(path, options(tmp_path))

    assert len(caught.value.mistakes) == 2
    assert not (tmp_path / "results").exists()


def test_tracking_is_a_view_of_the_journal_that_a_run_keeps_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    path = write_suite(tmp_path, **PAIRS, tracking={"experiment": "kept"})
    uri = f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}"

    summary = execute(path, options(tmp_path))
    sent = sync(path, results=tmp_path / "results")

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("kept")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = (r for r in runs if r.data.tags["benchmark.kind"] == "invocation")
    (table,) = (
        client.download_artifacts(parent.info.run_id, file.path, str(tmp_path))
        for file in client.list_artifacts(parent.info.run_id)
        if file.path == "comparison.csv"
    )
    assert (summary.tracking_uri, sent, len(runs)) == (uri, 0, 4)
    pd.testing.assert_frame_equal(
        pd.read_csv(table, keep_default_na=False, na_values={"mean": "", "std": ""}),
        summary.table,
        check_exact=True,
    )


def test_tracking_that_fails_leaves_a_whole_journal_one_note_and_the_rest_to_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        down = f"http://user:hunter2@127.0.0.1:{probe.getsockname()[1]}"
    path, onlooker = write_suite(tmp_path, **PAIRS, tracking={"uri": down}), Onlooker()
    uri = f"sqlite:///{tmp_path / 'store' / 'mlflow.db'}"

    summary = execute(path, options(tmp_path), onlooker)
    sent = sync(path, tracking_uri=uri, results=tmp_path / "results")

    (note,) = onlooker.notes
    written = b"".join(
        p.read_bytes() for p in tmp_path.rglob("*") if p.name != "suite.yaml" and p.is_file()
    )
    assert {row.status for row in summary.rows} == {"ok"}
    assert "user:***@127.0.0.1" in note
    assert "\n" not in note
    assert "hunter2" not in note
    assert b"hunter2" not in written
    assert sent == 3


def test_tracking_may_be_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking_store, "connected", lambda uri: pytest.fail("MLflow was asked"))

    execute(write_suite(tmp_path, tracking="off"), options(tmp_path))

    assert not (tmp_path / "results" / "mlflow.db").exists()


def test_the_journal_says_what_was_compared(tmp_path: Path) -> None:
    summary = execute(write_suite(tmp_path, seed=7), options(tmp_path))

    journal = Journal.existing(summary.journal)
    assert journal.fact("suite")["seed"] == 7
    facts = journal.fact("datasets")["clusters"]
    assert (facts["rows"], facts["columns"], facts["positives"]) == (200, 20, 60)
    assert len(facts["fingerprint"]) == 64


def suite(**settings: Any) -> Suite:
    return Suite.model_validate(
        {"name": "s", "datasets": ["iris"], "strategies": ["none"], "models": ["constant"]}
        | settings
    )


@pytest.mark.parametrize(
    ("settings", "override", "uri"),
    [
        ({}, None, "sqlite:///out/mlflow.db"),
        ({"tracking": "off"}, None, "sqlite:///out/mlflow.db"),
        ({"tracking": {"uri": "http://there"}}, None, "http://there"),
        ({"tracking": {"uri": "http://there"}}, "http://here", "http://here"),
        ({"tracking": {"experiment": "e"}}, None, "sqlite:///out/mlflow.db"),
    ],
)
def test_the_store_is_the_options_else_the_suites_else_beside_the_journal(
    settings: dict[str, Any], override: str | None, uri: str
) -> None:
    assert store_uri(suite(**settings), override, "out") == uri


def test_the_number_of_workers_is_the_suites_else_that_of_the_processors() -> None:
    assert worker_count(suite(backend={"workers": 3})) == 3
    assert worker_count(suite()) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("processors", "workers"), [(6, 6), (None, 1)])
def test_a_platform_without_affinity_counts_its_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, workers: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: processors)

    assert worker_count(suite()) == workers


def test_a_journal_lies_in_a_folder_of_its_suite(tmp_path: Path) -> None:
    path = write_suite(tmp_path, name="mine")

    assert journal_path(path, "out") == journal_path(load_suite(path), "out")
    assert journal_path(path, "out") == Path("out/mine/journal.sqlite")


def test_nobody_need_look_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    silent = Silent()
    made = plan(write_suite(tmp_path), results=tmp_path).plan

    silent.started(made, 1, 2, 3)
    silent.ended(Outcome(next(made.cells()), "ok"))
    silent.note("words")

    assert capsys.readouterr() == ("", "")


ORDER = """\
name: order
datasets: [breast_cancer, {use: wine, positive: 2}]
strategies: [none]
models: [ridge]
metrics: METRICS
cv: {folds: 2}
tuning: off
tracking: off
"""


def test_without_a_search_the_order_of_metrics_decides_nothing(tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"

    suite.write_text(ORDER.replace("METRICS", "[brier, f2]"), encoding="utf-8")
    first = execute(suite, Options(results=tmp_path / "out", workers=1))
    suite.write_text(ORDER.replace("METRICS", "[f2, brier]"), encoding="utf-8")
    second = execute(suite, Options(results=tmp_path / "out", workers=1))

    assert (first.computed, second.computed) == (4, 0)
    assert {row.status for row in second.rows} == {"ok"}


def test_a_part_that_is_run_under_new_metrics_leaves_no_old_scores_beside_it(
    tmp_path: Path,
) -> None:
    suite = tmp_path / "suite.yaml"
    out = tmp_path / "out"

    suite.write_text(ORDER.replace("METRICS", "[f2, f0.5]"), encoding="utf-8")
    execute(suite, Options(results=out, workers=1))
    suite.write_text(ORDER.replace("METRICS", "[f0.5, f2]"), encoding="utf-8")
    execute(suite, Options(results=out, workers=1, only={"dataset": ["wine"]}))
    partly = compare(suite, results=out)
    execute(suite, Options(results=out, workers=1))

    pd.testing.assert_frame_equal(partly, compare(suite, results=out), check_exact=True)


def test_without_the_device_nothing_is_computed_and_what_is_there_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "has_cuda", lambda: True)
    path = write_suite(tmp_path, device="cuda")
    execute(path, options(tmp_path))
    monkeypatch.setattr(machine, "has_cuda", lambda: False)

    again = execute(path, options(tmp_path))
    preview = plan(path, results=tmp_path / "results")
    more = write_suite(tmp_path, device="cuda", models=["constant", "logistic_regression"])
    for ask in (lambda: execute(more, options(tmp_path)), lambda: plan(more, results=tmp_path)):
        with pytest.raises(
            BenchmarkError, match=r"^device is 'cuda' and this machine has no CUDA .*$"
        ):
            ask()

    assert again.computed == 0
    assert (preview.cells, preview.done) == (2, 2)
    assert [row.status for row in again.rows] == ["ok", "ok"]


def test_a_cost_that_grows_with_the_square_of_many_rows_is_noted_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 50)
    path = write_suite(tmp_path, strategies=["tomek_links"])
    before, during, after = (Onlooker() for _ in range(3))

    plan(path, results=tmp_path / "results", watcher=before)
    execute(path, options(tmp_path), during)
    execute(path, options(tmp_path), after)

    text = (
        "dataset 'clusters' has 100 training rows; the cost of strategy tomek_links grows with "
        "their square"
    )
    assert (before.notes, during.notes, after.notes) == ([text], [text], [])
