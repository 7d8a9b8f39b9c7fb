"""Times a suite against the script that a user would write today, on this machine in one call.

BENCHMARK_DATA=... python tests/speed/against.py [--trials 20] [--folds 2]

The script is tests/speed/plain_script.py: an imbalanced-learn Pipeline, an Optuna study per outer
fold, `cross_val_score(n_jobs=-1)` and `mlflow.log_*`. Both search the same ranges.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pandas as pd

STRATEGIES = (
    "none",
    "class_weight",
    "random_oversampling",
    "random_undersampling",
    "smote",
    "edited_nearest_neighbours",
    "all_knn",
    "tomek_links",
    "smoteenn",
    "smotetomek",
)
MODELS = ("logistic_regression", "random_forest", "xgboost")
DATASETS = ("oil", "sick_euthyroid", "letter_img")
HERE = Path(__file__).parent


def suite(folder: Path, asked: argparse.Namespace, name: str, *, prune: bool) -> Path:
    """The suite file of one measurement; JSON is YAML."""
    settings = {
        "name": name,
        "datasets": asked.datasets,
        "strategies": asked.strategies,
        "models": asked.models,
        "metrics": ["f2", "roc_auc"],
        "cv": {"folds": asked.folds},
        "tuning": {"trials": asked.trials, "folds": 3, "prune": prune},
        "limits": {"seconds": 3600, "memory": "8GiB"},
    }
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def timed(*command: object) -> float:
    """Wall seconds of a whole process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def ours(folder: Path, asked: argparse.Namespace, *, prune: bool) -> dict[str, object]:
    """Run the suite; its seconds and scores."""
    name = "pruned" if prune else "in_full"
    path = suite(folder, asked, name, prune=prune)
    seconds = timed("-m", "benchmark", "run", path, "--results", folder)
    from benchmark.journal.store import Journal

    with Journal.existing(folder / name / "journal.sqlite") as journal:
        rows = journal.rows()
    assert all(row.status == "ok" for row in rows), [row.error for row in rows if row.error]
    lines = [
        {"dataset": row.cell.dataset}
        | {f: row.scores.values[r]["f2"] for f, r in (("f2", "tuned"), ("f2_default", "default"))}
        for row in rows
    ]
    return scores(lines) | {"seconds": seconds}


def scores(rows: list[dict[str, object]]) -> dict[str, object]:
    """Means over all rows, and over those of each dataset."""
    table = pd.DataFrame(rows)
    by_set = table.groupby("dataset", sort=False)["f2"].mean()
    return {
        "f2": table["f2"].mean(),
        "default": table["f2_default"].mean(),
        "by_set": ", ".join(f"{value:.3f}" for value in by_set),
    }


def plain(folder: Path, asked: argparse.Namespace) -> dict[str, object]:
    """Run the script; its seconds and scores."""
    options = ["--strategies", *asked.strategies, "--models", *asked.models]
    options += ["--folds", asked.folds, "--trials", asked.trials]
    seconds = timed(HERE / "plain_script.py", folder, *asked.datasets, *options)
    return scores(json.loads((folder / "plain.json").read_text(encoding="utf-8"))) | {
        "seconds": seconds
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", nargs="+", default=DATASETS)
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folds", type=int, default=2)
    asked = parser.parse_args()
    workers = len(os.sched_getaffinity(0))
    print(f"{', '.join(asked.datasets)}; {len(asked.strategies)} strategies; "
          f"{', '.join(asked.models)}; {asked.trials} trials, {asked.folds} outer and 3 inner "
          f"folds; {workers} cores\n")  # fmt: skip
    print("| | seconds | times faster | F2, tuned threshold | F2, default | by dataset |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = plain(folder, asked)
        found = {"the plain script": lambda: script}
        found["benchmark, in full"] = partial(ours, folder, asked, prune=False)
        found["benchmark, pruned"] = partial(ours, folder, asked, prune=True)
        for label, measured in found.items():
            line = measured()
            print(f"| {label} | {line['seconds']:,.0f} | {script['seconds'] / line['seconds']:.2f} "
                  f"| {line['f2']:.4f} | {line['default']:.4f} | {line['by_set']} |",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
