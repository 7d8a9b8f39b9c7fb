"""How often the gate alarms when only real seeds change: `python tests/studies/gate_seeds.py`.

Computes a suite of 60 pairs with many seeds on the same data and folds. Any three of them are a
night: two make the baseline, the third is the run, and nothing has changed but luck.
→ results/published/gate-seeds.md
"""

import sys
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmark.analysis.gate.changes import Folds, Rule, Subject, changes
from benchmark.analysis.gate.judge import is_drop
from benchmark.analysis.gate.measured import measured
from benchmark.flow import Options, execute, journal_path
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Floats

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "gate-seeds.md"
SUITE = Suite.model_validate({
    "name": "seeds",
    "datasets": [
        {"use": "breast_cancer", "thin": {"positive": 0.1}},
        {"use": "wine", "positive": 2, "as": "wine_2"},
        {"use": "synthetic", "as": "synthetic_5", "params": {"rows": 600, "minority": 0.05}},
        {"use": "synthetic", "as": "mixed_8",
         "params": {"rows": 500, "minority": 0.08, "categorical": 6, "missing": 0.05}},
    ],
    "strategies": ["none", "class_weight", "random_oversampling", "smote", "random_undersampling"],
    "models": [
        "logistic_regression",
        {"use": "random_forest", "params": {"n_estimators": 10}},
        {"use": "xgboost", "params": {"n_estimators": 20}},
    ],
    "metrics": ["f2"],
    "cv": {"folds": 5, "repeats": 2},
    "tuning": {"trials": 2, "folds": 2},
    "tracking": "off",
})  # fmt: skip
NIGHTS = 1_000
NUMBERS = tuple((repeat, fold) for repeat in range(2) for fold in range(5))
HEAD = f"""# How often the gate alarms when only real seeds change

Made by `python tests/studies/gate_seeds.py {{seeds}}`.

{{pairs}} pairs of 5 folds x 2 repeats with {{seeds}} seeds on the same data and folds: 5
strategies, 3 models, 4 datasets. A night is three of the seeds, of which two are the baseline: all
of these nights, or {NIGHTS:,} of them. They share seeds, so the share of alarms is rough where the
seeds are few.

| | |
|---|---:|
"""


@dataclass(frozen=True, eq=False)
class Scores:
    """F2 of every pair on every fold with every seed; shape (seeds, pairs, folds)."""

    subjects: list[Subject]
    values: Floats


def computed(seeds: int, results: Path) -> Scores:
    """Compute what is missing."""
    found = []
    for number in range(seeds):
        update = {"name": f"seed_{number}", "fit_seed": number}
        suite = SUITE.model_copy(update=update)
        execute(suite, Options(results=results))
        with Journal(journal_path(suite, results)) as journal:
            found.append(measured(journal, suite, [], earlier=True).pairs)
        print(f"seed {number + 1} of {seeds}", file=sys.stderr, flush=True)
    whole = [
        pair for pair in found[0] if all(not c.trouble for f in found for c in f[pair].values())
    ]
    values = [[[cell.value for cell in f[pair].values()] for pair in whole] for f in found]
    return Scores([Subject("pair", *pair) for pair in whole], np.array(values, dtype=float))


def alarms(scores: Scores, random: np.random.Generator) -> Floats:
    """Whether the gate alarms on each of many nights of three seeds."""
    rule, found = Rule(), []
    seeds = range(len(scores.values))
    every = [(a, b, c) for a, b in combinations(seeds, 2) for c in seeds if c not in (a, b)]
    for night in random.permutation(every)[:NIGHTS]:
        first, again, now = scores.values[night]
        tested = [
            Folds(subject, NUMBERS, now[i], first[i], again[i])
            for i, subject in enumerate(scores.subjects)
            if (now[i] != first[i]).any()
        ]
        found.append(any(is_drop(change, rule) for change in changes(tested, rule)))
    return np.array(found, dtype=float)


def quartiles(scores: Scores) -> list[float]:
    """Of the deviation over pairs of the difference between two seeds on a fold."""
    pairs = list(combinations(range(len(scores.values)), 2))
    differences = np.array([scores.values[a] - scores.values[b] for a, b in pairs])
    deviations = np.sqrt((differences**2).mean(axis=(0, 2)))
    return [float(q) for q in np.quantile(deviations[deviations > 0], [0.25, 0.5, 0.75])]


def correlation(scores: Scores) -> float:
    """The mean correlation of luck between pairs of one dataset."""
    luck = scores.values - scores.values.mean(axis=0)
    found = []
    for a, b in combinations(range(len(scores.subjects)), 2):
        if scores.subjects[a].dataset == scores.subjects[b].dataset:
            x, y = luck[:, a].ravel(), luck[:, b].ravel()
            if x.std() and y.std():
                found.append(float(np.corrcoef(x, y)[0, 1]))
    return float(np.mean(found))


def text(seeds: int, scores: Scores) -> str:
    """The outcome as Markdown."""
    share = alarms(scores, np.random.default_rng(1)).mean()
    low, middle, high = quartiles(scores)
    still = int(
        sum(np.ptp(scores.values[:, i], axis=0).max() == 0 for i in range(len(scores.subjects)))
    )
    facts = {
        "nights with an alarm": f"{share:.1%}",
        "pairs without any luck": f"{still}",
        "difference between two seeds on a fold: deviation, quartiles over the other pairs":
            f"{low:.3f} / {middle:.3f} / {high:.3f}",
        "mean correlation of luck between pairs of a dataset": f"{correlation(scores):.2f}",
    }  # fmt: skip
    lines = [f"| {name} | {value} |" for name, value in facts.items()]
    return HEAD.format(pairs=len(scores.subjects), seeds=seeds) + "\n".join([*lines, ""])


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    said = text(seeds, computed(seeds, Path("results") / "gate_seeds"))
    PUBLISHED.write_text(said, encoding="utf-8")
    print(said)
