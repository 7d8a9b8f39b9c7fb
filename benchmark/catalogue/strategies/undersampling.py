"""Strategies that remove rows of the common class."""

from typing import Any

from imblearn.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
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

_NEAR_MISS = "Mani and Zhang, ICML workshop on learning from imbalanced datasets, 2003"


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


@strategy(
    "cluster_centroids",
    level="data",
    rows="made",
    equalises=True,
    quadratic=True,
    reference="10.1016/j.eswa.2008.06.108",
)
def cluster_centroids(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Replace the common rows by as many cluster centres as there are rare rows.

    Keeps the shape of the common class where `random_undersampling` may lose it. The centres are
    made up; with `voting` "hard" they are the real rows nearest to them. Costs a clustering into
    many clusters: slow where the rare class has thousands of rows.
    """
    sampler = ClusterCentroids(
        sampling_strategy=balance(space, over=False),
        voting=space.choice("voting", ["auto", "hard"], default="auto"),
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "near_miss_1", level="data", rows="kept", equalises=True, quadratic=True, reference=_NEAR_MISS
)
def near_miss_1(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Keep the common rows that are nearest to their nearest rare rows.

    For a border that noise does not blur: with noise it keeps the noise, and often does worse
    than `random_undersampling`. Costs a neighbour search.
    """
    return Resampled(_near_miss(1, space), classifier)


@strategy(
    "near_miss_2", level="data", rows="kept", equalises=True, quadratic=True, reference=_NEAR_MISS
)
def near_miss_2(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Keep the common rows that are nearest to the rare rows farthest from them.

    For a rare class in one region; an outlier among the rare rows decides what stays. Costs all
    distances between common and rare rows, in memory too.
    """
    return Resampled(_near_miss(2, space), classifier)


@strategy("near_miss_3", level="data", rows="kept", quadratic=True, reference=_NEAR_MISS)
def near_miss_3(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Keep the neighbours of each rare row, and of these the ones farthest from the rare class.

    The steadiest of the three against noise. Keeps fewer rows than asked for where rare rows
    share their neighbours. Costs two neighbour searches.
    """
    neighbours = space.integer("n_neighbors_ver3", 1, 10, default=3)
    return Resampled(_near_miss(3, space).set_params(n_neighbors_ver3=neighbours), classifier)


def _near_miss(version: int, space: Scope) -> NearMiss:
    return NearMiss(
        sampling_strategy=balance(space, over=False),
        version=version,
        n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        n_jobs=1,
    )


@strategy(
    "tomek_links", level="data", rows="kept", quadratic=True, reference="10.1109/TSMC.1976.4309452"
)
def tomek_links(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Remove common rows whose mutual nearest neighbour is rare.

    Cleans a border without balancing; combine it with weights. Costs one neighbour search.
    """
    return Resampled(TomekLinks(), classifier)


@strategy(
    "edited_nearest_neighbours",
    level="data",
    rows="kept",
    quadratic=True,
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
    quadratic=True,
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


@strategy(
    "all_knn", level="data", rows="kept", quadratic=True, reference="10.1109/TSMC.1976.4309523"
)
def all_knn(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Edited nearest neighbours with 1, 2, … `n_neighbors` neighbours in turn.

    Cleans deeper than one pass and gentler than repeating it. Costs a neighbour search for each
    number of neighbours.
    """
    sampler = AllKNN(
        n_neighbors=space.integer("n_neighbors", 1, 10, default=3),
        kind_sel=space.choice("kind_sel", ["all", "mode"], default="all"),
        n_jobs=1,
    )
    return Resampled(sampler, classifier)


@strategy(
    "condensed_nearest_neighbour",
    level="data",
    rows="kept",
    quadratic=True,
    reference="10.1109/TIT.1968.1054155",
)
def condensed_nearest_neighbour(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Keep only the common rows that a nearest-neighbour rule needs to get all of them right.

    For redundant common rows, and to make k nearest neighbours fast; keeps noise, so clean first
    (`tomek_links`). Fits the rule anew for each row it keeps: minutes from ten thousand rows on.
    """
    sampler = CondensedNearestNeighbour(
        n_neighbors=space.integer("n_neighbors", 1, 5, default=1),
        n_seeds_S=space.integer("n_seeds", 1, 100, default=1, log=True),
        n_jobs=1,
        random_state=task.seed,
    )
    return Resampled(sampler, classifier)


@strategy(
    "one_sided_selection",
    level="data",
    rows="kept",
    quadratic=True,
    reference="Kubat and Matwin, ICML 1997",
)
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
    quadratic=True,
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
