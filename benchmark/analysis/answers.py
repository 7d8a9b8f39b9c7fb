"""Does a strategy beat doing nothing, what remains at a tuned threshold, and what does it cost?"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from benchmark.analysis import bayes, stats
from benchmark.analysis.compare import PAIR
from benchmark.analysis.scores import Complete, Policy, by_family, complete
from benchmark.analysis.stats import Group, NotRun
from benchmark.catalogue.registry import STRATEGIES
from benchmark.use import Use
from benchmark.wording import counted

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
    closed = blocks(part, families, baseline, question.missing, question.rope)
    scores = _by_level(closed.scores, levels, baseline)
    tested, notes = _tested(scores, question)
    tied = stats.tie_group(scores)
    wanted = part.columns.difference([*PAIR, "score"], sort=False)
    if any(name.startswith("gain@") for name in wanted):
        wanted = wanted.drop("gain")
    medians = {
        name: _by_level(by_family(_grid(part, name), families), levels, baseline).median()
        for name in wanted
    }
    table = stats.mean_ranks(scores, question.seed).join(pd.DataFrame(medians)).join(tested)
    said = [
        _extent(part, closed.scores),
        *notes,
        *([str(tied)] if isinstance(tied, NotRun) and str(tied) not in notes else []),
        *_incomplete(part, baseline),
        *([f"missing cells, {closed.note}"] if closed.note else []),
    ]
    group = () if isinstance(tied, NotRun) else tied
    return Answer(title, table.sort_values("rank", kind="stable"), group, tuple(said))


def blocks(
    part: pd.DataFrame,
    families: Mapping[str, str],
    baseline: str,
    missing: Policy,
    rope: float = stats.ROPE,
) -> Complete:
    """What ranks and tests are made of: a row for each family, a column for each strategy.

    A score is that of the baseline plus the mean gain over the models that the strategy has. A
    dataset on which the baseline lacks a score is left out; a gap counts as a loss.

    Args:
        part: pairs of `twins.differences`.
        families: dataset → its family; empty where it has none.
    """
    gains, level = _grid(part, "gain"), _grid(part, "score")[baseline]
    there = gains[baseline].notna()
    found = complete(by_family(gains[there], families), missing, "families", ceiling=-rope)
    levels = by_family(level[there].to_frame(), families)[baseline]
    return replace(found, scores=found.scores.add(levels.loc[found.scores.index], axis=0))


def _incomplete(part: pd.DataFrame, baseline: str) -> list[str]:
    """On which datasets the baseline lacks a score, so that there is nothing to compare with."""
    alone = part[part["strategy"] == baseline].groupby("dataset", sort=False)["gain"]
    names = [str(name) for name, gains in alone if gains.isna().any()]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"left out, because `{baseline}` lacks scores there: {shown}"] if names else []


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
    names = [
        baseline if s == baseline else f"{levels.get(str(s), OUTSIDE)} level"
        for s in scores.columns
    ]
    taken = [f"{name} (strategies)" if name == baseline != s else name
             for name, s in zip(names, scores.columns, strict=True)]  # fmt: skip
    return scores.T.groupby(taken, sort=False).mean().T


def _extent(part: pd.DataFrame, scores: pd.DataFrame) -> str:
    datasets, models = part["dataset"].nunique(), part["model"].nunique()
    families = counted(len(scores), "family", "families")
    return f"{counted(datasets, 'dataset')} in {families}, {counted(models, 'model')}"


def _tested(scores: pd.DataFrame, question: Question) -> tuple[pd.DataFrame, list[str]]:
    """Columns of the asked test against the baseline, and what is to be said of all of them."""
    effects = stats.against(scores, question.baseline, question.rope)
    columns = effects.table.reindex(columns=["wins", "ties", "losses", "cliffs_delta"])
    ahead = effects.table.reindex(columns=["mean_gain"])["mean_gain"] > 0
    notes = [_overall(scores)]
    found: pd.DataFrame | NotRun
    if question.test == "nemenyi":
        found = stats.nemenyi(scores)
        if isinstance(found, pd.DataFrame):
            difference = stats.critical_difference(scores.shape[1], len(scores))
            notes.append(f"critical difference of mean ranks: {difference:.2f} (Nemenyi)")
            found = found[[question.baseline]].set_axis(["p"], axis=1)
    elif question.test == "bayesian":
        found = bayes.signed_rank(scores, question.baseline, question.seed, question.rope)
    else:
        found = effects.not_run or effects.table[["p_holm"]].set_axis(["p"], axis=1)
    if isinstance(found, NotRun):
        wanted = ["worse", "equivalent", "better"] if question.test == "bayesian" else ["p"]
        return columns.reindex(columns=[*columns, *wanted]), [*notes, str(found)]
    joined = columns.join(found)
    return joined, [_verdict(joined, ahead, question), *notes]


def _verdict(tested: pd.DataFrame, ahead: "pd.Series[bool]", question: Question) -> str:
    """How many are surely better than the baseline, and how many worse."""
    of, name = len(tested), question.baseline
    if question.test == "bayesian":
        better, worse = (tested[which] > bayes.SURE for which in ("better", "worse"))
        said = f"better than `{name}` with a probability above {bayes.SURE:g}"
    else:
        significant = tested["p"] < stats.ALPHA
        better, worse = significant & ahead, significant & ~ahead
        said = f"significantly better than `{name}`"
    return f"{better.sum()} of {of} are {said}, {worse.sum()} worse"


def _overall(scores: pd.DataFrame) -> str:
    """Whether there is any difference between the strategies."""
    found = stats.friedman(scores)
    if isinstance(found, NotRun):
        return str(found)
    verdict = "they differ" if found.f_p < stats.ALPHA else "no difference is shown"
    p = "p < 0.001" if found.f_p < 0.001 else f"p = {found.f_p:.3f}"
    f = "all rank them alike" if math.isinf(found.f) else f"F = {found.f:.2f}"
    return f"Friedman's test (Iman and Davenport): {f}, {p}: {verdict}"
