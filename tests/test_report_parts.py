"""The figures of the report, against definitions, other libraries and examples by hand."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from demsar import TABLE_6
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from benchmark.analysis.report.differences import diagram
from benchmark.analysis.report.figures import PALETTE, View, label, listed, plain, short, signed
from benchmark.analysis.report.search import (
    best_so_far,
    explained,
    gain_over_defaults,
    groups,
    history,
    importances,
)
from benchmark.analysis.report.timing import pareto
from benchmark.analysis.scores import Complete
from benchmark.analysis.stats import mean_ranks
from benchmark.catalogue.registry import METRICS
from benchmark.types import Cell, Outcome, Trial

GRID = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=1, max_size=12)
CELL = Cell("data", "smote", "tree", 0, 0)


@given(GRID)
def test_the_pareto_front_is_what_no_point_beats(points: list[tuple[int, int]]) -> None:
    def is_beaten(point: tuple[int, int]) -> bool:
        seconds, quality = point
        return any(s <= seconds and q >= quality and (s, q) != point for s, q in points)

    front = pareto(*np.array(points, dtype=float).T)

    assert [points[i] for i in front] == sorted({p for p in points if not is_beaten(p)})


def drawn(scores: pd.DataFrame) -> View | None:
    ranks = mean_ranks(scores, 0).sort_values("rank")["rank"]
    return diagram("all", ranks, Complete(scores, "", {}))


def bars(view: View) -> list[tuple[float, float]]:
    """The ends of the bars that join groups, in ranks, each a little longer than its group."""
    shapes: Sequence[dict[str, Any]] = view.layout["shapes"]
    thick = [shape for shape in shapes if shape["line"]["width"] == 4]
    return sorted((shape["x0"], shape["x1"]) for shape in thick)


@pytest.mark.parametrize("seed", range(6))
def test_the_bars_join_what_scikit_posthocs_joins(seed: int) -> None:
    mpl.use("Agg")
    random = np.random.default_rng(seed)
    names = ["none", "smote", "adasyn", "bagging", "tomek"]
    scores = pd.DataFrame(random.normal(size=(12, 5)) + 0.7 * np.arange(5), columns=names)
    ranks = scores.rank(axis=1, ascending=False).mean()
    p = scikit_posthocs.posthoc_nemenyi_friedman(scores)
    known = scikit_posthocs.critical_difference_diagram(ranks, p)["crossbars"]
    expected = sorted((min(x), max(x)) for (line,) in known for x in [line.get_xdata()])

    view = drawn(scores)

    assert view is not None
    assert len(expected) > 0
    assert bars(view) == [pytest.approx(ends, abs=0.05) for ends in expected]


def test_the_example_of_demsar_has_one_group_and_its_critical_difference() -> None:
    view = drawn(TABLE_6)

    assert view is not None
    assert bars(view) == [pytest.approx((1.964, 3.143), abs=0.03)]
    assert view.finding.endswith("3 cannot be told from it: the critical difference is 1.25 ranks")
    assert [note["text"] for note in view.layout["annotations"]] == [
        "C4.5+m+cf 2.0", "C4.5+m 2.0", "C4.5+cf 2.9", "C4.5 3.1", "critical difference 1.25",
    ]  # fmt: skip


def test_there_is_no_diagram_where_no_ranks_can_differ() -> None:
    assert drawn(TABLE_6.iloc[:2]) is None


def outcome(*scores: float | None) -> Outcome:
    trials = tuple(Trial(i, {}, score, None, 0.0) for i, score in enumerate(scores))
    return Outcome(CELL, "ok", trials=trials)


def test_the_best_so_far_only_rises_and_skips_failed_trials() -> None:
    found = best_so_far([outcome(0.5, 0.4, None, 0.7), outcome(None, 0.2)], "default")

    assert found is not None
    expected = [[0.5, 0.5, 0.5, 0.7], [np.nan, 0.2, 0.2, 0.2]]
    np.testing.assert_array_equal(found, expected)


def test_the_history_of_a_loss_falls() -> None:
    turned = [outcome(-0.3, -0.4, -0.1), outcome(-0.5, -0.2, -0.2)]  # as a search maximises

    assert history(turned, "default", METRICS.get("brier")) == [
        [400, 250, 150], [300, 200, 100], [500, 300, 200],
    ]  # fmt: skip
    assert gain_over_defaults(turned, "default") == pytest.approx((0.2 + 0.3) / 2)


def test_one_trial_has_no_history() -> None:
    assert history([outcome(0.5)], "default", METRICS.get("f2")) is None
    assert np.isnan(gain_over_defaults([outcome(0.5)], "default"))


@pytest.mark.parametrize("seed", range(4))
def test_importance_is_epsilon_squared_of_the_test_of_kruskal_and_wallis(seed: int) -> None:
    random = np.random.default_rng(seed)
    group = random.integers(0, 3, 30)
    scores = (random.normal(size=30) + group).round(1)
    h = scipy_stats.kruskal(*(scores[group == g] for g in range(3))).statistic

    found = explained(scores.tolist(), group.tolist())

    assert found == pytest.approx(max(0, (h - 2) / (30 - 3)))


def test_a_parameter_that_decides_the_score_matters_most() -> None:
    random = np.random.default_rng(0)
    values = [{"depth": int(d), "noise": float(n), "fixed": 1} for d, n in
              zip(random.integers(1, 5, 40), random.random(40), strict=True)]  # fmt: skip
    trials = [Trial(i, v, v["depth"] / 10, None, 0.0) for i, v in enumerate(values)]

    found = importances([trials], "default")

    assert found["depth"] == pytest.approx(1)
    assert found["noise"] < 0.3
    assert "fixed" not in found


def test_numbers_are_grouped_by_quarters_and_choices_by_value() -> None:
    quarters = groups([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])

    assert [quarters.count(q) for q in sorted(set(quarters))] == [2, 2, 2, 2]
    assert groups(["a", "b", "a"]) == ["'a'", "'b'", "'a'"]
    assert groups([True, None, True]) == ["True", "None", "True"]


def test_a_long_name_keeps_both_ends_and_no_markup() -> None:
    cut = short("abc" * 100 + "end")

    assert len(cut) == 30
    assert cut.startswith("abcabc")
    assert cut.endswith("end")
    assert label("<b>&lt;") == "&lt;b&gt;&amp;lt;"


def test_a_gain_of_nothing_has_no_sign() -> None:
    assert [signed(v) for v in (0.0123, -0.5, -0.0001, 0.0)] == [
        "+0.012",
        "\N{MINUS SIGN}0.500",
        "0.000",
        "0.000",
    ]


def test_many_names_are_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"


def test_data_for_the_page_has_no_nan_and_no_numpy() -> None:
    found = plain({1: np.array([np.nan, 1 / 3]), "b": (np.float64("inf"), np.int64(3), True)})

    assert found == {"1": [None, 0.33333], "b": [None, 3, True]}


def luminance(colour: str) -> float:
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_colours_are_those_that_okabe_and_ito_chose_for_the_colour_blind() -> None:
    chosen = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"}

    assert set(PALETTE) == chosen
    assert abs(luminance(PALETTE[0]) - luminance(PALETTE[1])) > 0.05
