"""Which pairs cannot be told from the best: on each dataset, and over all."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from benchmark.analysis import stats
from benchmark.analysis.report.evidence import POLICY, Evidence
from benchmark.analysis.scores import by_family, complete
from benchmark.analysis.stats import Group, NotRun


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


def ties(evidence: Evidence) -> Ties:
    """The tie groups of the leaderboard."""
    on = {name: best.ties for name, best in evidence.bests.items()}
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


def _over_datasets(evidence: Evidence) -> Group | NotRun:
    ranked = evidence.ranked
    if ranked["dataset"].nunique() < 2:
        return NotRun("Wilcoxon's test", "it needs two datasets")
    ranked = ranked.assign(quality=evidence.metric.quality(ranked["leading"]))
    scores = ranked.pivot(index="dataset", columns=["strategy", "model"], values="quality")
    return stats.tie_group(complete(by_family(scores, evidence.families), POLICY).scores)
