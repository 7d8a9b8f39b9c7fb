"""Prints what more cells cost; `python tests/speed/growth.py`, an hour with the default sizes.

Two shapes of suite. "long" is the model `constant` on up to five datasets of 100 rows, with up to
1,000 repeats of 10 folds.
"wide" is what many cells mostly are: up to 100 datasets of 100 rows x 5 strategies x 10 models x
10 folds, all of them quick. Nothing is tuned, and there are two metrics.

For each size: `plan`, `run`, the same `run` again, `compare`, `sync` to SQLite, the same `sync`
again, each a process of its own. Seconds are of the whole process, memory is the driver's peak, and
"more" is what each further cell took in milliseconds: it does not grow where time is linear.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.engine.backends.machine import description

SIZES = (100, 1_000, 10_000, 50_000)
SHAPES = ("long", "wide")
FOLDS = 10
COMMANDS = {
    "plan": ["plan"],
    "run": ["run"],
    "run again": ["run"],
    "compare": ["compare"],
    "sync": ["sync"],
    "sync again": ["sync"],
}
MOST_BYTES = 2**30
RESUMED, MOST_SECONDS = 50_000, 10.0
SUITE = """\
name: growth
metrics: [f2, roc_auc]
thresholds: [default]
tuning: off
tracking: off
"""
SYNTHETIC = "{{use: synthetic, as: data_{0}, params: {{rows: 100, minority: 0.2, seed: {0}}}}}"
STRATEGIES = """\
  - none
  - class_weight
  - {use: random_undersampling, as: under}
  - {use: random_undersampling, as: half_under, params: {balance: 0.5}}
  - {use: random_oversampling, as: over}
"""
MEASURED = """
import resource, sys
from benchmark.cli.app import run_command_line

if __name__ == "__main__":
    code = run_command_line(sys.argv[1:])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, file=sys.stderr)
    sys.exit(code)
"""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    shape: str
    cells: int
    command: str
    seconds: float
    memory_bytes: int


def long_suite(cells: int) -> str:
    """A suite of one strategy and model; a dataset has 1,000 repeats at most."""
    repeats = min(1_000, cells // FOLDS)
    datasets = [SYNTHETIC.format(seed) for seed in range(cells // FOLDS // repeats)]
    pairs = f"datasets: [{', '.join(datasets)}]\nstrategies: [none]\nmodels: [constant]\n"
    return f"{SUITE}{pairs}cv: {{folds: {FOLDS}, repeats: {repeats}}}\n"


def wide_suite(cells: int) -> str:
    """A suite of 5 strategies, up to 10 models, and as many datasets as that takes."""
    models = min(10, cells // FOLDS // 5)
    names = [f"constant, as: {p}, params: {{predict: {p}}}" for p in ("positive", "negative")]
    names += [
        f"decision_tree, as: leaf_{n}, params: {{min_samples_leaf: {n}}}" for n in range(1, 9)
    ]
    datasets = range(cells // FOLDS // 5 // models)
    lines = ["datasets:", *(f"  - {SYNTHETIC.format(seed)}" for seed in datasets)]
    lines += ["strategies:", STRATEGIES + "models:", *(f"  - {{use: {n}}}" for n in names[:models])]
    return SUITE + "\n".join([*lines, f"cv: {{folds: {FOLDS}}}", ""])


def measured(arguments: Sequence[str], folder: Path) -> tuple[float, int]:
    """Wall seconds of a command and the peak memory of its own process."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *arguments], cwd=folder, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return seconds, int(done.stderr.split()[-1])


def costs(shape: str, cells: int, asked: argparse.Namespace) -> Iterator[Cost]:
    """What each command takes, one after the other in a new folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = long_suite(cells) if shape == "long" else wide_suite(cells)
        (folder / "suite.yaml").write_text(text, encoding="utf-8")
        for command in asked.commands:
            words = COMMANDS[command]
            more = ["--workers", str(asked.workers)] if words == ["run"] else []
            yield Cost(shape, cells, command, *measured([*words, "suite.yaml", *more], folder))


def line(cost: Cost, before: Cost | None) -> str:
    """A row of the table."""
    more = ""
    if before is not None:
        added = cost.cells - before.cells
        more = f"{(cost.seconds - before.seconds) / added * 1000:.2f}"
    each = cost.seconds / cost.cells * 1000
    mebibytes = cost.memory_bytes / 2**20
    return (
        f"| {cost.shape} | {cost.command} | {cost.cells:,} | {cost.seconds:.1f} | {each:.2f} "
        f"| {more} | {mebibytes:,.0f} |"
    )


def beyond(cost: Cost) -> bool:
    """Whether a bound is broken."""
    slow = cost.command == "run again" and cost.cells == RESUMED and cost.seconds > MOST_SECONDS
    return slow or cost.memory_bytes > MOST_BYTES


def main() -> int:
    """Print the table; return 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=SHAPES)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    asked = parser.parse_args()
    machine = f"{description()['processor']}, {asked.workers} workers"
    print(f"Python {platform.python_version()}, {machine}")
    print("\n| shape | command | cells | seconds | ms a cell | more | driver MiB |")
    print("|---|---|---:|---:|---:|---:|---:|")
    broken = []
    for shape in asked.shapes:
        before: dict[str, Cost] = {}
        for cells in asked.sizes:
            for cost in costs(shape, cells, asked):
                print(line(cost, before.get(cost.command)), flush=True)
                before[cost.command] = cost
                broken += [cost] if beyond(cost) else []
    for cost in broken:
        print(f"beyond a bound: {cost}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
