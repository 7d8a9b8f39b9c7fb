"""Prints what tables and reports cost on generated journals; `python tests/speed/compare.py`.

Seconds and peak memory of whole commands, each in a process of its own that has made its imports.
Every cell of the journal has eight metrics, two inner scores and predictions for 200
rows, none of which was fitted.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from benchmark.catalogue.registry import MODELS
from benchmark.flow import journal_path, load_suite
from benchmark.journal.rows import Keyed
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome, Predictions, Scored, Scores, Trial

FOLDS = 5
ROWS = 200
METRICS = ("f2", "roc_auc", "recall", "average_precision", "precision", "mcc", "brier")
TIMED = """
import contextlib, io, resource, sys, time
import benchmark.catalogue.everything, benchmark.results
import benchmark.cli.answer_tables, benchmark.cli.compare_command, benchmark.cli.tables
from benchmark.cli.app import run_command_line

started = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    code = run_command_line(sys.argv[1:])
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, code)
"""
COMMANDS = (
    ["compare"],
    ["compare", "--by", "strategy"],
    ["compare", "--format", "csv"],
)
RUNS = 5  # the quickest counts


def suite_text(datasets: int, strategies: int, models: int) -> str:
    """A suite of so many aliases."""
    known = [name for name in MODELS.names() if name != "constant"]
    lines = ["name: generated", "datasets:"]
    lines += [
        f"  - {{use: synthetic, as: data_{i}, params: {{seed: {i}}}}}" for i in range(datasets)
    ]
    lines += ["strategies:", "  - none"]
    lines += [f"  - {{use: smote, as: smote_{i}}}" for i in range(1, strategies)]
    lines += ["models:", *(f"  - {{use: {known[i]}}}" for i in range(models))]
    return "\n".join([*lines, f"metrics: [{', '.join(METRICS)}]", ""])


def generate(suite: Suite, path: Path) -> int:
    """Fill a journal with random outcomes; return their number."""
    random = np.random.default_rng(1)
    names = product(suite.datasets, suite.strategies, suite.models, range(FOLDS))
    cells = [Cell(d.name, s.name, m.name, 0, fold) for d, s, m, fold in names]
    keyed = [Keyed(cell, f"fit {i}", "score") for i, cell in enumerate(cells)]
    facts = {
        "suite": suite.model_dump(mode="json", by_alias=True),
        "datasets": {
            d.name: {"fingerprint": "0" * 64, "rows": 1000, "columns": 5, "family": "",
                     "source": "generated", "positives": 100, "classes": {"0": 900, "1": 100}}
            for d in suite.datasets
        },
    }  # fmt: skip
    journal = Journal(path)
    journal.write_plan(keyed, [], facts)
    journal.begin("now", {"python": "3"})
    for key in keyed:
        journal.add(key, outcome(key.cell, random), (600.0, 2**32), "now", 0.0)
    journal.close()
    return len(cells)


def outcome(cell: Cell, random: np.random.Generator) -> Outcome:
    """A cell that nobody computed."""
    values = random.random((3, len(METRICS)))
    named = [dict(zip(METRICS, row.tolist(), strict=True)) for row in values]
    counts = ((70.0, 10.0), (5.0, 15.0))
    y = (random.random(ROWS) < 0.1).astype(np.int64)
    said = Scored("probability", random.random(ROWS), random.random(ROWS))
    rows = np.arange(ROWS)
    return Outcome(
        cell,
        "ok",
        Scores(
            {"default": named[0], "tuned": named[1], "": named[2]},
            confusion={"default": counts, "tuned": counts},
            positives=20,
        ),
        params={"default": {"model.depth": 3}, "tuned": {"model.depth": 3}},
        trials=tuple(
            Trial(i, {"model.depth": i}, *random.random(2).tolist(), 0.1) for i in range(5)
        ),
        predictions=Predictions(rows, y, rows, y, said, said),
        seconds={"fit": float(random.exponential())},
    )


def timed(arguments: Sequence[str], folder: Path) -> tuple[float, float]:
    """Wall seconds of a command after the imports, the least of some runs, and its peak GiB."""
    seconds, memory = [], 0.0
    for _ in range(RUNS):
        command = [sys.executable, "-c", TIMED, *arguments]
        said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        wall, kibibytes, code = said.stdout.split()
        if code != "0":
            raise RuntimeError(said.stderr)
        seconds.append(float(wall))
        memory = max(memory, int(kibibytes) / 2**20)
    return min(seconds), memory


def main() -> None:
    """Print a line for each command and size."""
    print("| cells | command | seconds after imports | peak GiB |\n|---|---|---|---|")
    for sizes, commands in (((10, 20, 3), (*COMMANDS, ["report"])), ((25, 40, 10), COMMANDS)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "suite.yaml").write_text(suite_text(*sizes), encoding="utf-8")
            suite = load_suite(folder / "suite.yaml")
            cells = generate(suite, journal_path(suite, folder / "results"))
            for arguments in commands:
                seconds, memory = timed([*arguments, "suite.yaml"], folder)
                line = f"{' '.join(arguments)} | {seconds:.2f} | {memory:.2f}"
                print(f"| {cells:,} | {line} |", flush=True)


if __name__ == "__main__":
    main()
