"""Prints what thousands of cells in one run leave behind; `python tests/torture/soak.py`.

A run of 10,000 small cells without MLflow, and one of many pairs with it, counted as they are sent.
Every second the driver and its workers are looked at: memory (their share of it, PSS), open files,
threads, seconds of processor. Memory may not grow by more than 10 % after the first tenth (of the
pairs: the first third), nor open files or threads at all, nor may the last quarter's cells cost
more than 10 % more than those of the second: in seconds of processor, in units of a fixed piece of
work that is timed at every look, because other work on the machine slows both. Workers keep rows
that cells share, an eighth of `limits.memory`, which is little here and soon full. Four minutes on
two cores.
"""

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import below

from benchmark.engine.backends.machine import description

FOLDS = 10
MOST_GROWTH = 1.10
ENDED = "SELECT count(*) FROM outcomes"
SENT = "SELECT count(*) FROM tracked WHERE complete"
SUITE = """\
name: soak
datasets: [{use: synthetic, as: small, params: {rows: 100, minority: 0.3}}]
metrics: [f2, roc_auc]
thresholds: [default]
tuning: off
limits: {memory: 64MiB}
"""
PLAIN = SUITE + "tracking: off\nstrategies: [random_undersampling]\nmodels: [decision_tree]\n"


@dataclass(frozen=True)
class Mode:
    """A run to look at.

    Attributes:
        query: counts what has been done.
        whole: what it counts in the end.
        start: the share of that after which all libraries are loaded.
    """

    name: str
    suite: str
    query: str
    whole: int
    start: float


@dataclass(frozen=True)
class Look:
    """A moment of a run; memory in MiB. `unit` is what a fixed piece of work took."""

    seconds: float
    done: int
    unit: float
    driver: float
    workers: float
    files: int
    threads: int
    processor: float


def plain(cells: int) -> str:
    """One pair, many repeats."""
    return f"{PLAIN}cv: {{folds: {FOLDS}, repeats: {cells // FOLDS}}}\n"


def tracked(cells: int) -> str:
    """Many pairs of two folds, which MLflow is sent one by one."""
    models = range(1, cells // 20 + 1)
    lines = ["strategies:"]
    shares = [f"under_{n}, params: {{balance: 0.{n}}}" for n in range(1, 10)]
    lines += [f"  - {{use: random_undersampling, as: {share}}}" for share in ["under", *shares]]
    lines += ["models:"]
    lines += [
        f"  - {{use: decision_tree, as: leaf_{n}, params: {{min_samples_leaf: {n}}}}}"
        for n in models
    ]
    return "\n".join([SUITE + "tracking: {experiment: soak}", *lines, "cv: {folds: 2}", ""])


def watched(mode: Mode, workers: int) -> list[Look]:
    """Run a suite and look at it every second, until all is done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite.yaml").write_text(mode.suite, encoding="utf-8")
        words = ["run", "suite.yaml", "--workers", str(workers)]
        with (folder / "log").open("wb") as log:
            driver = subprocess.Popen(
                [sys.executable, "-m", "benchmark", *words], cwd=folder, stdout=log, stderr=log
            )
            looks, started = [], time.monotonic()
            spent: dict[int, float] = {}
            while driver.poll() is None:
                done = count(folder / "results/soak/journal.sqlite", mode.query)
                look = look_at(driver.pid, done, started, spent)
                looks += [look] if 0 < done < mode.whole else []
                time.sleep(1.0)
        if driver.returncode:
            raise RuntimeError((folder / "log").read_text(encoding="utf-8"))
        return looks


def look_at(driver: int, done: int, started: float, spent: dict[int, float]) -> Look:
    """What there is of a run now; `spent` remembers the processes that are gone."""
    found = below(driver)
    spent |= {process.pid: process.seconds for process in found}
    own = [process for process in found if process.pid == driver]
    return Look(
        time.monotonic() - started,
        done,
        unit(),
        sum(process.memory for process in own),
        sum(process.memory for process in found if process.pid != driver),
        sum(process.files for process in found),
        sum(process.threads for process in found),
        sum(spent.values()),
    )


def unit() -> float:
    """Seconds of processor that a fixed piece of work takes now."""
    started = time.process_time()
    numbers = {i: str(i) for i in range(60_000)}
    sorted(numbers.values())
    return time.process_time() - started


def count(journal: Path, query: str) -> int:
    """What a query counts in a journal; 0 where there is none yet."""
    if not journal.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as reader:
            return int(reader.execute(query).fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def part(looks: Sequence[Look], low: float, high: float) -> list[Look]:
    """The moments at which that share was done."""
    whole = max(look.done for look in looks)
    return [look for look in looks if low * whole <= look.done <= high * whole]


def middle(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """The median of something over moments."""
    return median(value(look) for look in looks)


def least(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """What is there at every moment; a file that is open for a moment is no leak."""
    return min(value(look) for look in looks)


def cost(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """What one cell or pair took on the way through some moments."""
    first, last = looks[0], looks[-1]
    return (value(last) - value(first)) / (last.done - first.done)


def judged(mode: Mode, looks: Sequence[Look]) -> list[tuple[str, bool]]:
    """A row of the table for each measure, and whether it is within its bound.

    What a pair costs has no bound, because others are computed while the first ones are sent.
    """
    early, late = part(looks, mode.start, mode.start + 0.2), part(looks, 0.8, 1.0)
    second, fourth = part(looks, 0.25, 0.5), part(looks, 0.75, 1.0)
    found = []
    for what, value in (("driver MiB", lambda x: x.driver), ("workers MiB", lambda x: x.workers)):
        found.append((what, middle(early, value), middle(late, value), MOST_GROWTH, ".0f"))
    for what, value in (("open files", lambda x: x.files), ("threads", lambda x: x.threads)):
        found.append((what, least(early, value), least(late, value), 1.0, ".0f"))
    if mode.query == ENDED:
        quarters = (second, fourth)
        units = [cost(q, lambda x: x.processor) / middle(q, lambda x: x.unit) for q in quarters]
        found.append(("units of work a cell", *units, MOST_GROWTH, ".3f"))
        clock = [1000 * cost(quarter, lambda x: x.seconds) for quarter in quarters]
        found.append(("ms a cell by the clock", *clock, None, ".2f"))
    rows = []
    for what, before, after, most, form in found:
        bound = "" if most is None else f"x{most:.2f}"
        row = f"| {mode.name} | {what} | {before:{form}} | {after:{form}} | {bound} |"
        rows.append((row, most is None or after <= before * most))
    return rows


def main() -> int:
    """Print the table; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000, help="without MLflow")
    parser.add_argument("--tracked", type=int, default=1000, help="with MLflow, in pairs of two")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    machine = f"{description()['processor']}, {asked.workers} workers"
    print(f"Python {platform.python_version()}, {machine}")
    print("\n| run | measure | early | late | at most |")
    print("|---|---|---:|---:|---:|")
    within = []
    pairs = asked.tracked // 2
    for mode in (
        Mode(f"{asked.cells:,} cells", plain(asked.cells), ENDED, asked.cells, 0.1),
        Mode(f"{pairs:,} pairs, MLflow", tracked(asked.tracked), SENT, pairs, 0.3),
    ):
        looks = watched(mode, asked.workers)
        for row, good in judged(mode, looks):
            print(row if good else f"{row} BROKEN", flush=True)
            within.append(good)
        print(f"| {mode.name} | seconds until all is done | | {looks[-1].seconds:.0f} | |")
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
