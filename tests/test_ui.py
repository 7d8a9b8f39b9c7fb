"""MLflow's own interface on the right store."""

import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from mlflow import MlflowClient

from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError, TrackingError
from benchmark.journal import ui

SUITE = """\
name: browsed
datasets: [breast_cancer]
strategies: [none]
models: [constant]
"""


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


def test_the_link_opens_all_runs_flat_and_best_first(store: str) -> None:
    link = ui.deep_link(store, "http://127.0.0.1:5000", "browsed", "f2")

    assert link == (
        "http://127.0.0.1:5000/#/experiments/1/runs?orderByKey=metrics.%60f2%60&orderByAsc=false"
        "&startTime=ALL&workflowType=machine_learning"
    )


def test_an_experiment_that_is_not_there_is_told(store: str) -> None:
    with pytest.raises(TrackingError, match="has no experiment 'other'; run the suite first"):
        ui.deep_link(store, "http://127.0.0.1:5000", "other", "f2")


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no MLflow store at"):
        ui.deep_link(f"sqlite:///{tmp_path / 'none.db'}", "http://127.0.0.1:5000", "x", "f2")

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


def test_the_command_prints_the_link_of_a_server_elsewhere(
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
    assert "MLflow on http://127.0.0.1:" in out
    assert out.endswith("Ended.\n")
