"""The quick forests are scikit-learn's to the last bit."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from benchmark.catalogue import quick_forest
from benchmark.catalogue.quick_forest import QuickExtraTrees, QuickRandomForest

PAIRS = [(RandomForestClassifier, QuickRandomForest), (ExtraTreesClassifier, QuickExtraTrees)]
NODES = ("feature", "threshold", "impurity", "n_node_samples", "weighted_n_node_samples", "value")


def assert_alike(one: Any, other: Any, X: Any) -> None:
    """Two forests have the same seeds, the same trees and the same predictions."""
    for left, right in zip(one.estimators_, other.estimators_, strict=True):
        assert left.random_state == right.random_state
        for name in (*NODES, "children_left", "children_right"):
            np.testing.assert_array_equal(getattr(left.tree_, name), getattr(right.tree_, name))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    np.testing.assert_array_equal(one.classes_, other.classes_)
    np.testing.assert_array_equal(one.feature_importances_, other.feature_importances_)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"criterion": "entropy", "max_depth": 3},
        {"max_features": 0.5, "min_samples_leaf": 7},
        {"max_features": 1.0, "min_samples_split": 20, "min_impurity_decrease": 0.01},
        {"max_features": "log2", "class_weight": "balanced"},
        {"class_weight": "balanced_subsample", "bootstrap": True},
        {"class_weight": {0: 1, 1: 9}, "bootstrap": False},
        {"bootstrap": True, "max_samples": 0.4, "oob_score": True},
        {"max_leaf_nodes": 9},
        {"ccp_alpha": 0.01},
        {"min_samples_leaf": 0.1},
        {"min_weight_fraction_leaf": 0.05},
        {"monotonic_cst": [1] + [0] * 29},
        {"n_jobs": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_a_forest_is_that_of_scikit_learn_to_the_last_bit(
    theirs: Any, ours: Any, params: dict[str, Any]
) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    settings = {"n_estimators": 7, "random_state": 3, "n_jobs": 1} | params

    assert_alike(theirs(**settings).fit(X, y), ours(**settings).fit(X, y), X)


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_weights_of_rows_missing_values_and_many_classes_are_as_there(
    theirs: Any, ours: Any
) -> None:
    X, y = load_iris(return_X_y=True)
    X[::7, 1] = np.nan
    settings = {"n_estimators": 7, "random_state": 3, "n_jobs": 1}
    weights = np.linspace(0.1, 3.0, len(y))
    names = np.array(["a", "b", "c"])[y]

    found = [made(**settings).fit(X, names, sample_weight=weights) for made in (theirs, ours)]

    assert_alike(*found, X)


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_a_forest_grows_on_and_is_fitted_again_as_there(theirs: Any, ours: Any) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    found = [
        made(4, random_state=3, n_jobs=1, warm_start=True).fit(X, y) for made in (theirs, ours)
    ]
    for forest in found:
        forest.set_params(n_estimators=9).fit(X, y)
    assert_alike(*found, X)

    for forest in found:
        forest.set_params(warm_start=False, random_state=8, max_depth=2).fit(X[::2], y[::2])
    assert_alike(*found, X)


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_a_forest_is_copied_and_stored_as_there(theirs: Any, ours: Any) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    expected = theirs(5, random_state=3, n_jobs=1).fit(X, y)

    stored = pickle.loads(pickle.dumps(ours(5, random_state=3, n_jobs=1).fit(X, y)))

    assert_alike(expected, stored, X)
    assert_alike(expected, clone(stored).fit(X, y), X)
    assert stored.get_params() == expected.get_params()
    tree = clone(stored.estimators_[2])
    np.testing.assert_array_equal(
        tree.fit(X, y).predict(X), clone(expected.estimators_[2]).fit(X, y).predict(X)
    )


def test_an_unknown_version_of_scikit_learn_grows_its_own_trees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = load_iris(return_X_y=True)
    monkeypatch.setattr(quick_forest, "COMPARED", False)

    forest = QuickRandomForest(3, n_jobs=1).fit(X, y)

    assert {type(tree).__name__ for tree in forest.estimators_} == {"DecisionTreeClassifier"}


def test_most_trees_are_grown_without_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = []
    grow = quick_forest._Grown._grow
    monkeypatch.setattr(
        quick_forest._Grown, "_grow", lambda tree, *data: (grown.append(tree), grow(tree, *data))
    )

    QuickRandomForest(5, n_jobs=1).fit(*load_iris(return_X_y=True))

    assert len(grown) == 4
