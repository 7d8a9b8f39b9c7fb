"""A bag decides as scikit-learn's bagging of the same models does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from contracts import clouds
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import scale
from sklearn.svm import SVC

from benchmark.catalogue.committee import Bag
from benchmark.engine.fit import score_kind


class Given(Bag):
    """A bag on rows that a test gives."""

    def __init__(self, estimator: Any, rows: Any, random_state: int | None = None) -> None:
        super().__init__(estimator, len(rows), random_state)
        self.rows = rows

    def draws(self, X: Any, y: Any, random: Any) -> Iterator[tuple[Any, Any]]:
        for rows in self.rows:
            yield X[rows], y[rows]


class Voter(ClassifierMixin, BaseEstimator):
    """The nearest centroid, and nothing but its label."""

    def fit(self, X: Any, y: Any) -> "Voter":
        self.model_ = NearestCentroid().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.model_.predict(X)


def two_classes() -> tuple[Any, Any]:
    dataset = clouds()
    return dataset.X.to_numpy(), dataset.y


def three_classes() -> tuple[Any, Any]:
    X, y = load_wine(return_X_y=True)
    return scale(X)[:, :3], y


def bags(model: Any, data: Any) -> tuple[Any, Any, Any]:
    """A bag of this project's and one of scikit-learn's, on the same rows; and the rows.

    In a pipeline, because scikit-learn weighs the rows of a model instead of repeating them.
    """
    X, y = data
    theirs = BaggingClassifier(make_pipeline(model), 7, random_state=3).fit(X, y)
    return Given(model, theirs.estimators_samples_).fit(X, y), theirs, X


@pytest.mark.parametrize("data", [two_classes(), three_classes()], ids=["two", "three"])
@pytest.mark.parametrize("model", [LogisticRegression(), GaussianNB()], ids=repr)
def test_probabilities_are_those_of_bagging(model: Any, data: Any) -> None:
    ours, theirs, X = bags(model, data)

    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-12)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    assert score_kind(ours) == "probability"


@pytest.mark.parametrize("data", [two_classes(), three_classes()], ids=["two", "three"])
@pytest.mark.parametrize("model", [SVC(), RidgeClassifier()], ids=repr)
def test_decision_values_are_those_of_bagging(model: Any, data: Any) -> None:
    ours, theirs, X = bags(model, data)

    assert ours.decision_function(X) == pytest.approx(theirs.decision_function(X), abs=1e-12)
    assert not hasattr(ours, "predict_proba")
    assert score_kind(ours) == score_kind(theirs) == "decision"


def test_votes_are_those_of_bagging_and_no_probabilities() -> None:
    ours, theirs, X = bags(Voter(), two_classes())

    votes = theirs.predict_proba(X)
    assert ours.decision_function(X) == pytest.approx(votes[:, 1] - votes[:, 0], abs=1e-12)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    assert score_kind(ours) == "decision"


def test_votes_for_many_classes_are_those_of_bagging() -> None:
    ours, theirs, X = bags(Voter(), three_classes())

    assert ours.decision_function(X) == pytest.approx(theirs.predict_proba(X), abs=1e-12)
