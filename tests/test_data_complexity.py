"""Measures of difficulty against other implementations, published figures and small examples."""

import os
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import problexity.classification as problexity
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.feature_selection import f_classif
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, kneighbors_graph
from sklearn.preprocessing import StandardScaler

from benchmark.data import complexity
from benchmark.data.complexity import measure, rare_class
from benchmark.data.load import load
from benchmark.types import Dataset, Floats, Integers
from benchmark.use import DatasetUse


def dataset(X: Any, y: Any, classes: tuple[str, ...] = ("no", "yes")) -> Dataset:
    return Dataset("made", pd.DataFrame(X), np.asarray(y), classes, fingerprint="")


def overlapping(seed: int = 0, rows: int = 400) -> tuple[Floats, Integers]:
    """Two clouds, of which the rarer one lies within the other's reach."""
    random = np.random.default_rng(seed)
    y = (np.arange(rows) % 8 == 0).astype(np.int64)
    return random.normal(size=(rows, 3)) + y[:, None], y


def lines(*groups: tuple[int, list[float]]) -> tuple[Floats, Integers]:
    """Points on a line, by class."""
    X = [[place] for _, places in groups for place in places]
    return np.array(X), np.array([code for code, places in groups for _ in places])


@pytest.mark.parametrize("load_set", [load_iris, load_breast_cancer])
def test_f1_is_what_the_f_statistic_of_the_best_column_leaves(load_set: Any) -> None:
    X, y = load_set(return_X_y=True)
    F, _ = f_classif(X, y)
    ratio = F.max() * y.max() / (len(y) - y.max() - 1)  # between / within

    assert complexity.fisher_ratio(X, y) == pytest.approx(1 / (1 + ratio), rel=1e-9)


def test_f1_is_problexitys_whose_ratio_counts_each_pair_of_classes_twice() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    theirs = 1 / problexity.f1(X, y) - 1

    assert 1 / complexity.fisher_ratio(X, y) - 1 == pytest.approx(theirs / 2, rel=1e-9)


def test_a_column_whose_variance_is_too_small_for_a_number_is_no_matter() -> None:
    X = np.array([[0.0], [0.0], [0.0], [1e-320]])

    assert complexity.fisher_ratio(X, np.array([0, 0, 0, 1])) == 1.0


def test_a_column_without_variance_is_no_matter() -> None:
    X, y = overlapping()
    padded = np.column_stack([np.ones(len(X)), X])

    assert complexity.fisher_ratio(padded, y) == complexity.fisher_ratio(X, y)
    assert complexity.overlap_volume(padded, y) == complexity.overlap_volume(X, y)


def test_f2_is_problexitys_and_a_mean_over_pairs_of_classes() -> None:
    X, y = load_iris(return_X_y=True)
    pairs = [
        problexity.f2(X[np.isin(y, pair)], (y[np.isin(y, pair)] == pair[1]).astype(int))
        for pair in combinations(range(3), 2)
    ]

    assert complexity.overlap_volume(X[y > 0], y[y > 0]) == pytest.approx(pairs[2], rel=1e-12)
    assert complexity.overlap_volume(X, y) == pytest.approx(np.mean(pairs), rel=1e-12)


def test_f2_of_two_ranges_is_what_they_share() -> None:
    X, y = lines((0, [0, 2]), (1, [1, 3]))

    assert complexity.overlap_volume(X, y) == pytest.approx(1 / 3)
    assert complexity.overlap_volume(*lines((0, [0, 1]), (1, [2, 3]))) == 0


def test_the_tree_is_as_short_as_scipys_and_joins_all_rows() -> None:
    X, _ = overlapping()
    distances = pairwise_distances(X)

    edges = complexity.spanning_tree(distances)

    lengths = distances[edges[:, 0], edges[:, 1]]
    assert lengths.sum() == pytest.approx(minimum_spanning_tree(distances).sum())
    assert sorted(edges[:, 1]) == list(range(1, len(X)))


def test_n1_counts_the_rows_at_scipys_edges_between_classes() -> None:
    X, y = overlapping()
    distances = pairwise_distances(X)
    starts, ends = minimum_spanning_tree(distances).nonzero()
    joined = y[starts] != y[ends]

    expected = len({*starts[joined], *ends[joined]}) / len(y)

    assert complexity.borderline_rows(distances, y) == expected


def test_n1_of_two_clouds_apart_is_the_one_bridge() -> None:
    X, y = lines((0, [0, 1, 2]), (1, [10, 11, 12]))

    assert complexity.borderline_rows(pairwise_distances(X), y) == pytest.approx(2 / 6)


def test_n1_joins_duplicates_of_two_classes() -> None:
    X, y = lines((0, [0, 0, 9]), (1, [0, 10]))

    assert complexity.borderline_rows(pairwise_distances(X), y) >= 4 / 5


def test_n3_is_problexitys() -> None:
    X, y = overlapping()

    found = complexity.neighbour_error(pairwise_distances(X), y)

    assert found == pytest.approx(problexity.n3(X, y), abs=1e-12)
    assert 0.1 < found < 0.3


def test_safe_and_outlying_rows_are_counted_as_in_scikit_learns_graph() -> None:
    X, y = overlapping(rows=200)
    own = kneighbors_graph(X, 5)[y == 1][:, y == 1].sum(axis=1)
    nearest = KNeighborsClassifier(1)
    wrong = cross_val_predict(nearest, X, y, cv=LeaveOneOut())[y == 1] != 1

    found = rare_class(X, y, 1, "yes")

    assert found.rows == 25
    assert found.safe == np.mean(own >= 4) > 0
    assert found.outlier == np.mean(own == 0) > 0
    assert found.borderline + found.rare == pytest.approx(np.mean((own > 0) & (own < 4)))
    assert found.error == wrong.mean()


CROWD = [float(place) for place in range(100, 130)]


@pytest.mark.parametrize(
    ("rare", "kinds"),
    [
        ([0, 1, 2, 3, 4, 5], (1, 0, 0, 0)),
        ([110.4], (0, 0, 0, 1)),
        ([110.4, 110.5], (0, 0, 1, 0)),
        ([110.4, 110.5, 110.6], (0, 1, 0, 0)),
        ([0, 1, 2, 3, 4, 5, 96.0], (6 / 7, 0, 0, 1 / 7)),
    ],
)
def test_each_kind_of_row_is_what_the_paper_calls_it(
    rare: list[float], kinds: tuple[float, ...]
) -> None:
    X, y = lines((1, rare), (0, CROWD))

    found = rare_class(X, y, 1, "yes")

    assert (found.safe, found.borderline, found.rare, found.outlier) == pytest.approx(kinds)


def test_a_row_with_one_neighbour_of_its_class_that_has_others_is_borderline() -> None:
    X, y = lines((1, [0, 1, 2, 3, 4, 5, 30]), (0, [31, 32, 33, 34, *CROWD]))

    found = rare_class(X, y, 1, "yes")

    assert (found.borderline, found.rare) == (pytest.approx(1 / 7), 0)


def test_groups_are_rows_linked_through_near_neighbours() -> None:
    cloud = [place / 100 for place in range(30)]
    X, y = lines((1, [*cloud, 110.1, 110.2, 110.3, 120.5]), (0, CROWD))

    found = rare_class(X, y, 1, "yes")

    assert found.disjuncts == 3
    assert found.small == 4 / 34


def test_a_row_with_many_duplicates_has_neighbours_other_than_itself() -> None:
    X, y = np.zeros((20, 2)), np.repeat([0, 1], [10, 10])

    found = complexity._neighbours(X, np.arange(20))

    assert found.shape == (20, 5)
    assert not (found == np.arange(20)[:, None]).any()
    assert rare_class(X, y, 1, "yes").rows == 10


@pytest.mark.skipif("BENCHMARK_DATA" not in os.environ, reason="BENCHMARK_DATA is not set")
def test_the_kinds_of_ecolis_rare_rows_are_the_published_ones() -> None:
    found = measure(load(DatasetUse(use="ecoli"), Path(), 1)).classes[0]

    shares = (found.safe, found.borderline, found.rare, found.outlier)

    assert [round(100 * share, 2) for share in shares] == [28.57, 54.29, 2.86, 14.29]


@pytest.mark.parametrize(
    ("counts", "codes"),
    [
        ((90, 10), (1,)),
        ((10, 90), (0,)),
        ((50, 50), ()),
        ((60, 5, 30, 25), (1, 3)),
        (tuple(range(1, 31)), tuple(range(10))),
    ],
)
def test_rare_is_a_class_below_the_average(counts: tuple[int, ...], codes: tuple[int, ...]) -> None:
    assert complexity.rare_classes(counts) == codes


def test_a_sample_keeps_the_share_of_each_class_and_a_row_of_the_rarest() -> None:
    y = np.repeat([0, 1, 2], [9000, 999, 1])

    rows = complexity.stratified(y, 1000, seed=0)

    assert np.bincount(y[rows]).tolist() == [900, 99, 1]
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, complexity.stratified(y, 1000, seed=0))
    assert not np.array_equal(rows, complexity.stratified(y, 1000, seed=1))
    assert complexity.stratified(y, 10_000, seed=0).tolist() == list(range(10_000))


def test_columns_are_imputed_standardised_and_one_hot() -> None:
    X = pd.DataFrame(
        {"kind": pd.Series(["a", "b", np.nan, "a"], dtype=object), "size": [1.0, 3.0, np.nan, 8.0]}
    )

    found = complexity.encode(dataset(X, [0, 1, 0, 1]), np.arange(4))

    sizes = StandardScaler().fit_transform([[1.0], [3.0], [3.0], [8.0]])
    assert np.allclose(found, np.column_stack([sizes, [1, 0, 1, 1], [0, 1, 0, 0]]))


def test_a_large_table_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complexity, "ROWS", 400)
    data = dataset(*overlapping(rows=2400))

    found = measure(data, seed=3)

    assert (found.rows, found.pair_rows) == (2400, 400)
    assert found.classes[0].rows == 300
    assert found == measure(data, seed=3)
    assert found.borderline_rows != measure(data, seed=4).borderline_rows


def test_not_more_rare_rows_are_looked_at_than_distances_allow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(complexity, "ROWS", 100)

    found = measure(dataset(*overlapping(rows=2400)))

    assert (found.classes[0].rows, found.rows) == (100, 800)


def test_a_wide_table_is_sampled_before_it_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(complexity, "CELLS", 1000)
    X, y = overlapping()
    words = pd.Series(np.where(X[:, 0] > 0, "a", "b"), dtype=object)

    found = measure(dataset(pd.DataFrame(X, columns=["p", "q", "r"]).assign(word=words), y))

    assert found.rows == 1000 // (3 + 2)


def test_ranges_overlap_in_numbers_only() -> None:
    X, y = overlapping()
    words = pd.DataFrame({"word": pd.Series(np.where(X[:, 0] > 0, "a", "b"), dtype=object)})
    mixed = pd.concat([words, pd.DataFrame(X, columns=["p", "q", "r"])], axis=1)

    assert measure(dataset(words, y)).overlap_volume is None
    assert measure(dataset(mixed, y)).overlap_volume == pytest.approx(problexity.f2(X, y))


def test_a_handful_of_rows_has_no_neighbourhoods() -> None:
    X, y = lines((0, [0, 1, 2, 3]), (1, [4]))

    found = measure(dataset(X, y))

    assert found.classes == ()
    assert found.neighbour_error == 1 / 5


def test_every_rare_class_of_many_is_looked_at() -> None:
    X, y = load_iris(return_X_y=True)
    kept = np.r_[0:50, 50:90, 100:110]

    found = measure(dataset(X[kept], y[kept], ("setosa", "versicolor", "virginica")))

    assert [one.label for one in found.classes] == ["virginica"]
    assert found.classes[0].rows == 10


def test_data_made_harder_is_measured_as_harder() -> None:
    apart, near = (
        measure(load(DatasetUse(use="synthetic", params={"overlap": overlap}), Path(), 1))
        for overlap in (0.1, 0.9)
    )

    assert apart.fisher_ratio < near.fisher_ratio
    assert apart.borderline_rows < near.borderline_rows
    assert apart.neighbour_error < near.neighbour_error
    assert apart.classes[0].outlier < near.classes[0].outlier
    assert apart.classes[0].safe > near.classes[0].safe
