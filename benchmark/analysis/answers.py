"""Does a strategy beat doing nothing, what remains at a tuned threshold, and what does it cost?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from benchmark.analysis import bayes, stats
from benchmark.analysis.compare import PAIR
from benchmark.analysis.scores import Complete, Policy, by_family, complete
from benchmark.analysis.stats import Group, NotRun, counted
from benchmark.catalogue.registry import STRATEGIES
from benchmark.suite import Use

By = Literal["strategy", "model", "level", "imbalance"]
Test = Literal["wilcoxon", "nemenyi", "bayesian"]
IMBALANCE = ((10.0, "below 10:1"), (30.0, "10:1 to 30:1"), (100.0, "30:1 to 100:1"))
SEVEREST = "100:1 and more"
OUTSIDE = "imported"  # the level of a class that no entry describes


@dataclass(frozen=True)
class Question:
    """How to compare.

    Attributes:
        baseline: the strategy that all others are compared with.
        missing: what becomes of a strategy that lacks a score on a dataset.
        rope: a gain of at most this is a tie.
    """

    by: By
    baseline: str
    seed: int
    test: Test = "wilcoxon"
    missing: Policy = "worst"
    rope: float = stats.ROPE


@dataclass(frozen=True, eq=False)
class Answer:
    """How strategies (or their levels) compare with a baseline over families of datasets.

    Attributes:
        title: the model or the kind of data that it is about; empty for all of them.
        table: a row for each, the best mean rank first, the baseline included: `rank`, `low`,
            `high`; medians over families of the columns of `twins.differences`; `wins`, `ties`,
            `losses` over families, `cliffs_delta`; then `p`, or the probabilities `worse`,
            `equivalent` and `better`.
        tied: the best and all that are not significantly worse.
        notes: what holds for all of them, what was left out, and which test was not run.
    """

    title: str
    table: pd.DataFrame
    tied: Group
    notes: tuple[str, ...]


def answers(
    found: pd.DataFrame,
    datasets: Mapping[str, Mapping[str, Any]],
    levels: Mapping[str, str],
    question: Question,
) -> list[Answer]:
    """One answer, or one for each model or kind of data that has a gain.

    Args:
        found: see `twins.differences`.
        datasets: dataset → its `family` and `classes` (name → rows).
        levels: strategy → its level.
    """
    families = {name: str(facts["family"]) for name, facts in datasets.items()}
    of_level = levels if question.by == "level" else None
    return [
        _answer(title, part, families, of_level, question)
        for title, part in _parts(found, datasets, question.by)
        if part["gain"].notna().any()
    ]


def levels_of(strategies: Iterable[Use]) -> dict[str, str]:
    """The level of each strategy; of a chain, that of its first link."""
    known = set(STRATEGIES.names())
    first = {use.name: use.use.partition("+")[0] for use in strategies}
    return {
        name: STRATEGIES.get(link).level if link in known else OUTSIDE
        for name, link in first.items()
    }


def _parts(
    found: pd.DataFrame, datasets: Mapping[str, Mapping[str, Any]], by: By
) -> Iterator[tuple[str, pd.DataFrame]]:
    if by == "model":
        yield from ((str(name), part) for name, part in found.groupby("model", sort=False))
    elif by == "imbalance":
        kinds = found["dataset"].map({name: _kind(facts) for name, facts in datasets.items()})
        for name in (*(name for _, name in IMBALANCE), SEVEREST):
            yield name, found[kinds == name]
    else:
        yield "", found


def _kind(facts: Mapping[str, Any]) -> str:
    """How imbalanced a dataset is: rows of the largest class to one of the smallest."""
    sizes = facts["classes"].values()
    ratio = max(sizes) / max(1, min(sizes))
    return next((name for bound, name in IMBALANCE if ratio < bound), SEVEREST)


def _answer(
    title: str,
    part: pd.DataFrame,
    families: Mapping[str, str],
    levels: Mapping[str, str] | None,
    question: Question,
) -> Answer:
    baseline = question.baseline
    closed = blocks(part, families, question.missing)
    scores = _by_level(closed.scores, levels, baseline)
    tested, notes = _tested(scores, question)
    tied = stats.tie_group(scores)
    medians = {
        name: _by_level(by_family(_grid(part, name), families), levels, baseline).median()
        for name in part.columns.difference([*PAIR, "gain"], sort=False)
    }
    table = stats.mean_ranks(scores, question.seed).join(pd.DataFrame(medians)).join(tested)
    said = [
        _extent(part, closed.scores),
        *_verdict(table, question),
        *notes,
        *([str(tied)] if isinstance(tied, NotRun) and str(tied) not in notes else []),
        *([f"missing cells, {closed.note}"] if closed.note else []),
    ]
    group = () if isinstance(tied, NotRun) else tied
    return Answer(title, table.sort_values("rank", kind="stable"), group, tuple(said))


def blocks(part: pd.DataFrame, families: Mapping[str, str], missing: Policy) -> Complete:
    """What ranks and tests are made of: a row for each family, the mean gain of each strategy.

    Args:
        part: pairs of `twins.differences`.
        families: dataset → its family; empty where it has none.
    """
    return complete(by_family(_grid(part, "gain"), families), missing, "families")


def _grid(part: pd.DataFrame, column: str) -> pd.DataFrame:
    """A row a dataset, a column a strategy: means over models, NaN where one is missing."""
    values = part.assign(gap=part[column].isna())
    grouped = values.groupby(["dataset", "strategy"], sort=False)
    means = grouped[column].mean().mask(grouped["gap"].any())
    return means.unstack("strategy").reindex(columns=list(dict.fromkeys(part["strategy"])))


def _by_level(
    scores: pd.DataFrame, levels: Mapping[str, str] | None, baseline: str
) -> pd.DataFrame:
    """Means over the strategies of a level; the baseline stays alone."""
    if levels is None:
        return scores
    names = [baseline if s == baseline else levels.get(str(s), OUTSIDE) for s in scores.columns]
    return scores.T.groupby(names, sort=False).mean().T


def _extent(part: pd.DataFrame, scores: pd.DataFrame) -> str:
    datasets, models = part["dataset"].nunique(), part["model"].nunique()
    families = counted(len(scores), "family") if len(scores) == 1 else f"{len(scores)} families"
    return f"{counted(datasets, 'dataset')} in {families}, {counted(models, 'model')}"


def _tested(scores: pd.DataFrame, question: Question) -> tuple[pd.DataFrame, list[str]]:
    """Columns of the asked test against the baseline, and what is to be said of it."""
    baseline, notes = question.baseline, [_overall(scores)]
    effects = stats.against(scores, baseline, question.rope)
    kept = ["wins", "ties", "losses", "cliffs_delta"]
    columns = effects.table.reindex(columns=[*kept, "p_holm"]).rename(columns={"p_holm": "p"})
    not_run = effects.not_run
    if question.test == "nemenyi":
        compared = stats.nemenyi(scores)
        not_run = compared if isinstance(compared, NotRun) else None
        if not isinstance(compared, NotRun):
            difference = stats.critical_difference(scores.shape[1], len(scores))
            notes.append(f"critical difference of mean ranks: {difference:.2f} (Nemenyi)")
        columns["p"] = float("nan") if isinstance(compared, NotRun) else compared[baseline]
    if question.test == "bayesian":
        chances = bayes.signed_rank(scores, baseline, question.seed, question.rope)
        not_run = chances if isinstance(chances, NotRun) else None
        found = pd.DataFrame() if isinstance(chances, NotRun) else chances
        columns = columns[kept].join(found.reindex(columns=["worse", "equivalent", "better"]))
    return columns, notes + ([str(not_run)] if not_run else [])


def _verdict(table: pd.DataFrame, question: Question) -> list[str]:
    """How many are surely better than the baseline, and how many worse; nothing if not tested."""
    if question.test == "bayesian":
        tested, better, worse = table["better"], *(table[["better", "worse"]] > bayes.SURE).T.values
    else:
        tested, ahead = table["p"], table["rank"] < table["rank"][question.baseline]
        better, worse = (tested < stats.ALPHA) & ahead, (tested < stats.ALPHA) & ~ahead
    if tested.isna().all():
        return []
    of, name = len(table) - 1, question.baseline
    return [f"{better.sum()} of {of} are significantly better than `{name}`, {worse.sum()} worse"]


def _overall(scores: pd.DataFrame) -> str:
    """Whether there is any difference between the strategies."""
    found = stats.friedman(scores)
    if isinstance(found, NotRun):
        return str(found)
    verdict = "they differ" if found.f_p < stats.ALPHA else "no difference is shown"
    p = "p < 0.001" if found.f_p < 0.001 else f"p = {found.f_p:.3f}"
    return f"Friedman's test (Iman and Davenport): F = {found.f:.2f}, {p}: {verdict}"
