"""Prints what thousands of cells in one run leave behind; `python tests/torture/soak.py`.

A run of 10,000 small cells without MLflow, and one of many pairs with it. Every second the driver
and its workers are looked at: memory (their share of it, PSS), open files, threads, seconds of
processor. Memory may not grow by more than 10 % after the first tenth (with MLflow, which loads
late, after two fifths), nor open files or threads at all, nor may the last quarter's cells cost
more than 10 % more than those of the second: in seconds of processor, at the quickest fifth of
moments, because other work on the machine slows both. Workers keep rows that cells share, an
eighth of `limits.memory`, which is little here and soon full. Four minutes on two cores.
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
from statistics import median, quantiles

from processes import below

from benchmark.engine.backends.machine import description

FOLDS = 10
MOST_GROWTH = 1.10
EVEN, UNEVEN = 0.1, 0.4  # the share of cells until all is loaded, without MLflow and with it
WINDOW = 3  # seconds over which the cost of a cell is taken
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
class Look:
    """A moment of a run; memory in MiB."""

    seconds: float
    cells: int
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


def watched(suite: str, cells: int, workers: int) -> list[Look]:
    """Run a suite and look at it every second, until its last cell has ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite.yaml").write_text(suite, encoding="utf-8")
        words = ["run", "suite.yaml", "--workers", str(workers)]
        with (folder / "log").open("wb") as log:
            driver = subprocess.Popen(
                [sys.executable, "-m", "benchmark", *words], cwd=folder, stdout=log, stderr=log
            )
            looks, started = [], time.monotonic()
            while driver.poll() is None:
                look = look_at(driver.pid, folder / "results/soak/journal.sqlite", started)
                looks += [look] if 0 < look.cells < cells else []
                time.sleep(1.0)
        if driver.returncode:
            raise RuntimeError((folder / "log").read_text(encoding="utf-8"))
        return looks


def look_at(driver: int, journal: Path, started: float) -> Look:
    """What there is of a run now."""
    cells = outcomes(journal)
    found = below(driver)
    own = [process for process in found if process.pid == driver]
    return Look(
        time.monotonic() - started,
        cells,
        sum(process.memory for process in own),
        sum(process.memory for process in found if process.pid != driver),
        sum(process.files for process in found),
        sum(process.threads for process in found),
        sum(process.seconds for process in found),
    )


def outcomes(journal: Path) -> int:
    """How many cells a journal has an outcome of."""
    if not journal.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as reader:
            return int(reader.execute("SELECT count(*) FROM outcomes").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def part(looks: Sequence[Look], low: float, high: float) -> list[Look]:
    """The moments at which that share of the cells was done."""
    whole = max(look.cells for look in looks)
    return [look for look in looks if low * whole <= look.cells <= high * whole]


def middle(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """The median of something over moments."""
    return median(value(look) for look in looks)


def milliseconds(looks: Sequence[Look], value: Callable[[Look], float]) -> float:
    """What one cell took on the way through some moments, where little else ran on the machine."""
    ends = zip(looks, looks[WINDOW:], strict=False)
    costs = [(value(b) - value(a)) / (b.cells - a.cells) for a, b in ends if b.cells > a.cells]
    return quantiles(costs, n=5)[0] * 1000


def judged(mode: str, looks: Sequence[Look], start: float) -> list[tuple[str, bool]]:
    """A row of the table for each measure, and whether it is within its bound.

    `start` is the share of the cells after which all libraries are loaded. MLflow is sent a pair
    when its last fold has ended, which is no even load, so its time has no bound.
    """
    early, late = part(looks, start, start + 0.2), part(looks, 0.8, 1.0)
    second, fourth = part(looks, 0.25, 0.5), part(looks, 0.75, 1.0)
    found = []
    for what, value in (("driver MiB", lambda x: x.driver), ("workers MiB", lambda x: x.workers)):
        found.append((what, middle(early, value), middle(late, value), MOST_GROWTH, ".0f"))
    for what, value in (("open files", lambda x: x.files), ("threads", lambda x: x.threads)):
        found.append((what, middle(early, value), middle(late, value), 1.0, ".0f"))
    cost = [milliseconds(looks, lambda x: x.processor) for looks in (second, fourth)]
    most = MOST_GROWTH if start == EVEN else None
    found.append(("processor ms a cell", *cost, most, ".2f"))
    pace = [milliseconds(looks, lambda x: x.seconds) for looks in (second, fourth)]
    found.append(("ms a cell by the clock", *pace, None, ".2f"))
    rows = []
    for what, before, after, most, form in found:
        bound = "" if most is None else f"x{most:.2f}"
        row = f"| {mode} | {what} | {before:{form}} | {after:{form}} | {bound} |"
        rows.append((row, most is None or after <= before * most))
    return rows


def main() -> int:
    """Print the table; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000, help="without MLflow")
    parser.add_argument("--tracked", type=int, default=2000, help="with MLflow, in pairs of two")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    machine = f"{description()['processor']}, {asked.workers} workers"
    print(f"Python {platform.python_version()}, {machine}")
    print("\n| run | measure | early | late | at most |")
    print("|---|---|---:|---:|---:|")
    within = []
    modes = {
        f"{asked.cells:,} cells": (plain(asked.cells), asked.cells, EVEN),
        f"{asked.tracked:,} cells, MLflow": (tracked(asked.tracked), asked.tracked, UNEVEN),
    }
    for mode, (suite, cells, start) in modes.items():
        looks = watched(suite, cells, asked.workers)
        for row, good in judged(mode, looks, start):
            print(row if good else f"{row} BROKEN", flush=True)
            within.append(good)
        print(f"| {mode} | seconds until the last cell | | {looks[-1].seconds:.0f} | |")
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
