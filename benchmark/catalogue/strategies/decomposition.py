"""Strategies that cut one problem into others."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.utils.metaestimators import available_if

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task


class MajorityClusters(Wrapper):
    """Learns the clusters of the largest class as classes of their own, then merges them.

    Attributes:
        parents_: the class that each part, a cluster or a class left whole, belongs to.
    """

    changes_scores = True
    relabels = True

    def __init__(self, clusterer: Any, classifier: Any) -> None:
        super().__init__(classifier)
        self.clusterer = clusterer

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "MajorityClusters":
        """Cluster, then fit; raises ValueError where the largest class is a single cluster."""
        common = np.bincount(y).argmax()
        members = y == common
        parts = y.copy()
        parts[members] = y.max() + 1 + clone(self.clusterer).fit_predict(X[members])
        codes, parts = np.unique(parts, return_inverse=True)
        if np.count_nonzero(codes > y.max()) < 2:
            raise ValueError(f"the {members.sum()} rows of class {common} form 1 cluster")
        self.parents_ = np.where(codes > y.max(), common, codes)
        self.fit_classifier(X, parts, row_weights)
        return self

    @property
    def classes_(self) -> Any:
        """The class codes, in the order of the probabilities."""
        return np.unique(self.parents_)

    @property
    def _columns(self) -> list[Any]:
        """For each class, which columns of the classifier's answer belong to it."""
        parents = self.parents_[self.classifier_.classes_]
        return [parents == code for code in self.classes_]

    def predict(self, X: Any) -> Any:
        """Predict the class with the highest probability, else the class of the likeliest part."""
        if hasattr(self, "predict_proba"):
            return self.classes_[self.predict_proba(X).argmax(axis=1)]
        return self.parents_[self.classifier_.predict(X)]

    @available_if(lambda self: hasattr(self.classifier, "predict_proba"))  # type: ignore[untyped-decorator]  # scikit-learn is untyped
    def predict_proba(self, X: Any) -> Any:
        """Sum the probabilities of each class's parts, shape (rows, classes)."""
        parts = self.classifier_.predict_proba(X)
        classes = [parts[:, columns].sum(axis=1) for columns in self._columns]
        return np.column_stack(classes).clip(0.0, 1.0)

    @available_if(lambda self: hasattr(self.classifier, "decision_function"))  # type: ignore[untyped-decorator]  # as above
    def decision_function(self, X: Any) -> Any:
        """The best decision value of each class's parts; of two classes, the second's lead."""
        parts = self.classifier_.decision_function(X)
        classes = np.column_stack([parts[:, columns].max(axis=1) for columns in self._columns])
        return classes[:, 1] - classes[:, 0] if classes.shape[1] == 2 else classes


@strategy(
    "majority_clusters",
    level="hybrid",
    rows="kept",
    reference="10.1145/1281192.1281279",
    relabels=True,
)
def majority_clusters(classifier: Any, space: Scope, task: Task) -> MajorityClusters:
    """Cut the largest class into k-means clusters and learn each as a class of its own.

    Local decomposition (COG): no row is lost or made, and a linear model gets several borders.
    For a common class of many kinds. `majority_clusters+smote` balances the clusters and the
    rare class (CDSMOTE, 10.1007/s00521-020-05130-z). Costs a fit with as many more classes.
    """
    clusterer = KMeans(
        n_clusters=space.integer("n_clusters", 2, 16, default=8), random_state=task.seed
    )
    return MajorityClusters(clusterer, classifier)


@strategy(
    "one_vs_rest",
    level="hybrid",
    on="any",
    reference="Rifkin and Klautau, JMLR 5, 2004",
    relabels=True,
)
def one_vs_rest(classifier: Any, space: Scope, task: Task) -> OneVsRestClassifier:
    """Learn each class against all others.

    For many classes; turns them into imbalanced pairs, so put the remedy inside, as in
    `one_vs_rest+class_weight`. Costs a fit a class.
    """
    _refuse_two_classes("one_vs_rest", task)
    return OneVsRestClassifier(classifier, n_jobs=1)


@strategy("one_vs_one", level="hybrid", on="any", reference="10.1214/aos/1028144844", relabels=True)
def one_vs_one(classifier: Any, space: Scope, task: Task) -> OneVsOneClassifier:
    """Learn each class against each other one and let the pairs vote; gives no probabilities.

    For many classes: a rare class meets the common one in a single pair only. Put the remedy for
    that pair inside, as in `one_vs_one+smote`. Costs a fit a pair, each on two classes' rows.
    """
    _refuse_two_classes("one_vs_one", task)
    return OneVsOneClassifier(classifier, n_jobs=1)


def _refuse_two_classes(name: str, task: Task) -> None:
    if task.n_classes < 3:
        raise Incompatible(
            f"{name} is for 3 classes or more; with {task.n_classes} it does nothing"
        )
