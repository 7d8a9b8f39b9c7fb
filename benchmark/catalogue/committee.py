"""Models that are fitted in turn and decide together."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import BaseEnsemble
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from benchmark.space import Scope
from benchmark.types import Floats


def members(space: Scope) -> int:
    """Ask for the number of members, by default the same for every ensemble."""
    return space.integer("n_estimators", 5, 50, default=10, tune=False)


def say(member: Any, X: Any) -> Floats:
    """What a model gives each class: its probabilities, or its vote; shape (rows, classes)."""
    if hasattr(member, "predict_proba"):
        return np.asarray(member.predict_proba(X), dtype=np.float64)
    votes: Floats = (member.predict(X)[:, np.newaxis] == member.classes_).astype(np.float64)
    return votes


def _gives_probabilities(committee: "Committee") -> bool:
    return hasattr(committee.estimator, "predict_proba")


class Committee(ClassifierMixin, BaseEnsemble):  # type: ignore[misc]  # scikit-learn is untyped
    """Clones of one model; a subclass fits them and says how they are added up.

    Has no probabilities where the model has none: a share of votes is not one.
    """

    estimators_: list[Any]

    @abstractmethod
    def __init__(self, estimator: Any, n_estimators: int, random_state: int | None) -> None:
        super().__init__(estimator=estimator, n_estimators=n_estimators)
        self.random_state = random_state

    @abstractmethod
    def shares(self, X: Any) -> Floats:
        """What the members give each class together, from 0 to 1; shape (rows, classes)."""

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classes_[np.argmax(self.shares(X), axis=1)]

    @available_if(_gives_probabilities)  # type: ignore[untyped-decorator]  # scikit-learn is untyped
    def predict_proba(self, X: Any) -> Floats:
        """Predict probabilities, shape (rows, classes)."""
        return self.shares(X)

    def decision_function(self, X: Any) -> Floats:
        """By how much the share of class 1 exceeds that of class 0; of many classes, the shares."""
        given = self.shares(X)
        return given[:, 1] - given[:, 0] if given.shape[1] == 2 else given


class Bag(Committee):
    """The mean of its members; a subclass draws the rows that each is fitted on."""

    @abstractmethod
    def draws(self, X: Any, y: Any, random: Any) -> Iterator[tuple[Any, Any]]:
        """Yield rows and labels for each member; `estimators_` are those fitted before."""

    def fit(self, X: Any, y: Any) -> "Bag":
        """Fit a member on each draw."""
        random = check_random_state(self.random_state)
        self.classes_ = np.unique(y)
        self.estimator_, self.estimators_ = self.estimator, []
        for X_drawn, y_drawn in self.draws(X, y, random):
            self._make_estimator(random_state=random).fit(X_drawn, y_drawn)
        return self

    def shares(self, X: Any) -> Floats:
        """The mean of the members' probabilities, or votes."""
        return np.asarray(np.mean([say(member, X) for member in self.estimators_], axis=0))

    def decision_function(self, X: Any) -> Floats:
        """The mean of the members' decision values, where they have nothing better to offer."""
        if _gives_probabilities(self) or not hasattr(self.estimator, "decision_function"):
            return super().decision_function(X)
        values = [member.decision_function(X) for member in self.estimators_]
        return np.asarray(np.mean(values, axis=0))
