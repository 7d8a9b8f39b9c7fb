"""The journal in MLflow, read back with MLflow's own client."""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from patience import comes_true
from plugins_for_tests.suites import computed_here, write_suite

from benchmark.errors import TrackingError
from benchmark.journal import tracking_store
from benchmark.journal.address import sqlite_path
from benchmark.journal.rows import Keyed, Sent
from benchmark.journal.store import Journal
from benchmark.journal.track import Tracker, find_experiment
from benchmark.journal.view import view, view_tag
from benchmark.types import Cell, Outcome, Scores

STRATEGIES, MODELS = ["none", "class_weight"], ["constant", "logistic_regression"]
PAIRS = [("clusters", strategy, model) for strategy in STRATEGIES for model in MODELS]
TABLES = {"comparison.csv": "dataset,mean\nclusters,0.5\n"}
INVOCATION = "20260101-000000-first"
LOGISTIC = PAIRS[1]
HALF = Sent("", "", complete=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A computed suite that was not sent, beside an empty store."""
    folder = tmp_path_factory.mktemp("track")
    path = write_suite(
        folder,
        strategies=STRATEGIES,
        models=MODELS,
        metrics=["f2", "roc_auc", "recall", "brier"],
        thresholds=["default", "tuned"],
        tuning={"trials": 2, "folds": 2},
    )
    computed_here(path).close()
    tracking_store.create_store(folder / "results" / "mlflow.db")
    return folder / "results"


@pytest.fixture
def journal(results: Path, tmp_path: Path) -> Iterator[Journal]:
    """A journal of its own for each test, with its store beside it."""
    shutil.copytree(results, tmp_path / "results")
    journal = Journal(tmp_path / "results" / "small" / "journal.sqlite")
    yield journal
    journal.close()


def store(journal: Journal) -> str:
    return f"sqlite:///{journal.path.parents[1] / 'mlflow.db'}"


def tracker(journal: Journal, uri: str | None = None) -> Tracker:
    return Tracker(journal, uri or store(journal), lambda: TABLES)


def runs(uri: str, kind: str, experiment: str = "small") -> list[Run]:
    """The runs of a kind, as MLflow knows them."""
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    ids = [found.experiment_id] if found else []
    return list(client.search_runs(ids, f"tags.`benchmark.kind` = '{kind}'", max_results=1000))


def pair_run(uri: str, pair: tuple[str, str, str]) -> Run:
    """The only run of a pair."""
    names = ("dataset", "strategy", "model")
    (run,) = (r for r in runs(uri, "pair") if tuple(r.data.tags[n] for n in names) == pair)
    return run


def pairs_in(uri: str) -> list[tuple[str, ...]]:
    names = ("dataset", "strategy", "model")
    return sorted(tuple(run.data.tags[n] for n in names) for run in runs(uri, "pair"))


@contextmanager
def failing_once(
    monkeypatch: pytest.MonkeyPatch, method: str, error: BaseException
) -> Iterator[None]:
    """Let a method of the client raise, and be itself again after the block."""

    def fail(*arguments: Any, **named: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, method, fail)
        yield


def test_every_pair_is_a_run_under_one_run_of_the_invocation(journal: Journal) -> None:
    sent = tracker(journal).sync()

    (parent,) = runs(store(journal), "invocation")
    children = runs(store(journal), "pair")
    assert sent == 4
    assert pairs_in(store(journal)) == sorted(PAIRS)
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    assert {run.info.status for run in [parent, *children]} == {"FINISHED"}
    assert parent.info.run_name == f"small {INVOCATION}"


def test_metrics_are_those_of_the_journal_at_both_thresholds(journal: Journal) -> None:
    tracker(journal).sync()

    found = pair_run(store(journal), LOGISTIC).data.metrics
    values = pd.DataFrame(
        {
            "f2": row.scores.values["default"]["f2"],
            "f2_tuned": row.scores.values["tuned"]["f2"],
            "recall": row.scores.values["default"]["recall"],
            "recall_tuned": row.scores.values["tuned"]["recall"],
            "roc_auc": row.scores.values[""]["roc_auc"],
            "brier": row.scores.values[""]["brier"],
        }
        for row in journal.rows(LOGISTIC)
    )
    for name in values:
        assert found[name] == pytest.approx(values[name].mean(), rel=1e-15)
        assert found[f"{name}_std"] == pytest.approx(values[name].std(ddof=0), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "threshold", "metric"),
    [("f2", "default", "f2"), ("f2_tuned", "tuned", "f2"), ("roc_auc", "", "roc_auc")],
)
def test_fold_values_are_steps_and_equal_to_the_journals(
    journal: Journal, name: str, threshold: str, metric: str
) -> None:
    tracker(journal).sync()

    run = pair_run(store(journal), LOGISTIC)
    history = MlflowClient(store(journal)).get_metric_history(run.info.run_id, f"folds/{name}")
    rows = journal.rows(LOGISTIC)
    assert [(point.step, point.value) for point in history] == [
        (step, row.scores.values[threshold][metric]) for step, row in enumerate(rows)
    ]


def test_params_tags_and_names_are_there(journal: Journal) -> None:
    tracker(journal).sync()

    run = pair_run(store(journal), LOGISTIC)
    assert run.data.params["strategy"] == "none"
    assert run.data.params["tuning"] == "2 trials"
    assert "model.C" in run.data.params
    assert run.data.tags["benchmark.suite"] == "small"
    assert run.data.tags["benchmark.invocation"] == INVOCATION
    assert run.data.tags["benchmark.failed"] == "0"
    assert run.info.run_name == "clusters: none + logistic_regression"


def test_the_dataset_is_an_input_with_its_fingerprint(journal: Journal) -> None:
    tracker(journal).sync()

    (given,) = pair_run(store(journal), LOGISTIC).inputs.dataset_inputs
    facts = journal.fact("datasets")["clusters"]
    assert given.dataset.name == "clusters"
    assert facts["fingerprint"] in given.dataset.source
    assert given.dataset.digest == facts["fingerprint"][:36]
    assert f'"num_rows": {facts["rows"]}' in given.dataset.profile


def test_artifacts_can_be_fetched(journal: Journal, tmp_path: Path) -> None:
    tracker(journal).sync()

    client = MlflowClient(store(journal))
    run = pair_run(store(journal), LOGISTIC)
    (parent,) = runs(store(journal), "invocation")
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    folds = pd.read_csv(client.download_artifacts(run.info.run_id, "folds.csv", str(tmp_path)))
    table = client.download_artifacts(parent.info.run_id, "comparison.csv", str(tmp_path))
    assert names == {"folds.csv", "trials.csv", "curves.csv"}
    assert folds["f2"].tolist() == [
        row.scores.values["default"]["f2"] for row in journal.rows(LOGISTIC)
    ]
    assert Path(table).read_text(encoding="utf-8") == TABLES["comparison.csv"]
    assert "suite.json" in {file.path for file in client.list_artifacts(parent.info.run_id)}


def test_sending_twice_changes_nothing(journal: Journal) -> None:
    tracker(journal).sync()
    before = sorted(run.info.run_id for run in runs(store(journal), "pair"))

    sent = tracker(journal).sync()

    assert sent == 0
    assert sorted(run.info.run_id for run in runs(store(journal), "pair")) == before
    assert len(runs(store(journal), "invocation")) == 1


def test_new_scores_replace_the_run_of_their_pair(journal: Journal) -> None:
    tracker(journal).sync()
    row = journal.rows(LOGISTIC)[0]
    scores = Scores(values={"default": {"f2": 0.125}})

    journal.rescore(Keyed(row.cell, row.fit_key, "new metrics"), scores)
    sent = tracker(journal).sync()

    assert sent == 1
    assert pairs_in(store(journal)) == sorted(PAIRS)
    expected = np.mean([0.125, journal.rows(LOGISTIC)[1].scores.values["default"]["f2"]])
    assert pair_run(store(journal), LOGISTIC).data.metrics["f2"] == pytest.approx(expected)


def test_a_later_invocation_is_a_parent_of_its_own(journal: Journal) -> None:
    tracker(journal).sync()
    row = journal.rows(LOGISTIC)[0]
    outcome = journal.outcome(row.cell, row.fit_key)
    assert outcome is not None

    keyed = Keyed(row.cell, row.fit_key, row.score_key)
    journal.add(keyed, outcome, (60.0, 1), "20260102-000000-second", 0.0)
    tracker(journal).sync()

    parents = {run.info.run_name for run in runs(store(journal), "invocation")}
    assert parents == {f"small {INVOCATION}", "small 20260102-000000-second"}
    assert pairs_in(store(journal)) == sorted([*PAIRS, LOGISTIC])


def test_a_pair_that_is_not_finished_is_not_sent(journal: Journal) -> None:
    row = journal.rows(LOGISTIC)[0]
    cells = [Keyed(r.cell, r.fit_key, r.score_key) for r in journal.rows() if r is not row]
    pending = Keyed(row.cell, "not computed yet", row.score_key)
    kept = [k for k in cells if k.fit_key != row.fit_key]

    journal.write_plan([*kept, pending], [], {})
    tracker(journal).sync()

    assert pairs_in(store(journal)) == sorted(pair for pair in PAIRS if pair != LOGISTIC)


@pytest.mark.parametrize(
    "method", ["create_run", "log_batch", "log_inputs", "log_artifacts", "set_terminated"]
)
@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()], ids=repr)
def test_a_stop_at_any_step_leads_to_no_double_and_no_missing_run(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, method: str, error: BaseException
) -> None:
    with (
        failing_once(monkeypatch, method, error),
        pytest.raises((TrackingError, KeyboardInterrupt)),
    ):
        tracker(journal).sync()

    tracker(journal).sync()

    assert pairs_in(store(journal)) == sorted(PAIRS)
    (parent,) = runs(store(journal), "invocation")
    assert parent.info.status == "FINISHED"
    assert all(run.inputs.dataset_inputs for run in runs(store(journal), "pair"))


def test_a_stop_after_the_last_pair_leaves_the_tables_to_the_next_sync(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pair in PAIRS:
        tracker(journal).send(journal.rows(pair))

    tracker(journal).sync()

    (parent,) = runs(store(journal), "invocation")
    names = {f.path for f in MlflowClient(store(journal)).list_artifacts(parent.info.run_id)}
    assert parent.info.status == "FINISHED"
    assert "comparison.csv" in names


def test_tables_that_cannot_be_made_are_left_to_the_next_sync(journal: Journal) -> None:
    def fail() -> dict[str, str]:
        raise OSError("no table")

    with pytest.raises(TrackingError, match="OSError: no table"):
        Tracker(journal, store(journal), fail).sync()

    assert tracker(journal).sync() == 0
    (parent,) = runs(store(journal), "invocation")
    assert parent.info.status == "FINISHED"


def test_a_store_that_is_gone_is_filled_again(journal: Journal) -> None:
    tracker(journal).sync()
    gone = f"sqlite:///{journal.path.parents[1] / 'gone.db'}"
    for subject, sent in journal.sent(store(journal)).items():
        journal.note_sent(gone, subject, sent)

    count = tracker(journal, gone).sync()

    assert count == 4
    assert pairs_in(gone) == sorted(PAIRS)


def test_a_deleted_experiment_is_restored(journal: Journal) -> None:
    client = MlflowClient(store(journal))
    client.delete_experiment(client.create_experiment("small"))

    tracker(journal).sync()

    (found,) = client.search_experiments(ViewType.ACTIVE_ONLY, filter_string="name = 'small'")
    assert found.lifecycle_stage == "active"
    assert len(runs(store(journal), "pair")) == 4


def test_more_metrics_than_one_call_takes_all_arrive(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker(journal).sync()
    whole = pair_run(store(journal), LOGISTIC)
    monkeypatch.setattr(tracking_store, "_BATCH", 7)
    other = f"sqlite:///{journal.path.parents[1] / 'other.db'}"
    shutil.copy(journal.path.parents[1] / "mlflow.db", other.removeprefix("sqlite:///"))

    tracker(journal, other).sync()

    names = ("dataset", "strategy", "model")
    found = [r for r in runs(other, "pair") if tuple(r.data.tags[n] for n in names) == LOGISTIC]
    assert [run.data.metrics for run in found] == [whole.data.metrics] * 2


def test_names_that_a_query_would_stumble_over_are_found_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = Cell('it\'s; a "50 %" / ü\\x', "a`b", "100%25", 0, 0)
    facts = {name: journal.fact(name) for name in ("suite", "datasets")}
    facts["datasets"] = {odd.dataset: facts["datasets"]["clusters"]}
    scores = Scores(values={"": {"precision@100": 0.5}})
    keyed = Keyed(odd, "odd", "score")
    journal.write_plan([keyed], [], facts)
    journal.add(keyed, Outcome(odd, "ok", scores=scores), (1.0, 1), INVOCATION, 0.0)

    with failing_once(monkeypatch, "log_inputs", OSError()), suppress(TrackingError):
        tracker(journal).sync()
    tracker(journal).sync()

    (run,) = runs(store(journal), "pair")
    assert run.data.tags["dataset"] == odd.dataset
    assert run.data.metrics["precision_100"] == 0.5


def test_a_pair_without_a_good_fold_is_a_failed_run(journal: Journal) -> None:
    rows = journal.rows(LOGISTIC)
    for row in rows:
        outcome = Outcome(row.cell, "failed", error="ValueError: no", traceback="…")
        keyed = Keyed(row.cell, row.fit_key, row.score_key)
        journal.add(keyed, outcome, (1.0, 1), INVOCATION, 0.0)

    tracker(journal).sync()

    run = pair_run(store(journal), LOGISTIC)
    files = MlflowClient(store(journal)).list_artifacts(run.info.run_id)
    assert run.info.status == "FAILED"
    assert run.data.tags["benchmark.errors"] == "ValueError: no"
    assert "failures.txt" in {file.path for file in files}


def test_the_suite_names_its_experiment(journal: Journal) -> None:
    suite = journal.fact("suite") | {"tracking": {"uri": None, "experiment": "../shared name"}}
    cells = [Keyed(row.cell, row.fit_key, row.score_key) for row in journal.rows()]
    journal.write_plan(cells, [], {"suite": suite})

    tracker(journal).sync()

    found = MlflowClient(store(journal)).get_experiment_by_name("../shared name")
    assert found is not None
    assert found.artifact_location == (journal.path.parents[1] / "mlartifacts/small").as_uri()
    assert len(runs(store(journal), "pair", "../shared name")) == 4


def test_a_store_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(uri: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tracking_store, "connected", killed)

    with pytest.raises(KeyboardInterrupt):
        tracking_store.create_store(tmp_path / "results" / "mlflow.db")

    assert not list((tmp_path / "results").iterdir())


@pytest.mark.parametrize("at_once", [True, False])
def test_a_new_store_has_its_name_when_it_is_whole(
    at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = tracking_store._placed_at_once
    monkeypatch.setattr(
        tracking_store, "_placed_at_once", lambda *given: at_once and placed(*given)
    )

    tracking_store.create_store(tmp_path / "results" / "mlflow.db")

    assert [path.name for path in (tmp_path / "results").iterdir()] == ["mlflow.db"]
    found = MlflowClient(f"sqlite:///{tmp_path / 'results' / 'mlflow.db'}").search_experiments()
    assert [experiment.name for experiment in found] == ["Default"]


def test_of_two_that_make_a_store_the_first_ones_stays(tmp_path: Path) -> None:
    assert tracking_store._placed_at_once(b"first", tmp_path / "mlflow.db")
    assert tracking_store._placed_at_once(b"second", tmp_path / "mlflow.db")

    assert (tmp_path / "mlflow.db").read_bytes() == b"first"


def test_what_a_kill_left_of_an_invocation_that_sends_nothing_goes(journal: Journal) -> None:
    store_of = store(journal)
    tracker(journal).sync()
    for subject, sent in (("20250101-000000-killed", Sent("open", "", complete=True)),
                          ("20250101-000000-killed/clusters/none/constant", HALF)):  # fmt: skip
        tags = {"benchmark.subject": subject, "benchmark.kind": "left"}
        experiment = MlflowClient(store_of).get_experiment_by_name("small")
        assert experiment is not None
        run = MlflowClient(store_of).create_run(experiment.experiment_id, tags=tags)
        journal.note_sent(store_of, subject, replace(sent, run_id=run.info.run_id))

    assert tracker(journal).sync() == 0

    assert runs(store_of, "left") == []
    assert len(runs(store_of, "invocation")) == 1
    assert not [subject for subject in journal.sent(store_of) if "killed" in subject]


def test_a_run_ends_after_it_began_although_the_clock_was_set_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: real() - 3600 * next(calls))

    tracker(journal).sync()

    found = [*runs(store(journal), "pair"), *runs(store(journal), "invocation")]
    assert len(found) == 5
    assert all(run.info.end_time >= run.info.start_time for run in found)


def test_a_store_that_is_not_there_is_made_with_its_folder(
    journal: Journal, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def create(path: Path) -> None:
        path.parent.mkdir(parents=True)
        shutil.copy(results / "mlflow.db", path)
        made.append(path)

    monkeypatch.setattr(tracking_store, "create_store", create)
    uri = f"sqlite:///{tmp_path / 'elsewhere' / 'mlflow.db'}"

    tracker(journal, uri).sync()

    assert made == [tmp_path / "elsewhere" / "mlflow.db"]
    assert pairs_in(uri) == sorted(PAIRS)


def test_an_experiment_is_found_by_its_name(journal: Journal) -> None:
    tracker(journal).sync()

    found = MlflowClient(store(journal)).get_experiment_by_name("small")
    assert found is not None
    assert find_experiment(store(journal), "small", "small").id == found.experiment_id


def test_the_last_invocation_of_a_suite_is_found_in_an_experiment_that_others_share(
    journal: Journal,
) -> None:
    tracker(journal).sync()
    client = MlflowClient(store(journal))
    (own,) = runs(store(journal), "invocation")
    tags = {"benchmark.kind": "invocation"}
    client.create_run(own.info.experiment_id, tags=tags, run_name="another 20270101-000000-later")

    assert find_experiment(store(journal), "small", "small").last_run == own.info.run_id
    assert find_experiment(store(journal), "small", "third").last_run is None


def test_the_experiment_keeps_a_view_of_the_suite_as_it_was_last_sent(journal: Journal) -> None:
    client = MlflowClient(store(journal))
    made = client.create_experiment("small")
    client.set_experiment_tag(made, view_tag("small"), "of an older run")

    tracker(journal).sync()

    tags = client.get_experiment(made).tags
    assert tags[view_tag("small")] == view(journal.fact("suite"))


def test_an_experiment_that_is_not_there_is_told_with_what_to_do(journal: Journal) -> None:
    with pytest.raises(TrackingError, match="has no experiment 'small'; run the suite first"):
        find_experiment(store(journal), "small", "small")


def test_an_experiment_in_a_store_that_is_down_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(TrackingError, match="Connection refused") as caught:
        find_experiment(f"http://user:hunter2@127.0.0.1:{free_port()}", "small", "small")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("sqlite:///results/mlflow.db", Path("results/mlflow.db")),
        ("sqlite:////srv/mlflow.db", Path("/srv/mlflow.db")),
        ("sqlite:///mlflow.db?timeout=9", Path("mlflow.db")),
        ("http://127.0.0.1:5000", None),
    ],
)
def test_the_file_of_a_store_is_told_from_a_server(uri: str, path: Path | None) -> None:
    assert sqlite_path(uri) == path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def everything_written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_server_that_is_down_is_one_error_without_the_password(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    uri = f"http://user:hunter2@127.0.0.1:{free_port()}/"

    with pytest.raises(TrackingError, match=r"MLflow at http://user:\*\*\*@127") as caught:
        tracker(journal, uri).sync()

    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert b"hunter2" not in everything_written(journal.path.parent)


def test_what_a_server_missed_is_sent_when_it_is_back(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing_once(monkeypatch, "search_runs", OSError()), suppress(TrackingError):
        tracker(journal).send(journal.rows(LOGISTIC))
    with (
        failing_once(monkeypatch, "get_experiment_by_name", OSError("down")),
        pytest.raises(TrackingError, match="OSError: down"),
    ):
        tracker(journal).sync()

    tracker(journal).sync()

    assert pairs_in(store(journal)) == sorted(PAIRS)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A real MLflow server on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(
        command, env=os.environ | quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert comes_true(lambda: answers(f"http://127.0.0.1:{port}/health"), seconds=60)
        yield f"http://user:hunter2@127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_a_server_takes_everything_and_never_sees_the_password_in_a_run(
    journal: Journal, tmp_path: Path
) -> None:
    shutil.copytree(journal.path.parents[1], tmp_path / "served")

    with server(tmp_path / "served") as uri:
        sent = tracker(journal, uri).sync()
        again = tracker(journal, uri).sync()
        pairs = pairs_in(uri)
        (parent,) = runs(uri, "invocation")
        files = {f.path for f in MlflowClient(uri).list_artifacts(parent.info.run_id)}

    assert (sent, again) == (4, 0)
    assert pairs == sorted(PAIRS)
    assert files == {"suite.json", "comparison.csv"}
    assert b"hunter2" not in everything_written(tmp_path)


def test_rows_in_another_order_are_the_same_pair(journal: Journal) -> None:
    tracker(journal).sync()
    cells = [Keyed(row.cell, row.fit_key, row.score_key) for row in reversed(journal.rows())]

    journal.write_plan(cells, [], {})

    assert tracker(journal).missing() == []


def test_a_suite_whose_experiment_has_another_name_is_sent_there(journal: Journal) -> None:
    tracker(journal).sync()
    suite = journal.fact("suite") | {"tracking": {"uri": None, "experiment": "elsewhere"}}
    cells = [Keyed(row.cell, row.fit_key, row.score_key) for row in journal.rows()]
    journal.write_plan(cells, [], {"suite": suite})

    assert tracker(journal).sync() == 4
    assert tracker(journal).sync() == 0
    assert len(runs(store(journal), "pair", "elsewhere")) == 4


def test_what_a_file_is_known_to_hold_is_not_asked_of_mlflow(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker(journal).sync()
    monkeypatch.setitem(sys.modules, "mlflow", None)

    assert tracker(journal).sync() == 0
