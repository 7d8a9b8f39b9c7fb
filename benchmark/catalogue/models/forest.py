"""Trees and forests of independent trees."""

from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue.quick_forest import QuickExtraTrees, QuickRandomForest, thin
from benchmark.catalogue.registry import model
from benchmark.space import Scope
from benchmark.types import Task


@model("decision_tree", reference="Breiman et al., Classification and Regression Trees, 1984")
def decision_tree(space: Scope, task: Task) -> DecisionTreeClassifier:
    """One tree; readable when shallow, unstable and badly calibrated when deep.

    For rules that a person must check. Costs milliseconds; its scores tie in few values, so a
    threshold has little to choose from.
    """
    return DecisionTreeClassifier(
        max_depth=space.choice("max_depth", [None, 2, 4, 8, 16], default=None),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 50, default=1, log=True),
        random_state=task.seed,
    )


@model("bagged_trees", reference="10.1007/BF00058655")
def bagged_trees(space: Scope, task: Task) -> BaggingClassifier:
    """Bootstrapped trees that may cut at any column; a random forest without random columns.

    For few columns, most of them useful. Weights of rows become their chance to be drawn. Costs
    more a tree than a forest, because every column is searched at every cut.
    """
    tree = DecisionTreeClassifier(
        min_samples_leaf=space.integer("min_samples_leaf", 1, 50, default=1, log=True)
    )
    return BaggingClassifier(
        tree,
        n_estimators=space.integer("n_estimators", 5, 100, default=10, tune=False),
        n_jobs=1,
        random_state=task.seed,
    )


@model("random_forest", thin=thin, reference="10.1023/A:1010933404324")
def random_forest(space: Scope, task: Task) -> QuickRandomForest:
    """Bootstrapped trees over random columns; hard to beat without tuning.

    About a tenth of a second for a hundred trees on a thousand rows.
    """
    return QuickRandomForest(
        n_estimators=space.integer("n_estimators", 50, 500, default=100, tune=False),
        max_features=space.choice("max_features", ["sqrt", "log2", 0.5, 1.0], default="sqrt"),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 20, default=1, log=True),
        n_jobs=1,
        random_state=task.seed,
    )


@model("extra_trees", thin=thin, reference="10.1007/s10994-006-6226-1")
def extra_trees(space: Scope, task: Task) -> QuickExtraTrees:
    """Like a random forest with random cuts; faster and smoother, at a little accuracy.

    For many noisy columns. Every tree sees all rows; costs less than a forest of as many trees.
    """
    return QuickExtraTrees(
        n_estimators=space.integer("n_estimators", 50, 500, default=100, tune=False),
        max_features=space.choice("max_features", ["sqrt", "log2", 0.5, 1.0], default="sqrt"),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 20, default=1, log=True),
        n_jobs=1,
        random_state=task.seed,
    )
