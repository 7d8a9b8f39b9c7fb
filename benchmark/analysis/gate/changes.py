"""Is a change of score more than the luck of a seed? Data and folds stay, so only seeds vary.

A baseline has two seeds, and a difference is what a fold scores now less the mean of both. The
score of one seed varies by s² around the fold's own mean: the difference varies by 1.5 s², and the
two seeds of the baseline differ by 2 s². Both estimate s², with 2n - 1 degrees of freedom for n
folds, and the mean difference has Student's t distribution.

A change may also help some folds and hurt others, as that of a model that needs no seed does. Where
the differences vary by more than the luck of the baseline explains, they alone are the measure: the
plain paired t-test over folds, with n - 1 degrees of freedom.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal

import numpy as np
from scipy import special

from benchmark.analysis.stats import holm
from benchmark.errors import BenchmarkError
from benchmark.types import Floats

Kind = Literal["pair", "dataset", "strategy", "model", "overall"]
POWER = 0.8  # with which the detectable drop is found
MORE_THAN_LUCK = 0.1  # p of the F-test that says so


@dataclass(frozen=True)
class Subject:
    """What has changed: a pair, or all pairs of a dataset, a strategy, a model, or the suite.

    What does not narrow it is empty.
    """

    kind: Kind
    dataset: str = ""
    strategy: str = ""
    model: str = ""

    def __str__(self) -> str:
        if self.kind == "pair":
            return f"{self.dataset} / {self.strategy} / {self.model}"
        if self.kind == "overall":
            return "all pairs"
        return f"{self.kind} {self.dataset or self.strategy or self.model}"


@dataclass(frozen=True, eq=False)
class Folds:
    """The quality of a pair on each fold: now, and with both seeds of the baseline.

    More is better. All have shape (folds,) and no gaps.

    Attributes:
        numbers: the repeat and the fold of each.
    """

    subject: Subject
    numbers: tuple[tuple[int, int], ...]
    now: Floats
    first: Floats
    again: Floats

    @cached_property
    def change(self) -> Floats:
        """What each fold has gained."""
        return self.now - (self.first + self.again) / 2

    @property
    def before(self) -> float:
        """The mean of the baseline."""
        return float((self.first + self.again).mean() / 2)

    @cached_property
    def luck(self) -> Floats:
        """How much the two seeds of the baseline differ on each fold."""
        return self.first - self.again


@dataclass(frozen=True)
class Rule:
    """When a drop is a regression.

    Attributes:
        alpha: the share of nights with an alarm although nothing changed but seeds, at most.
        min_effect: a smaller drop of a pair does not matter; that of a mean over m pairs
            matters from this over the square root of m.
    """

    alpha: float = 0.04
    min_effect: float = 0.01

    def __post_init__(self) -> None:
        """Raise BenchmarkError for a value that would let everything pass, or nothing."""
        if not 0 < self.alpha < 0.5:
            raise BenchmarkError(f"alpha must be between 0 and 0.5; got {self.alpha!r}")
        if not 0 <= self.min_effect < np.inf:
            raise BenchmarkError(f"min_effect must be 0 or more; got {self.min_effect!r}")


@dataclass(frozen=True)
class Estimate:
    """The change of a subject.

    Attributes:
        before: mean quality of the baseline; of several pairs the mean weighted by how little
            noise they have.
        estimate: what it is more now.
        error: its standard error.
        df: its degrees of freedom; need not be whole.
        pairs: how many it is the mean of.
    """

    subject: Subject
    before: float
    estimate: float
    error: float
    df: float
    pairs: int


@dataclass(frozen=True)
class Change(Estimate):
    """An estimate and how sure it is.

    Attributes:
        p_drop, p_gain: one-sided, adjusted for all subjects (Holm).
        detectable: the true drop that is found with a probability of 0.8.
        least: the drop that matters.
    """

    p_drop: float
    p_gain: float
    detectable: float
    least: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the estimate, for this subject alone."""
        half = float(special.stdtrit(self.df, 0.975)) * self.error
        return self.estimate - half, self.estimate + half


def changes(tested: Sequence[Folds], rule: Rule, others: Sequence[Folds] = ()) -> list[Change]:
    """The change of every pair and, after them, of each strategy, of each model and of all.

    Half of alpha is for the pairs and half for the means, where there are any. The means are of
    `tested` alone: `others` are pairs whose change is known of.
    """
    pairs = [*tested, *others]
    if not pairs:
        return []
    groups = list(_groups(tested))
    found = [_of_pair(folds) for folds in pairs] + [_of_group(group, tested) for group in groups]
    shares = np.full(len(pairs), (0.5 if groups else 1) / len(pairs))
    weights = np.concatenate([shares, np.full(len(groups), 0.5 / max(1, len(groups)))])
    ratio = np.array([_ratio(each.estimate, each.error) for each in found])
    df = np.array([each.df for each in found])
    drop, gain = (holm(special.stdtr(df, tail), weights) for tail in (ratio, -ratio))
    sure = zip(found, weights.tolist(), drop.tolist(), gain.tolist(), strict=True)
    return [_change(estimate, rule, *rest) for estimate, *rest in sure]


def detectable(luck: Floats, rule: Rule, pairs: int) -> float:
    """The drop that would be found in one of so many pairs, from the luck of the baseline alone."""
    error = (0.75 * float(luck @ luck) / len(luck) ** 2) ** 0.5
    return _detectable(error, len(luck), rule.alpha / 2 / pairs, rule.min_effect)


def _change(found: Estimate, rule: Rule, weight: float, p_drop: float, p_gain: float) -> Change:
    least = rule.min_effect / found.pairs**0.5
    seen = _detectable(found.error, found.df, rule.alpha * weight, least)
    return Change(**vars(found), p_drop=p_drop, p_gain=p_gain, detectable=seen, least=least)


def _of_pair(folds: Folds) -> Estimate:
    variance, df = _of_mean(folds.change, folds.luck)
    mean = float(folds.change.mean())
    return Estimate(folds.subject, folds.before, mean, variance**0.5, df, 1)


def _groups(tested: Sequence[Folds]) -> Iterator[tuple[Subject, list[int]]]:
    """Each mean with the numbers of its pairs; of several over the same pairs the narrowest."""
    subjects = [folds.subject for folds in tested]
    named = [Subject("strategy", strategy=s) for s in dict.fromkeys(s.strategy for s in subjects)]
    named += [Subject("model", model=m) for m in dict.fromkeys(s.model for s in subjects)]
    named += [Subject("overall")]
    seen: set[tuple[int, ...]] = set()
    for name in named:
        inside = tuple(
            i
            for i, s in enumerate(subjects)
            if name.strategy in ("", s.strategy) and name.model in ("", s.model)
        )
        if len(inside) > 1 and inside not in seen:
            seen.add(inside)
            yield name, list(inside)


def _of_group(group: tuple[Subject, list[int]], tested: Sequence[Folds]) -> Estimate:
    """The weighted mean of several pairs.

    Those of one dataset meet the same seeds, so they are averaged fold by fold before their noise
    is measured; the datasets are independent (Satterthwaite's degrees of freedom). No pair weighs
    more than one of half the median deviation, lest a single quiet one be the mean.
    """
    subject, inside = group
    noise = np.array([_of_mean(folds.change, folds.luck)[0] for folds in tested])
    least = np.median(noise) or noise.max() or 1.0
    weights = 1 / np.maximum(noise, least / 4)[inside]
    weights /= weights.sum()
    estimate = 0.0
    parts: list[tuple[float, int]] = []
    for block in _blocks(inside, tested):
        own = [weights[inside.index(i)] for i in block]
        change = np.sum([w * tested[i].change for w, i in zip(own, block, strict=True)], axis=0)
        luck = np.sum([w * tested[i].luck for w, i in zip(own, block, strict=True)], axis=0)
        estimate += float(change.mean())
        parts.append(_of_mean(change, luck))
    total = sum(variance for variance, _ in parts)
    spread = sum(variance**2 / freedom for variance, freedom in parts)
    df = total**2 / spread if spread else float(sum(freedom for _, freedom in parts))
    before = float(
        sum(weight * tested[i].before for weight, i in zip(weights, inside, strict=True))
    )
    return Estimate(subject, before, estimate, total**0.5, df, len(inside))


def _blocks(inside: Iterable[int], tested: Sequence[Folds]) -> Iterator[list[int]]:
    """The pairs of each dataset that have the same folds."""

    def key(i: int) -> tuple[str, tuple[tuple[int, int], ...]]:
        return tested[i].subject.dataset, tested[i].numbers

    for _, block in groupby(sorted(inside, key=key), key):
        yield list(block)


def _of_mean(change: Floats, luck: Floats) -> tuple[float, int]:
    """The variance of the mean change, and its degrees of freedom."""
    n = len(change)
    deviations = change - change.mean()
    own, lucky = float(deviations @ deviations), float(luck @ luck) / 2
    if n > 1 and own > 0:
        ratio = own / 1.5 / (n - 1) / (lucky / n) if lucky else np.inf
        if special.fdtrc(n - 1, n, ratio) < MORE_THAN_LUCK:
            return own / (n - 1) / n, n - 1
    return 1.5 * (own / 1.5 + lucky) / (2 * n - 1) / n, 2 * n - 1


def _ratio(change: float, error: float) -> float:
    """Student's t; without noise every change is sure."""
    if error:
        return change / error
    return float(np.sign(change)) * np.inf if change else 0.0


def _detectable(error: float, df: float, alpha: float, least: float) -> float:
    """The true drop that is significant at alpha, and seen to matter, with a probability of 0.8."""
    beyond = max(special.stdtrit(df, 1 - alpha) * error, least)
    return float(beyond + special.stdtrit(df, POWER) * error)
