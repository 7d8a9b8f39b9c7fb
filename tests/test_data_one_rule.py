"""What a column tells alone."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder

from benchmark.data.one_rule import strengths

Y = (np.arange(1000) % 10 == 0).astype(np.int64)


def strength(values: Any, y: Any = Y) -> float:
    return strengths(pd.DataFrame({"c": values}), np.asarray(y))["c"]


def words(values: Any) -> "pd.Series[Any]":
    return pd.Series([f"word {value}" for value in values], dtype=object)


def test_a_copy_of_the_label_tells_all() -> None:
    assert strength(Y.astype(float)) == 1
    assert strength(-Y.astype(float)) == 1
    assert strength(words(Y)) == 1


def test_a_missing_value_can_tell_all() -> None:
    noise = np.random.default_rng(0).normal(size=1000)

    assert strength(np.where(Y == 1, np.nan, noise)) == 1
    assert strength(pd.Series(np.where(Y == 1, np.nan, words(noise.round())), dtype=object)) == 1


def test_noise_tells_nothing() -> None:
    random, y = np.random.default_rng(0), np.tile(Y, 10)

    assert strength(random.normal(size=10_000), y) == pytest.approx(0.5, abs=0.03)
    assert strength(words(random.integers(0, 5, 10_000)), y) == pytest.approx(0.5, abs=0.03)


def test_a_word_for_each_row_tells_nothing() -> None:
    assert strength(words(range(1000))) == 0.5


def test_numbers_that_rise_with_the_class_have_scikit_learns_auc() -> None:
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)

    found = strengths(X, y.to_numpy())

    exact = {name: roc_auc_score(y, X[name]) for name in X}
    assert found["worst perimeter"] == pytest.approx(1 - exact["worst perimeter"])
    assert all(found[name] >= max(auc, 1 - auc) - 1e-12 for name, auc in exact.items())


def test_a_class_between_the_others_is_found() -> None:
    x = np.random.default_rng(0).normal(size=2000)
    y = (np.abs(x) < 0.2).astype(int)

    assert roc_auc_score(y, x) == pytest.approx(0.5, abs=0.05)
    assert strength(x, y) > 0.98


def test_a_category_tells_what_scikit_learns_target_encoder_learns() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 5000)
    column = words(np.where(random.random(5000) < 0.6, y, random.integers(0, 4, 5000)))
    X = column.to_frame()
    encoded = np.empty(5000)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        encoder = TargetEncoder(smooth=1.0).fit(X.iloc[train], y[train])
        encoded[test] = encoder.transform(X.iloc[test])[:, 0]

    assert strength(column, y) == pytest.approx(roc_auc_score(y, encoded), abs=0.002)


def test_many_classes_are_set_against_the_rest_one_by_one() -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    name = "petal length (cm)"
    ends = [1 - roc_auc_score(y == 0, X[name]), roc_auc_score(y == 2, X[name])]

    found = strengths(X, y.to_numpy())[name]

    assert strength(words(y), y) == 1
    assert (sum(ends) + 0.5) / 3 < found < 1


def test_a_class_of_one_row_is_no_obstacle() -> None:
    assert 0 <= strength(np.arange(10.0), [0] * 9 + [1]) <= 1
