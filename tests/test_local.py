"""Every cell ends in exactly one outcome, whatever its worker meets."""

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from patience import comes_true, is_alive
from plugins_for_tests.suites import copy_plugin, planned, unloaded_afterwards, write_suite
from threadpoolctl import threadpool_info, threadpool_limits

from benchmark.engine.backends import local, worker
from benchmark.engine.backends.local import compute, start_worker
from benchmark.engine.backends.seat import Seat
from benchmark.engine.backends.worker import ONE_THREAD, Worker, work
from benchmark.errors import BenchmarkError, DatasetError
from benchmark.suite import LEAST_MEMORY, Suite
from benchmark.types import Cell, Outcome

SECONDS = 4.0
HANGING = ("hangs_in_c", "hangs_deaf")
MISBEHAVING = (
    *HANGING,
    "kills_itself",
    "exits_at_once",
    "exits_politely",
    "interrupts",
    "raises",
    "raises_what_cannot_travel",
    "reads_nowhere",
    "takes_all_memory_in_numpy",
    "takes_all_memory_in_python",
    "takes_all_memory_in_xgboost",
    "prints",
    "answers_nothing_finite",
    "answers_too_few",
    "answers_beyond_one",
)


class Ran:
    """The outcomes of a suite, when each came, and what was left of its worker then."""

    def __init__(self, folder: Path, workers: int, strategies: list[str]) -> None:
        self.folder = folder
        self.outcomes: list[Outcome] = []
        self.late: dict[str, float] = {}
        self.alive: dict[str, bool] = {}
        suite, cells, fingerprints = prepared(folder, strategies)
        self.cells = cells
        for outcome in compute(cells, suite, fingerprints, workers):
            self.outcomes.append(outcome)
            self.look_at(outcome.cell.strategy)

    def look_at(self, strategy: str) -> None:
        pid_file = self.folder / f"{strategy}.pid"
        if pid_file.exists():
            self.late[strategy] = time.time() - pid_file.stat().st_mtime
            self.alive[strategy] = is_alive(pid_file)

    def of(self, strategy: str) -> Outcome:
        (outcome,) = (o for o in self.outcomes if o.cell.strategy == strategy)
        return outcome


def prepared(
    folder: Path, strategies: list[str], **settings: Any
) -> tuple[Suite, list[Cell], dict[str, str]]:
    """A suite with these strategies, the first cell of each, and the fingerprints."""
    copy_plugin("misbehaving", folder)
    settings = {"limits": {"seconds": SECONDS, "memory": "450MiB"}} | settings
    made = planned(write_suite(folder, strategies=strategies, plugins=["misbehaving"], **settings))
    cells = [cell for cell in made.cells() if cell.fold == 0]
    return made.suite, cells, {n: d.fingerprint for n, d in made.datasets.items()}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """All misbehaving strategies in one run on two workers, with good cells between them."""
    folder = tmp_path_factory.mktemp("misbehaving")
    with unloaded_afterwards(folder):
        yield Ran(folder, 2, [*MISBEHAVING, "none"])


def test_every_cell_ends_in_exactly_one_outcome(ran: Ran) -> None:
    assert sorted(outcome.cell for outcome in ran.outcomes) == sorted(ran.cells)
    assert len(ran.cells) == len(MISBEHAVING) + 1


@pytest.mark.parametrize(
    ("strategy", "status", "reason"),
    [
        ("none", "ok", ""),
        ("prints", "ok", ""),
        ("hangs_in_c", "timeout", "over its limit of 4 s"),
        ("hangs_deaf", "timeout", "over its limit of 4 s"),
        ("kills_itself", "killed", "its worker process was ended by signal SIGKILL"),
        ("reads_nowhere", "killed", "its worker process was ended by signal SIGSEGV"),
        ("exits_at_once", "killed", "its worker process exited with code 3"),
        ("exits_politely", "failed", "SystemExit: enough"),
        ("interrupts", "failed", "KeyboardInterrupt"),
        ("raises", "failed", "ValueError: the first line"),
        ("raises_what_cannot_travel", "failed", "Untravelled: one two"),
        (
            "answers_nothing_finite",
            "failed",
            "ValueError: predicted no finite score for 100 of 100",
        ),
        ("answers_too_few", "failed", "ValueError: predicted shape (99,) for 100 rows"),
        ("answers_beyond_one", "failed", "ValueError: predicted probabilities from "),
        ("takes_all_memory_in_numpy", "out_of_memory", "MemoryError: Unable to allocate 8.00 GiB"),
        ("takes_all_memory_in_python", "out_of_memory", "MemoryError"),
        ("takes_all_memory_in_xgboost", "out_of_memory", "XGBoostError: "),
    ],
)
def test_an_outcome_says_how_the_cell_ended(
    ran: Ran, strategy: str, status: str, reason: str
) -> None:
    outcome = ran.of(strategy)

    assert outcome.status == status
    assert outcome.error.startswith(reason)


@pytest.mark.parametrize("strategy", HANGING)
def test_a_cell_over_its_time_is_dead_within_two_seconds(ran: Ran, strategy: str) -> None:
    before_the_fit = 2  # at most: the limit counts from the cell's start, `late` from its fit
    assert SECONDS - before_the_fit < ran.late[strategy] < SECONDS + 2
    assert not ran.alive[strategy]


@pytest.mark.parametrize(
    "strategy", ["kills_itself", "exits_at_once", "reads_nowhere", "takes_all_memory_in_xgboost"]
)
def test_a_spoiled_worker_is_replaced(ran: Ran, strategy: str) -> None:
    assert not ran.alive[strategy]


def test_an_error_of_a_library_comes_with_its_traceback(ran: Ran) -> None:
    assert 'raise ValueError("the first line' in ran.of("raises").traceback


def test_a_good_cell_says_what_it_took(ran: Ran) -> None:
    outcome = ran.of("none")

    assert set(outcome.seconds) >= {"preprocess", "fit", "predict", "score"}
    assert outcome.memory_bytes > 50 * 2**20


def test_a_cell_with_the_least_memory_waits_for_no_library(tmp_path: Path) -> None:
    tight = {"limits": {"seconds": SECONDS, "memory": LEAST_MEMORY}}
    suite, cells, fingerprints = prepared(tmp_path, ["none", "smote"], **tight)

    assert [o.status for o in compute(cells, suite, fingerprints, 1)] == ["ok", "ok"]


def test_a_worker_killed_from_outside_costs_its_own_cell_only(tmp_path: Path) -> None:
    strategies = ["waits_to_be_killed", "none", "class_weight", "random_oversampling"]
    killer = threading.Thread(target=kill_when_there, args=(tmp_path / "waits_to_be_killed.pid",))

    killer.start()
    with unloaded_afterwards(tmp_path):
        ran = Ran(tmp_path, 1, strategies)
    killer.join()

    assert {outcome.cell.strategy: outcome.status for outcome in ran.outcomes} == {
        "waits_to_be_killed": "killed",
        "none": "ok",
        "class_weight": "ok",
        "random_oversampling": "ok",
    }


def kill_when_there(pid_file: Path) -> None:
    """Kill the process that writes its number into a file."""
    while not (pid_file.exists() and pid_file.read_text(encoding="utf-8")):
        time.sleep(0.01)
    os.kill(int(pid_file.read_text(encoding="utf-8")), signal.SIGKILL)


def test_whoever_stops_listening_ends_all_workers(tmp_path: Path) -> None:
    with unloaded_afterwards(tmp_path):
        suite, cells, fingerprints = prepared(tmp_path, ["waits_to_be_killed", "none"])
        outcomes = compute(cells, suite, fingerprints, 2)
        first = next(outcomes)
        pid_file = tmp_path / "waits_to_be_killed.pid"
        assert comes_true(lambda: is_alive(pid_file), 10)
        outcomes.close()

    assert first.cell.strategy == "none"
    assert not is_alive(pid_file)


def test_a_worker_finds_what_the_environment_named_after_the_first_worker_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    list(compute([cell], suite, fingerprints, 1))
    (tmp_path / "mirror").mkdir()
    frame = pd.DataFrame({"a": np.arange(40.0), "target": np.arange(40) % 2})
    frame.to_parquet(tmp_path / "mirror" / "only_here.parquet")
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path / "mirror"))

    suite, cell, fingerprints = prepared_plainly(tmp_path, datasets=["only_here"])
    (outcome,) = compute([cell], suite, fingerprints, 1)

    assert (outcome.status, outcome.error) == ("ok", "")


def test_without_cells_no_worker_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "_started", lambda *given: pytest.fail("a worker was started"))
    suite, _, fingerprints = prepared_plainly(tmp_path)

    assert list(compute([], suite, fingerprints, 0)) == []


def prepared_plainly(folder: Path, **settings: Any) -> tuple[Suite, Cell, dict[str, str]]:
    """A suite without plugins, its first cell and its fingerprints."""
    made = planned(write_suite(folder, **settings))
    return made.suite, next(made.cells()), {n: d.fingerprint for n, d in made.datasets.items()}


@pytest.fixture
def as_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process be a worker for a while, in all but its signals."""
    monkeypatch.setattr(signal, "signal", lambda *arguments: None)
    for name in ONE_THREAD:
        monkeypatch.setenv(name, "4")
    monkeypatch.setattr(Worker, "current", None, raising=False)
    with threadpool_limits():
        yield


@pytest.mark.usefixtures("as_worker")
def test_a_worker_has_one_thread_and_knows_its_suite(tmp_path: Path) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)

    start_worker(suite, fingerprints, plugins=True, environment={"OMP_NUM_THREADS": "8"})

    assert {os.environ[name] for name in ONE_THREAD} == {"1"}
    assert {library["num_threads"] for library in threadpool_info()} == {1}
    assert Worker.current.dataset(cell.dataset).fingerprint == fingerprints[cell.dataset]


@pytest.mark.usefixtures("as_worker")
def test_a_worker_computes_what_this_process_would(tmp_path: Path) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    start_worker(suite, fingerprints, plugins=False, environment={})

    here = work(cell)
    (there,) = compute([cell], suite, fingerprints, 1)

    assert here.status == "ok"
    assert here.scores == there.scores


@pytest.mark.usefixtures("as_worker")
def test_a_dataset_is_loaded_once(tmp_path: Path) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    start_worker(suite, fingerprints, plugins=False, environment={})

    first = Worker.current.dataset(cell.dataset)

    assert Worker.current.dataset(cell.dataset) is first


@pytest.mark.usefixtures("as_worker")
def test_a_dataset_that_changed_while_the_suite_ran_is_a_failed_cell(tmp_path: Path) -> None:
    suite, cell, _ = prepared_plainly(tmp_path)
    start_worker(suite, {cell.dataset: "what was planned"}, plugins=False, environment={})

    outcome = work(cell)

    assert outcome.status == "failed"
    assert outcome.error == "DatasetError: dataset 'clusters' changed while the suite ran"


@pytest.mark.usefixtures("as_worker")
@pytest.mark.parametrize(
    ("error", "status"),
    [(SystemExit(1), "failed"), (MemoryError(), "out_of_memory"), (DatasetError("no"), "failed")],
)
def test_what_escapes_an_evaluation_is_still_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: str
) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    start_worker(suite, fingerprints, plugins=False, environment={})

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(worker, "evaluate", fail)

    assert work(cell).status == status


def test_a_process_that_is_no_worker_keeps_its_threads(tmp_path: Path) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    before = {name: os.environ.get(name) for name in ONE_THREAD}

    list(compute([cell], suite, fingerprints, 1))

    assert {name: os.environ.get(name) for name in ONE_THREAD} == before


class Process:
    """Stands for a worker that ends every cell in the same way."""

    def __init__(self, said: list[Any], code: int | None) -> None:
        self.said = said
        self.exitcode = code
        self.pid = 0
        self.sentinel = 0
        self.told: list[Any] = []
        self.stopped = False

    def is_alive(self) -> bool:
        return not self.stopped and self.exitcode is None

    def terminate(self) -> None:
        self.stopped = True
        self.pid = os.getpid()

    def join(self, timeout: float | None = None) -> None:
        assert not self.is_alive()

    def close(self) -> None:
        self.stopped = True

    def poll(self) -> bool:
        return bool(self.said) or not self.is_alive()

    def recv_bytes(self) -> bytes:
        if not self.said:
            raise EOFError
        said = self.said.pop(0)
        return said if isinstance(said, bytes) else pickle.dumps(said)

    def send(self, cell: Cell) -> None:
        self.told.append(cell)


CELL = Cell("data", "none", "tree", 0, 0)
READY = ("", False)
OK = (Outcome(CELL, "ok"), False)


def seat(*processes: Process, seconds: float = 60.0) -> Seat:
    """A seat whose workers are these, one after another, with a cell."""
    waiting = iter(processes)

    def start() -> tuple[Process, Process]:
        process = next(waiting)
        return process, process

    made = Seat(start, seconds)
    made.take(CELL)
    return made


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (-9, "ended by signal SIGKILL"),
        (-11, "ended by signal SIGSEGV"),
        (0, "exited with code 0"),
        (1, "exited with code 1"),
        (-40, "ended by signal 40"),
    ],
)
def test_a_dead_worker_is_told_with_its_signal_or_its_code(code: int, reason: str) -> None:
    process = Process([READY], None)
    chair = seat(process)
    chair.heard()
    process.exitcode = code

    outcome = chair.heard()

    assert outcome is not None
    assert outcome.status == "killed"
    assert outcome.error.endswith(reason)
    assert process.stopped


def test_an_answer_that_cannot_be_read_is_a_failed_cell_and_the_worker_stays() -> None:
    process = Process([READY, b"no pickle"], None)
    chair = seat(process)
    chair.heard()

    outcome = chair.heard()

    assert outcome is not None
    assert outcome.status == "failed"
    assert outcome.error.startswith("UnpicklingError: ")
    assert process.is_alive()


def test_a_worker_that_is_gone_before_it_began_costs_no_cell() -> None:
    chair = seat(Process([], 1), Process([READY, OK], None))

    lost, ready, outcome = chair.heard(), chair.heard(), chair.heard()

    assert lost is ready is None
    assert outcome is not None
    assert outcome.status == "ok"


def test_workers_that_cannot_start_stop_the_suite_with_advice() -> None:
    chair = seat(Process([], 1), Process([], 1))
    chair.heard()

    with pytest.raises(BenchmarkError, match=r"cannot start \(.*code 1\); .*__main__"):
        chair.heard()


def test_workers_that_say_why_they_cannot_start_stop_the_suite_with_that() -> None:
    chair = seat(Process([("ImportError: no such thing", False)], None))

    with pytest.raises(BenchmarkError, match="cannot start: ImportError: no such thing"):
        chair.heard()


def test_workers_that_never_start_stop_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.engine.backends.seat.START_SECONDS", 0.0)
    chair = seat(Process([], None))

    with pytest.raises(BenchmarkError, match="do not start within 0 s"):
        chair.heard()


def test_a_worker_that_died_between_two_cells_is_replaced_before_the_next() -> None:
    first, second = Process([READY, OK], None), Process([], None)
    chair = seat(first, second)
    chair.heard()
    chair.heard()
    first.exitcode = -9

    chair.take(CELL)

    assert chair.watched == (second, second.sentinel)


@pytest.mark.parametrize("worn", [False, True])
def test_a_worker_that_says_that_it_is_worn_is_replaced(worn: bool) -> None:
    process = Process([READY, (OK[0], worn)], None)
    chair = seat(process)
    chair.heard()

    chair.heard()

    assert process.stopped == worn


def test_an_answer_that_came_in_time_counts_however_late_it_is_read() -> None:
    chair = seat(Process([READY, OK], None), seconds=0.0)
    chair.heard()
    outcome = chair.heard()

    assert outcome is not None
    assert outcome.status == "ok"


def test_no_time_passes_while_the_driver_is_suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    chair = seat(Process([READY], None), seconds=5.0)
    chair.heard()
    clock = iter([time.monotonic(), time.monotonic() + 3600])
    asked = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr(local, "wait", lambda *asked: [])
    monkeypatch.setattr(local, "time", asked)

    news = local._with_news([chair])

    assert not news
    assert chair.deadline > time.monotonic() + 3000


def test_a_lost_start_is_tried_again_and_the_cell_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    real = local._started
    lost = [Process([], 1)]

    def start(*given: Any) -> tuple[Any, Any]:
        return (lost[0], lost.pop()) if lost else real(*given)

    monkeypatch.setattr(local, "_started", start)
    monkeypatch.setattr(local, "wait", lambda watched, _: [*watched])

    (outcome,) = compute([cell], suite, fingerprints, 1)

    assert outcome.status == "ok"


def test_without_a_fork_server_workers_are_spawned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, cell, fingerprints = prepared_plainly(tmp_path)
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])

    (outcome,) = compute([cell], suite, fingerprints, 1)

    assert outcome.status == "ok"
