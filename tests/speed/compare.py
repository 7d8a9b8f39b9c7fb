"""Prints what tables and reports cost on generated journals; `python tests/speed/compare.py`.

Seconds and peak memory of whole commands, each in a process of its own, beside what its imports
alone take. Every cell of the journal has eight metrics, two inner scores and predictions for 200
rows, none of which was fitted.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from benchmark.catalogue.registry import MODELS
from benchmark.flow import journal_path, load_suite
from benchmark.journal.store import Journal, Keyed
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome, Predictions, Scored, Scores, Trial

FOLDS = 5
ROWS = 200
METRICS = ("f2", "roc_auc", "recall", "average_precision", "precision", "mcc", "brier")
IMPORTS = "import benchmark.results, benchmark.cli.tables, benchmark.cli.answer_tables"
COMMANDS = (
    ["compare"],
    ["compare", "--by", "strategy"],
    ["compare", "--format", "csv"],
)
RUNS = 3  # the quickest counts


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


def timed(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Wall seconds of a command, the least of some runs, and its peak memory in GiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-c", code, *command], cwd=folder, check=True, capture_output=True
        )
        seconds.append(time.perf_counter() - started)
    return min(seconds), int(said.stdout) / 2**20


def main() -> None:
    """Print a line for each command and size."""
    print("| cells | command | seconds | of them imports | peak GiB |\n|---|---|---|---|---|")
    for sizes, commands in (((10, 20, 3), (*COMMANDS, ["report"])), ((25, 40, 10), COMMANDS)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "suite.yaml").write_text(suite_text(*sizes), encoding="utf-8")
            suite = load_suite(folder / "suite.yaml")
            cells = generate(suite, journal_path(suite, folder / "results"))
            imports, _ = timed([sys.executable, "-c", IMPORTS], folder)
            for arguments in commands:
                command = [sys.executable, "-m", "benchmark", *arguments, "suite.yaml"]
                seconds, memory = timed(command, folder)
                line = f"{' '.join(arguments)} | {seconds:.2f} | {imports:.2f} | {memory:.2f}"
                print(f"| {cells:,} | {line} |", flush=True)


if __name__ == "__main__":
    main()
