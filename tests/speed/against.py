"""Times a suite against the script that a user would write today, on this machine in one call.

BENCHMARK_DATA=... python tests/speed/against.py [--trials 20] [--folds 2]

The script is tests/speed/plain_script.py: an imbalanced-learn Pipeline, an Optuna study per outer
fold, `cross_val_score(n_jobs=-1)` and `mlflow.log_*`. Both search the same ranges. A dataset at a
time: the script, the suite with every trial on every inner fold, the suite with pruning.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmark.engine.backends import machine
from benchmark.journal.store import Journal

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
DATASETS = ("oil", "wine_quality", "mammography")
HERE = Path(__file__).parent


def suite(folder: Path, asked: argparse.Namespace, dataset: str, *, prune: bool) -> Path:
    """The suite file of one measurement; JSON is YAML."""
    settings = {
        "name": f"{dataset}_{'pruned' if prune else 'in_full'}",
        "datasets": [dataset],
        "strategies": asked.strategies,
        "models": asked.models,
        "metrics": ["f2", "roc_auc"],
        "cv": {"folds": asked.folds},
        "tuning": {"trials": asked.trials, "folds": 3, "prune": prune},
        "limits": {"seconds": 3600, "memory": "8GiB"},
    }
    path = folder / f"{settings['name']}.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def timed(*command: object) -> float:
    """Wall seconds of a whole process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def ours(folder: Path, asked: argparse.Namespace, dataset: str, *, prune: bool) -> pd.Series:
    """Run the suite; its seconds and mean scores."""
    path = suite(folder, asked, dataset, prune=prune)
    seconds = timed("-m", "benchmark", "run", path, "--results", folder)
    with Journal.existing(folder / path.stem / "journal.sqlite") as journal:
        rows = journal.rows()
    assert all(row.status == "ok" for row in rows), [row.error for row in rows if row.error]
    lines = [
        {"f2": row.scores.values["tuned"]["f2"], "f2_default": row.scores.values["default"]["f2"]}
        for row in rows
    ]
    return pd.concat([pd.Series({"seconds": seconds}), pd.DataFrame(lines).mean()])


def plain(folder: Path, asked: argparse.Namespace, dataset: str) -> pd.Series:
    """Run the script; its seconds and mean scores."""
    options = ["--strategies", *asked.strategies, "--models", *asked.models]
    options += ["--folds", asked.folds, "--trials", asked.trials]
    seconds = timed(HERE / "plain_script.py", folder, dataset, *options)
    lines = pd.DataFrame(json.loads((folder / "plain.json").read_text(encoding="utf-8")))
    return pd.concat([pd.Series({"seconds": seconds}), lines[["f2", "f2_default"]].mean()])


def show(name: str, ways: dict[str, pd.Series]) -> None:
    """A line for each way."""
    script = next(iter(ways.values()))
    for way, found in ways.items():
        print(f"| {name} | {way} | {found['seconds']:,.0f} "
              f"| {script['seconds'] / found['seconds']:.2f} "
              f"| {found['f2']:.4f} | {found['f2_default']:.4f} |", flush=True)  # fmt: skip


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", nargs="+", default=DATASETS)
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--folds", type=int, default=2)
    asked = parser.parse_args()
    processor = machine.description()["processor"]
    print(f"{len(asked.strategies)} strategies; {', '.join(asked.models)}; {asked.trials} trials, "
          f"{asked.folds} outer and 3 inner folds; {processor}\n")  # fmt: skip
    print("| dataset | | seconds | times faster | F2, tuned threshold | F2, default |")
    print("|---|---|---:|---:|---:|---:|", flush=True)
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for dataset in asked.datasets:
            ways = {"the plain script": plain(folder, asked, dataset)}
            ways["in full"] = ours(folder, asked, dataset, prune=False)
            ways["pruned"] = ours(folder, asked, dataset, prune=True)
            show(dataset, ways)
            found.append(ways)
    all_ways = {way: pd.concat([ways[way] for ways in found], axis=1) for way in found[0]}
    whole = {way: table.mean(axis=1) for way, table in all_ways.items()}
    for way, table in all_ways.items():
        whole[way]["seconds"] = table.loc["seconds"].sum()
    show("all", whole)


if __name__ == "__main__":
    main()
