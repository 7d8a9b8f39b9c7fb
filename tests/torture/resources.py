"""Prints what a run says and loses when something runs out; `python tests/torture/resources.py`.

Every fault is a run of its own of a suite of 16 small cells, half of them slow, after which the
same command is called once more without the fault. A line of the table: the fault, the cells that
were kept, the exit code, the last line on stderr, and the cells that are not ok after the second
call. A traceback, a run that does not end in time, a cell that is lost and a process that
is left are broken bounds. Faults that need root (a full or read-only file system) are left out
without it. Two minutes on two cores.
"""

import argparse
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from processes import below

CELLS = 16
SECONDS = 90.0  # a run takes four on an idle machine
SUITE = """\
name: small
datasets: [{use: synthetic, as: clusters, params: {rows: 200, minority: 0.3}}]
plugins: [slow]
strategies: [none, slow]
models: [constant, decision_tree]
metrics: [f2, roc_auc]
thresholds: [default]
cv: {folds: 4}
tuning: off
tracking: off
backend: {workers: 2}
limits: {seconds: 5}
"""
SLOW = """\
import time
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper


class Slow(Wrapper):
    def fit(self, X, y):
        time.sleep(0.4)
        self.fit_classifier(X, y)
        return self


@strategy("slow", level="algorithm")
def slow(classifier, space, task):
    return Slow(classifier)
"""
Act = Callable[["subprocess.Popen[bytes]", Path], None]


@dataclass(frozen=True)
class Fault:
    """What is wrong while a run is under way.

    Attributes:
        words: arguments after `run suite.yaml`.
        limits: resource → its soft and hard limit.
        act: what is done once the run has an outcome.
        mount: options of a file system of its own that results are written to.
        codes: the exit codes that may be.
    """

    name: str
    words: tuple[str, ...] = ()
    limits: dict[int, int] = field(default_factory=dict)
    act: Act | None = None
    mount: str = ""
    codes: tuple[int, ...] = (0,)


def send(*numbers: signal.Signals, pause: float = 0.1) -> Act:
    """Send the driver signals, one after the other."""

    def act(driver: "subprocess.Popen[bytes]", _: Path) -> None:
        for number in numbers:
            driver.send_signal(number)
            time.sleep(pause)

    return act


def suspend_worker(driver: "subprocess.Popen[bytes]", _: Path) -> None:
    """Stop the processes that compute; a driver must go on without them."""
    found = below(driver.pid)
    parents = {process.parent for process in found}
    for process in found:
        if process.pid not in parents and "forkserver" in process.command:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGSTOP)


def remove_results(_: "subprocess.Popen[bytes]", results: Path) -> None:
    """Take the folder away under the journal."""
    shutil.rmtree(results, ignore_errors=True)


FAULTS = (
    Fault("none"),
    Fault("the disk is full at once", mount="size=60k", codes=(2,)),
    Fault("the disk is full in mid-run", mount="size=200k", codes=(2,)),
    Fault("files of 150 kB at most", limits={resource.RLIMIT_FSIZE: 150_000}, codes=(2,)),
    Fault("a read-only folder", mount="ro", codes=(2,)),
    Fault("the folder is removed in mid-run", act=remove_results, codes=(2,)),
    Fault("40 open files, 16 workers", ("--workers", "16"), limits={resource.RLIMIT_NOFILE: 40},
          codes=(2,)),
    Fault("256 open files, 16 workers", ("--workers", "16"), limits={resource.RLIMIT_NOFILE: 256}),
    Fault("0.7 GB of addresses", limits={resource.RLIMIT_AS: 700 * 10**6}, codes=(0, 1, 2)),
    Fault("SIGINT", act=send(signal.SIGINT), codes=(130,)),
    Fault("SIGINT twice", act=send(signal.SIGINT, signal.SIGINT), codes=(130, -2)),
    Fault("SIGTERM", act=send(signal.SIGTERM), codes=(130,)),
    Fault("SIGHUP", act=send(signal.SIGHUP), codes=(-1,)),
    Fault("SIGKILL", act=send(signal.SIGKILL), codes=(-9,)),
    Fault("suspended for 3 s", act=send(signal.SIGTSTP, signal.SIGCONT, pause=3.0)),
    Fault("its workers are suspended", act=suspend_worker, codes=(0, 1)),
)  # fmt: skip


@dataclass(frozen=True)
class Met:
    """What came of a fault."""

    code: int | None
    kept: int
    said: str
    lost: int
    left: list[str]


def met(fault: Fault) -> Met:
    """Run a suite under a fault, and once more without it."""
    with tempfile.TemporaryDirectory() as name, mounted(Path(name) / "results", fault.mount):
        folder = Path(name)
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        (folder / "slow.py").write_text(SLOW, encoding="utf-8")
        code, said, left = ran(folder, fault)
        kept = outcomes(folder)
        if fault.mount:
            subprocess.run(["mount", "-o", "remount,rw,size=64m", folder / "results"], check=True)
        if kept < CELLS:
            ran(folder, Fault("none", ("--retry-failed",)))
        return Met(code, kept, said, CELLS - outcomes(folder), left)


def ran(folder: Path, fault: Fault) -> tuple[int | None, str, list[str]]:
    """The exit code of a run, its words, and the processes that it left behind."""

    def limit() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):  # nohup and scripts ignore them
            signal.signal(number, signal.SIG_DFL)
        for what, amount in fault.limits.items():
            resource.setrlimit(what, (amount, amount))

    with (folder / "log").open("wb") as log:
        driver = subprocess.Popen(
            [sys.executable, "-m", "benchmark", "run", "suite.yaml", *fault.words],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=log, preexec_fn=limit,
        )  # fmt: skip
        end, acted = time.monotonic() + SECONDS, fault.act is None
        seen: dict[int, str] = {}
        while driver.poll() is None and time.monotonic() < end:
            seen |= {process.pid: process.command for process in below(driver.pid)}
            if not acted and outcomes(folder):
                acted = True
                assert fault.act is not None
                fault.act(driver, folder / "results")
            time.sleep(0.1)
    code = driver.poll()
    driver.kill()
    driver.wait()
    end = time.monotonic() + 5.0
    while (left := [seen[p] for p in seen if alive(p)]) and time.monotonic() < end:
        time.sleep(0.05)
    return code, (folder / "log").read_text(encoding="utf-8", errors="replace"), left


def alive(pid: int) -> bool:
    """Whether a process is there and not merely unburied."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own, where one is asked for."""
    folder.mkdir()
    if options:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        if options:
            subprocess.run(["umount", "-l", folder], check=True)


def outcomes(folder: Path) -> int:
    """How many cells are ok in the journal."""
    journal = folder / "results/small/journal.sqlite"
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as reader:
            query = "SELECT count(*) FROM outcomes WHERE status = 'ok'"
            return int(reader.execute(query).fetchone()[0])
    except sqlite3.Error:
        return 0


def may_mount() -> bool:
    """Whether this user may mount a file system."""
    with tempfile.TemporaryDirectory() as name:
        words = ["mount", "-t", "tmpfs", "tmpfs", name]
        if os.getuid() or subprocess.run(words, capture_output=True).returncode:
            return False
        subprocess.run(["umount", name], check=True)
    return True


def main() -> int:
    """Print the table; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="faults whose name has this in it")
    asked = parser.parse_args()
    mountable = may_mount()
    print("| fault | cells kept | exit code | said | lost in the end |")
    print("|---|---:|---:|---|---:|")
    broken = 0
    for fault in FAULTS:
        if asked.only and asked.only not in fault.name:
            continue
        if fault.mount and not mountable:
            print(f"| {fault.name} | - | - | left out: it needs root | - |")
            continue
        found = met(fault)
        good = found.code in fault.codes and not found.lost and not found.left
        good = good and "Traceback" not in found.said
        last = (found.said.strip().splitlines() or [""])[-1][:90].replace("|", "/")
        row = f"| {fault.name} | {found.kept} | {found.code} | {last} | {found.lost} |"
        print(row if good else f"{row} BROKEN (left: {found.left})", flush=True)
        broken += not good
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
