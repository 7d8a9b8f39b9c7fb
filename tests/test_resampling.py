"""Samplers meet few rare rows and many classes without pretending."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import BaseEstimator, clone
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue import compose
from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.resampling import Foreign, Resampled
from benchmark.space import Defaults
from benchmark.types import Task

EXACT_OVER = (
    "random_oversampling",
    "smoothed_bootstrap",
    "smote",
    "borderline_smote",
    "borderline_smote_2",
    "svm_smote",
    "gaussian_jitter",
    "mixup",
)
EXACT_UNDER = ("random_undersampling", "cluster_centroids", "near_miss_1", "near_miss_2")
ROUGH_OVER = ("adasyn", "kmeans_smote")
ROUGH_UNDER = ("near_miss_3", "instance_hardness_threshold")  # each has a test of its own
CLEANING = (
    "tomek_links",
    "edited_nearest_neighbours",
    "repeated_edited_nearest_neighbours",
    "all_knn",
    "condensed_nearest_neighbour",
    "one_sided_selection",
    "neighbourhood_cleaning_rule",
)
BOTH = ("smoteenn", "smotetomek")
NEIGHBOURS = ("smote", "borderline_smote", "svm_smote", "adasyn")


def fitted(name: str, X: Any, y: Any, **params: Any) -> Any:
    counts = tuple(np.bincount(y).tolist())
    task = Task(seed=3, class_counts=counts, n_columns=X.shape[1])
    space = Defaults(compose.fixed(params, {}))
    return compose.build(name, "decision_tree", space, task, task).fit(X, y)


def clouds_of(*counts: int, distance: float = 1.5) -> tuple[Any, Any]:
    """A Gaussian cloud a class, each `distance` from the next."""
    y = np.repeat(np.arange(len(counts)), counts)
    X = np.random.default_rng(0).normal(size=(len(y), 3)) + distance * y[:, np.newaxis]
    return X, y


@pytest.mark.parametrize("name", EXACT_OVER)
def test_an_oversampler_closes_half_the_gap_of_each_of_three_classes(name: str) -> None:
    classifier = fitted(name, *clouds_of(120, 40, 20), balance=0.5)

    assert classifier.resampled_counts_ == (120, 80, 70)


@pytest.mark.parametrize("name", EXACT_UNDER)
def test_an_undersampler_closes_half_the_gap_of_each_of_three_classes(name: str) -> None:
    classifier = fitted(name, *clouds_of(120, 40, 20), balance=0.5)

    assert classifier.resampled_counts_ == (70, 30, 20)


@pytest.mark.parametrize("name", ROUGH_OVER)
def test_an_oversampler_that_rounds_comes_near_half_the_gap(name: str) -> None:
    classifier = fitted(name, *clouds_of(120, 40, 20), balance=0.5)

    assert classifier.resampled_counts_ == pytest.approx((120, 80, 70), abs=8)


def test_near_miss_3_keeps_no_more_than_asked_for_and_some_of_every_class() -> None:
    with pytest.warns(UserWarning, match="balancing ratio cannot be ensure"):
        classifier = fitted("near_miss_3", *clouds_of(120, 40, 20), balance=0.5)

    common, middle, rare = classifier.resampled_counts_
    assert (0 < common < 70, 0 < middle <= 30, rare) == (True, True, 20)


def test_instance_hardness_keeps_the_rows_that_are_as_hard_as_the_last_one() -> None:
    classifier = fitted("instance_hardness_threshold", *clouds_of(120, 40, 20), balance=0.5)

    common, middle, rare = classifier.resampled_counts_
    assert (70 <= common < 120, 30 <= middle <= 40, rare) == (True, True, 20)


@pytest.mark.parametrize("name", CLEANING)
def test_cleaning_removes_rows_of_every_class_but_the_rarest(name: str) -> None:
    classifier = fitted(name, *clouds_of(120, 40, 20, distance=0.7))

    common, middle, rare = classifier.resampled_counts_
    assert rare == 20
    assert 0 < middle < 40
    assert 0 < common < 120


@pytest.mark.parametrize("name", BOTH)
def test_a_combined_sampler_adds_to_the_small_classes_and_cleans_the_large_one(name: str) -> None:
    classifier = fitted(name, *clouds_of(120, 40, 20, distance=2.0), balance=0.5)

    common, middle, rare = classifier.resampled_counts_
    assert common < 120
    assert 40 < middle <= 80
    assert 20 < rare <= 70


def test_every_sampler_on_numbers_is_tried_on_three_classes() -> None:
    tried = {*EXACT_OVER, *EXACT_UNDER, *ROUGH_OVER, *ROUGH_UNDER, *CLEANING, *BOTH}
    samplers = {
        strategy.name
        for strategy in STRATEGIES
        if strategy.level == "data" and strategy.on != "mixed" and not strategy.two_classes
    }

    assert samplers <= tried


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_two_rare_rows_are_too_few_for_neighbours_and_that_is_said(name: str) -> None:
    X, y = clouds_of(60, 2)

    with pytest.raises(ValueError, match=r"\d"):
        fitted(name, X, y)


@pytest.mark.parametrize("name", ["smoteenn", "smotetomek", "near_miss_1"])
def test_two_rare_rows_are_too_few_for_what_is_built_on_neighbours(name: str) -> None:
    X, y = clouds_of(60, 2)

    with pytest.raises(ValueError, match="n_samples_fit = 2"):
        fitted(name, X, y)


@pytest.mark.parametrize(
    "name",
    [
        "random_oversampling",
        "smoothed_bootstrap",
        "gaussian_jitter",
        "mixup",
        "borderline_smote_2",  # its neighbours are of any class
    ],
)
def test_two_rare_rows_are_enough_without_rare_neighbours(name: str) -> None:
    assert fitted(name, *clouds_of(60, 2)).resampled_counts_ == (60, 60)


@pytest.mark.parametrize("name", EXACT_UNDER)
def test_rare_rows_that_suffice_for_their_neighbours_keep_their_number(name: str) -> None:
    assert fitted(name, *clouds_of(60, 3)).resampled_counts_ == (3, 3)


@pytest.mark.parametrize("name", ["borderline_smote", "borderline_smote_2"])
def test_a_rare_class_without_a_row_in_danger_is_no_silent_success(name: str) -> None:
    X, y = clouds_of(60, 20, distance=50.0)

    with pytest.raises(ValueError, match="BorderlineSMOTE added no row to class 1, which has 20"):
        fitted(name, X, y)


def test_a_balance_of_zero_asks_for_no_rows_and_is_no_failure() -> None:
    X, y = clouds_of(60, 20, distance=50.0)

    assert fitted("borderline_smote", X, y, balance=0.0).resampled_counts_ == (60, 20)


def test_kmeans_smote_says_that_no_cluster_is_rare_enough_and_what_to_lower() -> None:
    X, y = clouds_of(300, 10, distance=0.0)

    with pytest.raises(RuntimeError, match=r"class 1\. Try lowering the cluster_balance_threshold"):
        fitted("kmeans_smote", X, y)
    assert fitted("kmeans_smote", X, y, cluster_balance_threshold=0.0, n_clusters=1)


def test_smote_gives_one_hot_columns_shares_between_0_and_1() -> None:
    X, y = clouds_of(60, 20)
    X = np.column_stack([X, np.eye(3)[np.arange(80) % 3]])
    task = Task(seed=3, class_counts=(60, 20), n_columns=6)

    X_new, _ = compose.build("smote", "decision_tree", Defaults(), task, task).sampler.fit_resample(
        X, y
    )

    made = X_new[80:, 3:]
    assert np.any((made > 0.01) & (made < 0.99))
    np.testing.assert_allclose(made.sum(axis=1), 1)


class Repeater:
    """A sampler that is no scikit-learn estimator; it repeats the last rows, once."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        count = self.counts.pop()
        return np.vstack([X, X[-count:]]), np.concatenate([y, y[-count:]])


def test_a_foreign_sampler_starts_afresh_in_every_clone_and_every_fit() -> None:
    X, y = clouds_of(60, 20)
    classifier = Resampled(Foreign(Repeater(5)), DecisionTreeClassifier())

    one = clone(classifier).fit(X, y).fit(X, y)
    two = classifier.fit(X, y)

    assert one.resampled_counts_ == two.resampled_counts_ == (60, 25)


class Idle:
    """A sampler that is no scikit-learn estimator and does nothing."""

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        return X, y


def test_a_foreign_sampler_that_does_nothing_fails_unless_there_is_nothing_to_do() -> None:
    uneven, even = clouds_of(60, 20), clouds_of(30, 30)

    with pytest.raises(ValueError, match="Idle handed the 80 rows back as they were"):
        Foreign(Idle()).fit_resample(*uneven)

    assert Foreign(Idle()).fit_resample(*even)[1] is even[1]


class Lists(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Says what imbalanced-learn says, in another form."""

    def __init__(self, form: Any) -> None:
        self.form = form

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        X, y = RandomOverSampler(random_state=0).fit_resample(X, y)
        return self.form(X), list(y)


@pytest.mark.parametrize("form", [np.ndarray.tolist, pd.DataFrame, np.asarray])
def test_a_sampler_may_return_lists_and_tables(form: Any) -> None:
    X, y = clouds_of(40, 10)

    found = Resampled(Lists(form), DecisionTreeClassifier(random_state=0)).fit(X, y)

    rows = RandomOverSampler(random_state=0).fit_resample(X, y)
    expected = DecisionTreeClassifier(random_state=0).fit(*rows)
    np.testing.assert_array_equal(found.predict(X), expected.predict(X))
    assert found.resampled_counts_ == (40, 40)


def test_a_sampler_that_hands_its_rows_back_freezes_none_of_the_callers() -> None:
    X, y = clouds_of(40, 10)

    Resampled(FunctionSampler(), DecisionTreeClassifier()).fit(X, y)

    assert X.flags.writeable
    assert y.flags.writeable
