"""Strategies that remove rows of the common class."""

from typing import Any

from imblearn.under_sampling import (
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled, balance
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "random_undersampling",
    level="data",
    on="any",
    rows="kept",
    equalises=True,
    reference="10.1145/1007730.1007735",
)
def random_undersampling(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Drop rows of the common class at random until the classes balance.

    For large data: the fit becomes many times faster. Throws information away, so prefer
    `balanced_bagging` when the rare class has few rows.
    """
    sampler = RandomUnderSampler(
        sampling_strategy=balance(space, over=False), random_state=task.seed
    )
    return Resampled(sampler, classifier)


@strategy("tomek_links", level="data", rows="kept", reference="10.1109/TSMC.1976.4309452")
def tomek_links(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Remove common rows whose mutual nearest neighbour is rare.

    Cleans a border without balancing; combine it with weights. Costs one neighbour search.
    """
    return Resampled(TomekLinks(), classifier)


@strategy(
    "edited_nearest_neighbours",
    level="data",
    rows="kept",
    reference="10.1109/TSMC.1972.4309137",
)
def edited_nearest_neighbours(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Remove common rows that their neighbours disagree with.

    For overlapping classes; cleans more than Tomek links. Costs one neighbour search.
    """
    sampler = EditedNearestNeighbours(
        n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        kind_sel=space.choice("kind_sel", ["all", "mode"], default="all"),
    )
    return Resampled(sampler, classifier)


@strategy(
    "repeated_edited_nearest_neighbours",
    level="data",
    rows="kept",
    reference="10.1109/TSMC.1976.4309523",
)
def repeated_edited_nearest_neighbours(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Apply edited nearest neighbours until nothing more is removed.

    Cleans deeper, at a neighbour search a round.
    """
    sampler = RepeatedEditedNearestNeighbours(
        n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        kind_sel=space.choice("kind_sel", ["all", "mode"], default="all"),
    )
    return Resampled(sampler, classifier)


@strategy("one_sided_selection", level="data", rows="kept", reference="Kubat and Matwin, ICML 1997")
def one_sided_selection(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Keep the common rows that a nearest-neighbour rule needs, then remove Tomek links.

    For redundant common rows far from the border. Costs two neighbour searches.
    """
    sampler = OneSidedSelection(
        n_seeds_S=space.integer("n_seeds", 1, 100, default=1, log=True), random_state=task.seed
    )
    return Resampled(sampler, classifier)


@strategy(
    "neighbourhood_cleaning_rule",
    level="data",
    rows="kept",
    reference="10.1007/3-540-48229-6_9",
)
def neighbourhood_cleaning_rule(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Edited nearest neighbours, and the common neighbours of misread rare rows go too.

    For a rare class inside the common one. Costs two neighbour searches.
    """
    sampler = NeighbourhoodCleaningRule(
        n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        threshold_cleaning=space.real("threshold_cleaning", 0.1, 1.0, default=0.5),
    )
    return Resampled(sampler, classifier)


@strategy(
    "instance_hardness_threshold",
    level="data",
    rows="kept",
    reference="10.1007/s10994-013-5422-z",
)
def instance_hardness_threshold(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Remove the common rows that a cross-validated random forest finds hardest.

    Strong for recall on noisy labels. Rows of equal hardness stay together, so the classes are
    only roughly balanced. Costs five forests a fit: slow inside ensembles.
    """
    sampler = InstanceHardnessThreshold(
        sampling_strategy=balance(space, over=False),
        cv=space.integer("cv", 2, 10, default=5, tune=False),
        random_state=task.seed,
        n_jobs=1,
    )
    return Resampled(sampler, classifier)
