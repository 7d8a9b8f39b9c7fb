"""Which pairs cannot be told from the best: on each dataset, and over all."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.analysis import stats, within
from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.ranks import POLICY, families_of
from benchmark.analysis.scores import by_family, complete
from benchmark.analysis.stats import Group, NotRun

Place = tuple[int, int]


@dataclass(frozen=True)
class Ties:
    """The best pair and all that are not significantly worse; no pair where that is not known.

    Attributes:
        on: dataset → strategy and model of each such pair.
        over: the same over all datasets.
        note: how it was tested, or why it was not.
    """

    on: Mapping[str, Set[tuple[str, str]]]
    over: Set[tuple[str, str]]
    note: str


def fold_scores(evidence: Evidence, dataset: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Inner and outer scores, a row a fold and a column a pair; more is better."""
    inner: dict[tuple[str, str], dict[Place, float]] = {}
    outer: dict[tuple[str, str], dict[Place, float]] = {}
    for row in evidence.by_dataset.get(dataset, ()):
        cell, values = row.cell, row.scores.values
        found = (values.get(rule, {}) for rule in (evidence.rule, "", "default"))
        value = next((v[evidence.headline] for v in found if evidence.headline in v), None)
        place, pair = (cell.repeat, cell.fold), (cell.strategy, cell.model)
        chosen_by = row.inner.get(evidence.rule, row.inner.get("default", np.nan))
        quality = np.nan if value is None else float(evidence.metric.quality(value))
        inner.setdefault(pair, {})[place] = chosen_by
        outer.setdefault(pair, {})[place] = quality
    return pd.DataFrame(inner), pd.DataFrame(outer)


def ties(evidence: Evidence) -> Ties:
    """The tie groups of the leaderboard."""
    on = {name: _on_dataset(evidence, name) for name in evidence.ranked["dataset"].unique()}
    over = _over_datasets(evidence)
    reasons = [str(found) for found in (*on.values(), over) if isinstance(found, NotRun)]
    note = (
        "≈ marks the tie group, the best and all that are not significantly worse: on a dataset by "
        "the corrected resampled t-test over folds (Nadeau and Bengio), in means by Wilcoxon's "
        "signed-rank test over datasets, with Holm's correction."
    )
    if reasons:
        note += f" Not everywhere: {reasons[-1]}."
    return Ties({name: _pairs(found) for name, found in on.items()}, _pairs(over), note)


def _pairs(found: Group | NotRun) -> Set[tuple[str, str]]:
    if isinstance(found, NotRun):
        return frozenset()
    return frozenset((str(pair[0]), str(pair[1])) for pair in found if isinstance(pair, tuple))


def _on_dataset(evidence: Evidence, dataset: str) -> Group | NotRun:
    _, outer = fold_scores(evidence, dataset)
    kept = complete(outer.dropna(axis=1, how="all"), POLICY, "folds").scores
    if kept.empty:
        return NotRun(within.T_TEST, f"no pair has a score in every fold of {dataset}")
    folds = len({row.cell.fold for row in evidence.by_dataset[dataset]})
    return within.tie_group(kept, 1 / max(folds, 2), dataset in evidence.timed)


def _over_datasets(evidence: Evidence) -> Group | NotRun:
    ranked = evidence.ranked
    if ranked["dataset"].nunique() < 2:
        return NotRun("Wilcoxon's test", "it needs two datasets")
    ranked = ranked.assign(quality=evidence.metric.quality(ranked["leading"]))
    scores = ranked.pivot(index="dataset", columns=["strategy", "model"], values="quality")
    return stats.tie_group(complete(by_family(scores, families_of(evidence)), POLICY).scores)
