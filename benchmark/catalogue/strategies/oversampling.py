"""Strategies that add rows to the rare class."""

from typing import Any

from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
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


@strategy(
    "smoothed_bootstrap",
    level="data",
    rows="made",
    equalises=True,
    reference="10.1007/s10618-012-0295-5",
)
def smoothed_bootstrap(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Draw rows of the rare class again and move each by Gaussian noise (ROSE).

    For few rare rows: needs no neighbours, so it works from two rows on. The noise shrinks with
    the number of rows and the spread of the rare class, and moves one-hot columns off 0 and 1.
    Costs the larger fit.
    """
    sampler = RandomOverSampler(
        sampling_strategy=balance(space),
        shrinkage=space.real("shrinkage", 0.0, 3.0, default=1.0),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy("smote", level="data", rows="made", equalises=True, reference="10.1613/jair.953")
def smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Add points on the lines between rare rows and their nearest rare neighbours.

    For numeric columns where the rare class forms regions. A category is met as one-hot columns,
    and a point between two categories has a share of each, which no real row has: take `smotenc`
    where that matters. Costs a neighbour search among the rare rows and the larger fit; more than
    `k_neighbors` rare rows are needed.
    """
    sampler = SMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "borderline_smote",
    level="data",
    rows="made",
    equalises=True,
    quadratic=True,
    reference="10.1007/11538059_91",
)
def borderline_smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE from the rare rows that lie among the other class, where errors happen.

    For overlapping classes; noise near the border is multiplied too. Fails where no rare row is
    in danger. Costs a neighbour search of the rare rows among all rows.
    """
    kinds = ["borderline-1", "borderline-2"]
    kind = space.choice("kind", kinds, default="borderline-1", tune=False)
    return Resampled(_borderline(kind, space, task), classifier)


@strategy(
    "borderline_smote_2",
    level="data",
    rows="made",
    equalises=True,
    quadratic=True,
    reference="10.1007/11538059_91",
)
def borderline_smote_2(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Borderline SMOTE that also goes half the way towards neighbours of the other class.

    For a rare class that the common one encloses; widens the border more than
    `borderline_smote`, at the price of precision. Costs a neighbour search among all rows.
    """
    return Resampled(_borderline("borderline-2", space, task), classifier)


def _borderline(kind: str, space: Scope, task: Task) -> BorderlineSMOTE:
    return BorderlineSMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        m_neighbors=space.integer("m_neighbors", 5, 20, default=10),
        kind=kind,
        random_state=task.seed,
    )


@strategy(
    "svm_smote",
    level="data",
    rows="made",
    equalises=True,
    quadratic=True,
    reference="10.1504/IJKESDP.2011.039875",
)
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


@strategy("kmeans_smote", level="data", rows="made", reference="10.1016/j.ins.2018.06.056")
def kmeans_smote(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE inside clusters of all rows, most where the rare rows lie far apart.

    For a rare class of several regions. Only clusters with a share of rare rows of
    `cluster_balance_threshold` count: the default, half of them, leaves none where classes
    overlap or are very uneven, and fails; lower it there. Costs one clustering.
    """
    sampler = KMeansSMOTE(
        sampling_strategy=balance(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=2),
        kmeans_estimator=space.integer("n_clusters", 1, 100, default=8, log=True),
        cluster_balance_threshold=space.choice(
            "cluster_balance_threshold", ["auto", 0.0, 0.05, 0.1, 0.25], default="auto"
        ),
        density_exponent=space.choice("density_exponent", ["auto", 0.0, 1.0, 2.0], default="auto"),
        n_jobs=1,
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "adasyn", level="data", rows="made", quadratic=True, reference="10.1109/IJCNN.2008.4633969"
)
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
