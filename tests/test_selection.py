"""The score of the best pair, by hand and in a simulation where the truth is known."""

import numpy as np
import pandas as pd
import pytest
from studies.selection import Bias, simulate, standard_error, true_f2

from benchmark.analysis.selection import Selected, selection_corrected
from benchmark.analysis.stats import NotRun

A, B, C = ("none", "svm"), ("smote", "svm"), ("smote", "forest")
NAN = np.nan


def frame(*rows: list[float]) -> pd.DataFrame:
    pairs = [A, B, C][: len(rows[0])]
    return pd.DataFrame(list(rows), columns=pd.Index(pairs, tupleize_cols=False), dtype=float)


def selected(inner: pd.DataFrame, outer: pd.DataFrame) -> Selected:
    found = selection_corrected(inner, outer)
    assert isinstance(found, Selected)
    return found


def test_each_fold_counts_the_outer_score_of_its_best_inner_pair() -> None:
    inner = frame([0.9, 0.8, 0.1], [0.5, 0.7, 0.6], [0.2, 0.4, 0.3])
    outer = frame([0.60, 0.99, 0.70], [0.61, 0.50, 0.71], [0.62, 0.40, 0.72])
    found = selected(inner, outer)

    assert found.folds == (0.60, 0.50, 0.40)
    assert found.mean == pytest.approx(0.5)
    assert found.std == pytest.approx(np.std([0.6, 0.5, 0.4]))
    assert list(found.chosen.items()) == [(B, 2), (A, 1)]
    assert (found.best, found.optimistic) == (C, pytest.approx(0.71))
    assert found.note == ""


def test_tied_pairs_count_with_their_mean() -> None:
    inner = frame([0.1 + 0.2, 0.3, 0.1], [0.5, 0.4, 0.3])
    outer = frame([0.2, 0.4, 0.9], [0.6, 0.1, 0.1])
    found = selected(inner, outer)

    assert found.folds == pytest.approx((0.3, 0.6))
    assert found.chosen == {A: 1.5, B: 0.5}


def test_the_order_of_pairs_changes_nothing() -> None:
    random = np.random.default_rng(0)
    inner, outer = (frame(*random.integers(0, 4, (6, 3)).tolist()) for _ in range(2))
    order = [C, A, B]
    turned = selected(inner[order], outer[order])

    assert turned.folds == pytest.approx(selected(inner, outer).folds)
    assert turned.chosen == pytest.approx(selected(inner, outer).chosen)


def test_one_pair_is_worth_what_it_scored() -> None:
    found = selected(frame([0.9], [0.8]), frame([0.4], [0.6]))

    assert found.mean == found.optimistic == pytest.approx(0.5)


@pytest.mark.parametrize("missing", ["inner", "outer"])
def test_a_pair_without_a_score_in_some_fold_is_no_candidate_and_is_named(missing: str) -> None:
    tables = {"inner": frame([0.9, 0.1], [0.9, 0.1]), "outer": frame([0.9, 0.2], [0.9, 0.4])}
    tables[missing].iloc[1, 0] = NAN
    found = selected(**tables)

    assert found.mean == found.optimistic == pytest.approx(0.3)
    assert found.chosen == {B: 2}
    assert found.note == "drop: left out: none + svm (missing on 1 of 2 folds)"


def test_a_pair_that_was_not_tuned_is_no_candidate() -> None:
    found = selected(frame([0.1], [0.1]), frame([0.2, 0.9], [0.4, 0.9]))

    assert found.best == A


def test_a_fold_that_nobody_was_scored_on_is_left_out_and_named() -> None:
    found = selected(frame([0.9, 0.1], [0.1, 0.9]), frame([NAN, NAN], [0.3, 0.4]))

    assert found.folds == (0.4,)
    assert found.note == "nothing measured on: 0"


def test_there_is_no_corrected_score_without_inner_scores() -> None:
    outer = frame([0.2, 0.3], [0.4, 0.5])
    off = selection_corrected(outer[[]], outer)
    gaps = selection_corrected(frame([0.1, NAN], [NAN, 0.1]), outer)

    assert isinstance(off, NotRun)
    assert str(off) == "the selection-corrected score was not run: there are no inner scores"
    assert isinstance(gaps, NotRun)
    assert gaps.reason.startswith("drop: left out: none + svm (missing on 1 of 2 folds)")


def test_the_true_score_of_the_simulation_is_what_one_pair_averages() -> None:
    errors = simulate(pairs=1, alike=0.0, repetitions=400, seed=1)

    assert 0.6 < true_f2() < 0.7
    assert abs(errors.raw.mean()) < 4 * standard_error(errors.raw)
    assert errors.raw == pytest.approx(errors.corrected)


@pytest.fixture(scope="module")
def hundred() -> Bias:
    return simulate(pairs=100, alike=0.5, repetitions=200, seed=1)


def test_the_raw_maximum_of_a_hundred_equal_pairs_is_biased(hundred: Bias) -> None:
    assert hundred.raw.mean() > 0.05
    assert hundred.raw.mean() > 10 * standard_error(hundred.raw)


def test_the_selection_corrected_score_is_not(hundred: Bias) -> None:
    assert abs(hundred.corrected.mean()) < 3 * standard_error(hundred.corrected) < 0.02
