"""What the tuning found: chosen parameters, the best so far, and which parameters mattered."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from benchmark.analysis.report.curves import thousandths
from benchmark.catalogue.registry import Metric
from benchmark.types import Floats, Outcome, Trial

GROUPS = 4
FEWEST_TRIALS = 12


def chosen(outcomes: Sequence[Outcome], rule: str) -> dict[str, list[str]]:
    """Parameter → its value in each fold that is ok; a single value where they all agree."""
    params = [o.params[rule] for o in outcomes if rule in o.params]
    names = dict.fromkeys(name for found in params for name in found)
    values = {name: [_text(found.get(name, "")) for found in params] for name in names}
    return {name: v if len(set(v)) > 1 else v[:1] for name, v in values.items()}


def quality_of(trial: Trial, rule: str) -> float:
    """A trial's inner score, turned so that greater is better; NaN where it failed."""
    value = trial.tuned if rule == "tuned" and trial.tuned is not None else trial.default
    return np.nan if value is None else value


def best_so_far(outcomes: Iterable[Outcome], rule: str) -> Floats | None:
    """The best inner score after each trial, shape (folds, trials); None with one trial or less.

    A search that ended early keeps its last value; NaN before the first trial that did not fail.
    A pruned trial counts for nothing.
    """
    found = [
        [np.nan if t.pruned_after else quality_of(t, rule) for t in o.trials]
        for o in outcomes
        if o.trials
    ]
    longest = max(map(len, found), default=0)
    if longest < 2:
        return None
    padded = np.array([values + [np.nan] * (longest - len(values)) for values in found])
    return np.fmax.accumulate(padded, axis=1)


def history(outcomes: Iterable[Outcome], rule: str, metric: Metric) -> list[Any] | None:
    """Mean, lowest and highest of the best so far over the folds, in thousandths.

    In the metric's own direction; as the distance from its target where it has one.
    """
    best = best_so_far(outcomes, rule)
    if best is None or np.isnan(best[:, -1]).all():
        return None
    started = best[~np.isnan(best[:, 0])]
    if not len(started):
        return None
    turned = started if metric.greater_is_better and metric.target is None else -started
    return [thousandths(f(turned, axis=0)) for f in (np.mean, np.min, np.max)]


def gain_over_defaults(outcomes: Iterable[Outcome], rule: str) -> float:
    """Mean over the folds of the best inner score less that of the first trial, the defaults."""
    best = best_so_far(outcomes, rule)
    if best is None:
        return np.nan
    gains = best[:, -1] - best[:, 0]
    return float(np.mean(gains[~np.isnan(gains)])) if not np.isnan(gains).all() else np.nan


def importances(cells: Iterable[Sequence[Trial]], rule: str) -> dict[str, float]:
    """Parameter → share of the variance of ranks that lies between groups of its values.

    The scores are ranked within each cell, so that folds and datasets do not count. The groups
    are quarters of a number's values, or the values of a choice. The share is the statistic of
    Kruskal and Wallis over the trials less one, adjusted for chance as in epsilon squared
    (Kelley, 1935): 0 is no effect, 1 decides the score. Parameters are looked at one by one.
    """
    ranks: dict[str, list[float]] = {}
    values: dict[str, list[Any]] = {}
    for trials in cells:
        scores = np.array([quality_of(t, rule) for t in trials])
        kept = np.flatnonzero(~np.isnan(scores))
        standing = rankdata(scores[kept]) / max(len(kept), 1)
        for index, rank in zip(kept.tolist(), standing, strict=True):
            for name, value in trials[index].params.items():
                ranks.setdefault(name, []).append(float(rank))
                values.setdefault(name, []).append(value)
    found = {name: explained(ranks[name], groups(values[name])) for name in ranks}
    return {name: share for name, share in found.items() if not np.isnan(share)}


def groups(values: Sequence[Any]) -> list[Any]:
    """The group of each value: its quarter if it is a number, else itself as text."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) < len(values) or len(set(values)) <= GROUPS:
        return [repr(value) for value in values]
    edges = np.quantile(np.array(numbers, dtype=float), np.arange(1, GROUPS) / GROUPS)
    return list(np.searchsorted(edges, np.array(numbers, dtype=float)))


def explained(ranks: Sequence[float], groups: Sequence[Any]) -> float:
    """Epsilon squared, at least 0; NaN where there are too few trials or one group only."""
    by_group: dict[Any, list[float]] = {}
    for group, rank in zip(groups, rankdata(ranks), strict=True):
        by_group.setdefault(group, []).append(float(rank))
    total = float(np.var(rankdata(ranks))) * len(ranks)
    free = len(ranks) - len(by_group)
    if len(ranks) < FEWEST_TRIALS or len(by_group) < 2 or free < 1 or total == 0:
        return np.nan
    within = sum(float(np.var(values)) * len(values) for values in by_group.values())
    return max(0.0, 1 - within / free / (total / (len(ranks) - 1)))


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
