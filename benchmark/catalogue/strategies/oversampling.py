"""Strategies that add rows to the rare class."""

from typing import Any

from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
)

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled, balance
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "random_oversampling",
    level="data",
    on="any",
    rows="kept",
    equalises=True,
    reference="10.1145/1007730.1007735",
)
def random_oversampling(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Draw rows of the rare class again until the classes balance.

    Like class weights for models that take none. Costs the larger fit; trees may learn the
    repeated rows by heart.
    """
    return Resampled(
        RandomOverSampler(sampling_strategy=balance(space), random_state=task.seed), classifier
    )


@strategy("smote", level="data", equalises=True, reference="10.1613/jair.953")
def smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Add points on the lines between rare rows and their nearest rare neighbours.

    For numeric columns where the rare class forms regions. Costs a neighbour search among the
    rare rows and the larger fit; more than `k_neighbors` rare rows are needed.
    """
    sampler = SMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy("borderline_smote", level="data", equalises=True, reference="10.1007/11538059_91")
def borderline_smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE from the rare rows that lie among the other class, where errors happen.

    For overlapping classes; noise near the border is multiplied too. Costs a neighbour search
    of the rare rows among all rows.
    """
    sampler = BorderlineSMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        m_neighbors=space.integer("m_neighbors", 5, 20, default=10),
        kind=space.choice("kind", ["borderline-1", "borderline-2"], default="borderline-1"),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy("svm_smote", level="data", equalises=True, reference="10.1504/IJKESDP.2011.039875")
def svm_smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE from the support vectors of the rare class.

    For classes that a smooth border parts. Fits a support vector machine first: its cost grows
    with the square of the rows.
    """
    sampler = SVMSMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        m_neighbors=space.integer("m_neighbors", 5, 20, default=10),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy("adasyn", level="data", reference="10.1109/IJCNN.2008.4633969")
def adasyn(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE that adds more points where the other class is near.

    For a rare class that is hard in places; fails where no rare row has a neighbour of the
    other class, and balances only roughly. Costs a neighbour search among all rows.
    """
    sampler = ADASYN(
        sampling_strategy=balance(space),
        n_neighbors=space.integer("n_neighbors", 1, 10, default=5),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)
