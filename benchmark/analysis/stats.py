"""Which treatment is better over many datasets, by how much, and how sure that is.

The procedures are those of Demšar, Statistical comparisons of classifiers over multiple data sets
(JMLR 7, 2006). The tables are those of `scores`; what cannot be tested is a NotRun with its reason.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from benchmark.analysis.scores import DECIMALS, label, values_of
from benchmark.types import Floats
from benchmark.wording import counted

ALPHA = 0.05
ROPE = 0.01  # a smaller difference does not matter in practice
FEWEST = 6  # datasets that a bootstrap interval needs
Group = tuple[Hashable, ...]


@dataclass(frozen=True)
class NotRun:
    """A test that was not run, and why."""

    test: str
    reason: str

    def __str__(self) -> str:
        return f"{self.test} was not run: {self.reason}"


@dataclass(frozen=True)
class Friedman:
    """Whether the treatments differ at all.

    Attributes:
        chi2, chi2_p: Friedman's statistic.
        f, f_p: Iman and Davenport's, which is less conservative; its p is never below that of
            rankings that all agree.
    """

    chi2: float
    chi2_p: float
    f: float
    f_p: float
    treatments: int
    datasets: int


class SignedRanks(NamedTuple):
    """Sums of the ranks of gains and of losses, and the two-sided p of their difference."""

    plus: float
    minus: float
    p: float


@dataclass(frozen=True, eq=False)
class Against:
    """Every treatment against a control.

    Attributes:
        table: one row for each other treatment. `statistic` (the smaller sum of signed ranks),
            `p`, `p_holm`; `median_gain`, `mean_gain`; `cliffs_delta`; `wins`, `ties`, `losses`.
        not_run: why `statistic` and both p are missing; None where they are not.
    """

    table: pd.DataFrame
    not_run: NotRun | None


def ranks_of(scores: pd.DataFrame) -> Floats:
    """Ranks on each dataset, 1 for the best; ties share their average rank."""
    return np.asarray(stats.rankdata(-values_of(scores), axis=1))


def mean_ranks(scores: pd.DataFrame, seed: int, resamples: int = 10_000) -> pd.DataFrame:
    """`rank`, and `low` and `high` of its 95 % percentile interval over resampled datasets.

    One row for each treatment. Fewer than six datasets have no interval: it would be too short.
    """
    ranks = ranks_of(scores)
    n = len(ranks)
    interval = np.full((2, ranks.shape[1]), np.nan)
    if n >= FEWEST:
        shares = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples) / n
        interval = np.quantile(shares @ ranks, [ALPHA / 2, 1 - ALPHA / 2], axis=0)
    means = pd.DataFrame(ranks, columns=scores.columns).mean()
    return pd.DataFrame({"rank": means, "low": interval[0], "high": interval[1]})


def friedman(scores: pd.DataFrame, tie_correction: bool = True) -> Friedman | NotRun:
    """Friedman's test and its F form (Iman and Davenport, 1980).

    Ties are corrected for as SciPy and R do; the examples of Demšar's paper are not corrected.
    """
    ranks = ranks_of(scores)
    n, k = ranks.shape
    least = math.exp(min(0.0, (1 - n) * math.lgamma(k + 1)))  # all rankings agree: k! of k!^n
    if k < 3:
        return NotRun("Friedman's test", f"it needs 3 treatments, and there are {k}")
    if least >= ALPHA:
        reason = f"{k} treatments on {families(n)} cannot give a p below {least:.2g}"
        return NotRun("Friedman's test", reason)
    middle = (k + 1) / 2
    spread = ((ranks - middle) ** 2).sum() if tie_correction else n * k * (k * k - 1) / 12
    between = ((ranks.mean(axis=0) - middle) ** 2).sum()
    chi2 = float(n * n * (k - 1) * between / spread) if spread else 0.0
    rest = max(0.0, n * (k - 1) - chi2)
    f = (n - 1) * chi2 / rest if rest > 1e-9 else math.inf
    f_p = max(least, float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))))
    return Friedman(chi2, float(stats.chi2.sf(chi2, k - 1)), f, f_p, k, n)


def wilcoxon(gains: Floats) -> list[SignedRanks]:
    """Wilcoxon's signed ranks, with the exact p for any number of datasets, ties included.

    `gains` has a row for each dataset and a column for each comparison.

    A gain of zero is ranked, and its rank split between both sums (as in Demšar); every pattern
    of signs of the other gains is equally likely under the hypothesis of no difference (Pratt,
    10.1080/01621459.1959.10501526). SciPy has the exact p only without ties.
    """
    ranks = stats.rankdata(np.abs(gains), axis=0)
    half = np.where(gains == 0, ranks, 0).sum(axis=0) / 2
    plus = np.where(gains > 0, ranks, 0).sum(axis=0)
    minus = np.where(gains < 0, ranks, 0).sum(axis=0)
    p = [
        _two_sided(column[gain != 0], smaller)
        for column, gain, smaller in zip(ranks.T, gains.T, np.minimum(plus, minus), strict=True)
    ]
    return [SignedRanks(*each) for each in zip(plus + half, minus + half, p, strict=True)]


def _two_sided(ranks: Floats, smaller: float) -> float:
    """The share of all patterns of signs whose smaller sum of ranks is at most `smaller`."""
    steps = np.rint(2 * ranks).astype(np.int64)  # ties share ranks such as 3.5
    shares = np.zeros(steps.sum() + 1)
    shares[0] = 1
    for step in steps:
        shares[step:] += shares[:-step]
        shares /= 2
    return min(1.0, 2 * float(shares[: round(2 * smaller) + 1].sum()))


def holm(p: Floats, weights: Floats | None = None) -> Floats:
    """Step-down adjusted p-values (Holm, 1979), with equal weights or some that sum to 1."""
    shares = np.full(len(p), 1 / max(1, len(p))) if weights is None else weights
    order = np.argsort(p / shares, kind="stable")
    left = np.cumsum(shares[order][::-1])[::-1]
    adjusted = np.empty(len(p))
    adjusted[order] = np.maximum.accumulate(p[order] / shares[order] * left)
    return np.minimum(adjusted, 1)


def cliffs_delta(a: Floats, b: Floats) -> float:
    """How much more often a value of `a` exceeds one of `b` than the reverse (Cliff, 1993)."""
    return float(np.sign(a[:, None] - b).mean())


def against(scores: pd.DataFrame, control: Hashable, rope: float = ROPE) -> Against:
    """Each treatment against the control, by Wilcoxon's test with Holm's correction.

    A gain is the treatment's score less the control's; a tie is a gain of at most `rope` either
    way. Effects are given even where the test was not run.
    """
    values = values_of(scores)
    treatments = list(scores.columns)
    if control not in treatments or not len(values):
        absent = NotRun("Wilcoxon's test", f"the control {label(control)} has no complete scores")
        return Against(pd.DataFrame(), absent)
    at = treatments.index(control)
    others = np.arange(len(treatments)) != at
    gains = np.round(values[:, others] - values[:, [at]], DECIMALS)
    not_run = _too_few(*gains.shape)
    found = wilcoxon(gains)
    p = np.array([each.p for each in found])
    tests = {
        "statistic": [min(each.plus, each.minus) for each in found],
        "p": p,
        "p_holm": holm(p),
    }
    effects = {
        "median_gain": np.median(gains, axis=0),
        "mean_gain": gains.mean(axis=0),
        "cliffs_delta": [cliffs_delta(value, values[:, at]) for value in values[:, others].T],
        "wins": (gains > rope).sum(axis=0),
        "ties": (np.abs(gains) <= rope).sum(axis=0),
        "losses": (gains < -rope).sum(axis=0),
    }
    shown = dict.fromkeys(tests, np.nan) if not_run else tests
    return Against(pd.DataFrame({**shown, **effects}, index=scores.columns[others]), not_run)


def _too_few(datasets: int, comparisons: int) -> NotRun | None:
    """Why no comparison can be significant; None where one can."""
    if comparisons < 1:
        return NotRun("Wilcoxon's test", "there is no second treatment")
    least = min(1.0, comparisons * 2.0 ** (1 - datasets))
    if least < ALPHA:
        return None
    needed = math.floor(math.log2(comparisons / ALPHA)) + 2
    return NotRun(
        "Wilcoxon's test",
        f"{counted(comparisons, 'comparison')} on {families(datasets)} cannot give "
        f"a p below {least:.2g} after Holm's correction; it needs {needed}",
    )


def tie_group(scores: pd.DataFrame) -> Group | NotRun:
    """The best mean rank and all that are not significantly worse, in the order of their ranks.

    Worse is a two-sided p below 0.05, in favour of the best, by Wilcoxon's test with Holm's
    correction. Two-sided, since the best was chosen by the same scores. Of equal mean ranks the
    better mean score is the best.
    """
    values = values_of(scores)
    if len(scores.columns) == 1:
        return tuple(scores.columns)
    not_run = _too_few(len(values), values.shape[1] - 1)
    if not_run:
        return not_run
    names = [label(treatment) for treatment in scores.columns]
    order = np.lexsort((names, -values.mean(axis=0), ranks_of(scores).mean(axis=0)))
    found = wilcoxon(np.round(values[:, order[1:]] - values[:, order[:1]], DECIMALS))
    adjusted = holm(np.array([each.p for each in found]))
    ties = [
        other
        for other, each, p in zip(order[1:], found, adjusted, strict=True)
        if p >= ALPHA or each.plus > each.minus
    ]
    return tuple(scores.columns[i] for i in (order[0], *ties))


def nemenyi(scores: pd.DataFrame) -> pd.DataFrame | NotRun:
    """The p-value of every two treatments by Nemenyi's test; 1 on the diagonal."""
    ranks = ranks_of(scores)
    n, k = ranks.shape
    if k < 2 or n < 1:
        there = f"{counted(k, 'treatment')} and {families(n)}"
        return NotRun(
            "Nemenyi's test", f"it needs 2 treatments and a dataset, and there are {there}"
        )
    if critical_difference(k, n) > k - 1:
        reason = f"mean ranks over {families(n)} cannot differ by the critical difference"
        return NotRun("Nemenyi's test", f"{reason} of {critical_difference(k, n):.2f}")
    means = ranks.mean(axis=0)
    upper = np.triu_indices(k, 1)
    distances = np.abs(means[:, None] - means)[upper] / math.sqrt(k * (k + 1) / (12 * n))
    p = np.ones((k, k))
    p[upper] = p.T[upper] = stats.studentized_range.sf(distances, k, np.inf)
    return pd.DataFrame(p, scores.columns, scores.columns)


def critical_difference(treatments: int, datasets: int, alpha: float = ALPHA) -> float:
    """The least difference of mean ranks that is significant by Nemenyi's test."""
    quantile = stats.studentized_range.ppf(1 - alpha, treatments, np.inf)
    return float(quantile * math.sqrt(treatments * (treatments + 1) / (12 * datasets)))


def cliques(ranks: "pd.Series[float]", difference: float) -> tuple[Group, ...]:
    """Groups of treatments whose mean ranks lie within less than `difference`, the best first.

    Groups inside another and groups of one are left out: the bars of a critical-difference diagram.
    """
    ordered = ranks.sort_values(kind="stable")
    ends = np.searchsorted(ordered.to_numpy(), ordered.to_numpy() + difference)
    starts = [i for i, end in enumerate(ends) if end - i > 1 and (i == 0 or end > ends[i - 1])]
    return tuple(tuple(ordered.index[start : ends[start]]) for start in starts)


def families(count: int) -> str:
    """The rows of a test over datasets, in words."""
    return counted(count, "family", "families") + " of datasets"
