"""Prints what the framework costs beside the fits; `python tests/speed/overhead.py`.

Three figures, each from real runs in a temporary folder on this machine:

1. wall seconds x workers over the processor seconds inside preprocess, resample, fit, predict and
   score, start-up (imports, planning, starting workers) apart, with and without MLflow;
2. the cost of a trivial cell: `constant`, 100 rows, no tuning, two metrics;
3. calling a finished 240-cell suite again.

With BENCHMARK_DATA the first also takes the suite of against.py; its bound is meant for that one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from against import DATASETS, MODELS, STRATEGIES

from benchmark.engine.plan import Plan
from benchmark.flow import Options, execute, load_suite
from benchmark.journal.store import Journal
from benchmark.types import Outcome

QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.yaml"
LARGER = """\
name: larger
datasets:
  - {use: synthetic, as: five_thousand, params: {rows: 5000, minority: 0.05}}
  - {use: synthetic, as: two_thousand, params: {rows: 2000, minority: 0.1, seed: 2}}
strategies: [none, class_weight, smote, random_undersampling]
models: [logistic_regression, hist_gradient_boosting, xgboost]
tuning: {trials: 4, folds: 2}
"""
AGAINST = f"""\
name: against
datasets: [{", ".join(DATASETS)}]
strategies: [{", ".join(STRATEGIES)}]
models: [{", ".join(MODELS)}]
metrics: [f2, roc_auc]
cv: {{folds: 2}}
tuning: {{trials: 20, folds: 3}}
"""
TRIVIAL = """\
name: trivial
datasets: [{use: synthetic, params: {rows: 100, minority: 0.2}}]
strategies: [none]
models: [constant]
metrics: [f2, roc_auc]
thresholds: [default]
cv: {folds: 5, repeats: 200}
tuning: off
"""
TINY = TRIVIAL.replace("trivial", "tiny").replace("repeats: 200", "repeats: 1")
FINISHED = """\
name: finished
datasets: [breast_cancer, {use: wine, positive: 2}, {use: digits, positive: 8}, synthetic]
strategies: [none, class_weight, random_oversampling]
models: [logistic_regression, gaussian_naive_bayes, decision_tree, constant]
thresholds: [default]
tuning: off
"""


class Clock:
    """Knows when the first cell ended and adds up what the cells say of themselves."""

    def __init__(self) -> None:
        self.cpu_seconds = self.first = self.last = 0.0
        self.cells = 0
        self.head_cpu = 0.0

    def downloading(self, name: str, received: int, total: int | None) -> None:
        pass

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        """Workers are about to start."""
        self.workers = workers

    def ended(self, outcome: Outcome) -> None:
        """The clock starts once every worker has ended its first cell."""
        self.last = time.perf_counter()
        self.cells += 1
        if self.cells <= self.workers:
            self.first = self.last
            return
        self.cpu_seconds += outcome.cpu_seconds

    def note(self, text: str) -> None:
        """A note during a measurement would spoil it."""
        raise RuntimeError(text)


def measure(suite: Path, folder: Path, workers: int, tracking: bool) -> tuple[Clock, float]:
    """Run a suite; return its clock and the wall seconds from the first cells to the end."""
    clock = Clock()
    if tracking:  # a tiny suite pays for MLflow's import and for making its store
        execute(load_suite(_written(str(folder), TINY)), Options(workers=1, results=folder))
    loaded = load_suite(suite)
    loaded = loaded if tracking else loaded.model_copy(update={"tracking": None})
    execute(loaded, Options(workers=workers, results=folder), clock)
    return clock, time.perf_counter() - clock.first


def overhead(workers: int) -> None:
    """Figure 1."""
    print("\n1. wall x workers / processor seconds inside the stages (goal 1.05 with MLflow)")
    suites = {"quickstart": QUICKSTART.read_text(), "larger": LARGER}
    if "BENCHMARK_DATA" in os.environ:
        suites["against"] = AGAINST
    for name, text in suites.items():
        for tracking in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                suite = _written(folder, text, "measured.yaml")
                clock, wall = measure(suite, Path(folder), workers, tracking)
            ratio = wall * workers / clock.cpu_seconds
            label = "with MLflow" if tracking else "without MLflow"
            print(f"   {name:<11} {label:<15} {clock.cells:>4} cells  {wall:6.1f} s x {workers}"
                  f"  / {clock.cpu_seconds:6.1f} s = {ratio:.3f}", flush=True)  # fmt: skip


def trivial(workers: int) -> None:
    """Figure 2."""
    print("\n2. a trivial cell (goal 10 ms)")
    for tracking in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            clock, wall = measure(
                _written(folder, TRIVIAL, "measured.yaml"), Path(folder), workers, tracking
            )
        label = "with MLflow" if tracking else "without MLflow"
        each = wall / (clock.cells - workers) * 1000
        print(f"   {clock.cells} cells {label:<15} {each:6.2f} ms a cell", flush=True)


def finished() -> None:
    """Figure 3."""
    print("\n3. a finished 240-cell suite again (goal 1.5 s)")
    with tempfile.TemporaryDirectory() as folder:
        suite = _written(folder, FINISHED)
        command = [sys.executable, "-m", "benchmark", "run", str(suite), "--results", folder]
        subprocess.run(command, check=True, capture_output=True)
        cells = len(Journal.existing(Path(folder) / "finished" / "journal.sqlite").known())
        seconds = sorted(_timed(command) for _ in range(5))
        imports = sorted(
            _timed([sys.executable, "-c", "import sklearn.ensemble, imblearn, xgboost, pandas"])
            for _ in range(5)
        )
        print(f"   {cells} cells: whole process {seconds[2]:.2f} s (median of 5), of which "
              f"{imports[2]:.2f} s import scikit-learn, imbalanced-learn and XGBoost")  # fmt: skip


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _written(folder: str, text: str, name: str = "suite.yaml") -> Path:
    path = Path(folder) / name
    path.write_text(text, encoding="utf-8")
    return path


def main() -> None:
    """Print all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    workers = parser.parse_args().workers
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {workers} workers")
    finished()
    trivial(workers)
    overhead(workers)


if __name__ == "__main__":
    main()
