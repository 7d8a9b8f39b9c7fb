"""Drivers that start at once, because they are forked from a process that has all loaded."""

import atexit
import importlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import util
from pathlib import Path
from typing import Any

import left
from plugins_for_tests.suites import predictions_in, write_suite

from benchmark.cli.app import run_command_line

KILLED = "killed its worker process was ended by signal SIGKILL"
EXPECTED = ("ok", KILLED)
LOADED = (
    "benchmark.flow", "benchmark.catalogue.everything", "benchmark.cli.run_command",
    "benchmark.cli.summary", "benchmark.cli.progress", "benchmark.cli.compare_command",
    "benchmark.analysis.report", "benchmark.engine.backends.local", "mlflow.tracking", "optuna",
    "mlflow.store.tracking.sqlalchemy_store",
)  # fmt: skip
CELLS, ENOUGH_SECONDS = 12, 300.0
EARLY, MOMENT_SECONDS = 0.25, 0.1


@dataclass(frozen=True)
class Table:
    """What a suite says when nobody disturbs it."""

    text: str
    predictions: Mapping[Any, bytes]


@dataclass(frozen=True)
class Whole:
    """The tables of undisturbed suites by name, and how long the first of them takes."""

    seconds: float
    tables: Mapping[str, Table]


def load_everything() -> None:
    """Import what a driver would import."""
    for name in LOADED:
        importlib.import_module(name)


def undisturbed(folder: Path, *suites: dict[str, Any]) -> Whole:
    """Run suites as they are."""
    lane, tables, taken = Lane(folder, random.Random(0)), {}, []
    for settings in suites:
        results = lane.new_results()
        suite, began = write_suite(results.parent, **settings), time.monotonic()
        code, said = lane.ended(lane.started("run", suite, results))
        taken.append(time.monotonic() - began)
        assert code == 0, said
        name = settings.get("name", "small")
        tables[name] = lane.table(suite, results)
    return Whole(taken[0], tables)


class Lane:
    """A place where one driver after another is started."""

    def __init__(self, folder: Path, luck: random.Random) -> None:
        self.folder = folder
        self.luck = luck
        self._number = 0

    @property
    def mark(self) -> str:
        """What all processes of this lane have in their environment."""
        return str(self.folder)

    @property
    def temporary(self) -> Path:
        """Where drivers put temporary files."""
        return self.folder / "tmp"

    def new_results(self) -> Path:
        """A results folder that is not there yet, in a folder of its own."""
        self._number += 1
        place = self.folder / str(self._number)
        place.mkdir(parents=True)
        self.temporary.mkdir(exist_ok=True)
        return place / "results"

    def started(self, command: str, suite: Path, results: Path, *more: str) -> tuple[int, Path]:
        """A command in a process of its own; its id, and the file that it writes to."""
        output = suite.with_name(f"{command}-{time.monotonic_ns()}")
        pid = forked(
            lambda: self._become(output, [command, str(suite), "--results", str(results), *more])
        )
        return pid, output

    def _become(self, output: Path, arguments: list[str]) -> int:
        os.environ.update({left.MARK: self.mark, "TMPDIR": str(self.temporary)})
        tempfile.tempdir = None
        file = os.open(output, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until the end
        return run_command_line(arguments)

    def ended(self, started: tuple[int, Path]) -> tuple[int, str]:
        """Wait for a command; its exit code, and what it said."""
        pid, output = started
        end = time.monotonic() + ENOUGH_SECONDS
        while (found := os.waitpid(pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > end:
                os.kill(pid, signal.SIGABRT)
            time.sleep(0.01)
        return os.waitstatus_to_exitcode(found[1]), output.read_text(encoding="utf-8")

    def killed(self, suite: Path, results: Path, seconds: float) -> str:
        """Kill a driver at a random instant; say what that hit, nothing where it ended before.

        One in four within so many seconds of its start, the others when it has got on by some
        outcomes and runs of MLflow, and a moment later.
        """
        started = self.started("run", suite, results)
        if self.luck.random() < EARLY:
            time.sleep(self.luck.uniform(0, seconds))
        else:
            self._wait_for(started[0], results, self.luck.randint(1, 4))
            time.sleep(self.luck.uniform(0, MOMENT_SECONDS))
        os.kill(started[0], signal.SIGKILL)
        code, _ = self.ended(started)
        if code >= 0:
            return ""
        done = sum(left.statuses(results / "small" / "journal.sqlite").values())
        if done == 0:
            return "before the first outcome"
        return "after the last outcome" if done == CELLS else "computing"

    def _wait_for(self, pid: int, results: Path, steps: int) -> None:
        """Wait until a driver has got on, or has ended."""
        aim = _progress(results) + steps
        while _progress(results) < aim and left.lives(pid):
            time.sleep(0.01)

    def orphans(self, seconds: float) -> list[str]:
        """What is still alive or left in the temporary folder after so many seconds."""
        end = time.monotonic() + seconds
        while (alive := left.processes(self.mark)) and time.monotonic() < end:
            time.sleep(0.02)
        said = [f"orphan: {command[-200:]!r}" for _, command in alive.values()]
        return said + [f"temporary: {name}" for name in left.files(self.temporary)]

    def completed(self, suite: Path, results: Path, whole: Table, *more: str) -> list[str]:
        """Let a suite end; say in what it differs from an undisturbed one."""
        code, said = self.ended(self.started("run", suite, results, *more))
        broken = [f"the last run ended with {code}: {said[-300:]!r}"] if code else []
        broken += self.orphans(5.0)
        journal, store = next(results.glob("*/journal.sqlite")), results / "mlflow.db"
        expected = {str(journal.relative_to(results)), *([store.name] if store.is_file() else [])}
        broken += [f"results: {name}" for name in left.files(results) if name not in expected]
        broken += [f"two outcomes of {key}" for key in left.doubled(journal)]
        broken += left.wrong_runs(store)
        if self.table(suite, results) != whole:
            broken.append("the table or the predictions differ")
        shutil.rmtree(results.parent)
        return broken

    def table(self, suite: Path, results: Path) -> Table:
        """The comparison as text, and every predicted bit."""
        code, text = self.ended(self.started("compare", suite, results, "--format", "csv"))
        found = predictions_in(next(results.glob("*/journal.sqlite"))) if code == 0 else {}
        return Table(text, found)

    def workers_killed(self, suite: Path, results: Path, most: int) -> int:
        """Kill workers at random instants while a driver computes; return how many."""
        pid, _ = self.started("run", suite, results, "--fresh")
        journal, count, last = results / "many" / "journal.sqlite", 0, 0
        while os.waitpid(pid, os.WNOHANG)[0] == 0:
            time.sleep(self.luck.uniform(0.0, 0.1))
            alive, latest = left.workers(self.mark), left.latest(journal)
            if alive and latest > last and count < most:  # at work again since the last kill
                count, last = count + _kill(self.luck.choice(alive)), latest
        return count

    def at_once(self, suite: Path, results: Path, number: int) -> list[tuple[int, str]]:
        """Start several drivers of a suite together; their exit codes and what they said."""
        return [self.ended(s) for s in [self.started("run", suite, results) for _ in range(number)]]


def _progress(results: Path) -> int:
    """A number that grows with every outcome and every run that begins and ends."""
    found = left.runs(results / "mlflow.db")
    ended = [status for _, _, status, _ in found if status == "FINISHED"]
    done = left.statuses(results / "small" / "journal.sqlite")
    return sum(done.values()) + len(found) + len(ended)


def _kill(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def forked(work: Callable[[], int]) -> int:
    """The id of a process that does some work and ends as a process of Python does."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    code = 1
    try:
        code = work()
        sys.stdout.flush()
        util._exit_function()  # ends what multiprocessing has started
        atexit._run_exitfuncs()
    finally:
        os._exit(code)


def wrongly_refused(said: list[tuple[int, str]], results: Path) -> list[str]:
    """What is wrong where one of several drivers should have run, and the others have refused."""
    codes = sorted(code for code, _ in said)
    broken = [] if codes[0] == 0 and set(codes[1:]) <= {0, 2} else [f"exit codes {codes}: {said!r}"]
    for code, text in said:
        lines = text.strip().splitlines()
        if code == 2 and (len(lines) != 1 or "in use" not in lines[0]):
            broken.append(f"refused with {text!r}")
    with closing(sqlite3.connect(next(results.glob("*/journal.sqlite")))) as db:
        problem = db.execute("PRAGMA integrity_check").fetchone()[0]
    return broken + ([problem] if problem != "ok" else [])
