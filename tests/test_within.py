"""Tests inside one dataset against closed forms, baycomp, SciPy and scikit-learn."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from baycomp import CorrelatedTTest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, fbeta_score, matthews_corrcoef
from statsmodels.stats.multitest import multipletests

from benchmark.analysis.stats import NotRun
from benchmark.analysis.within import Difference, against, paired_bootstrap, tie_group
from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS
from benchmark.errors import BenchmarkError
from benchmark.types import Floats, Integers

EXACT = 1e-6
FOLDS, REPEATS = 5, 3


def folds(pairs: int = 6, gap: float = 0.02, seed: int = 0) -> pd.DataFrame:
    """Fold scores of pairs, each worse than the one before."""
    random = np.random.default_rng(seed)
    shared = random.normal(0.7, 0.05, (FOLDS * REPEATS, 1))
    own = random.normal(0, 0.02, (FOLDS * REPEATS, pairs)) - gap * np.arange(pairs)
    return pd.DataFrame(shared + own, columns=[("smote", f"m{i}") for i in range(pairs)])


def compared(table: pd.DataFrame, reference: object, share: float = 1 / FOLDS) -> pd.DataFrame:
    found = against(table, reference, share)  # type: ignore[arg-type]
    assert isinstance(found, pd.DataFrame)
    return found


def reason(found: object) -> str:
    assert isinstance(found, NotRun)
    return found.reason


def test_the_corrected_t_is_its_closed_form() -> None:
    # gains 1, 2, 3, 4, 5: mean 3, variance 2.5, 1/5 + (1/5)/(4/5) = 0.45
    table = pd.DataFrame({"a": np.zeros(5), "b": np.arange(1.0, 6)})
    found = compared(table, "a").loc["b"]

    assert found["mean_gain"] == 3
    assert found["t"] == pytest.approx(3 / math.sqrt(0.45 * 2.5), abs=EXACT)
    assert found["p"] == pytest.approx(2 * stats.t.sf(3 / math.sqrt(1.125), 4), abs=EXACT)


def test_the_corrected_t_has_the_variance_and_p_of_baycomps_correlated_t() -> None:
    table = folds()
    first = table.columns[0]
    found = compared(table, first)

    values = table.to_numpy().T
    theirs = [CorrelatedTTest.probs(values[0], other, 0, runs=REPEATS) for other in values[1:]]
    assert found["p"].tolist() == pytest.approx([2 * min(probs) for probs in theirs], abs=EXACT)


def test_the_correction_vanishes_with_the_test_part() -> None:
    table = folds()
    first, second = table.columns[:2]
    theirs = stats.ttest_rel(table[second], table[first])
    found = compared(table, first, share=0.0).iloc[0]

    assert found["t"] == pytest.approx(theirs.statistic, abs=EXACT)
    assert found["p"] == pytest.approx(theirs.pvalue, abs=EXACT)
    assert abs(compared(table, first)["t"].iloc[0]) < abs(found["t"])


def test_every_five_percent_test_of_equal_pairs_errs_about_that_often() -> None:
    """Nadeau and Bengio's model: scores of folds that share 1/5 of their variance."""
    random = np.random.default_rng(0)
    common = random.normal(size=(1, 4000)) * math.sqrt(1 / FOLDS)
    gains = common + random.normal(size=(FOLDS * REPEATS, 4000)) * math.sqrt(1 - 1 / FOLDS)
    table = pd.DataFrame(np.column_stack([np.zeros(len(gains)), gains]))

    assert (compared(table, 0)["p"] < 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert (compared(table, 0, share=0.0)["p"] < 0.05).mean() > 0.25


def test_p_is_adjusted_over_all_pairs() -> None:
    table = folds()
    found = compared(table, table.columns[2])
    theirs = multipletests(found["p"], method="holm")[1]

    assert found["p_holm"].to_numpy() == pytest.approx(theirs, abs=EXACT)


def test_folds_that_all_differ_by_the_same_have_no_variance() -> None:
    a = np.array([0.1, 0.2, 0.7])
    found = compared(pd.DataFrame({"a": a, "same": a, "above": a + 0.1, "below": a - 0.1}), "a")

    assert found["t"].tolist() == [0, math.inf, -math.inf]
    assert found["p"].tolist() == [1, 0.25, 0.25]  # the sign test on three folds: 2 of 8 patterns


def test_the_tie_group_of_a_dataset_is_what_is_not_worse_than_its_best_mean() -> None:
    table = folds(pairs=8)[[("smote", f"m{i}") for i in (3, 1, 0, 7, 2, 5, 6, 4)]]
    p = compared(table, ("smote", "m0"))["p_holm"]
    group = tie_group(table, 1 / FOLDS)

    assert table.mean().idxmax() == ("smote", "m0")
    assert isinstance(group, tuple)
    assert group[0] == ("smote", "m0")
    assert set(group[1:]) == set(p.index[p >= 0.05])
    assert 1 < len(group) < 8
    assert [table[pair].mean() for pair in group] == sorted(
        (table[pair].mean() for pair in group), reverse=True
    )


def test_pairs_may_be_an_index_of_two_levels() -> None:
    table = folds()
    levels = table.set_axis(pd.MultiIndex.from_tuples(list(table.columns)), axis=1)

    assert tie_group(levels, 1 / FOLDS) == tie_group(table, 1 / FOLDS)


def test_one_pair_is_its_own_tie_group() -> None:
    assert tie_group(folds(pairs=1), 1 / FOLDS) == (("smote", "m0"),)


def test_what_the_correction_is_not_made_for_is_not_run() -> None:
    table = folds()
    first = table.columns[0]

    assert reason(against(table, first, 0.2, ordered=True)).startswith("the folds follow time")
    assert reason(tie_group(table, 0.2, ordered=True)).startswith("the folds follow time")
    assert reason(against(table[:1], first, 0.2)) == "it needs 2 folds, and there are 1"
    assert reason(against(table, "none", 0.2)) == "the reference none has no complete scores"
    assert isinstance(against(table[:2], first, 0.5), pd.DataFrame)


def test_a_missing_fold_is_refused() -> None:
    table = folds()
    table.iloc[3, 1] = np.nan

    with pytest.raises(BenchmarkError, match=r"smote \+ m1 has the score nan on 3"):
        against(table, table.columns[0], 0.2)


# Paired bootstrap


def decisions(rows: int = 300, classes: int = 2, seed: int = 0) -> tuple[Integers, ...]:
    """The truth and two sets of decisions on it, the first right more often."""
    random = np.random.default_rng(seed)
    y = random.choice(classes, rows, p=np.r_[0.7, np.full(classes - 1, 0.3 / (classes - 1))])
    guesses = random.integers(0, classes, (2, rows))
    a, b = np.where(random.random((2, rows)) < [[0.8], [0.5]], y, guesses)
    return y, a, b


def f2(c: Confusion) -> Floats:
    return METRICS.get("f2").function(c)


def bootstrapped(
    y: Integers, a: Integers, b: Integers, metric: Callable[[Confusion], Floats] = f2, **kwargs: int
) -> Difference:
    found = paired_bootstrap(y, a, b, metric, **{"seed": 1, **kwargs})
    assert isinstance(found, Difference)
    return found


def test_the_difference_is_that_of_scikit_learns_metrics() -> None:
    y, a, b = decisions()
    expected = fbeta_score(y, a, beta=2) - fbeta_score(y, b, beta=2)

    assert bootstrapped(y, a, b).mean == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("name", ["balanced_accuracy", "mcc"])
def test_many_classes_are_counted_as_scikit_learn_does(name: str) -> None:
    y, a, b = decisions(classes=4)
    theirs = {"balanced_accuracy": balanced_accuracy_score, "mcc": matthews_corrcoef}[name]
    found = bootstrapped(y, a, b, METRICS.get(name).function)

    assert found.mean == pytest.approx(theirs(y, a) - theirs(y, b), abs=EXACT)


def test_the_interval_is_scipys() -> None:
    y, a, b = decisions(rows=120)

    def difference(y: Integers, a: Integers, b: Integers, axis: int) -> Floats:
        def score(said: Integers) -> Floats:
            tp = (y & said).sum(axis=axis)
            return 5 * tp / (4 * y.sum(axis=axis) + said.sum(axis=axis))

        return np.asarray(score(a) - score(b))

    theirs = stats.bootstrap(
        (y, a, b), difference, paired=True, vectorized=True, n_resamples=20_000,
        method="percentile", rng=np.random.default_rng(5), batch=1000,
    ).confidence_interval  # fmt: skip
    found = bootstrapped(y, a, b, resamples=20_000)

    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)
    assert found.low < found.mean < found.high


def test_p_is_twice_the_tail_of_the_exact_resampling_distribution() -> None:
    """Accuracy on 10 rows, 4 of which only one side has right: 3 against 1."""
    y = np.zeros(10, dtype=np.int64)
    a, b = y.copy(), y.copy()
    b[:3], a[3] = 1, 1
    found = bootstrapped(y, a, b, lambda c: c.tn / c.support[..., 0], resamples=200_000)
    wins, losses = np.meshgrid(np.arange(11), np.arange(11), indexing="ij")
    possible = wins + losses <= 10
    cells = np.stack([wins, losses, 10 - wins - losses], axis=-1)[possible]
    tail = stats.multinomial.pmf(cells, 10, [0.3, 0.1, 0.6])[cells[:, 0] <= cells[:, 1]].sum()

    assert found.mean == pytest.approx(0.2)
    assert found.p == pytest.approx(2 * tail, abs=0.005)


def test_the_same_decisions_do_not_differ() -> None:
    y, a, _ = decisions()

    assert bootstrapped(y, a, a) == Difference(0, 0, 0, 1)


def test_swapping_the_sides_turns_the_interval() -> None:
    y, a, b = decisions()
    there, back = bootstrapped(y, a, b), bootstrapped(y, b, a)

    assert back.mean == -there.mean
    assert back.low == pytest.approx(-there.high, abs=0.01)
    assert back.p == pytest.approx(there.p, abs=0.01)


def test_rows_of_pooled_repeats_are_drawn_together() -> None:
    y, a, b = decisions()
    once = bootstrapped(y, a, b)
    twice = [np.tile(values, 2) for values in (y, a, b)]
    together = paired_bootstrap(*twice, f2, seed=2, rows=np.tile(np.arange(len(y)), 2))
    apart = bootstrapped(*twice)

    assert isinstance(together, Difference)
    assert together.mean == pytest.approx(once.mean)
    assert together.high - together.low == pytest.approx(once.high - once.low, rel=0.05)
    assert apart.high - apart.low == pytest.approx((once.high - once.low) / math.sqrt(2), rel=0.05)


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    assert bootstrapped(*decisions()) == bootstrapped(*decisions())
    assert bootstrapped(*decisions()) != bootstrapped(*decisions(), seed=2)


def test_nothing_is_drawn_from_no_rows() -> None:
    none = np.array([], dtype=np.int64)

    assert reason(paired_bootstrap(none, none, none, f2, seed=1)) == (
        "there are no out-of-fold decisions"
    )
