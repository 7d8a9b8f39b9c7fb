"""A plugin that misbehaves is a row with a reason, and no other pair meets what it did."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from patience import comes_true, is_alive
from plugins_for_tests.suites import (
    copy_plugin,
    planned,
    unloaded_afterwards,
    write_suite,
)

from benchmark import foreign
from benchmark.cli.app import run_command_line
from benchmark.engine.backends.local import compute
from benchmark.types import Cell, Outcome

SECONDS = 4.0
PLUGINS: dict[str, Any] = {
    "plugins": ["unruly"],
    "models": ["plain"],
    "limits": {"seconds": SECONDS, "memory": "450MiB"},
}
LIMIT = f"over its limit of {SECONDS:g} s"
SIGKILL = "its worker process was ended by signal SIGKILL"
SAMPLER = "ValueError: Sampler cannot resample classes of 70 and 30 rows: it handed back "
CHANGED = "a fit may not change the rows that it is given; it must copy them (ValueError: "
REASONS = {
    "none": ("ok", ""),
    "starts_a_child": ("ok", ""),
    "leaves_a_mess": ("ok", ""),
    "prints_below_python": ("ok", ""),
    "changes_labels": ("ok", ""),
    "draws_from_the_global_state": ("ok", ""),
    "samples_from_the_global_state": ("ok", ""),
    "samples_numbers_as_labels": ("ok", ""),
    "starts_a_child_and_hangs": ("timeout", LIMIT),
    "starts_a_daemon_and_hangs": ("timeout", LIMIT),
    "suspends_itself": ("timeout", LIMIT),
    "starts_a_daemon_and_dies": ("killed", SIGKILL),
    "kills_its_group": ("killed", SIGKILL),
    "kills_its_parent": ("killed", SIGKILL),
    "exits_as_if_done": ("killed", "its worker process exited with code 0"),
    "closes_all_files": ("killed", "its worker process exited with code 1"),
    "asks": ("failed", "EOFError: EOF when reading a line"),
    "changes_rows": ("failed", CHANGED),
    "changes_rows_by_force": ("failed", CHANGED),
    "answers_infinity": ("failed", "ValueError: predicted no finite score for 100 of 100 rows"),
    "answers_words": ("failed", "ValueError: predicted 'yes', which is no number for each row"),
    "answers_nothing": ("failed", "ValueError: predicted None, which is no number for each row"),
    "answers_complex_numbers": ("failed", "ValueError: predicted (0"),
    "answers_three_columns": ("failed", "ValueError: predicted shape (100, 4) for 2 classes"),
    "answers_other_classes": ("failed", "ValueError: learnt the classes [5, 6]; class codes are 0"),
    "samples_one_class": ("failed", "a model was handed rows of one class"),
    "samples_nothing": ("failed", f"{SAMPLER}no row"),
    "samples_missing_values": ("failed", "ValueError: Input X contains NaN."),
    "samples_more_columns": ("failed", f"{SAMPLER}rows of shape (100, 40)"),
    "samples_fewer_labels": ("failed", f"{SAMPLER}rows of shape (100, 20) and labels of shape (99"),
    "samples_flat_rows": ("failed", f"{SAMPLER}rows of shape (100,)"),
    "samples_words_as_labels": ("failed", f"{SAMPLER}the label 'no', which is no class"),
    "samples_other_labels": ("failed", f"{SAMPLER}the label 5, which is no class"),
    "samples_none": ("failed", "TypeError: 'NoneType' object is not iterable"),
}
STARTERS = ("starts_a_child", "starts_a_child_and_hangs")
DAEMONS = ("starts_a_daemon_and_dies", "starts_a_daemon_and_hangs")


class Ran:
    """The outcomes of the first fold of each strategy, and when and with what left they came."""

    def __init__(self, folder: Path, strategies: list[str], workers: int, **settings: Any) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.alive: dict[str, bool] = {}
        started = time.monotonic()
        for outcome in computed(folder, strategies, workers, **settings):
            strategy = outcome.cell.strategy
            self.outcomes[strategy] = outcome
            self.seconds[strategy] = time.monotonic() - started
            started = time.monotonic()
            self.alive[strategy] = is_alive(folder / f"{strategy}.pid")


def computed(
    folder: Path, strategies: list[str], workers: int, folds: int = 1, **settings: Any
) -> Iterator[Outcome]:
    copy_plugin("unruly", folder)
    made = planned(write_suite(folder, strategies=strategies, **PLUGINS | settings))
    cells = [cell for cell in made.cells() if cell.fold < folds]
    contents = {name: dataset.content for name, dataset in made.datasets.items()}
    yield from compute(cells, made.suite, contents, workers, True, made.datasets)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("unruly")
    with unloaded_afterwards(folder):
        yield Ran(folder, [*REASONS], 2)


@pytest.mark.parametrize("strategy", REASONS)
def test_whatever_a_plugin_does_is_a_row_with_a_reason(ran: Ran, strategy: str) -> None:
    outcome = ran.outcomes[strategy]

    status, reason = REASONS[strategy]
    assert outcome.status == status
    assert outcome.error.startswith(reason)
    assert "\n" not in outcome.error


def test_an_exit_is_noticed_at_once(ran: Ran) -> None:
    assert ran.seconds["exits_as_if_done"] < SECONDS / 2


@pytest.mark.parametrize("strategy", [*STARTERS, *DAEMONS])
def test_no_process_outlives_the_worker_that_started_it(ran: Ran, strategy: str) -> None:
    assert (ran.folder / f"{strategy}.pid").exists()
    assert not is_alive(ran.folder / f"{strategy}.pid")


@pytest.mark.parametrize("strategy", ["starts_a_child_and_hangs", *DAEMONS])
def test_what_a_cell_started_ends_with_it_where_its_worker_does(ran: Ran, strategy: str) -> None:
    assert not ran.alive[strategy]


@pytest.mark.parametrize("strategy", ["leaves_a_mess", "changes_labels", "changes_rows_by_force"])
def test_a_cell_after_an_unruly_one_has_the_scores_that_it_has_alone(
    tmp_path: Path, strategy: str
) -> None:
    with unloaded_afterwards(tmp_path):
        alone = Ran(tmp_path, ["none"], 1).outcomes["none"]
        after = Ran(tmp_path, [strategy, "none"], 1).outcomes["none"]

    assert after.status == "ok"
    assert scores(after) == scores(alone)


def scores(outcome: Outcome) -> bytes:
    assert outcome.predictions is not None
    return outcome.predictions.default.test.tobytes()


@pytest.mark.parametrize(
    ("order", "workers", "share"), [(1, 1, False), (-1, 1, True), (1, 2, True), (-1, 3, False)]
)
def test_what_draws_from_the_global_state_scores_the_same_in_any_order(
    tmp_path: Path, order: int, workers: int, share: bool
) -> None:
    lucky = ["draws_from_the_global_state", "samples_from_the_global_state"]
    strategies = [*lucky, "leaves_a_mess", "none"]
    models = ["plain", {"use": "random_forest", "params": {"n_estimators": 5}}]
    settings = {"folds": 2, "models": models}
    backend = {"workers": workers, "share": share}
    with unloaded_afterwards(tmp_path):
        first = by_cell(computed(tmp_path, strategies, 1, **settings))
        again = by_cell(
            computed(tmp_path, strategies[::order], workers, backend=backend, **settings)
        )

    assert len(first) == 16
    assert again == first


def by_cell(outcomes: Iterator[Outcome]) -> dict[Cell, bytes]:
    return {outcome.cell: scores(outcome) for outcome in outcomes}


def test_words_have_the_same_hash_in_every_run(tmp_path: Path) -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-c", "print(hash('word'), end='')"],
        env=os.environ | {"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )

    with unloaded_afterwards(tmp_path):
        Ran(tmp_path, ["hashes_words"], 1)

    assert (tmp_path / "hashes_words.pid").read_text(encoding="utf-8") == elsewhere.stdout


def test_a_worker_that_leaks_is_replaced_before_it_holds_much(tmp_path: Path) -> None:
    limits = {"seconds": 60, "memory": "600MiB"}
    with unloaded_afterwards(tmp_path):
        cells = [*computed(tmp_path, ["leaks"], 1, 6, limits=limits, cv={"folds": 6})]

    assert {cell.status for cell in cells} == {"ok"}
    held = [cell.memory_bytes / 2**20 for cell in cells]
    assert max(held) < min(held) + 450


def test_what_workers_print_reaches_no_table(tmp_path: Path) -> None:
    copy_plugin("unruly", tmp_path)
    write_suite(tmp_path, strategies=["none", "prints_below_python"], **PLUGINS)

    done = command(tmp_path)
    loud = command(tmp_path, BENCHMARK_TRACEBACK="1")

    assert done.returncode == 0, done.stderr
    assert "SPOILT" not in done.stdout + done.stderr
    assert "SPOILT" in loud.stdout


def command(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "benchmark", "run", "suite.yaml", "--fresh"],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_daemons_end_with_the_driver_however_it_ends(tmp_path: Path, number: int) -> None:
    copy_plugin("unruly", tmp_path)
    limits = {"seconds": 600, "memory": "450MiB"}
    strategies = ["starts_a_daemon_and_hangs"]
    write_suite(tmp_path, strategies=strategies, **PLUGINS | {"limits": limits})
    pid_file = tmp_path / "starts_a_daemon_and_hangs.pid"

    driver = subprocess.Popen(
        [sys.executable, "-m", "benchmark", "run", "suite.yaml"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert comes_true(lambda: is_alive(pid_file), 60)

    driver.send_signal(number)
    driver.wait(10)

    assert comes_true(lambda: not is_alive(pid_file), 2)


HEAD = "import os, sys, time\nfrom benchmark.catalogue.registry import strategy\n"
PLUGIN = "suite.yaml:1: plugins: plugin 'theirs' cannot be imported: "
BUILT = HEAD + "@strategy('planned', level='data')\ndef planned(classifier, space, task):\n    "


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("1 +", PLUGIN + "invalid syntax (theirs.py, line 1)"),
        ("raise KeyError('x')", PLUGIN + "KeyError: 'x'"),
        ("raise ValueError", PLUGIN + "ValueError"),
        (
            "raise ValueError('two\\nlines of it')",
            PLUGIN + "ValueError: two",
        ),
        ("import sys; sys.exit(0)", PLUGIN + "SystemExit: 0"),
        ("import time; time.sleep(60)", PLUGIN + "it does not end"),
        (
            HEAD + "@strategy('smote', level='data')\ndef smote(classifier, space, task): ...",
            "suite.yaml:1: plugins: strategy 'smote' of theirs is already defined in benchmark.cat",
        ),
        (BUILT + "raise ValueError('no luck')", "suite.yaml:1: strategies[0]: 'planned' cannot be"),
        (BUILT + "sys.exit(3)", "suite.yaml:1: strategies[0]: 'planned' cannot be built: System"),
        (BUILT + "time.sleep(60)", "suite.yaml:1: strategies[0]: 'planned' cannot be built: it do"),
        (
            BUILT + "1 / (task.n_columns - 20); return classifier",
            "clusters / planned / constant cannot be built: division by zero",
        ),
    ],
)
def test_a_plugin_that_fails_before_anything_runs_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    line: str,
) -> None:
    (tmp_path / "theirs.py").write_text(code, encoding="utf-8")
    path = write_suite(tmp_path, strategies=["planned"], plugins=["theirs"])
    monkeypatch.setattr(foreign, "PATIENCE_SECONDS", 0.2)

    with unloaded_afterwards(tmp_path):
        exit_code = run_command_line(["plan", str(path)])

    said = capsys.readouterr()
    assert exit_code == 2
    assert said.out == ""
    assert said.err.startswith(f"error: {line}")
    assert said.err.count("\n") == 1


def test_what_a_plugin_prints_as_it_is_imported_is_no_part_of_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs.py").write_text("print('SPOILT')", encoding="utf-8")
    path = write_suite(tmp_path, plugins=["theirs"])

    with unloaded_afterwards(tmp_path):
        exit_code = run_command_line(["plan", str(path)])

    said = capsys.readouterr()
    assert exit_code == 0
    assert "SPOILT" not in said.out
    assert "SPOILT" in said.err


def test_rows_that_were_handed_out_cannot_be_made_writable() -> None:
    from benchmark.engine.prepare import _frozen

    rows = _frozen(np.ones((2, 2)))

    with pytest.raises(ValueError, match="WRITEABLE"):
        rows.setflags(write=True)


def test_a_time_limit_on_code_of_others_leaves_no_alarm_behind() -> None:
    def handler(*_: object) -> None: ...

    before = signal.signal(signal.SIGALRM, handler)
    with foreign.foreign("it cannot be"):
        pass

    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.signal(signal.SIGALRM, before) is handler
