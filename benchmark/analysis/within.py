"""Which pair is better on one dataset: tests over its folds and over its rows."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from benchmark.analysis.scores import DECIMALS, label, values_of
from benchmark.analysis.stats import ALPHA, Group, NotRun, holm
from benchmark.catalogue.confusion import Confusion
from benchmark.types import Floats, Integers

T_TEST = "the corrected t-test"


@dataclass(frozen=True)
class Difference:
    """A difference with its 95 % interval and two-sided p; above 0 the first one is better."""

    mean: float
    low: float
    high: float
    p: float


def against(
    folds: pd.DataFrame, reference: Hashable, test_share: float, ordered: bool = False
) -> pd.DataFrame | NotRun:
    """Each pair against the reference by the corrected resampled t-test with Holm's correction.

    A resampled t-test takes folds for independent, though their training parts overlap; the
    correction widens its variance by the test part's size over the training part's (Nadeau and
    Bengio, 10.1023/A:1024068626366).

    Args:
        folds: a row for each fold of each repeat, a column for each pair; more is better.
        test_share: share of the rows in a test fold, such as 1/5.
        ordered: the folds follow time, which the correction is not made for.

    Returns:
        One row for each other pair: `mean_gain` over the reference, `t`, `p`, `p_holm`. Where all
        folds differ by the same, p is that of the sign test, or 1 if that is no difference.
    """
    values = values_of(folds)
    n = len(values)
    pairs = list(folds.columns)
    if ordered:
        return NotRun(T_TEST, "the folds follow time, so that their training parts grow")
    if n < 2:
        return NotRun(T_TEST, f"it needs 2 folds, and there are {n}")
    if reference not in pairs:
        return NotRun(T_TEST, f"the reference {label(reference)} has no complete scores")
    at = pairs.index(reference)
    others = np.arange(len(pairs)) != at
    gains = np.round(values[:, others] - values[:, [at]], DECIMALS)
    means = gains.mean(axis=0)
    error = np.sqrt((1 / n + test_share / (1 - test_share)) * gains.var(axis=0, ddof=1))
    constant = np.ptp(gains, axis=0) == 0
    limit = np.where(means == 0, 0, np.copysign(np.inf, means))
    t = np.divide(means, error, out=limit, where=~constant)
    p = np.where(np.isinf(t), 2.0 ** (1 - n), 2 * stats.t.sf(np.abs(t), n - 1))
    table = {"mean_gain": means, "t": t, "p": p, "p_holm": holm(p)}
    return pd.DataFrame(table, index=folds.columns[others])


def tie_group(
    folds: pd.DataFrame, test_share: float, ordered: bool = False, best: Hashable | None = None
) -> Group | NotRun:
    """The best pair and all that it does not beat significantly (p of `against` it), best first.

    `best` is the pair of the best mean unless it is given.
    """
    if best is None:
        averages = values_of(folds).mean(axis=0).round(DECIMALS)
        means = dict(zip(folds.columns, averages, strict=True))
        best = min(means, key=lambda pair: (-means[pair], label(pair)))
    if folds.shape[1] == 1:
        return (best,)
    tested = against(folds, best, test_share, ordered)
    if isinstance(tested, NotRun):
        return tested
    tied = tested[(tested["p_holm"] >= ALPHA) | (tested["mean_gain"] >= 0)]
    gains = dict(zip(tied.index, tied["mean_gain"], strict=True))
    return (best, *sorted(gains, key=lambda pair: (-gains[pair], label(pair))))


def paired_bootstrap(
    y: Integers,
    said_a: Integers,
    said_b: Integers,
    metric: Callable[[Confusion], Floats],
    seed: int,
    resamples: int = 2_000,
    rows: NDArray[np.generic] | None = None,
) -> Difference | NotRun:
    """The difference of a metric between two sets of decisions on the same rows.

    Args:
        y, said_a, said_b: class codes of the pooled out-of-fold rows, of the truth and of both
            sets of decisions.
        metric: of confusion counts with any axes in front; more is better.
        rows: what belongs together and is drawn at once: the dataset row where repeats are
            pooled, or its group. None where all rows stand alone.

    Returns:
        The difference, its percentile interval, and twice the smaller tail beyond 0.
    """
    if not len(y):
        return NotRun("the paired bootstrap", "there are no out-of-fold decisions")
    k = max(2, 1 + int(np.max([y, said_a, said_b])))
    cells, codes = np.unique((y * k + said_a) * k + said_b, return_inverse=True)
    patterns, frequency = _patterns(codes, len(cells), rows)
    n = frequency.sum()
    draws = np.random.default_rng(seed).multinomial(n, frequency / n, resamples)
    counts = np.vstack([frequency, draws]) @ patterns
    truth, a, b = cells // (k * k), cells // k % k, cells % k
    found = metric(_confusion(counts, truth, a, k)) - metric(_confusion(counts, truth, b, k))
    observed, resampled = found[0], np.round(found[1:], DECIMALS)
    low, high = np.quantile(resampled, [ALPHA / 2, 1 - ALPHA / 2])
    tail = min((resampled <= 0).sum(), (resampled >= 0).sum())
    p = min(1.0, 2 * (tail + 1) / (resamples + 1))
    return Difference(float(observed), float(low), float(high), p)


def _patterns(
    codes: Integers, cells: int, rows: NDArray[np.generic] | None
) -> tuple[Integers, Integers]:
    """The distinct counts of cells that a unit can have, and how many units have each."""
    if rows is None:
        return np.eye(cells, dtype=np.int64), np.bincount(codes, minlength=cells)
    units, numbers = np.unique(rows, return_inverse=True)
    counts = np.bincount(numbers * cells + codes, minlength=len(units) * cells)
    return np.unique(counts.reshape(len(units), cells), axis=0, return_counts=True)


def _confusion(counts: Integers, truth: Integers, said: Integers, k: int) -> Confusion:
    """Counts of cells, shape (resamples, cells), as the confusion of one set of decisions."""
    matrix = np.zeros((k * k, len(counts)))
    np.add.at(matrix, truth * k + said, counts.T)
    return Confusion(matrix.T.reshape(-1, k, k))
