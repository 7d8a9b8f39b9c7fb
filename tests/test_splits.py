"""Folds are exactly those of scikit-learn's splitters."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contracts import clouds
from numpy.testing import assert_array_equal
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from benchmark.engine.splits import Fold, inner_folds, outer_folds, places_of
from benchmark.errors import DatasetError
from benchmark.suite import CrossValidation

PLAIN = clouds(rows=120, positives=30)
GROUPED = replace(PLAIN, groups=np.arange(120) // 4)
TIMED = replace(PLAIN, time=np.random.default_rng(0).permutation(120) // 2)
PUBLISHED = replace(PLAIN, folds=np.array([*"cab"])[np.arange(120) % 3])
TRAIN = np.random.default_rng(1).permutation(120)[:90]


def assert_same_folds(found: list[Fold], expected: list[tuple[Any, Any]]) -> None:
    assert len(found) == len(expected)
    for fold, (train, test) in zip(found, expected, strict=True):
        assert_array_equal(fold.train, train)
        assert_array_equal(fold.test, test)


def numbers(folds: list[Fold]) -> list[tuple[int, int]]:
    return [(fold.repeat, fold.fold) for fold in folds]


def test_outer_folds_are_those_of_repeated_stratified_k_fold() -> None:
    found = outer_folds(PLAIN, CrossValidation(folds=4, repeats=3), seed=9)

    expected = RepeatedStratifiedKFold(n_splits=4, n_repeats=3, random_state=9)
    assert_same_folds(found, list(expected.split(PLAIN.X, PLAIN.y)))
    assert numbers(found) == [(repeat, fold) for repeat in range(3) for fold in range(4)]


def test_groups_stay_together_in_the_folds_of_stratified_group_k_fold() -> None:
    found = outer_folds(GROUPED, CrossValidation(folds=4, repeats=2), seed=9)

    expected = [
        pair
        for seed in (9, 10)
        for pair in StratifiedGroupKFold(4, shuffle=True, random_state=seed).split(
            PLAIN.X, PLAIN.y, GROUPED.groups
        )
    ]
    assert_same_folds(found, expected)
    assert numbers(found) == [(repeat, fold) for repeat in range(2) for fold in range(4)]
    for fold in found:
        assert not set(GROUPED.groups[fold.train]) & set(GROUPED.groups[fold.test])


def test_a_time_column_trains_on_the_past_only_and_is_never_repeated() -> None:
    found = outer_folds(TIMED, CrossValidation(folds=4, repeats=3), seed=9)

    order = np.argsort(TIMED.time, kind="stable")
    expected = [(order[a], order[b]) for a, b in TimeSeriesSplit(4).split(order)]
    assert_same_folds(found, expected)
    assert numbers(found) == [(0, fold) for fold in range(4)]
    for fold in found:
        assert TIMED.time[fold.train].max() <= TIMED.time[fold.test].min()


def test_published_folds_are_taken_in_the_order_of_their_names() -> None:
    found = outer_folds(PUBLISHED, CrossValidation(column="fold", repeats=3), seed=9)

    rows = np.arange(120)
    expected = [(rows[rows % 3 != k], rows[rows % 3 == k]) for k in (1, 2, 0)]
    assert_same_folds(found, expected)
    assert numbers(found) == [(0, 0), (0, 1), (0, 2)]


def test_published_folds_that_the_suite_does_not_name_are_left_alone() -> None:
    cv = CrossValidation(folds=3)

    found = outer_folds(PUBLISHED, cv, seed=9)

    assert_same_folds(found, [(f.train, f.test) for f in outer_folds(PLAIN, cv, seed=9)])


@pytest.mark.parametrize(
    ("dataset", "cv", "few"),
    [
        (PLAIN, CrossValidation(folds=4, repeats=30), 4),
        (clouds(rows=113, positives=17), CrossValidation(folds=7, repeats=30), 7),
        (replace(PLAIN, tail_ratio=5.0), CrossValidation(folds=4, repeats=30), 4),
        (GROUPED, CrossValidation(folds=4, repeats=30), 120),
        (TIMED, CrossValidation(folds=4, repeats=30), 4),
        (PUBLISHED, CrossValidation(column="fold", repeats=30), 3),
    ],
    ids=["plain", "odd", "long tail", "groups", "time", "published"],
)
def test_few_folds_stand_for_all_with_their_sizes(dataset: Any, cv: Any, few: int) -> None:
    places, standing = places_of(dataset, cv, seed=9)

    folds = outer_folds(dataset, cv, seed=9)
    assert places == numbers(folds)
    assert len(standing) == few
    assert {sizes(dataset, fold) for fold in standing} == {sizes(dataset, fold) for fold in folds}


def sizes(dataset: Any, fold: Fold) -> tuple[int, ...]:
    """The fold's number and its rows of each class, for training and for testing."""
    counts = [np.bincount(dataset.y[rows], minlength=2) for rows in (fold.train, fold.test)]
    return (fold.fold, *np.concatenate(counts).tolist())


def test_inner_folds_are_those_of_stratified_k_fold_on_the_training_rows() -> None:
    found = inner_folds(PLAIN, TRAIN, 3, seed=5)

    splitter = StratifiedKFold(3, shuffle=True, random_state=5)
    expected = [(TRAIN[a], TRAIN[b]) for a, b in splitter.split(TRAIN, PLAIN.y[TRAIN])]
    assert_same_folds([Fold(0, 0, *pair) for pair in found], expected)


def test_inner_folds_keep_groups_together() -> None:
    found = inner_folds(GROUPED, TRAIN, 3, seed=5)

    splitter = StratifiedGroupKFold(3, shuffle=True, random_state=5)
    pairs = splitter.split(TRAIN, PLAIN.y[TRAIN], GROUPED.groups[TRAIN])
    assert_same_folds(
        [Fold(0, 0, *pair) for pair in found], [(TRAIN[a], TRAIN[b]) for a, b in pairs]
    )


def test_inner_folds_of_timed_rows_validate_on_what_comes_later() -> None:
    found = inner_folds(TIMED, TRAIN, 3, seed=5)

    ordered = TRAIN[np.argsort(TIMED.time[TRAIN], kind="stable")]
    expected = [(ordered[a], ordered[b]) for a, b in TimeSeriesSplit(3).split(ordered)]
    assert_same_folds([Fold(0, 0, *pair) for pair in found], expected)


def test_inner_folds_inside_a_published_fold_are_stratified() -> None:
    found = inner_folds(PUBLISHED, TRAIN, 3, seed=5)

    expected = inner_folds(PLAIN, TRAIN, 3, seed=5)
    assert_same_folds([Fold(0, 0, *pair) for pair in found], expected)


@pytest.mark.parametrize("folds", [None, np.arange(120) % 3])
def test_a_rarest_class_smaller_than_the_folds_is_refused(folds: Any) -> None:
    dataset = replace(clouds(rows=120, positives=4), folds=folds)

    with pytest.raises(DatasetError) as caught:
        outer_folds(dataset, CrossValidation(folds=5), seed=1)
    assert str(caught.value) == (
        "dataset 'clouds' has 4 rows of its rarest class, fewer than cv.folds: 5"
    )


def test_a_fold_column_that_the_dataset_lacks_is_refused() -> None:
    with pytest.raises(DatasetError) as caught:
        outer_folds(PLAIN, CrossValidation(column="part"), seed=1)
    assert str(caught.value) == "dataset 'clouds' has no fold column 'part'"


def test_fewer_groups_than_folds_are_refused() -> None:
    dataset = replace(PLAIN, groups=np.arange(120) % 3)

    with pytest.raises(DatasetError, match=r"dataset 'clouds' cannot be split: .*groups: 3"):
        outer_folds(dataset, CrossValidation(folds=5), seed=1)


def test_groups_and_time_together_are_refused() -> None:
    dataset = replace(PLAIN, groups=np.arange(120) % 30, time=np.arange(120))

    with pytest.raises(DatasetError, match="has groups and time; no splitter keeps both"):
        outer_folds(dataset, CrossValidation(folds=5), seed=1)
