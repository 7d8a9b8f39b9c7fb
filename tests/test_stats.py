"""Statistics over datasets against Demšar's worked example and four other implementations."""

import math
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from autorank import autorank
from demsar import Q_05, Q_10, TABLE_6
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.integrate import quad
from statsmodels.stats.anova import AnovaRM
from statsmodels.stats.multitest import multipletests

from benchmark.analysis.stats import (
    Friedman,
    NotRun,
    SignedRanks,
    against,
    cliffs_delta,
    cliques,
    critical_difference,
    friedman,
    holm,
    mean_ranks,
    nemenyi,
    tie_group,
    wilcoxon,
)
from benchmark.types import Floats

EXACT = 1e-6


def normal(datasets: int = 12, treatments: int = 5, seed: int = 0) -> pd.DataFrame:
    """Scores without ties, of which later treatments are better."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(datasets, treatments)) + np.arange(treatments) / 2
    return pd.DataFrame(values, columns=[f"t{i}" for i in range(treatments)])


def coarse(seed: int = 0, datasets: int = 12, treatments: int = 5) -> pd.DataFrame:
    """Scores with many ties."""
    values = np.random.default_rng(seed).integers(0, 4, size=(datasets, treatments)) / 10
    return pd.DataFrame(values, columns=[f"t{i}" for i in range(treatments)])


def signed(gains: Floats) -> SignedRanks:
    return wilcoxon(gains[:, None])[0]


def reason(found: object) -> str:
    assert isinstance(found, NotRun)
    return found.reason


# Demšar (2006)


def test_demsars_mean_ranks() -> None:
    ranks = mean_ranks(TABLE_6, seed=1)["rank"]

    assert ranks.round(3).tolist() == [3.143, 2.000, 2.893, 1.964]


def test_demsars_friedman_and_iman_davenport_statistics() -> None:
    found = friedman(TABLE_6, tie_correction=False)

    assert isinstance(found, Friedman)
    assert round(found.chi2, 2) == 9.28
    assert round(found.f, 2) == 3.69
    assert found.f_p < 0.05  # F(3, 39) is critical at 2.85


def test_demsars_critical_values_and_differences() -> None:
    def q(k: int, alpha: float) -> float:
        return critical_difference(k, 1, alpha) / math.sqrt(k * (k + 1) / 6)

    assert [q(k, 0.05) for k in range(2, 11)] == pytest.approx(Q_05, abs=1.1e-3)
    assert [q(k, 0.10) for k in range(2, 11)] == pytest.approx(Q_10, abs=1.1e-3)
    assert round(critical_difference(4, 14), 2) == 1.25
    assert round(critical_difference(4, 14, alpha=0.10), 2) == 1.12


@pytest.mark.parametrize("k", [2, 3, 10, 30])
def test_the_critical_difference_leaves_five_percent_of_the_range_of_normal_values(k: int) -> None:
    def density(z: float, width: float) -> float:
        """Of the smallest of k values at z, with the others within the width above it."""
        within = stats.norm.cdf(z + width) - stats.norm.cdf(z)
        return float(k * stats.norm.pdf(z) * within ** (k - 1))

    width = critical_difference(k, 9) / math.sqrt(k * (k + 1) / (12 * 9))

    assert quad(density, -12, 12, args=(width,))[0] == pytest.approx(0.95, abs=EXACT)


def test_demsars_groups_at_the_ten_percent_level() -> None:
    ranks = mean_ranks(TABLE_6, seed=1)["rank"]

    assert cliques(ranks, critical_difference(4, 14, alpha=0.10)) == (
        ("C4.5+m+cf", "C4.5+m", "C4.5+cf"),
        ("C4.5+cf", "C4.5"),
    )
    assert len(cliques(ranks, critical_difference(4, 14))) == 1


def test_demsars_wilcoxon_example() -> None:
    found = against(TABLE_6[["C4.5", "C4.5+m"]], "C4.5").table.loc["C4.5+m"]

    assert found["statistic"] == 12
    assert found["p"] < 0.05


def test_21_is_wilcoxons_critical_value_for_14_datasets() -> None:
    ranks = np.arange(1.0, 15)
    at = np.where(np.isin(ranks, [1, 9, 11]), -ranks, ranks)
    beyond = np.where(np.isin(ranks, [2, 9, 11]), -ranks, ranks)

    assert (signed(at).minus, signed(beyond).minus) == (21, 22)
    assert signed(at).p <= 0.05 < signed(beyond).p


# Other implementations


@pytest.mark.parametrize("scores", [TABLE_6, normal(), coarse()])
def test_friedman_is_scipys(scores: pd.DataFrame) -> None:
    found = friedman(scores)
    theirs = stats.friedmanchisquare(*scores.to_numpy().T)

    assert isinstance(found, Friedman)
    assert found.chi2 == pytest.approx(theirs.statistic, abs=EXACT)
    assert found.chi2_p == pytest.approx(theirs.pvalue, abs=EXACT)


@pytest.mark.parametrize("scores", [TABLE_6, normal(), coarse()])
def test_iman_davenport_is_statsmodels_analysis_of_variance_of_the_ranks(
    scores: pd.DataFrame,
) -> None:
    ranks = scores.rank(axis=1).rename_axis("dataset").reset_index()
    long = ranks.melt("dataset", var_name="treatment", value_name="rank")
    theirs = AnovaRM(long, "rank", "dataset", within=["treatment"]).fit().anova_table.iloc[0]
    found = friedman(scores)

    assert isinstance(found, Friedman)
    assert found.f == pytest.approx(theirs["F Value"], abs=EXACT)
    assert found.f_p == pytest.approx(theirs["Pr > F"], abs=EXACT)


@pytest.mark.parametrize("scores", [TABLE_6, normal(), coarse()])
def test_nemenyi_is_scikit_posthocs(scores: pd.DataFrame) -> None:
    theirs = scikit_posthocs.posthoc_nemenyi_friedman(scores.to_numpy())
    found = nemenyi(scores)

    assert isinstance(found, pd.DataFrame)
    assert found.to_numpy() == pytest.approx(theirs.to_numpy(), abs=EXACT)
    assert list(found.index) == list(found.columns) == list(scores.columns)


def test_nemenyi_and_the_critical_difference_agree() -> None:
    scores = normal(datasets=20, treatments=6, seed=3)
    ranks = mean_ranks(scores, 1)["rank"].to_numpy()
    found = nemenyi(scores)

    assert isinstance(found, pd.DataFrame)
    apart = np.abs(ranks[:, None] - ranks) >= critical_difference(6, 20)
    assert ((found.to_numpy() <= 0.05) == apart).all()
    assert 0 < apart.sum() < apart.size


@pytest.mark.parametrize("scores", [TABLE_6, normal(), coarse()])
def test_autorank_finds_the_same(scores: pd.DataFrame) -> None:
    theirs = autorank(
        scores.reset_index(drop=True), force_mode="nonparametric", effect_size="cliff_delta"
    )
    best = theirs.rankdf.index[0]
    found, ranks = friedman(scores), mean_ranks(scores, 1)["rank"]
    deltas = [cliffs_delta(scores[best].to_numpy(), scores[name].to_numpy()) for name in scores]

    assert isinstance(found, Friedman)
    assert found.chi2_p == pytest.approx(theirs.pvalue, abs=EXACT)
    assert ranks.to_dict() == pytest.approx(theirs.rankdf["meanrank"].to_dict(), abs=EXACT)
    assert critical_difference(*scores.shape[::-1]) == pytest.approx(
        theirs.cd, rel=1e-4
    )  # theirs interpolates
    assert deltas == pytest.approx(theirs.rankdf["effect_size"][list(scores)].tolist(), abs=EXACT)


def test_autoranks_one_sided_test_of_two_is_half_of_ours() -> None:
    scores = normal(treatments=2)
    theirs = autorank(scores, force_mode="nonparametric")

    assert theirs.omnibus == "wilcoxon"
    assert against(scores, "t0").table.loc["t1", "p"] == pytest.approx(2 * theirs.pvalue, abs=EXACT)


def test_p_against_a_control_is_scikit_posthocs() -> None:
    scores = normal(datasets=15)
    theirs = scikit_posthocs.posthoc_wilcoxon(list(scores.to_numpy().T))
    table = against(scores, "t0").table

    assert table["p"].to_numpy() == pytest.approx(theirs.to_numpy()[0, 1:], abs=EXACT)
    adjusted = multipletests(table["p"], method="holm")[1]
    assert table["p_holm"].to_numpy() == pytest.approx(adjusted, abs=EXACT)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zeros", ["pratt", "zsplit"])
def test_wilcoxon_with_ties_and_zeros_is_scipys_over_all_signs(seed: int, zeros: str) -> None:
    gains = np.random.default_rng(seed).integers(-2, 5, size=11) / 10
    method = stats.PermutationMethod(n_resamples=np.inf)
    theirs = stats.wilcoxon(gains, zero_method=zeros, method=method)

    assert len(set(np.abs(gains))) < len(gains)
    assert signed(gains).p == pytest.approx(theirs.pvalue, abs=EXACT)


@pytest.mark.parametrize("datasets", [6, 25, 50])
def test_wilcoxon_without_ties_is_scipys_exact_one(datasets: int) -> None:
    gains = np.random.default_rng(datasets).normal(0.3, 1, datasets)
    theirs = stats.wilcoxon(gains, method="exact")
    found = signed(gains)

    assert min(found.plus, found.minus) == theirs.statistic
    assert found.p == pytest.approx(theirs.pvalue, abs=EXACT)


def test_wilcoxon_of_many_datasets_nears_the_normal_approximation() -> None:
    gains = np.random.default_rng(1).normal(0.1, 1, 400)

    theirs = stats.wilcoxon(gains, method="asymptotic").pvalue
    assert signed(gains).p == pytest.approx(theirs, rel=1e-2)


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_holm_is_statsmodels(n: int) -> None:
    p = np.random.default_rng(n).random(n).round(2) / n

    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=EXACT)


def test_the_bootstrap_interval_is_scipys() -> None:
    scores = normal(datasets=20)
    ranks = scores.rank(axis=1, ascending=False).to_numpy()
    found = mean_ranks(scores, seed=1)
    theirs = stats.bootstrap(
        (ranks,), np.mean, axis=0, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval

    assert found["low"].to_numpy() == pytest.approx(theirs.low, abs=0.051)  # a step is 1/20
    assert found["high"].to_numpy() == pytest.approx(theirs.high, abs=0.051)
    assert (found["low"] < found["rank"]).all()
    assert (found["rank"] < found["high"]).all()


def test_the_bootstrap_interval_is_that_of_all_resamples() -> None:
    scores = normal(datasets=6, treatments=3)
    ranks = scores.rank(axis=1, ascending=False).to_numpy()
    means = [ranks[list(drawn)].mean(axis=0) for drawn in product(range(6), repeat=6)]
    found = mean_ranks(scores, seed=1, resamples=200_000)

    assert found["low"].tolist() == pytest.approx(np.quantile(means, 0.025, axis=0).tolist())
    assert found["high"].tolist() == pytest.approx(np.quantile(means, 0.975, axis=0).tolist())


def test_the_same_seed_gives_the_same_interval() -> None:
    pd.testing.assert_frame_equal(mean_ranks(normal(), 1), mean_ranks(normal(), 1))


def test_one_dataset_has_no_interval() -> None:
    found = mean_ranks(normal(datasets=1), 1)

    assert found["low"].isna().all()
    assert sorted(found["rank"]) == [1, 2, 3, 4, 5]


# Effects


def test_cliffs_delta_is_what_mann_and_whitneys_statistic_says() -> None:
    a, b = coarse().to_numpy()[:, 0], coarse(1).to_numpy()[:9, 1]

    u = stats.mannwhitneyu(a, b).statistic
    assert cliffs_delta(a, b) == pytest.approx(2 * u / (len(a) * len(b)) - 1, abs=EXACT)


def test_gains_are_over_the_control_and_small_ones_are_ties() -> None:
    gains = [0.3, 0.01, -0.01, 0.0100001, -0.02, 0.05]
    scores = pd.DataFrame({"none": [0.5] * 6, "smote": [0.5 + gain for gain in gains]})
    found = against(scores, "none").table.loc["smote"]

    assert found[["wins", "ties", "losses"]].tolist() == [3, 2, 1]
    assert found["median_gain"] == pytest.approx(np.median(gains))
    assert found["mean_gain"] == pytest.approx(np.mean(gains))


def test_the_control_may_be_a_pair() -> None:
    scores = normal(treatments=3).set_axis(
        pd.MultiIndex.from_tuples([("none", "svm"), ("smote", "svm"), ("smote", "forest")]), axis=1
    )
    found = against(scores, ("none", "svm"))

    assert list(found.table.index) == [("smote", "svm"), ("smote", "forest")]
    assert reason(against(scores, "none").not_run) == "the control none has no complete scores"


# Tie groups and cliques


def test_the_tie_group_is_what_a_step_down_test_against_the_best_leaves() -> None:
    scores = normal(datasets=25, treatments=8, seed=1)
    theirs = scikit_posthocs.posthoc_wilcoxon(list(scores.to_numpy().T)).to_numpy()
    order = list(np.argsort(scores.rank(axis=1, ascending=False).mean().to_numpy()))
    keep = ~multipletests(theirs[order[0], order[1:]], method="holm")[0]
    expected = [order[0], *np.array(order[1:])[keep]]

    assert tie_group(scores) == tuple(f"t{i}" for i in expected)
    assert 1 < len(expected) < 8


def test_what_beats_the_best_mean_rank_is_no_worse() -> None:
    ahead = {"A": [0.90] * 9 + [0.91], "B": [0.95 + i / 1000 for i in range(9)] + [0.905]}
    between = {f"C{i}": [0.5 + i / 100] * 9 + [0.906 + i / 10_000] for i in range(10)}
    scores = pd.DataFrame({**ahead, **between})

    assert mean_ranks(scores, 1)["rank"].idxmin() == "A"
    assert against(scores, "A").table.loc["B", "p_holm"] < 0.05
    assert tie_group(scores) == ("A", "B")


def test_one_treatment_is_its_own_tie_group() -> None:
    assert tie_group(normal(treatments=1)) == ("t0",)


@given(arrays(float, st.integers(1, 6), elements=st.integers(10, 60).map(lambda i: i / 10)))
def test_cliques_are_the_largest_sets_without_a_difference(values: Floats) -> None:
    ranks = pd.Series(values)
    sets = [
        set(names)
        for size in range(2, len(ranks) + 1)
        for names in combinations(ranks.index, size)
        if ranks[list(names)].max() - ranks[list(names)].min() < 1.25
    ]
    largest = [names for names in sets if not any(names < other for other in sets)]

    found = [set(names) for names in cliques(ranks, 1.25)]
    assert len(found) == len(largest)
    assert all(names in largest for names in found)


# Laws

tables = arrays(float, st.tuples(st.integers(8, 12), st.integers(3, 5)), elements=st.integers(0, 9))


@given(tables)
def test_ranks_and_their_tests_do_not_change_under_a_monotone_map(values: Floats) -> None:
    scores, mapped = pd.DataFrame(values / 10), pd.DataFrame(np.exp(values) - 7)

    pd.testing.assert_frame_equal(mean_ranks(scores, 1, 50), mean_ranks(mapped, 1, 50))
    assert friedman(scores) == friedman(mapped)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_columns_changes_nothing(values: Floats, random: st.DrawFn) -> None:
    scores = pd.DataFrame(values / 10)
    order = list(scores.columns)
    random.shuffle(order)  # type: ignore[attr-defined]
    found, shuffled = against(scores, 0).table, against(scores[order], 0).table

    pd.testing.assert_frame_equal(shuffled.loc[found.index], found)
    assert tie_group(scores[order]) == tie_group(scores)


@given(tables)
def test_swapping_treatment_and_control_turns_the_signs(values: Floats) -> None:
    scores = pd.DataFrame(values[:, :2] / 10)
    there, back = against(scores, 0).table.loc[1], against(scores, 1).table.loc[0]

    same, turned = ["p", "p_holm", "statistic", "ties"], ["mean_gain", "median_gain"]
    assert there[same].tolist() == back[same].tolist()
    assert there[[*turned, "cliffs_delta"]].tolist() == (-back[[*turned, "cliffs_delta"]]).tolist()
    assert there["wins"] == back["losses"]


# What cannot be tested


def test_nothing_differs_where_all_scores_are_the_same() -> None:
    scores = pd.DataFrame(np.full((8, 3), 0.5), columns=["a", "b", "c"])
    found = friedman(scores)

    assert isinstance(found, Friedman)
    assert (found.chi2, found.chi2_p, found.f, found.f_p) == (0, 1, 0, 1)
    assert against(scores, "a").table["p"].tolist() == [1, 1]
    assert tie_group(scores) == ("a", "b", "c")


def test_complete_agreement_is_the_limit_of_iman_davenport() -> None:
    found = friedman(pd.DataFrame([[1, 2, 3]] * 4, dtype=float))

    assert isinstance(found, Friedman)
    assert (found.chi2, found.f) == (pytest.approx(8), math.inf)
    assert found.f_p == pytest.approx((1 / 6) ** 3)  # of the orders of 3 on 3 further datasets


def test_six_datasets_are_the_fewest_for_wilcoxon() -> None:
    scores = pd.DataFrame({"a": np.arange(6.0), "b": np.arange(6.0) * 2 + 1})
    five = against(scores[:5], "a")

    assert against(scores, "a").table.loc["b", "p"] == stats.wilcoxon(np.arange(1, 7)).pvalue < 0.05
    assert str(five.not_run) == (
        "Wilcoxon's test was not run: 1 comparison on 5 families of datasets cannot give a p below "
        "0.062 after Holm's correction; it needs 6"
    )
    assert five.table["p"].isna().all()
    assert five.table["p_holm"].isna().all()
    assert five.table["wins"].tolist() == [5]


@pytest.mark.parametrize(("treatments", "needed"), [(2, 6), (3, 7), (5, 8), (6, 8), (31, 11)])
def test_more_comparisons_need_more_datasets(treatments: int, needed: int) -> None:
    values = np.tile(np.arange(treatments), (needed, 1)) + np.arange(needed)[:, None] / 1000
    scores = pd.DataFrame(values + np.outer(np.arange(needed), np.arange(treatments)) / 1e4)

    assert against(scores, 0).table["p_holm"].min() < 0.05
    assert reason(against(scores[1:], 0).not_run).endswith(f"it needs {needed}")
    assert reason(tie_group(scores[1:])).endswith(f"it needs {needed}")


def test_friedman_needs_three_treatments_and_enough_datasets() -> None:
    assert reason(friedman(normal(treatments=2))) == "it needs 3 treatments, and there are 2"
    assert reason(friedman(normal(datasets=2, treatments=3))) == (
        "3 treatments on 2 families of datasets cannot give a p below 0.17"
    )
    assert isinstance(friedman(normal(datasets=3, treatments=3)), Friedman)
    assert isinstance(friedman(normal(datasets=2, treatments=4)), Friedman)
    assert isinstance(friedman(normal(datasets=1, treatments=300)), NotRun)


def test_the_least_p_of_friedman_is_that_of_all_agreeing_rankings() -> None:
    agreeing = [len({a, b}) == 1 for a in range(6) for b in range(6)]  # rankings of 3 on 2 datasets

    assert f"{np.mean(agreeing):.2g}" in reason(friedman(normal(datasets=2, treatments=3)))


def test_nemenyi_needs_ranks_that_can_differ_enough() -> None:
    assert reason(nemenyi(normal(datasets=2, treatments=3))) == (
        "mean ranks over 2 families of datasets cannot differ by the critical difference of 2.34"
    )
    assert isinstance(nemenyi(normal(datasets=3, treatments=3)), pd.DataFrame)
    assert reason(nemenyi(normal(treatments=1))) == (
        "it needs 2 treatments and a dataset, and there are 1 treatment and 12 families of datasets"
    )


def test_nothing_is_compared_without_treatments_or_datasets() -> None:
    nothing = normal()[[]]

    assert reason(tie_group(nothing)) == "there is no second treatment"
    assert reason(against(normal()[:0], "t0").not_run) == "the control t0 has no complete scores"
    assert reason(against(normal()[["t0"]], "t0").not_run) == "there is no second treatment"
    assert isinstance(friedman(normal()[:0]), NotRun)
    assert isinstance(nemenyi(normal()[:0]), NotRun)
    assert mean_ranks(normal()[:0], 1)["rank"].isna().all()
