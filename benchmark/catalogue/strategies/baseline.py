"""The strategy that does nothing, and the control of the ensembles."""

from typing import Any

from sklearn.ensemble import BaggingClassifier

from benchmark.catalogue.registry import strategy
from benchmark.space import Scope
from benchmark.types import Task


@strategy("none", level="algorithm", on="any", rows="kept")
def none(classifier: Any, space: Scope, task: Task) -> Any:
    """Leave the imbalance alone; what every other strategy must beat.

    With a tuned threshold this is a strong baseline: report both.
    """
    return classifier


@strategy("bagging", level="hybrid", on="any", reference="10.1007/BF00058655")
def bagging(classifier: Any, space: Scope, task: Task) -> BaggingClassifier:
    """Average the model over bootstrap samples that stay imbalanced.

    The control for balanced ensembles: what it gains is due to bagging, not to balancing.
    Costs one fit a member.
    """
    members = space.integer("n_estimators", 5, 50, default=10, tune=False)
    return BaggingClassifier(classifier, n_estimators=members, n_jobs=1, random_state=task.seed)
