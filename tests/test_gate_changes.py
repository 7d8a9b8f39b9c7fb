"""What the gate calls a change: against SciPy, statsmodels, closed tests and simulation."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from statsmodels.stats.multitest import multipletests

from benchmark.analysis.gate.changes import Change, Folds, Rule, Subject, changes, detectable
from benchmark.analysis.stats import holm
from benchmark.errors import BenchmarkError
from benchmark.types import Floats

RULE = Rule(alpha=0.05, min_effect=0.01)
P_VALUES = arrays.arrays(float, st.integers(1, 6), elements=st.floats(1e-6, 1))


def pair(strategy: str = "smote", dataset: str = "a", model: str = "forest") -> Subject:
    return Subject("pair", dataset, strategy, model)


def numbers(count: int) -> tuple[tuple[int, int], ...]:
    return tuple((0, fold) for fold in range(count))


def night(random: np.random.Generator, subjects: list[Subject], drop: float = 0.0,
          shared: float = 0.0, sd: float = 0.03, folds: int = 10) -> list[Folds]:  # fmt: skip
    """Folds of several pairs with normal luck, part of it shared by the pairs of a dataset."""
    datasets = list(dict.fromkeys(s.dataset for s in subjects))

    def seed() -> Floats:
        own = random.normal(0, sd, (len(subjects), folds))
        common = random.normal(0, sd, (len(datasets), folds))
        of = [datasets.index(s.dataset) for s in subjects]
        return (1 - shared) ** 0.5 * own + shared**0.5 * common[of]

    first, again, now = seed(), seed(), seed() - drop
    return [Folds(s, numbers(folds), now[i], first[i], again[i]) for i, s in enumerate(subjects)]


@given(P_VALUES)
def test_holm_with_equal_weights_is_that_of_statsmodels(p: Floats) -> None:
    theirs = multipletests(p, method="holm")[1]

    assert holm(p, np.full(len(p), 1 / len(p))) == pytest.approx(theirs)
    assert holm(p) == pytest.approx(theirs)


@given(P_VALUES, st.integers(0, 2**16))
def test_weighted_holm_is_the_closed_test_of_weighted_bonferroni(p: Floats, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.full(len(p), 2.0)) * 0.99 + 0.01 / len(p)
    sets = [list(c) for n in range(1, len(p) + 1) for c in combinations(range(len(p)), n)]
    local = [min(1, min(p[s] / weights[s]) * weights[s].sum()) for s in sets]
    closed = [
        max(value for s, value in zip(sets, local, strict=True) if i in s) for i in range(len(p))
    ]

    assert holm(p, weights) == pytest.approx(np.array(closed))


def test_without_a_change_the_p_of_a_pair_is_uniform() -> None:
    random = np.random.default_rng(0)
    p = [changes(night(random, [pair()]), RULE)[0].p_drop for _ in range(2_000)]

    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_without_a_change_the_p_of_a_mean_is_uniform_even_if_pairs_share_their_luck() -> None:
    random = np.random.default_rng(1)
    subjects = [pair(dataset=d, model=m) for d in "abc" for m in ("forest", "boosting")]
    t = []
    for _ in range(1_000):
        mean = next(c for c in changes(night(random, subjects, shared=0.8), RULE)
                    if c.subject.kind == "strategy")  # fmt: skip
        t.append(stats.t.cdf(mean.estimate / mean.error, mean.df))

    assert stats.kstest(t, "uniform").pvalue > 0.01


def test_without_luck_an_upgrade_that_shuffles_folds_is_judged_by_the_plain_paired_t_test() -> None:
    random = np.random.default_rng(10)
    still = np.full(10, 0.6)
    p = []
    for _ in range(2_000):
        now = still + random.normal(0, 0.03, 10)
        change = changes([Folds(pair(), numbers(10), now, still, still)], RULE)[0]
        p.append(change.p_drop)
        assert change.p_drop == pytest.approx(
            stats.ttest_1samp(now - still, 0, alternative="less").pvalue
        )

    assert stats.kstest(p, "uniform").pvalue > 0.01


@pytest.mark.parametrize("value", [float("nan"), 0.0, 0.5, float("inf")])
def test_a_rule_that_would_pass_everything_is_refused(value: float) -> None:
    with pytest.raises(BenchmarkError, match="alpha must be"):
        Rule(alpha=value)
    with pytest.raises(BenchmarkError, match="min_effect must be"):
        Rule(min_effect=-1.0 if np.isfinite(value) else value)


def test_one_fold_and_many_pairs_have_a_detectable_drop_at_once() -> None:
    folds = [Folds(pair(dataset=f"d{i}"), numbers(1), *np.random.default_rng(i).random((3, 1)))
             for i in range(1_000)]  # fmt: skip

    assert all(np.isfinite(change.detectable) for change in changes(folds, RULE))


def test_the_interval_holds_the_truth_in_95_of_100_nights() -> None:
    random = np.random.default_rng(2)
    held = 0
    for _ in range(2_000):
        low, high = changes(night(random, [pair()], drop=0.02), RULE)[0].interval
        held += low < -0.02 < high

    assert held / 2_000 == pytest.approx(0.95, abs=0.015)


def test_the_detectable_drop_is_found_in_80_of_100_nights() -> None:
    random = np.random.default_rng(3)
    sd, drop = 0.02, 0.0
    seen = [changes(night(random, [pair()], sd=sd), RULE)[0].detectable for _ in range(300)]
    drop = float(np.median(seen))
    found = 0
    for _ in range(1_000):
        change = changes(night(random, [pair()], drop, sd=sd), RULE)[0]
        found += change.p_drop < RULE.alpha and -change.estimate > change.least

    assert found / 1_000 == pytest.approx(0.8, abs=0.04)


def test_the_detectable_drop_of_an_unchanged_pair_comes_from_the_luck_of_the_baseline() -> None:
    luck = np.random.default_rng(4).normal(0, 0.03 * 2**0.5, 1000)
    error = (1.5 * 0.03**2 / 1000) ** 0.5  # of a mean over 1,000 folds
    wanted = error * (stats.norm.ppf(1 - 0.025) + stats.norm.ppf(0.8))

    assert detectable(luck, Rule(0.05, 0.0), pairs=1) == pytest.approx(wanted, rel=0.05)


def test_more_pairs_make_a_smaller_drop_undetectable() -> None:
    luck = np.random.default_rng(5).normal(0, 0.03, 10)

    assert detectable(luck, RULE, pairs=100) > detectable(luck, RULE, pairs=1)


def test_a_pair_without_luck_changes_for_sure() -> None:
    still = np.full(10, 0.5)
    worse, better, same = (
        changes([Folds(pair(), numbers(10), still + by, still, still)], RULE)[0]
        for by in (-0.1, 0.1, 0.0)
    )

    assert (worse.p_drop, worse.p_gain) == (0.0, 1.0)
    assert (better.p_drop, better.p_gain) == (1.0, 0.0)
    assert (same.p_drop, same.p_gain) == (0.5, 0.5)
    assert worse.interval == pytest.approx((-0.1, -0.1))
    assert worse.detectable == RULE.min_effect


def test_a_mean_is_there_for_each_strategy_each_model_and_all() -> None:
    subjects = [pair(s, model=m) for s in ("smote", "none") for m in ("forest", "boosting")]
    found = changes(night(np.random.default_rng(6), subjects), RULE)

    assert [str(c.subject) for c in found[4:]] == [
        "strategy smote",
        "strategy none",
        "model forest",
        "model boosting",
        "all pairs",
    ]
    assert [c.pairs for c in found] == [1] * 4 + [2, 2, 2, 2, 4]
    assert found[-1].least == pytest.approx(RULE.min_effect / 2)


def test_means_over_the_same_pairs_are_one() -> None:
    subjects = [pair(dataset=d) for d in "ab"]  # all of them smote, all of them forest
    found = changes(night(np.random.default_rng(7), subjects), RULE)

    assert [str(c.subject) for c in found[2:]] == ["strategy smote"]


def test_a_known_pair_is_tested_but_counts_in_no_mean() -> None:
    random = np.random.default_rng(8)
    subjects = [pair("smote", "a"), pair("none", "b", "boosting")]
    fresh = night(random, subjects)
    known = night(random, [pair(dataset="c")], drop=0.5)
    found: dict[str, Change] = {str(c.subject): c for c in changes(fresh, RULE, known)}

    assert found["c / smote / forest"].p_drop < 0.001
    assert found["all pairs"].pairs == 2
    assert found["all pairs"].estimate > -0.1


def test_the_mean_weighs_quiet_pairs_more_but_none_above_half_the_median_deviation() -> None:
    random = np.random.default_rng(9)
    loud = night(random, [pair(dataset="loud")], sd=0.1)
    middle = night(random, [pair(dataset="middle")], sd=0.03)
    silent = [
        Folds(
            pair(dataset="silent"),
            numbers(10),
            np.full(10, 0.4),
            np.full(10, 0.5),
            np.full(10, 0.5),
        )
    ]
    found = changes([*loud, *middle, *silent], RULE)
    noise = {str(c.subject): c.error**2 / 1.5 * 10 for c in found[:3]}
    floor = sorted(noise.values())[1] / 4
    weights = np.array([1 / max(v, floor) for v in noise.values()])
    wanted = float(weights @ [c.estimate for c in found[:3]] / weights.sum())

    assert found[3].estimate == pytest.approx(wanted)
    assert found[3].before + found[3].estimate == pytest.approx(
        float(weights @ [c.before + c.estimate for c in found[:3]] / weights.sum())
    )


def test_nothing_tested_is_no_change() -> None:
    assert changes([], RULE) == []
