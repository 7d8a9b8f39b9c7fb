"""MLflow may do what it wants: the results are complete, and `sync` sends the rest exactly once."""

import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_server import Proxy, proxied, served
from mlflow import MlflowClient
from mlflow.entities import Run
from plugins_for_tests.suites import (
    Onlooker,
    computed_here,
    copy_plugin,
    unloaded_afterwards,
    write_suite,
)

from benchmark.cli.app import run_command_line
from benchmark.errors import TrackingError
from benchmark.flow import Options, execute
from benchmark.journal import tracking_store
from benchmark.journal.rows import Keyed
from benchmark.journal.store import Journal
from benchmark.journal.track import Tracker
from benchmark.journal.tracking_store import create_store

STRATEGIES, MODELS = ["none", "class_weight"], ["constant", "logistic_regression"]
PAIRS = 4
INVOCATION = "20260101-000000-first"
NAMES = ("dataset", "strategy", "model")
PASSED = {"", "third 500", "third lost"}  # what asking again gets over
STOPPING = ["refused", "silent", "late", "lost", "500", "401", "429", "html", "truncated"]
SECONDS = {"silent": "1", "late": "1"}  # that the client waits for these, which take longer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A computed suite that was not sent, and an empty store."""
    folder = tmp_path_factory.mktemp("faults")
    path = write_suite(folder, strategies=STRATEGIES, models=MODELS)
    computed_here(path).close()
    create_store(folder / "mlflow.db")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Proxy]:
    """The proxy before a real server, whose store is a copy of the empty one."""
    store = folder / "served"
    store.mkdir()
    shutil.copy(folder / "mlflow.db", store)
    with served(store) as port, proxied(port) as proxy:
        proxy.seconds = 1.5
        yield proxy


@pytest.fixture
def proxy(server: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxy, before a client that does not pause before it asks again."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")  # on a busy machine too
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    monkeypatch.setattr(tracking_store, "_PAUSES", (0.0, 0.0))
    server.begin("")
    yield server
    server.begin("")


@pytest.fixture
def journal(folder: Path, tmp_path: Path) -> Iterator[Journal]:
    """A journal of its own for each test, whose experiment has a name of its own."""
    shutil.copytree(folder / "results", tmp_path / "results")
    with Journal(tmp_path / "results" / "small" / "journal.sqlite") as journal:
        suite = journal.fact("suite") | {"tracking": {"uri": None, "experiment": tmp_path.name}}
        cells = [Keyed(row.cell, row.fit_key, row.score_key) for row in journal.rows()]
        journal.write_plan(cells, [], {"suite": suite})
        yield journal


def one_pair(journal: Journal) -> None:
    """Leave one pair in the plan."""
    rows = [row for row in journal.rows() if row.cell.pair[1:] == ("none", "logistic_regression")]
    journal.write_plan([Keyed(r.cell, r.fit_key, r.score_key) for r in rows], [], {})


def tracker(journal: Journal, uri: str) -> Tracker:
    return Tracker(journal, uri, lambda: {"comparison.csv": "dataset,mean\n"})


def outcome_of_sync(journal: Journal, uri: str) -> str:
    """What an attempt says, or nothing if it worked."""
    try:
        tracker(journal, uri).sync()
    except TrackingError as error:
        return str(error)
    return ""


def runs(uri: str, experiment: str) -> list[Run]:
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id], max_results=1000)) if found else []


def assert_whole(journal: Journal, uri: str, experiment: str, pairs: int = PAIRS) -> None:
    """Every pair is one run under the one of the invocation, with the journal's numbers."""
    found = runs(uri, experiment)
    (parent,) = (run for run in found if run.data.tags["benchmark.kind"] == "invocation")
    children = {
        tuple(run.data.tags[name] for name in NAMES): run for run in found if run is not parent
    }
    means: dict[tuple[str, str, str], list[float]] = {}
    for row in journal.rows():
        means.setdefault(row.cell.pair, []).append(row.scores.values["default"]["f2"] or 0.0)
    assert len(found) == len(children) + 1 == pairs + 1
    assert {run.info.status for run in found} == {"FINISHED"}
    assert {run.data.tags["mlflow.parentRunId"] for run in children.values()} == {
        parent.info.run_id
    }
    for pair, values in means.items():
        run = children[pair]
        assert run.data.metrics["f2"] == pytest.approx(sum(values) / len(values), abs=1e-15)
        assert len(run.inputs.dataset_inputs) == 1
        history = MlflowClient(uri).get_metric_history(run.info.run_id, "folds/f2")
        assert [point.value for point in history] == values


@pytest.mark.parametrize("fault", [*sorted(PASSED), *STOPPING])
def test_whatever_the_server_answers_sync_completes_exactly_once(
    journal: Journal, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    proxy.begin(fault)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", SECONDS.get(fault, "60"))
    said = outcome_of_sync(journal, proxy.address)
    proxy.begin("")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")

    sent = tracker(journal, proxy.address).sync()
    proxy.begin("")
    again = tracker(journal, proxy.address).sync()

    assert bool(said) == (fault not in PASSED)
    assert sent == (PAIRS if said else 0)
    assert again == 0
    assert all("search" in path or path.startswith("GET") for path in proxy.requests)
    assert "\n" not in said
    assert "hunter2" not in said
    assert said.startswith("MLflow at http://user:***@127.0.0.1:" if said else "")
    assert_whole(journal, proxy.address, tmp_path.name)


@pytest.mark.parametrize(("fault", "step"), [("lost", 3), ("refused", 5)])
def test_a_server_that_is_gone_from_any_request_on_is_completed_exactly_once(
    journal: Journal, proxy: Proxy, tmp_path: Path, fault: str, step: int
) -> None:
    one_pair(journal)
    tracker(journal, proxy.address).sync()
    count = requests_of_a_whole_sync(journal, proxy, tmp_path.name)

    for after in range(1, count, step):
        uri = emptied(proxy, tmp_path.name, f"user{after}")
        proxy.begin(fault, after)
        said = outcome_of_sync(journal, uri)
        proxy.begin("")
        tracker(journal, uri).sync()
        assert said
        assert_whole(journal, uri, tmp_path.name, pairs=1)


def test_an_answer_that_is_lost_makes_no_double_whichever_it_is(
    journal: Journal, proxy: Proxy, tmp_path: Path
) -> None:
    one_pair(journal)
    tracker(journal, proxy.address).sync()
    count = requests_of_a_whole_sync(journal, proxy, tmp_path.name)

    for after in range(count):
        uri = emptied(proxy, tmp_path.name, f"user{after}")
        proxy.begin("once lost", after)
        tracker(journal, uri).sync()
        proxy.begin("")
        assert_whole(journal, uri, tmp_path.name, pairs=1)


def emptied(proxy: Proxy, experiment: str, user: str) -> str:
    """The address for a user of whom no journal knows, after the experiment has lost its runs."""
    for run in runs(proxy.address, experiment):
        MlflowClient(proxy.address).delete_run(run.info.run_id)
    return proxy.address.replace("user", user)


def requests_of_a_whole_sync(journal: Journal, proxy: Proxy, experiment: str) -> int:
    uri = emptied(proxy, experiment, "somebody")
    proxy.begin("")
    tracker(journal, uri).sync()
    return len(proxy.requests)


def test_an_emptied_server_is_filled_again(journal: Journal, proxy: Proxy, tmp_path: Path) -> None:
    tracker(journal, proxy.address).sync()
    client = MlflowClient(proxy.address)
    experiment = client.get_experiment_by_name(tmp_path.name)
    client.rename_experiment(experiment.experiment_id, f"{tmp_path.name} of before")

    sent = tracker(journal, proxy.address).sync()

    assert sent == PAIRS
    assert tracker(journal, proxy.address).sync() == 0
    assert_whole(journal, proxy.address, tmp_path.name)


@pytest.mark.parametrize(("kind", "gone"), [("pair", 1), ("invocation", PAIRS)])
def test_a_run_that_is_gone_is_sent_again_and_the_pairs_of_an_invocation_with_it(
    journal: Journal, proxy: Proxy, tmp_path: Path, kind: str, gone: int
) -> None:
    tracker(journal, proxy.address).sync()
    found = runs(proxy.address, tmp_path.name)
    lost = next(run for run in found if run.data.tags["benchmark.kind"] == kind)
    MlflowClient(proxy.address).delete_run(lost.info.run_id)

    assert tracker(journal, proxy.address).sync() == gone
    assert_whole(journal, proxy.address, tmp_path.name)


def test_a_run_that_came_late_is_no_double(journal: Journal, proxy: Proxy, tmp_path: Path) -> None:
    tracker(journal, proxy.address).sync()
    run = runs(proxy.address, tmp_path.name)[0]
    MlflowClient(proxy.address).create_run(run.info.experiment_id, tags=run.data.tags)

    assert tracker(journal, proxy.address).sync() == 0
    assert_whole(journal, proxy.address, tmp_path.name)


def test_a_store_in_a_file_that_was_emptied_is_filled_again(
    journal: Journal, folder: Path, tmp_path: Path
) -> None:
    uri = f"sqlite:///{shutil.copy(folder / 'mlflow.db', tmp_path / 'own.db')}"
    tracker(journal, uri).sync()
    shutil.copy(folder / "mlflow.db", tmp_path / "own.db")

    assert tracker(journal, uri).sync() == PAIRS
    assert_whole(journal, uri, tmp_path.name)


def broken(kind: str, good: Path, path: Path) -> Any:
    """Make a store that MLflow cannot use; returns what holds it."""
    shutil.copy(good, path)
    if kind == "garbage":
        path.write_bytes(os.urandom(20_000))
    if kind == "a folder":
        path.unlink()
        path.mkdir()
    db = None if kind in ("garbage", "a folder") else sqlite3.connect(path, isolation_level=None)
    if db and kind == "locked":
        db.execute("BEGIN EXCLUSIVE")
    if db and kind == "older":
        db.execute("UPDATE alembic_version SET version_num = '75868b020152'")
    return db


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("garbage", "file is not a database"),
        ("a folder", "Is a directory"),
        ("locked", "database is locked"),
        ("read-only", "attempt to write a readonly database"),
        ("older", "out-of-date database schema .* run 'mlflow db upgrade"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_line(
    journal: Journal, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    kind: str, reason: str,
) -> None:  # fmt: skip
    held = broken(kind, folder / "mlflow.db", tmp_path / "own.db")
    own = tmp_path / "own.db"
    named = {"read-only": f"sqlite:///file:{own}?mode=ro&uri=true"}

    with pytest.raises(TrackingError, match=reason) as caught:
        tracker(journal, named.get(kind, f"sqlite:///{own}?timeout=0.1")).sync()

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.glob("own.db.*"))
    assert held is None or held.close() is None


def test_a_run_without_a_working_mlflow_computes_all_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    path = write_suite(tmp_path, models=MODELS, tracking={})
    watcher = Onlooker()

    summary = execute(path, Options(results=tmp_path / "results"), watcher)

    assert [row.status for row in summary.rows] == ["ok"] * 4
    (note,) = watcher.notes
    assert "import of mlflow halted" in note
    assert note.endswith("`python -m benchmark sync` sends them later")


def test_no_command_says_a_password_on_a_server_that_works(
    proxy: Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = write_suite(tmp_path, name=tmp_path.name, tracking={"uri": proxy.address})
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "DEBUG")
    night, parts = tmp_path / "night.json", [tmp_path / "1", tmp_path / "2"]
    files = [w for kind in ("markdown", "junit", "json") for w in (f"--{kind}", tmp_path / kind)]
    shards = [["run", path, "--shard", f"{part.name}/2", "--results", part] for part in parts]
    for words in (
        ["run", path], ["run", path], ["sync", path], ["report", path], ["compare", path],
        ["plan", path], ["ui", path], ["baseline", path, "-o", night],
        ["gate", path, "--baseline", night, "--earlier", *files],
        ["export-folds", path, "-o", tmp_path / "folds.csv"],
        *shards, ["merge", path, *parts, "--results", tmp_path / "whole"],
    ):  # fmt: skip
        assert run_command_line([str(word) for word in words]) == 0, words
    said = "".join(capfd.readouterr())

    written = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert Counter(b"hunter2" in text for text in written.values())[True] == 1  # the suite
    assert "hunter2" not in said
    assert "Runs, best first: http://127.0.0.1" in said
    for run in runs(proxy.address, tmp_path.name):
        assert "hunter2" not in repr(run)


@pytest.mark.parametrize(
    "uri",
    [
        "http://user:hun%2Fter2@127.0.0.1:1",
        "http://127.0.0.1:1/?token=hun/ter2",
        "http://user:hun/ter2@[127.0.0.1",
        "http://user:hun/ter2@127.0.0.1:port",
        "postgresql+psycopg2://user:hun%2Fter2@127.0.0.1:1/db",
        "unheard+of://user:hun/ter2@127.0.0.1/db",
        "user:hun/ter2@127.0.0.1",
    ],
)
def test_no_failure_says_a_password(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], uri: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    shutil.copytree(folder / "results", tmp_path / "results")
    suite, results = str(folder / "suite.yaml"), ["--results", str(tmp_path / "results")]

    codes = [
        run_command_line([command, suite, *results, "--tracking-uri", uri])
        for command in ("run", "sync", "ui")
    ]

    out, err = capfd.readouterr()
    written = b"".join(f.read_bytes() for f in (tmp_path / "results").rglob("*") if f.is_file())
    assert set(codes[1:]) <= {1, 2}
    assert "error: " in err
    for secret in ("hun/ter2", "hun%2Fter2", "ter2"):
        assert secret not in out + err
        assert secret.encode() not in written


def test_a_suite_that_names_a_url_as_its_dataset_is_refused_without_showing_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_suite(tmp_path, datasets=["https://user:hunter2@host/file.csv?sig=hunter2"])

    code = run_command_line(["plan", str(path)])

    assert code == 2
    assert "this is a URL; download it and name the file" in capsys.readouterr().err
    assert "hunter2" not in capsys.readouterr().err


def test_no_worker_is_told_where_results_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    copy_plugin("telling", tmp_path)
    uri = f"sqlite:///{tmp_path / 'own.db'}?password=hunter2"
    path = write_suite(tmp_path, strategies=["tell"], plugins=["telling"], tracking={"uri": uri})

    with unloaded_afterwards(tmp_path):
        summary = execute(path, Options(results=tmp_path / "results"))

    assert {row.error for row in summary.rows} == {"RuntimeError: told: [] None"}
