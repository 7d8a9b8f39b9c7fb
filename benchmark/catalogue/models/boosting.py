"""Boosted trees. Each says what its first rounds predict, so that one fit tries many lengths."""

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


def _staged(fitted: Any, X: Any, lengths: Sequence[int]) -> Iterator[Any]:
    for rounds, probabilities in enumerate(fitted.staged_predict_proba(X), start=1):
        if rounds in lengths:
            yield probabilities


def _first_members(fitted: AdaBoostClassifier, X: Any, lengths: Sequence[int]) -> Iterator[Any]:
    """Its own stages add up the weights of members in another order: other last bits."""
    for rounds in lengths:
        short = copy(fitted)
        short.estimators_ = fitted.estimators_[:rounds]
        short.estimator_weights_ = fitted.estimator_weights_[:rounds]
        yield short.predict_proba(X)


def _first_iterations(fitted: XGBClassifier, X: Any, lengths: Sequence[int]) -> Iterator[Any]:
    """Each length starts from the margins of the one before; the sums are the same."""
    known: dict[str, Any] = {"base_margin": None}
    before = 0
    for rounds in lengths:
        known["iteration_range"] = before, rounds
        yield fitted.predict_proba(X, **known)
        known["base_margin"] = fitted.predict(X, output_margin=True, **known)
        before = rounds


def _num_iteration(fitted: Any, X: Any, lengths: Sequence[int]) -> Iterator[Any]:
    for rounds in lengths:
        yield fitted.predict_proba(X, num_iteration=rounds)


@model("adaboost", prefixes=_first_members, reference="10.1006/jcss.1997.1504")
def adaboost(space: Scope, task: Task) -> AdaBoostClassifier:
    """Stumps that each attend to the rows that the stumps before them got wrong.

    The oldest boosting; noise in the labels hurts it more than others. Many classes by SAMME.
    A quarter of a second on a thousand rows.
    """
    return AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=space.integer("max_depth", 1, 5, default=1)),
        n_estimators=space.rounds("n_estimators", 10, 300, default=50),
        learning_rate=space.real("learning_rate", 0.01, 2.0, default=1.0, log=True),
        random_state=task.seed,
    )


@model("gradient_boosting", prefixes=_staged, reference="10.1214/aos/1013203451")
def gradient_boosting(space: Scope, task: Task) -> GradientBoostingClassifier:
    """scikit-learn's boosting with exact cuts; for hundreds of rows rather than thousands.

    Shallow trees by default, so it overfits small data less than the histogram boosters.
    The cost grows with rows times columns times their logarithm.
    """
    return GradientBoostingClassifier(
        n_estimators=space.rounds("n_estimators", 10, 300, default=100),
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.1, log=True),
        max_depth=space.integer("max_depth", 1, 8, default=3),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 50, default=1, log=True),
        subsample=space.real("subsample", 0.5, 1.0, default=1.0),
        max_features=space.choice("max_features", [None, "sqrt", 0.5], default=None),
        random_state=task.seed,
    )


@model("hist_gradient_boosting", on="any", prefixes=_staged, reference="LightGBM, NIPS 2017")
def hist_gradient_boosting(space: Scope, task: Task) -> HistGradientBoostingClassifier:
    """scikit-learn's histogram boosting; the fastest of the kind above ten thousand rows.

    Built without early stopping, which would validate on synthetic rows and switch itself on
    with the number of rows that a sampler makes. Takes category codes of up to 255 categories a
    column; an unknown one counts as missing.
    """
    return HistGradientBoostingClassifier(
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.1, log=True),
        max_iter=space.rounds("max_iter", 10, 300, default=100),
        max_leaf_nodes=space.integer("max_leaf_nodes", 7, 127, default=31, log=True),
        min_samples_leaf=space.integer("min_samples_leaf", 5, 100, default=20, log=True),
        l2_regularization=space.real("l2_regularization", 0.0, 10.0, default=0.0),
        categorical_features=list(task.categorical) or None,
        early_stopping=False,
        random_state=task.seed,
    )


@model(
    "xgboost",
    on="any",
    prefixes=_first_iterations,
    reference="10.1145/2939672.2939785",
    requires=("xgboost",),
)
def xgboost(space: Scope, task: Task) -> XGBClassifier:
    """Boosted trees of fixed depth; the usual winner on tables.

    Its own defaults overfit small data: tuning pays here more than elsewhere. Takes category
    codes; an unknown one goes where the categories go that a cut does not name.
    """
    kinds = ["c" if column in task.categorical else "q" for column in range(task.n_columns)]
    return XGBClassifier(
        n_estimators=space.rounds("n_estimators", 10, 300, default=100),
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.3, log=True),
        max_depth=space.integer("max_depth", 2, 10, default=6),
        min_child_weight=space.real("min_child_weight", 0.1, 20.0, default=1.0, log=True),
        subsample=space.real("subsample", 0.5, 1.0, default=1.0),
        colsample_bytree=space.real("colsample_bytree", 0.5, 1.0, default=1.0),
        reg_lambda=space.real("reg_lambda", 1e-2, 100.0, default=1.0, log=True),
        feature_types=kinds if task.categorical else None,
        enable_categorical=bool(task.categorical),
        tree_method="hist",
        device=task.device,
        n_jobs=1,
        verbosity=0,
        random_state=task.seed,
    )


@model(
    "lightgbm",
    on="any",
    prefixes=_num_iteration,
    reference="LightGBM, NIPS 2017",
    requires=("lightgbm",),
)
def lightgbm(space: Scope, task: Task) -> Any:
    """Boosted trees that grow leaf by leaf; as fast as any above ten thousand rows.

    Deep where the rows are, so tune `num_leaves` and `min_child_samples` on small data. Takes
    category codes; an unknown one goes where the categories go that a cut does not name.
    """
    from lightgbm import LGBMClassifier

    native = {"categorical_column": list(task.categorical)} if task.categorical else {}
    return LGBMClassifier(
        n_estimators=space.rounds("n_estimators", 10, 300, default=100),
        learning_rate=space.real("learning_rate", 0.01, 0.5, default=0.1, log=True),
        num_leaves=space.integer("num_leaves", 7, 127, default=31, log=True),
        min_child_samples=space.integer("min_child_samples", 5, 100, default=20, log=True),
        subsample=space.real("subsample", 0.5, 1.0, default=1.0),
        subsample_freq=1,
        colsample_bytree=space.real("colsample_bytree", 0.5, 1.0, default=1.0),
        reg_lambda=space.real("reg_lambda", 0.0, 10.0, default=0.0),
        deterministic=True,
        force_col_wise=True,
        n_jobs=1,
        verbosity=-1,
        random_state=task.seed,
        **native,
    )
