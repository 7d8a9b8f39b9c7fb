"""Strategies that add rare rows with categories of their own."""

from typing import Any

from imblearn.over_sampling import SMOTEN, SMOTENC

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled, balance
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "smotenc", level="data", rows="made", on="mixed", equalises=True, reference="10.1613/jair.953"
)
def smotenc(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE for columns of numbers and of categories: a new row takes its neighbours' category.

    For mixed tables; no new row lies between two categories, as `smote` makes them. Two rows that
    differ in a category are as far apart as the median deviation of the numbers. Costs a
    neighbour search among the rare rows, one-hot inside.
    """
    ratio = balance(space)
    neighbours = space.integer("k_neighbors", 1, 10, default=5)
    if not task.categorical:
        raise Incompatible("smotenc needs columns of categories and there are none; use smote")
    if len(task.categorical) == task.n_columns:
        raise Incompatible("smotenc needs a column of numbers and there is none; use smoten")
    sampler = SMOTENC(
        categorical_features=list(task.categorical),
        sampling_strategy=ratio,
        k_neighbors=neighbours,
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "smoten", level="data", rows="made", on="mixed", equalises=True, reference="10.1613/jair.953"
)
def smoten(classifier: Any, space: Scope, task: Task) -> Resampled:
    """SMOTE for columns of categories: a new row takes the commonest category of its neighbours.

    Only for tables without numbers. Two categories are near where they come with the same
    classes (the value difference metric). Costs all distances between rare rows.
    """
    ratio = balance(space)
    neighbours = space.integer("k_neighbors", 1, 10, default=5)
    if len(task.categorical) < task.n_columns:
        numbers = task.n_columns - len(task.categorical)
        better = "smotenc" if task.categorical else "smote"
        raise Incompatible(
            f"smoten takes categories only and {numbers} of {task.n_columns} columns are numbers; "
            f"use {better}"
        )
    sampler = SMOTEN(sampling_strategy=ratio, k_neighbors=neighbours, random_state=task.seed)
    return Resampled(sampler, classifier)
