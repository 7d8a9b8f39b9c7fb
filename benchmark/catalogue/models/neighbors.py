"""Models that compare a row with the rows they remember."""

from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


@model("k_nearest_neighbors", quadratic=True, reference="10.1109/TIT.1967.1053964")
def k_nearest_neighbors(space: Scope, task: Task) -> KNeighborsClassifier:
    """Vote of the nearest rows; cannot take weights, so only resampling helps it.

    Prediction costs the training rows times the columns.
    """
    return KNeighborsClassifier(
        n_neighbors=space.integer("n_neighbors", 1, 30, default=5),
        weights=space.choice("weights", ["uniform", "distance"], default="uniform"),
    )


@model("svc", quadratic=True, reference="10.1007/BF00994018")
def svc(space: Scope, task: Task) -> SVC:
    """Support vector machine with a radial kernel; gives decision values, no probabilities.

    Strong below ten thousand rows; the cost grows with the square of the rows.
    """
    return SVC(
        C=space.real("C", 1e-2, 1e3, default=1.0, log=True),
        gamma=space.choice("gamma", ["scale", "auto", 0.01, 0.1, 1.0], default="scale"),
        random_state=task.seed,
    )
