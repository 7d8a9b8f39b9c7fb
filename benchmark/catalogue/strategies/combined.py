"""Strategies that add rare rows and then clean both classes."""

from typing import Any

from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import EditedNearestNeighbours, TomekLinks

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled, balance
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "smoteenn", level="data", rows="made", quadratic=True, reference="10.1145/1007730.1007735"
)
def smoteenn(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE, then edited nearest neighbours.

    High recall on overlapping classes, at the price of precision. `clean` says which class loses
    rows: all of them, or the majority. Costs two neighbour searches and the larger fit.
    """
    ratio = balance(space)
    sampler = SMOTEENN(
        sampling_strategy=ratio,
        smote=SMOTE(
            sampling_strategy=ratio,
            k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
            random_state=task.seed,
        ),
        enn=EditedNearestNeighbours(
            sampling_strategy=space.choice("clean", ["all", "majority"], default="all", tune=False),
            n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        ),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "smotetomek", level="data", rows="made", quadratic=True, reference="10.1145/1007730.1007735"
)
def smotetomek(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE, then Tomek links.

    Cleans less than `smoteenn`, so precision suffers less. `clean` says which class loses rows:
    both of a link, or the majority's. Costs two neighbour searches and the larger fit.
    """
    ratio = balance(space)
    sampler = SMOTETomek(
        sampling_strategy=ratio,
        smote=SMOTE(
            sampling_strategy=ratio,
            k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
            random_state=task.seed,
        ),
        tomek=TomekLinks(
            sampling_strategy=space.choice("clean", ["all", "majority"], default="all", tune=False)
        ),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)
