"""What it costs the winners that a trial grows 40 of a forest's 100 trees, and what it saves.

BENCHMARK_DATA=... python tests/studies/forests.py  → results/published/forests.md
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from losses import cells, loss_lines, paired

from benchmark.flow import Options, execute, load_suite

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published" / "forests.md"
HEAD = """# What it costs that a trial grows a part of a forest

    BENCHMARK_DATA=... python tests/studies/forests.py

A trial of `random_forest` or `extra_trees` grows 40 trees; what it chose is then fitted with all
100, on the inner folds too (benchmark/engine/trees.py). Beside it, in the same suite and with the
same seeds and trials, a plugin whose trials grow all. Fifteen datasets of the survey with up to
3,000 rows, 20 trials on 3 inner folds, no pruning, 2 outer folds. Loss: F2 on the outer test folds
of the whole forests less that of the others, so above 0 is worse; its standard error is over
datasets. Seconds: processor time of the whole cell.

"""
PLUGIN = """
from benchmark.catalogue.models.forest import extra_trees, random_forest
from benchmark.catalogue.registry import model

@model("whole_random_forest")
def whole_random_forest(space, task):
    \"\"\"Its trials grow all trees.\"\"\"
    return random_forest(space, task)

@model("whole_extra_trees")
def whole_extra_trees(space, task):
    \"\"\"Its trials grow all trees.\"\"\"
    return extra_trees(space, task)
"""
WHOLE = "whole_"
RULES = {"tuned": "tuned threshold", "default": "default threshold"}
LARGE = ("mammography", "sick_euthyroid", "wilt", "wine_quality", "abalone_19")
SETTINGS = {
    "name": "forests",
    "plugins": ["whole_forests"],
    "strategies": ["none", "class_weight", "smote"],
    "models": ["random_forest", "whole_random_forest", "extra_trees", "whole_extra_trees"],
    "metrics": ["f2"],
    "cv": {"folds": 2},
    "tuning": {"trials": 20, "folds": 3, "prune": False},
    "tracking": "off",
}


def suite_file(folder: Path) -> Path:
    """The suite and its plugin; JSON is YAML."""
    survey = load_suite(ROOT / "experiments" / "survey.yaml")
    datasets = [
        use.model_dump(exclude_defaults=True) for use in survey.datasets if use.name not in LARGE
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "whole_forests.py").write_text(PLUGIN, encoding="utf-8")
    path = folder / "forests.yaml"
    path.write_text(json.dumps(SETTINGS | {"datasets": datasets}), encoding="utf-8")
    return path


def page(found: pd.DataFrame) -> Iterator[str]:
    """The page, part by part."""
    is_whole = found["model"].str.startswith(WHOLE)
    found = found.assign(model=found["model"].str.removeprefix(WHOLE))
    both = paired(found[is_whole], found[~is_whole], RULES)
    yield HEAD
    yield f"{len(both):,} cells each way.\n\n"
    yield "| F2 | all trees | 40 | loss | standard error |\n|---|---:|---:|---:|---:|\n"
    yield from loss_lines(both, RULES)
    yield "\n| | loss, tuned | loss, default | seconds, all trees | 40 | |\n"
    yield "|---|---:|---:|---:|---:|---:|\n"
    for name in ("model", "strategy", "dataset"):
        table = both.groupby(name, sort=False)
        losses, seconds = table[["tuned_loss", "default_loss"]].mean(), table["seconds"].sum()
        for key, left in table["seconds_after"].sum().items():
            loss = " | ".join(f"{value:+.4f}" for value in losses.loc[key])
            share = left / seconds[key]
            yield f"| {key} | {loss} | {seconds[key]:,.0f} | {left:,.0f} | {share:.0%} |\n"


def main() -> None:
    """Run the suite and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, help="a folder to go on in")
    folder = parser.parse_args().results or Path(tempfile.mkdtemp())
    summary = execute(load_suite(suite_file(folder)), Options(results=folder))
    text = "".join(page(cells(summary, lambda _, outcome: {"seconds": outcome.cpu_seconds})))
    PUBLISHED.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
