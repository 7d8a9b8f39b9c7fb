"""MLflow's own interface on the right store."""

import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError, TrackingError
from benchmark.journal import ui
from benchmark.journal.view import view_tag
from benchmark.suite import Suite

SUITE = """\
name: browsed
datasets: [breast_cancer]
strategies: [none]
models: [constant]
"""
ADDRESS = "http://127.0.0.1:5000"


def suite(**settings: Any) -> Suite:
    """The suite of these tests, as it differs from SUITE in these settings."""
    named = {"datasets": ["breast_cancer"], "strategies": ["none"], "models": ["constant"]}
    return Suite.model_validate({"name": "browsed"} | named | settings)


def unused_port() -> int:
    """A port of the system's choice: tests that run side by side take different ones."""
    with socket.socket() as probe:
        probe.bind((ui.HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with one experiment, number 1, of the name `browsed`."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('store') / 'mlflow.db'}"
    MlflowClient(uri).create_experiment("browsed")
    return uri


def test_the_server_answers_on_the_loopback_and_ends_with_the_block(store: str) -> None:
    port = unused_port()

    with ui.serve(store, port) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/version", timeout=10) as answer:
            version = answer.read().decode()
        listening = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True)

    assert version.startswith("3.")
    assert f"0100007F:{port:04X}" in listening.stdout
    assert f"00000000:{port:04X}" not in listening.stdout
    assert server.poll() is not None


def test_the_links_open_the_saved_view_and_the_tables_of_the_last_invocation(store: str) -> None:
    client = MlflowClient(store)
    experiment = client.create_experiment("seen", tags={view_tag("browsed"): "{}"})
    tags = {"benchmark.kind": "invocation"}
    names = ("browsed 20260101", "browsed 20260102")
    _, last = (client.create_run(experiment, i, tags, name) for i, name in enumerate(names, 1))

    links = ui.links(store, ADDRESS, suite(tracking={"experiment": "seen"}))

    page = f"{ADDRESS}/#/experiments/{experiment}/runs"
    mode = "workflowType=machine_learning"
    assert links.runs == f"{page}?viewStateShareKey=benchmark-browsed&{mode}"
    assert links.tables == f"{page}/{last.info.run_id}/artifacts?{mode}"


@pytest.mark.parametrize(
    ("metrics", "thresholds", "column", "ascending"),
    [
        (["f2"], ["default", "tuned"], "f2_tuned", "false"),
        (["f2"], ["default"], "f2", "false"),
        (["roc_auc", "f2"], ["default", "tuned"], "roc_auc", "false"),
        (["brier", "f2"], ["default", "tuned"], "brier", "true"),
    ],
)
def test_without_a_saved_view_the_link_still_opens_all_runs_flat_and_best_first(
    store: str, metrics: list[str], thresholds: list[str], column: str, ascending: str
) -> None:
    links = ui.links(store, ADDRESS, suite(metrics=metrics, thresholds=thresholds))

    assert links.runs == (
        f"{ADDRESS}/#/experiments/1/runs?orderByKey=metrics.%60{column}%60&orderByAsc={ascending}"
        "&startTime=ALL&workflowType=machine_learning"
    )
    assert links.tables is None


def test_an_experiment_that_is_not_there_is_told(store: str) -> None:
    with pytest.raises(TrackingError, match="has no experiment 'other'; run the suite first"):
        ui.links(store, ADDRESS, suite(tracking={"experiment": "other"}))


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no MLflow store at"):
        ui.links(f"sqlite:///{tmp_path / 'none.db'}", ADDRESS, suite())

    assert not (tmp_path / "none.db").exists()


def test_a_server_that_cannot_start_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_text("this is no database", encoding="utf-8")

    with (
        pytest.raises(BenchmarkError, match="did not start on port"),
        ui.serve(f"sqlite:///{broken}", unused_port()),
    ):
        pass


def test_a_port_in_use_is_passed_over_or_refused() -> None:
    with socket.socket() as taken:
        taken.bind((ui.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert ui.free_port(port, attempts=50) > port
        with pytest.raises(BenchmarkError, match=f"port {port} is in use"):
            ui.free_port(port, attempts=1)


def test_the_command_prints_the_links_of_a_server_elsewhere(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("suite.yaml").write_text(SUITE, encoding="utf-8")

    with ui.serve(store, port := unused_port()):
        code = run_command_line(["ui", "suite.yaml", "--tracking-uri", f"http://127.0.0.1:{port}"])

    assert code == 0
    assert f"http://127.0.0.1:{port}/#/experiments/1/runs?orderByKey=metrics.%60f2_tuned%60" in (
        capsys.readouterr().out
    )


def test_the_command_starts_the_server_and_ends_it_on_an_interruption(
    store: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(process: subprocess.Popen[bytes], *arguments: object) -> int:
        monkeypatch.undo()
        raise KeyboardInterrupt

    Path("suite.yaml").write_text(SUITE, encoding="utf-8")
    monkeypatch.setattr("benchmark.journal.ui._wait_until_it_answers", lambda *_: None)
    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)

    code = run_command_line(["ui", str(Path.cwd() / "suite.yaml"), "--tracking-uri", store])

    out = capsys.readouterr().out
    assert code == 0
    assert "Runs, best first: http://127.0.0.1:" in out
    assert out.endswith("Ended.\n")
