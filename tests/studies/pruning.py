"""What pruning costs the winners, and what it saves, on twenty-four real datasets.

BENCHMARK_DATA=... python tests/studies/pruning.py  → results/published/pruning.md
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.flow import Options, Summary, execute, load_suite
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.use import DatasetUse, Use

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published" / "pruning.md"
BOUND = 0.002
HEAD = """# What pruning costs and saves

    BENCHMARK_DATA=... python tests/studies/pruning.py

The twenty datasets of the survey and four larger ones, where a trial meets a part of a fold's rows
first; every pair searched twice with the same seeds, 20 trials on 3 inner folds: once with all
trials on all folds, once with `prune`, which gives up a trial that cannot win any more
(benchmark/engine/race.py). Loss: F2 on the outer test folds without pruning less F2 with it, so
above 0 is worse. Its standard error is over datasets. Seconds: wall seconds inside trials with
pruning, as a share of those without.

"""
LARGER = ("letter_img", "optical_digits", "pen_digits", "satimage")
STRATEGIES = ("none", "class_weight", "random_undersampling", "smote")
MODELS = (
    Use(use="logistic_regression"),
    Use(use="decision_tree"),
    Use(use="random_forest", params={"n_estimators": 20}),
    Use(use="xgboost", params={"n_estimators": 50}),
)


def suite(name: str, *, prune: bool) -> Suite:
    """The survey's datasets and some larger ones, searched."""
    survey = load_suite(ROOT / "experiments" / "survey.yaml")
    settings = survey.model_dump(exclude={"datasets"}) | {
        "name": name,
        "strategies": STRATEGIES,
        "models": MODELS,
        "metrics": ("f2",),
        "cv": {"folds": 2},
        "tuning": {"trials": 20, "folds": 3, "prune": prune},
        "limits": {"seconds": 600},
        "tracking": "off",
        "datasets": (*survey.datasets, *(DatasetUse(use=larger) for larger in LARGER)),
    }
    return Suite.model_validate(settings)


def cells(summary: Summary) -> pd.DataFrame:
    """A row for each cell: F2 under both rules, the inner score, and the folds that were fitted."""
    lines = []
    with Journal.existing(summary.journal) as journal:
        for row in summary.rows:
            outcome = journal.outcome(row.cell, row.fit_key, predictions=False)
            assert outcome is not None and outcome.status == "ok", row
            lines.append(
                {
                    "dataset": row.cell.dataset,
                    "strategy": row.cell.strategy,
                    "model": row.cell.model,
                    "fold": row.cell.fold,
                    "default": row.scores.values["default"]["f2"],
                    "tuned": row.scores.values["tuned"]["f2"],
                    "inner": row.inner["tuned"],
                    "seconds": sum(trial.fit_seconds for trial in outcome.trials),
                    "given_up": np.mean([trial.pruned_after > 0 for trial in outcome.trials]),
                }
            )
    return pd.DataFrame(lines)


def page(full: pd.DataFrame, pruned: pd.DataFrame) -> Iterator[str]:
    """The page, part by part."""
    where = ["dataset", "strategy", "model", "fold"]
    both = full.merge(pruned, on=where, suffixes=("", "_pruned"), validate="one_to_one")
    rules = ("tuned", "default", "inner")
    for rule in rules:
        both[f"{rule}_loss"] = both[rule] - both[f"{rule}_pruned"]
    losses = [f"{rule}_loss" for rule in rules]
    yield HEAD
    yield f"{len(both):,} cells. Bound on the loss: {BOUND}.\n\n"
    yield "| F2 | without | with | loss | standard error |\n|---|---|---|---|---|\n"
    for rule, words in zip(
        rules, ("tuned threshold", "default threshold", "inner folds, tuned"), strict=True
    ):
        by_set = both.groupby("dataset")[f"{rule}_loss"].mean()
        error = by_set.std(ddof=1) / np.sqrt(len(by_set))
        yield (
            f"| {words} | {both[rule].mean():.4f} | {both[f'{rule}_pruned'].mean():.4f} "
            f"| {by_set.mean():+.4f} | {error:.4f} |\n"
        )
    spent, left = both["seconds"].sum(), both["seconds_pruned"].sum()
    yield (
        f"\n{both['given_up_pruned'].mean():.0%} of the trials were given up; seconds in trials: "
        f"{spent:,.0f} without pruning, {left:,.0f} with it ({left / spent:.0%}).\n"
    )
    for name in ("dataset", "strategy", "model"):
        yield f"\n| {name} | loss, tuned | loss, default | loss, inner | seconds |\n"
        yield "|---|---|---|---|---|\n"
        table = both.groupby(name, sort=False)[[*losses, "seconds", "seconds_pruned"]].mean()
        for key, line in table.iterrows():
            share = line["seconds_pruned"] / line["seconds"]
            yield f"| {key} | " + " | ".join(f"{line[loss]:+.4f}" for loss in losses)
            yield f" | {share:.0%} |\n"


def main() -> None:
    """Run both, write the page, and say whether the loss is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="a folder to go on in")
    folder = parser.parse_args().results or Path(tempfile.mkdtemp())
    full, pruned = (
        cells(execute(suite(name, prune=prune), Options(results=folder)))
        for name, prune in (("in_full", False), ("pruned", True))
    )
    text = "".join(page(full, pruned))
    PUBLISHED.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
