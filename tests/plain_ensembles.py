"""Bags in plain imbalanced-learn code."""

from collections.abc import Callable
from typing import Any

from imblearn.ensemble import BalancedBaggingClassifier
from imblearn.over_sampling import RandomOverSampler
from sklearn.tree import DecisionTreeClassifier

# strategy and model → the steps, given the seed of the sampler and the seed of the model
PLAIN: dict[tuple[str, str], Callable[[int, int], list[Any]]] = {
    ("under_bagging", "decision_tree"): lambda s, m: [
        BalancedBaggingClassifier(
            DecisionTreeClassifier(random_state=m), bootstrap=False, random_state=s
        )
    ],
    ("over_bagging", "decision_tree"): lambda s, m: [
        BalancedBaggingClassifier(
            DecisionTreeClassifier(random_state=m), sampler=RandomOverSampler(), random_state=s
        )
    ],
}
CHECKED = {
    "adaboost",
    "balance_cascade",
    "easy_ensemble",
    "rus_boost",
    "self_paced_ensemble",
    "smote_bagging",
    "smote_boost",
}  # in test_boosted, test_cascades and test_ensembles
