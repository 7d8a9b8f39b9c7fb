"""Whatever runs out, a run says so in one line, keeps what is done and goes on later."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import comes_true
from plugins_for_tests.suites import Onlooker, copy_plugin, write_suite

from benchmark.errors import BenchmarkError
from benchmark.flow import Options, execute
from benchmark.types import Outcome

SUITE: dict[str, Any] = {
    "strategies": ["none", "class_weight", "random_oversampling"],
    "models": ["constant", "decision_tree"],
    "cv": {"folds": 3},
    "backend": {"workers": 2},
}
CELLS = 18


def command(
    folder: Path, *words: str, limit: Callable[[], None] | None = None, **streams: Any
) -> "subprocess.CompletedProcess[str]":
    """A command on the suite of a folder, as a user would call it."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": env}
    return subprocess.run(
        [sys.executable, "-m", "benchmark", *words],
        cwd=folder,
        text=True,
        preexec_fn=limit,
        timeout=120,
        **usual | streams,
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a suite that has been computed."""
    folder = tmp_path_factory.mktemp("done")
    write_suite(folder, **SUITE)
    assert command(folder, "run", "suite.yaml").returncode == 0
    yield folder


def test_a_full_disk_costs_nothing_that_is_done_and_the_same_command_goes_on(
    tmp_path: Path,
) -> None:
    write_suite(tmp_path, **SUITE)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))

    full = command(tmp_path, "run", "suite.yaml", limit=limit)
    again = command(tmp_path, "run", "suite.yaml")

    assert full.returncode == 2
    assert full.stderr.splitlines()[-1].startswith("error: journal 'results/small/journal.sqlite'")
    assert "Traceback" not in full.stderr
    assert again.returncode == 0
    to_do = int(again.stderr.split()[1])
    assert f"small: {to_do} cells to compute with 2 workers, {CELLS - to_do} known" in again.stderr
    assert 0 < to_do < CELLS


def test_a_table_that_cannot_be_written_is_one_line(done: Path) -> None:
    with Path("/dev/full").open("w") as full:
        shown = command(done, "compare", "suite.yaml", stdout=full)

    assert shown.returncode == 2
    assert shown.stderr == "error: No space left on device\n"


def test_a_log_that_cannot_be_written_stops_no_run(done: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = command(done, "run", "suite.yaml", "--fresh", stderr=full)

    assert ran.returncode == 0
    assert "decision_tree" in ran.stdout


def test_a_reader_that_leaves_is_no_mistake(done: Path) -> None:
    script = (
        f"{sys.executable} -m benchmark compare suite.yaml | head -n 1; exit ${{PIPESTATUS[0]}}"
    )

    shown = subprocess.run(
        ["bash", "-c", script], cwd=done, capture_output=True, text=True, timeout=120
    )

    assert shown.returncode == 0
    assert shown.stderr == ""


def test_a_letter_that_a_terminal_lacks_is_a_question_mark(done: Path) -> None:
    plain = os.environ | {"PYTHONIOENCODING": "ascii"}

    shown = command(done, "compare", "suite.yaml", "--by", "strategy", env=plain)

    assert shown.returncode == 0
    assert shown.stderr == ""
    assert "?: not significantly worse" in shown.stdout


def test_a_run_needs_neither_home_nor_a_folder_for_temporary_files(done: Path) -> None:
    bare = {k: v for k, v in os.environ.items() if k != "HOME"} | {"TMPDIR": "/nowhere"}

    ran = command(done, "run", "suite.yaml", "--fresh", env=bare)

    assert ran.returncode == 0, ran.stderr


def test_too_few_open_files_for_so_many_workers_are_one_line(done: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    ran = command(done, "run", "suite.yaml", "--fresh", "--workers", "16", limit=limit)

    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith("error: worker processes cannot start")
    assert "Traceback" not in ran.stderr


def test_a_driver_that_is_suspended_loses_no_cell(tmp_path: Path) -> None:
    copy_plugin("unruly", tmp_path)
    limits = {"seconds": 3, "memory": "450MiB"}
    settings = SUITE | {"strategies": ["dawdles"], "models": ["plain"], "limits": limits}
    write_suite(tmp_path, plugins=["unruly"], **settings)
    words = [sys.executable, "-m", "benchmark", "run", "suite.yaml"]

    driver = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert comes_true((tmp_path / "dawdles.pid").exists, 60)
    driver.send_signal(signal.SIGSTOP)
    time.sleep(4)
    driver.send_signal(signal.SIGCONT)

    assert driver.wait(60) == 0


def test_a_journal_that_is_removed_in_mid_run_stops_it(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **SUITE)

    class Removing(Onlooker):
        def ended(self, outcome: Outcome) -> None:
            super().ended(outcome)
            shutil.rmtree(tmp_path / "results", ignore_errors=True)

    onlooker = Removing()
    with pytest.raises(BenchmarkError, match=r"journal\.sqlite' was removed while the suite ran"):
        execute(path, Options(results=tmp_path / "results"), onlooker)

    assert len(onlooker.outcomes) < CELLS
