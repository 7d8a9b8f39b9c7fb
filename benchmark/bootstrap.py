"""The best pair of a dataset against the others over the rows that they were tested on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmark.analysis.best import Best
from benchmark.analysis.stats import ALPHA, NotRun, holm
from benchmark.analysis.within import Difference, paired_bootstrap
from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS
from benchmark.engine.threshold import decisions
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Floats, Integers, Scoring

TEST = "the paired bootstrap over rows"
Pair = tuple[str, str]


class Said(NamedTuple):
    """What a pair decided on all test rows of a dataset, folds one after the other."""

    rows: Integers
    y: Integers
    decisions: Integers


def tied_by_rows(journal: Journal, suite: Suite, bests: Mapping[str, Best]) -> dict[str, Best]:
    """The best pairs with tie groups by a paired bootstrap over rows, with Holm's correction.

    It sees more than a test over folds, and says less: how the pairs would do on other rows, not
    what other training data would make of them. A pair that lacks a fold is in no tie group.
    """
    facts = journal.fact("datasets")
    by_dataset: dict[str, list[Row]] = {}
    for row in journal.rows():
        by_dataset.setdefault(row.cell.dataset, []).append(row)
    tied = {
        name: _ties(journal, by_dataset[name], suite, facts[name]["classes"], best)
        for name, best in bests.items()
    }
    return {
        name: replace(best, ties=tied[name], test=TEST, note="") for name, best in bests.items()
    }


def _ties(
    journal: Journal, rows: Sequence[Row], suite: Suite, counts: Mapping[str, int], best: Best
) -> tuple[Pair, ...] | NotRun:
    dataset = rows[0].cell.dataset
    use = suite.use_of(dataset)
    scoring = suite.scoring(dataset, tuple(counts), tuple(counts.values()))
    metric = METRICS.get(suite.headline)
    if metric.kind != "label" or metric.each or scoring.row_costs:
        return NotRun(TEST, f"it counts decisions, which {suite.headline} is not made of")
    if use is not None and use.groups:
        return NotRun(TEST, "rows of a group belong together, and the journal does not hold groups")
    said = _said(journal, rows, scoring, suite.rule)
    reference = said.pop((best.strategy, best.model), None)
    if reference is None:
        return NotRun(TEST, "the best pair lacks predictions")
    found = _against(reference, said, lambda c: metric.quality(metric.of(c, scoring)), suite.seed)
    if said and not found:
        return NotRun(TEST, "no other pair was tested on the same rows")
    p = holm(np.array([difference.p for difference in found.values()]))
    tied = [
        pair
        for pair, adjusted in zip(found, p, strict=True)
        if adjusted >= ALPHA or found[pair].mean <= 0
    ]
    tied.sort(key=lambda pair: found[pair].mean)
    return ((best.strategy, best.model), *tied)


def _against(
    reference: Said, said: Mapping[Pair, Said], metric: Callable[[Confusion], Floats], seed: int
) -> dict[Pair, Difference]:
    """How much the reference is ahead of each pair that was tested on the same rows."""
    found = {}
    for pair, other in said.items():
        if np.array_equal(other.rows, reference.rows):
            difference = paired_bootstrap(
                reference.y, reference.decisions, other.decisions, metric, seed,
                rows=reference.rows,
            )  # fmt: skip
            if isinstance(difference, Difference):
                found[pair] = difference
    return found


def _said(journal: Journal, rows: Sequence[Row], scoring: Scoring, rule: str) -> dict[Pair, Said]:
    """The decisions of each pair at the leaderboard's threshold, folds in their order."""
    asked = replace(scoring, thresholds=(rule if len(scoring.classes) == 2 else "default",))
    parts: dict[Pair, list[Said]] = {}
    for row in sorted(rows, key=lambda row: row.cell):
        outcome = journal.outcome(row.cell, row.fit_key)
        if outcome is not None and outcome.predictions is not None:
            known = outcome.predictions
            decided, _ = decisions(known, asked)
            for said, _ in decided.values():
                pair = (row.cell.strategy, row.cell.model)
                parts.setdefault(pair, []).append(Said(known.rows, known.y, said))
    return {
        pair: Said(*map(np.concatenate, zip(*folds, strict=True))) for pair, folds in parts.items()
    }
