"""Makes runs and baselines for the gate without a journal."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from benchmark.analysis.gate.accepted import Accepted
from benchmark.analysis.gate.baseline import Baseline, baseline
from benchmark.analysis.gate.changes import Rule
from benchmark.analysis.gate.judge import Terms, judge
from benchmark.analysis.gate.measured import Measured, Pair, Run
from benchmark.analysis.gate.verdict import Verdict
from benchmark.suite import Suite

DATASETS, STRATEGIES, MODELS = ("a", "b"), ("none", "smote"), ("forest", "boosting")
PAIRS = [(d, s, m) for d in DATASETS for s in STRATEGIES for m in MODELS]
FOLDS = [(repeat, fold) for repeat in range(2) for fold in range(5)]
MACHINE = {"processor": "Xeon", "kernel": "openblas SkylakeX", "libc": "glibc 2.36"}
TODAY = date(2026, 11, 20)


def suite(**settings: Any) -> Suite:
    """A suite of these names; nothing of it is in the catalogue."""
    plain = {
        "name": "nightly",
        "datasets": [*DATASETS],
        "strategies": [*STRATEGIES],
        "models": [*MODELS],
        "metrics": ["f2"],
        "cv": {"folds": 5, "repeats": 2},
    }
    return Suite.model_validate(plain | settings)


def run(luck: int, level: float = 0.7, sd: float = 0.02, key: str = "k", **settings: Any) -> Run:
    """Scores of one seed, each around its level."""
    random = np.random.default_rng(luck)
    pairs = {
        pair: {
            fold: Measured(float(random.normal(level, sd)), f"{key} {pair} {fold}", "", 2.0, 2**30)
            for fold in FOLDS
        }
        for pair in PAIRS
    }
    environment = MACHINE | {"python": "3.11.7", "sklearn": "1.9.0", "calibration_seconds": "0.05"}
    fingerprints = {name: name * 64 for name in DATASETS}
    return Run(suite(**settings), [], "20261120-020000-night", environment, fingerprints, pairs, {})


def base(**settings: Any) -> Baseline:
    """The baseline of two seeds."""
    return baseline(run(1, **settings), run(2, **settings), "2026-11-01")[0]


def moved(of: Run, change: float, *pairs: Pair, key: str = "k") -> Run:
    """The same run with other scores and perhaps other keys; of all pairs if none is named."""
    cells = {
        pair: {
            fold: replace(cell, value=cell.value + change, key=f"{key} {pair} {fold}")
            for fold, cell in folds.items()
            if cell.value is not None
        }
        if pair in (pairs or PAIRS)
        else folds
        for pair, folds in of.pairs.items()
    }
    return replace(of, pairs=cells)


def broken(of: Run, pair: Pair, trouble: str, folds: int = 1) -> Run:
    """The same run with cells of a pair that do not count."""
    cells = dict(of.pairs[pair])
    for fold in FOLDS[:folds]:
        cells[fold] = replace(cells[fold], value=None, trouble=trouble)
    return replace(of, pairs=dict(of.pairs) | {pair: cells})


def verdict(
    of: Run,
    against: Baseline | None = None,
    accepted: tuple[Accepted, ...] = (),
    bounds: Mapping[Any, float] | None = None,
    today: date = TODAY,
) -> Verdict:
    """What the gate says by its default rule."""
    return judge(of, against or base(), Terms(Rule(), accepted, today, bounds or {}))


def accepting(**given: Any) -> Accepted:
    """An entry that expires after TODAY."""
    return Accepted.model_validate({"reason": "known", "expires": "2026-12-31"} | given)
