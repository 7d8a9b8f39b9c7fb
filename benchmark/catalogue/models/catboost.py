"""CatBoost, for matrices of numbers in which some columns hold codes of categories."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


class CodedCatBoost(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """CatBoost's classifier, which refuses categories in a matrix of floats and cannot be cloned.

    What CatBoost derives from the number of rounds is fixed, at what it takes for its own 1,000
    rounds: so the first rounds of a long fit are a short fit.

    Attributes:
        classifier_: the fitted `catboost.CatBoostClassifier`.
    """

    def __init__(
        self,
        n_estimators: int = 100,
        learning_rate: float = 0.1,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        categorical: tuple[int, ...] = (),
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.categorical = categorical
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "CodedCatBoost":
        """Fit on rows whose `categorical` columns hold whole numbers."""
        from catboost import CatBoostClassifier

        self.classifier_ = CatBoostClassifier(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            depth=self.depth,
            l2_leaf_reg=self.l2_leaf_reg,
            leaf_estimation_iterations=10 if len(np.unique(y)) == 2 else 1,
            cat_features=list(self.categorical),
            random_seed=self.random_state,
            thread_count=1,
            allow_writing_files=False,
            verbose=False,
        )
        self.classifier_.fit(self._frame(X), y, sample_weight=sample_weight)
        self.classes_ = np.asarray(self.classifier_.classes_)
        return self

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def predict_proba(self, X: Any, ntree_end: int = 0) -> Any:
        """Predict probabilities, shape (rows, classes), with all trees or the first ones."""
        return self.classifier_.predict_proba(self._frame(X), ntree_end=ntree_end, thread_count=1)

    def _frame(self, X: Any) -> pd.DataFrame:
        return pd.DataFrame(X).astype(dict.fromkeys(self.categorical, int))


def _first_trees(fitted: CodedCatBoost, X: Any, lengths: Sequence[int]) -> Iterator[Any]:
    for rounds in lengths:
        yield fitted.predict_proba(X, ntree_end=rounds)


@model(
    "catboost",
    on="mixed",
    prefixes=_first_trees,
    reference="CatBoost, NeurIPS 2018",
    requires=("catboost",),
)
def catboost(space: Scope, task: Task) -> CodedCatBoost:
    """Boosted symmetric trees that learn from categories by the share of the classes in them.

    For tables of categories, high-cardinality ones too; good without tuning. The slowest
    booster here. Its learning rate, which would follow the number of rounds, is 0.1 by default.
    """
    return CodedCatBoost(
        n_estimators=space.rounds("n_estimators", 10, 300, default=100),
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.1, log=True),
        depth=space.integer("depth", 2, 10, default=6),
        l2_leaf_reg=space.real("l2_leaf_reg", 0.1, 100.0, default=3.0, log=True),
        categorical=task.categorical,
        random_state=task.seed,
    )
