"""Prints what a million rows cost in time and memory; `python tests/speed/million.py`.

A Parquet file of 1,000,000 x 30 numbers with 0.2 % positives, generated with a seed; logistic
regression and XGBoost with none, class_weight, random_undersampling and smote, tuned, with two
workers and the limits that a suite has by default. The memory of the whole process tree (driver,
fork server and workers) is its proportional set size, where pages that processes share count
once, sampled while the suite runs. Exits with 1 where a cell is not ok or the tree needs more than
12 GiB.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification

from benchmark.engine.backends import machine
from benchmark.journal.store import Journal
from benchmark.types import Outcome

GIB = 2**30
BOUND = 12 * GIB
COLUMNS = 30
MINORITY = 0.002
EVERY_SECONDS = 0.2
SUITE = """\
name: million
datasets: [{use: million.parquet}]
strategies: [none, class_weight, random_undersampling, smote]
models: [logistic_regression, xgboost]
cv: {folds: 3}
tuning: {trials: 3, folds: 2}
thresholds: [default, tuned]
tracking: off
backend: {workers: 2}
"""


def generate(path: Path, rows: int) -> None:
    """Write the table."""
    X, y = make_classification(
        rows,
        COLUMNS,
        n_informative=COLUMNS // 2,
        n_redundant=COLUMNS // 5,
        weights=[1 - MINORITY],
        flip_y=0,
        random_state=1,
    )
    names = [f"x{i}" for i in range(COLUMNS)]
    pd.DataFrame(X, columns=names).assign(target=y).to_parquet(path, index=False)


def run(folder: Path) -> tuple[float, int]:
    """Run the suite as a user does; return wall seconds and the peak memory of the tree."""
    command = [sys.executable, "-m", "benchmark", "run", "suite.yaml"]
    started, peak = time.perf_counter(), 0
    with subprocess.Popen(command, cwd=folder) as driver:
        while driver.poll() is None:
            peak = max(peak, sum(map(proportional_bytes, tree(driver.pid))))
            time.sleep(EVERY_SECONDS)
    return time.perf_counter() - started, peak


def tree(root: int) -> Iterator[int]:
    """A process and all that it started, directly or not."""
    children = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            parent = status.read_text().rpartition(")")[2].split()[1]
            children[int(parent)].append(int(status.parent.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children[process]


def proportional_bytes(process: int) -> int:
    """Memory of a process; what it shares with n others counts as an n-th."""
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0


def outcomes(folder: Path) -> list[Outcome]:
    """Every cell's, without predictions."""
    with Journal.existing(folder / "results" / "million" / "journal.sqlite") as journal:
        found = (journal.outcome(r.cell, r.fit_key, predictions=False) for r in journal.rows())
        return [outcome for outcome in found if outcome is not None]


def show(found: list[Outcome]) -> None:
    """A line for each pair: means over its cells, and the most memory that a cell's worker held.

    Seconds are those of all stages; what other cells made counts as if it were made again, but
    not in the processor seconds.
    """
    print("| strategy | model | cells ok | seconds | processor seconds | peak GiB | F2 tuned |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for strategy, model in dict.fromkeys((o.cell.strategy, o.cell.model) for o in found):
        cells = [o for o in found if (o.cell.strategy, o.cell.model) == (strategy, model)]
        ok = [o for o in cells if o.status == "ok"]
        wall = np.mean([sum(o.seconds.values()) for o in cells])
        processor = np.mean([o.cpu_seconds for o in cells])
        memory = max(o.memory_bytes for o in cells) / GIB
        f2 = np.mean([o.scores.values["tuned"]["f2"] for o in ok]) if ok else np.nan
        print(
            f"| {strategy} | {model} | {len(ok)} of {len(cells)} | {wall:.0f} | {processor:.0f} "
            f"| {memory:.2f} | {f2:.3f} |"
        )


def main() -> None:
    """Print the table; exit with 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "million.parquet", rows)
        (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
        seconds, peak = run(folder)
        found = outcomes(folder)
        size = (folder / "results" / "million" / "journal.sqlite").stat().st_size
    described = machine.description()
    where = f"{described['processor']}, {described['platform']}"
    print(f"\n{rows:,} rows x {COLUMNS} columns, {where}\n")
    show(found)
    print(
        f"\n{seconds:.0f} s; the process tree needed {peak / GIB:.2f} GiB of {BOUND / GIB:.0f}; "
        f"the journal has {size / 2**20:.1f} MiB"
    )
    failed = [o for o in found if o.status != "ok"]
    for outcome in failed:
        print(f"{outcome.cell}: {outcome.status}: {outcome.error}")
    if failed or peak > BOUND:
        sys.exit(1)


if __name__ == "__main__":
    main()
