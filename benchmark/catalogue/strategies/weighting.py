"""Strategies that make a mistake on the rare class cost more."""

from typing import Any

from sklearn.base import clone
from sklearn.utils.class_weight import compute_sample_weight

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper, takes_weights
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task


class BalancedSampleWeight(Wrapper):
    """Weights each row by rows / (classes x rows of its class) when it fits the classifier."""

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "BalancedSampleWeight":
        """Fit with weights under which every class counts the same."""
        weights = compute_sample_weight("balanced", y)
        self.fit_classifier(X, y, weights if row_weights is None else weights * row_weights)
        return self


@strategy(
    "class_weight",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="10.1093/oxfordjournals.pan.a004868",
)
def class_weight(classifier: Any, space: Scope, task: Task) -> Any:
    """Weight rows so that every class counts the same; the cheapest strategy there is.

    Uses the model's own `class_weight="balanced"`, else the same weights row by row (XGBoost).
    No synthetic rows and no extra time; probabilities shift towards the rare class, which a
    tuned threshold or the corrected probabilities undo. Models without weights are skipped.
    """
    if "class_weight" in classifier.get_params(deep=False):
        return clone(classifier).set_params(class_weight="balanced")
    if takes_weights(classifier):
        return BalancedSampleWeight(classifier)
    raise Incompatible(f"{type(classifier).__name__} takes neither class weights nor row weights")
