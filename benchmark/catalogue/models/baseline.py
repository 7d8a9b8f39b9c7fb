"""The model that learns nothing."""

from sklearn.dummy import DummyClassifier

from benchmark.catalogue.registry import model
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task


@model("constant")
def constant(space: Scope, task: Task) -> DummyClassifier:
    """Give every row the same answer; what learns less than this learns nothing.

    `predict: prior` gives the share of the positives, `positive` and `negative` always say so.
    F2 of `positive` is the bar that every model must pass.
    """
    predict = space.choice(
        "predict", ["prior", "positive", "negative"], default="prior", tune=False
    )
    if predict == "prior":
        return DummyClassifier(strategy="prior")
    if task.n_classes > 2:
        raise Incompatible(f"predict: {predict} needs two classes, not {task.n_classes}")
    return DummyClassifier(strategy="constant", constant=int(predict == "positive"))
