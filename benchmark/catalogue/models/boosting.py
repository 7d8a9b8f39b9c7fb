"""Gradient-boosted trees."""

from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


@model("hist_gradient_boosting", reference="LightGBM, NIPS 2017")
def hist_gradient_boosting(space: Scope, task: Task) -> HistGradientBoostingClassifier:
    """scikit-learn's histogram boosting; the fastest of the kind above ten thousand rows.

    Built without early stopping, which would validate on synthetic rows and switch itself on
    with the number of rows that a sampler makes.
    """
    return HistGradientBoostingClassifier(
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.1, log=True),
        max_iter=space.integer("max_iter", 50, 500, default=100, tune=False),
        max_leaf_nodes=space.integer("max_leaf_nodes", 7, 127, default=31, log=True),
        min_samples_leaf=space.integer("min_samples_leaf", 5, 100, default=20, log=True),
        l2_regularization=space.real("l2_regularization", 0.0, 10.0, default=0.0),
        early_stopping=False,
        random_state=task.seed,
    )


@model("xgboost", reference="10.1145/2939672.2939785", requires=("xgboost",))
def xgboost(space: Scope, task: Task) -> XGBClassifier:
    """Boosted trees of fixed depth; the usual winner on tables.

    Its own defaults overfit small data: tuning pays here more than elsewhere.
    """
    return XGBClassifier(
        n_estimators=space.integer("n_estimators", 50, 500, default=100, tune=False),
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.3, log=True),
        max_depth=space.integer("max_depth", 2, 10, default=6),
        min_child_weight=space.real("min_child_weight", 0.1, 20.0, default=1.0, log=True),
        subsample=space.real("subsample", 0.5, 1.0, default=1.0),
        colsample_bytree=space.real("colsample_bytree", 0.5, 1.0, default=1.0),
        reg_lambda=space.real("reg_lambda", 1e-2, 100.0, default=1.0, log=True),
        tree_method="hist",
        device=task.device,
        n_jobs=1,
        verbosity=0,
        random_state=task.seed,
    )
