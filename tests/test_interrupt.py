"""A run that was stopped at any instant goes on where it stopped."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from patience import comes_true
from plugins_for_tests.suites import (
    copy_plugin,
    predictions_in,
    unloaded_afterwards,
    write_suite,
)

from benchmark.flow import Options, Summary, execute
from benchmark.journal.tracking_store import create_store

CELLS = 40
SUITE: dict[str, Any] = {
    "strategies": ["none", "dawdle", "random_oversampling", "smote"],
    "models": ["constant", "logistic_regression"],
    "thresholds": ["default", "tuned"],
    "cv": {"folds": 5},
    "backend": {"workers": 2},
    "plugins": ["dawdling"],
    "tracking": {"experiment": "interrupted"},
}
MARK = "BENCHMARK_TEST_MARK"
Send = Callable[[int, int], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Summary]:
    """The suite as it runs when nobody disturbs it, beside an empty store."""
    folder = tmp_path_factory.mktemp("whole")
    copy_plugin("dawdling", folder)
    with unloaded_afterwards(folder):
        path = write_suite(folder, **SUITE | {"tracking": "off"})
        create_store(folder / "mlflow.db")
        yield execute(path, Options(results=folder / "results"))


@pytest.fixture
def temporary() -> Iterator[str]:
    """An empty folder for temporary files with a name that is short enough for sockets in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder


@pytest.mark.parametrize(
    ("send", "number", "after", "code"),
    [(os.kill, signal.SIGKILL, 8, -9), (os.killpg, signal.SIGINT, 20, 130)],
)
def test_a_stopped_run_loses_only_what_was_in_flight_and_ends_as_if_it_had_not_been(
    whole: Summary, tmp_path: Path, temporary: str, send: Send, number: signal.Signals,
    after: int, code: int,
) -> None:  # fmt: skip
    path, results = write_suite(tmp_path, **SUITE), tmp_path / "results"
    copy_plugin("dawdling", tmp_path)
    results.mkdir()
    shutil.copy(whole.journal.parents[2] / "mlflow.db", results)
    driver = started(path, results, mark=str(tmp_path), temporary=temporary)
    journal = results / "small" / "journal.sqlite"

    assert comes_true(lambda: outcomes(journal) >= after, seconds=60)
    send(driver.pid, number)
    driver.wait(10)
    assert comes_true(lambda: processes(str(tmp_path)) == [], seconds=2)
    kept = outcomes(journal)
    left = list(Path(temporary).iterdir())
    with unloaded_afterwards(tmp_path):
        resumed = execute(path, Options(results=results))

    assert driver.returncode == code
    assert left == []
    assert after <= kept < CELLS
    assert resumed.computed == CELLS - kept
    assert outcomes(journal) == CELLS
    pd.testing.assert_frame_equal(resumed.table, whole.table, check_exact=True)
    assert predictions_in(journal) == predictions_in(whole.journal)
    assert runs_of_pairs(results) == {cell.pair: 1 for cell in cells(resumed)}


@pytest.mark.parametrize("seconds", [0.1, 0.6, 1.2, 2.0])
def test_ctrl_c_while_workers_start_is_told_in_one_line(tmp_path: Path, seconds: float) -> None:
    path, log = write_suite(tmp_path, **SUITE | {"tracking": "off"}), tmp_path / "log"
    copy_plugin("dawdling", tmp_path)

    with log.open("wb") as file:
        driver = started(path, tmp_path / "results", mark=str(tmp_path), output=file)
        assert comes_true(lambda: b"cells to compute" in log.read_bytes(), seconds=60)
        time.sleep(seconds)
        os.killpg(driver.pid, signal.SIGINT)
        driver.wait(20)
    assert comes_true(lambda: processes(str(tmp_path)) == [], seconds=2)

    assert driver.returncode == 130
    said = log.read_text(encoding="utf-8").splitlines()
    assert said[1:] == [
        "",
        "Interrupted. Nothing finished is lost; the same command goes on from here.",
    ]


def started(
    path: Path, results: Path, mark: str, output: Any = subprocess.DEVNULL, temporary: str = ""
) -> "subprocess.Popen[bytes]":
    """`python -m benchmark run` as a user would start it, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmark", "run", str(path), "--results", str(results)],
        env=os.environ | {MARK: mark, "TMPDIR": temporary or tempfile.gettempdir()},
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    )


def heed_interrupts() -> None:
    """A shell has what it starts in the background ignore interrupts; these tests may be that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def outcomes(journal: Path) -> int:
    """How many cells a journal has an outcome of."""
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as reader:
            return int(reader.execute("SELECT count(*) FROM outcomes").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def processes(mark: str) -> list[int]:
    """Every living process that was started with a mark in its environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={mark}".encode() in (folder / "environ").read_bytes()
        except OSError:
            continue
        found += [int(folder.name)] * marked
    return found


def cells(summary: Summary) -> list[Any]:
    return [row.cell for row in summary.rows]


def runs_of_pairs(results: Path) -> Counter[tuple[str, ...]]:
    """How often MLflow has each pair."""
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("interrupted")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id], "tags.`benchmark.kind` = 'pair'")
    names = ("dataset", "strategy", "model")
    return Counter(tuple(run.data.tags[name] for name in names) for run in found)
