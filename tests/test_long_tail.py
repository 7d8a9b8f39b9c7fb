"""A long tail has the published sizes, in training parts alone, wherever folds are used."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contracts import clouds, three_classes
from plugins_for_tests.suites import fit_keys, planned, write_suite
from sklearn import metrics
from sklearn.naive_bayes import GaussianNB

from benchmark.data.load import load
from benchmark.engine.job import Bench, Job
from benchmark.engine.plan import plan
from benchmark.engine.splits import outer_folds
from benchmark.engine.stopwatch import Stopwatch
from benchmark.errors import DatasetError, SuiteError
from benchmark.external import folds, import_predictions
from benchmark.flow import Options, execute, load_suite
from benchmark.long_tail import long_tail_sizes
from benchmark.results import recorded
from benchmark.resume import facts
from benchmark.suite import CrossValidation, Suite
from benchmark.types import Cell, Dataset
from benchmark.use import DatasetUse, LongTail

THREE = three_classes()
BALANCED = replace(THREE, y=np.random.default_rng(0).permutation(180) % 3)
TIMED = replace(BALANCED, time=np.random.default_rng(1).permutation(180))
CV = CrossValidation(folds=4, repeats=2)
DIGITS: dict[str, Any] = {
    "datasets": [{"use": "digits", "long_tail": {"ratio": 10}}],
    "metrics": ["balanced_accuracy"],
    "models": ["gaussian_naive_bayes"],
    "preprocess": {"scale": "none"},
    "cv": {"folds": 3, "repeats": 2},
}


def tailed(ratio: float, dataset: Dataset = BALANCED) -> Dataset:
    return replace(dataset, tail_ratio=ratio)


def test_cifar_10_has_the_sizes_that_its_long_tailed_versions_are_published_with() -> None:
    of_100 = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)

    assert long_tail_sizes([5000] * 10, 100) == of_100
    assert sum(long_tail_sizes([5000] * 10, 10)) == 20_431
    assert sum(long_tail_sizes([500] * 100, 100)) == 10_847


@pytest.mark.parametrize(
    ("counts", "ratio", "kept"),
    [
        ((900, 900, 900), 1000.0, (900, 28, 1)),  # n / 1000 is less than a row
        ((100, 20, 5), 4.0, (100, 20, 5)),  # no class grows
        ((50, 0, 50), 25.0, (50, 0, 2)),  # nor appears
        ((40, 400), 10.0, (40, 40)),  # two classes
        ((343,) * 4, 343.0, (343, 49, 7, 1)),  # whole numbers stay whole
    ],
)
def test_no_class_grows_or_loses_its_last_row(
    counts: tuple[int, ...], ratio: float, kept: tuple[int, ...]
) -> None:
    assert long_tail_sizes(counts, ratio) == kept


@pytest.mark.parametrize("dataset", [BALANCED, TIMED], ids=["plain", "timed"])
def test_training_parts_are_thinned_and_test_parts_are_not(dataset: Dataset) -> None:
    whole, thinned = (outer_folds(d, CV, seed=9) for d in (dataset, tailed(9.0, dataset)))

    for before, after in zip(whole, thinned, strict=True):
        there = np.isin(before.train, after.train)
        counts = np.bincount(dataset.y[before.train], minlength=3)
        assert (after.repeat, after.fold) == (before.repeat, before.fold)
        assert np.array_equal(after.test, before.test)
        assert np.array_equal(after.train, before.train[there])
        assert np.bincount(dataset.y[after.train]).tolist() == [
            counts[0] if counts[0] == counts.max() else min(counts[0], counts.max()),
            min(counts[1], int(counts.max() / 3)),
            min(counts[2], int(counts.max() / 9)),
        ]


def test_a_longer_tail_keeps_some_of_the_rows_that_a_shorter_one_keeps() -> None:
    short, long = (outer_folds(tailed(ratio), CV, seed=9) for ratio in (4.0, 16.0))

    for more, fewer in zip(short, long, strict=True):
        assert len(fewer.train) < len(more.train)
        assert set(fewer.train) < set(more.train)


def test_the_rows_are_drawn_anew_in_each_fold_and_with_each_seed_only() -> None:
    first, again, other = (outer_folds(tailed(9.0), CV, seed) for seed in (9, 9, 10))
    in_both_repeats = set(first[0].train) & set(first[4].train)

    assert all(np.array_equal(a.train, b.train) for a, b in zip(first, again, strict=True))
    assert in_both_repeats != set(first[0].train)
    assert not any(np.array_equal(a.train, b.train) for a, b in zip(first, other, strict=True))


def test_one_worker_keeps_the_folds_of_two_tails_of_one_dataset_apart() -> None:
    suite = Suite.model_validate(
        {"name": "x", "datasets": ["three"], "strategies": ["none"], "models": ["ridge"]}
    )
    bench, cell = Bench(), Cell("three", "none", "ridge", 0, 0)

    rows = [len(bench.fold(cell, suite, d).train) for d in (BALANCED, tailed(4.0), tailed(16.0))]

    assert rows == [144, 48 + 24 + 12, 48 + 12 + 3]


def test_a_tail_that_is_too_thin_for_the_inner_folds_is_refused_in_one_line() -> None:
    suite = Suite.model_validate(
        {
            "name": "thin", "datasets": ["three"], "strategies": ["none"], "models": ["ridge"],
            "metrics": ["macro_f2"], "tuning": {"trials": 2, "folds": 3},
        }
    )  # fmt: skip

    with pytest.raises(DatasetError) as caught:
        plan(suite, [tailed(48.0)])

    assert str(caught.value) == (
        "dataset 'three' leaves 1 row of its rarest class for training, "
        "fewer than tuning.folds: 3; long_tail: 48"
    )


@pytest.mark.parametrize("ratio", [1, 0.5, "much"])
def test_a_ratio_that_thins_nothing_is_refused(tmp_path: Path, ratio: object) -> None:
    path = write_suite(tmp_path, datasets=[{"use": "digits", "long_tail": {"ratio": ratio}}])

    with pytest.raises(SuiteError, match=r"datasets\[0\]\.long_tail\.ratio: must be"):
        load_suite(path)


def test_a_tail_that_removes_no_row_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,target\n" + "1,no\n" * 40 + "2,yes\n", encoding="utf-8")

    with pytest.raises(DatasetError, match="long_tail: ratio 20 removes no row; it is for classes"):
        load(DatasetUse.model_validate({"use": "table.csv", "long_tail": 20}), tmp_path, 1)


def test_a_number_alone_is_the_ratio() -> None:
    assert DatasetUse.model_validate({"use": "digits", "long_tail": 20}).long_tail == LongTail(
        ratio=20
    )


def test_another_ratio_is_another_fit_of_the_same_data(tmp_path: Path) -> None:
    found = []
    for ratio in (None, 10, 20):
        use = {"use": "digits"} | ({"long_tail": {"ratio": ratio}} if ratio else {})
        path = write_suite(tmp_path, **DIGITS | {"datasets": [use]})
        found.append((planned(path).datasets["digits"].fingerprint, fit_keys(path)))

    assert found[0][0] == found[1][0] == found[2][0]
    for cell, key in found[0][1].items():
        assert len({key, found[1][1][cell], found[2][1][cell]}) == 3


def test_a_fold_and_what_is_noted_of_the_data_have_the_sizes_of_the_tail(tmp_path: Path) -> None:
    made = planned(write_suite(tmp_path, **DIGITS))
    dataset = made.datasets["digits"]

    job = Job(next(iter(made.cells())), made.suite, dataset, Bench(), Stopwatch())

    not_tested = np.setdiff1d(np.arange(1797), job.fold.test)
    counts = np.bincount(dataset.y[job.fold.train])
    assert tuple(counts) == long_tail_sizes(np.bincount(dataset.y[not_tested]).tolist(), 10)
    assert facts(made)["datasets"]["digits"]["classes"] == {  # type: ignore[index]  # plain data
        str(k): size for k, size in enumerate(long_tail_sizes(dataset.class_counts, 10))
    }


def test_a_method_elsewhere_can_train_on_the_same_rows(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **DIGITS)
    results = tmp_path / "results"
    execute(path, Options(results=results))
    X, exported = planned(path).datasets["digits"].X.to_numpy(), folds(path)
    assert set(exported["training"]) == {"some rows"}

    pieces = []
    for repeat, number in product(range(2), range(3)):
        part = exported[exported["repeat"] == repeat]
        train = part[[str(number) in text.split() for text in part["trained_in"]]]
        test = part[part["fold"] == number]
        model = GaussianNB().fit(X[train["row"]], train["y"])
        pieces.append(test.assign(label=model.predict(X[test["row"]])))
    pd.concat(pieces).to_csv(tmp_path / "labels.csv", index=False)
    import_predictions(path, tmp_path / "labels.csv", "elsewhere", results=results)

    found = {row.cell: row.scores.values["default"] for row in recorded(path, results=results).rows}
    assert len(found) == 12
    for (repeat, number), part in zip(product(range(2), range(3)), pieces, strict=True):
        here = found[Cell("digits", "none", "gaussian_naive_bayes", repeat, number)]
        there = found[Cell("digits", "elsewhere", "external", repeat, number)]
        assert here == there
        expected = metrics.balanced_accuracy_score(part["y"], part["label"])
        assert here["balanced_accuracy"] == pytest.approx(expected, rel=1e-14)


def test_a_set_without_a_tail_is_exported_as_ever(tmp_path: Path) -> None:
    both = [{"use": "iris"}, {"use": "digits", "long_tail": {"ratio": 10}}]

    table = folds(write_suite(tmp_path, **DIGITS | {"datasets": both}))
    alone = folds(write_suite(tmp_path, **DIGITS | {"datasets": ["iris"]}))

    assert "trained_in" not in alone
    iris = table[table["dataset"] == "iris"]
    assert set(iris["trained_in"]) == {""}
    assert iris.drop(columns="trained_in").equals(alone)


def test_two_classes_have_a_tail_too() -> None:
    dataset = tailed(10.0, clouds(rows=200, positives=100))

    (fold, *_) = outer_folds(dataset, CrossValidation(folds=5), seed=1)

    assert np.bincount(dataset.y[fold.train]).tolist() == [80, 8]
    assert dataset.learnt_counts == (100, 10)
