"""Ensembles whose members see balanced samples."""

from typing import Any

from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import balance
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "balanced_bagging", level="hybrid", needs_imbalance=True, reference="10.1109/TSMCB.2008.2007853"
)
def balanced_bagging(classifier: Any, space: Scope, task: Task) -> BalancedBaggingClassifier:
    """Average the model over samples in which the common class was thinned.

    Uses more of the common class than one undersampling. Compare it with `bagging`, which has
    as many members. Costs one fit a member, each on few rows.
    """
    return BalancedBaggingClassifier(
        classifier,
        n_estimators=space.integer("n_estimators", 5, 50, default=10, tune=False),
        sampling_strategy=balance(space, over=False),
        n_jobs=1,
        random_state=task.seed,
    )


@strategy(
    "balanced_random_forest",
    level="hybrid",
    replaces_model=True,
    needs_imbalance=True,
    reference="Chen, Liaw and Breiman, UC Berkeley report 666, 2004",
)
def balanced_random_forest(
    classifier: Any, space: Scope, task: Task
) -> BalancedRandomForestClassifier:
    """A random forest whose trees each see as many common rows as rare ones.

    Brings its own model. Fast, high recall; its probabilities are far too high.
    Costs as much as a random forest on few rows.
    """
    return BalancedRandomForestClassifier(
        n_estimators=space.integer("n_estimators", 50, 500, default=100, tune=False),
        sampling_strategy=balance(space, over=False, every=True),
        replacement=True,
        max_features=space.choice("max_features", ["sqrt", "log2", 0.5, 1.0], default="sqrt"),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 20, default=1, log=True),
        n_jobs=1,
        random_state=task.seed,
    )
