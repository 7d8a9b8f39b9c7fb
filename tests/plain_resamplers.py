"""Samplers of the catalogue and the plain code that gives the same scores."""

from collections.abc import Callable
from typing import Any

from imblearn.combine import SMOTETomek
from imblearn.over_sampling import BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
from imblearn.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    NearMiss,
)
from sklearn.tree import DecisionTreeClassifier


def tree(seed: int) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(random_state=seed)


# strategy and model → the steps, given the seed of the sampler and the seed of the model
PLAIN: dict[tuple[str, str], Callable[[int, int], list[Any]]] = {
    ("smoothed_bootstrap", "decision_tree"): lambda s, m: [
        RandomOverSampler(shrinkage=1.0, random_state=s), tree(m)
    ],
    ("borderline_smote_2", "decision_tree"): lambda s, m: [
        BorderlineSMOTE(kind="borderline-2", random_state=s), tree(m)
    ],
    ("kmeans_smote", "decision_tree"): lambda s, m: [KMeansSMOTE(random_state=s), tree(m)],
    ("smotetomek", "decision_tree"): lambda s, m: [SMOTETomek(random_state=s), tree(m)],
    ("cluster_centroids", "decision_tree"): lambda s, m: [
        ClusterCentroids(random_state=s), tree(m)
    ],
    ("near_miss_1", "decision_tree"): lambda s, m: [NearMiss(version=1), tree(m)],
    ("near_miss_2", "decision_tree"): lambda s, m: [NearMiss(version=2), tree(m)],
    ("near_miss_3", "decision_tree"): lambda s, m: [NearMiss(version=3), tree(m)],
    ("all_knn", "decision_tree"): lambda s, m: [AllKNN(), tree(m)],
    ("condensed_nearest_neighbour", "decision_tree"): lambda s, m: [
        CondensedNearestNeighbour(random_state=s), tree(m)
    ],
}  # fmt: skip

# written here, or on columns and classes that the comparison has not: tests/test_<module>.py
CHECKED = {
    "gaussian_jitter",
    "mixup",
    "smotenc",
    "smoten",
    "isolation_forest",
    "one_class_svm",
    "local_outlier_factor",
    "gaussian_mixture",
    "anomaly_features",
    "majority_clusters",
    "one_vs_rest",
    "one_vs_one",
}
