"""What pruning costs the winners, and what it saves, on twenty-four real datasets.

BENCHMARK_DATA=... python tests/studies/pruning.py  → results/published/pruning.md
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from losses import cells, loss_lines, paired

from benchmark.flow import Options, execute, load_suite
from benchmark.journal.rows import Row
from benchmark.suite import Suite
from benchmark.types import Outcome
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
RULES = {
    "tuned": "tuned threshold",
    "default": "default threshold",
    "inner": "inner folds, tuned",
}
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


def found_in(row: Row, outcome: Outcome) -> dict[str, float]:
    """The inner score of a cell, the seconds of its trials, and how many were given up."""
    return {
        "inner": row.inner["tuned"],
        "seconds": sum(trial.fit_seconds for trial in outcome.trials),
        "given_up": float(np.mean([trial.pruned_after > 0 for trial in outcome.trials])),
    }


def page(full: pd.DataFrame, pruned: pd.DataFrame) -> Iterator[str]:
    """The page, part by part."""
    both = paired(full, pruned, RULES)
    losses = [f"{rule}_loss" for rule in RULES]
    yield HEAD
    yield f"{len(both):,} cells. Bound on the loss: {BOUND}.\n\n"
    yield "| F2 | without | with | loss | standard error |\n|---|---|---|---|---|\n"
    yield from loss_lines(both, RULES)
    spent, left = both["seconds"].sum(), both["seconds_after"].sum()
    yield (
        f"\n{both['given_up_after'].mean():.0%} of the trials were given up; seconds in trials: "
        f"{spent:,.0f} without pruning, {left:,.0f} with it ({left / spent:.0%}).\n"
    )
    for name in ("dataset", "strategy", "model"):
        yield f"\n| {name} | loss, tuned | loss, default | loss, inner | seconds |\n"
        yield "|---|---|---|---|---|\n"
        table = both.groupby(name, sort=False)[[*losses, "seconds", "seconds_after"]].mean()
        for key, line in table.iterrows():
            share = line["seconds_after"] / line["seconds"]
            yield f"| {key} | " + " | ".join(f"{line[loss]:+.4f}" for loss in losses)
            yield f" | {share:.0%} |\n"


def main() -> None:
    """Run both, write the page, and say whether the loss is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="a folder to go on in")
    folder = parser.parse_args().results or Path(tempfile.mkdtemp())
    full, pruned = (
        cells(execute(suite(name, prune=prune), Options(results=folder)), found_in)
        for name, prune in (("in_full", False), ("pruned", True))
    )
    text = "".join(page(full, pruned))
    PUBLISHED.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
