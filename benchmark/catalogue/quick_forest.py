"""scikit-learn's forests, to the last bit, without what they do again for each of a hundred trees.

The trees of a forest differ in their seed and in the weights of their rows. scikit-learn copies
and checks each as if it stood alone, makes two generators of random numbers for it, and sets the
configuration and the filters of warnings as if it grew in a thread of its own. On small tables
that takes nine tenths of the time. Here the first tree is scikit-learn's own, the others are grown
by the same compiled code with what the first one found, and a loop takes the place of threads.
Under a version that this was not compared with, scikit-learn does it all.
"""

import copy
from collections.abc import Callable, Iterable
from functools import cache, partial
from types import FunctionType
from typing import Any

import numpy as np
import sklearn
from scipy.sparse import issparse
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.tree import _classes as library

COMPARED = sklearn.__version__.startswith("1.9.")
_FOUND = ("n_features_in_", "n_outputs_", "n_classes_", "classes_", "max_features_")
_LARGEST = np.iinfo(np.int32).max


class _Stand:
    """What the trees of a forest have in common while they grow, one after the other."""

    def __init__(self) -> None:
        self.first: Any = None
        self.luck = np.random.RandomState()


class _Grown:
    """A tree in a stand; a mixin of scikit-learn's trees."""

    stand: _Stand | None = None

    @property
    def random_state(self) -> Any:
        """The seed; while the tree is to grow, a generator that was just seeded with it."""
        if self.stand is None or hasattr(self, "tree_"):
            return self._seed
        self.stand.luck.seed(self._seed)
        return self.stand.luck

    @random_state.setter
    def random_state(self, seed: Any) -> None:
        self._seed = seed

    def _fit(self, X: Any, y: Any, sample_weight: Any = None, **how: Any) -> Any:
        """As scikit-learn's: X (n, p) of float32, y (n, 1) of codes, weights (n,) or None."""
        if self.stand is None or self.stand.first is None or issparse(X):
            super()._fit(X, y, sample_weight, **how)  # type: ignore[misc]  # in the tree's class
            if self.stand is not None:
                self.stand.first = self
            return self
        for name in _FOUND:
            setattr(self, name, getattr(self.stand.first, name))
        self._grow(X, y, sample_weight, how["missing_values_in_feature_mask"])
        return self

    def _grow(self: Any, X: Any, y: Any, weights: Any, missing: Any) -> None:
        if weights is not None:
            weights = np.ascontiguousarray(weights, np.float64)
        leaf, classes = self.min_samples_leaf, np.atleast_1d(self.n_classes_)
        criterion = library.CRITERIA_CLF[self.criterion](self.n_outputs_, classes)
        splitter = library.DENSE_SPLITTERS[self.splitter](
            criterion, self.max_features_, leaf, 0.0, self.random_state, None
        )
        builder = library.DepthFirstTreeBuilder(
            splitter,
            max(self.min_samples_split, 2 * leaf),
            leaf,
            0.0,
            _LARGEST if self.max_depth is None else self.max_depth,
            self.min_impurity_decrease,
        )
        tree = library.Tree(self.n_features_in_, classes, self.n_outputs_)
        builder.build(tree, X, y, weights, missing)
        self.tree_ = tree


class _Tree(_Grown, DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    pass


class _ExtraTree(_Grown, ExtraTreeClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    pass


class _InTurn:
    """joblib's Parallel where there is one thread: one task after the other."""

    def __init__(self, **how: Any) -> None:
        pass

    def __call__(self, tasks: Iterable[Callable[[], Any]]) -> list[Any]:
        return [task() for task in tasks]


def _in_turn(method: Any) -> Any:
    """A method of scikit-learn that puts its tasks into a loop instead of threads."""
    names = {"Parallel": _InTurn, "delayed": lambda task: partial(partial, task)}
    return FunctionType(method.__code__, method.__globals__ | names, method.__name__)


@cache
def _fit() -> Any:
    """scikit-learn's, in turn; made when needed, since it stands on what is private there."""
    from sklearn.base import _fit_context

    fit = _in_turn(RandomForestClassifier.fit.__wrapped__)
    return _fit_context(prefer_skip_nested_validation=True)(fit)


_predict_proba = _in_turn(RandomForestClassifier.predict_proba)


class _Forest:
    """A forest of such trees; a mixin of scikit-learn's forests."""

    _tree: type[Any]
    n_estimators: int

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """As scikit-learn's: X (n, p), y (n,), weights (n,) or None."""
        if _is_alone(self):
            return _fit()(self, X, y, sample_weight)
        return super().fit(X, y, sample_weight)  # type: ignore[misc]  # in the forest's class

    def predict_proba(self: Any, X: Any) -> Any:
        """As scikit-learn's: the mean of the trees' shares of classes, (n, k)."""
        if _is_alone(self):
            return _predict_proba(self, X)
        return super().predict_proba(X)  # type: ignore[misc]  # in the forest's class

    def _validate_estimator(self: Any) -> None:
        super()._validate_estimator()  # type: ignore[misc]  # in the forest's class
        self._sapling = None
        if _is_alone(self) and _is_plain(self):
            self.estimator_ = self._tree()

    def _make_estimator(self: Any, append: bool = True, random_state: Any = None) -> Any:
        """A tree that is not grown yet, with the seed that scikit-learn gives it."""
        if self._sapling is None:
            make = super()._make_estimator  # type: ignore[misc]  # in the forest's class
            made = make(append=False, random_state=random_state)
            if isinstance(made, _Grown):
                made.stand = _Stand()
                self._sapling = copy.copy(made)
        else:
            made = copy.copy(self._sapling)
            made.random_state = random_state.randint(_LARGEST)
        if append:
            self.estimators_.append(made)
        return made


class QuickRandomForest(_Forest, RandomForestClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    """RandomForestClassifier, to the last bit."""

    _tree = _Tree


class QuickExtraTrees(_Forest, ExtraTreesClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    """ExtraTreesClassifier, to the last bit."""

    _tree = _ExtraTree


def thin(classifier: Any, trees: int) -> bool:
    """Have an unfitted forest grow that many trees at most; whether it is fewer than it would."""
    if not isinstance(classifier, _Forest) or classifier.n_estimators <= trees:
        return False
    classifier.n_estimators = trees
    return True


def _is_alone(forest: Any) -> bool:
    """Whether one tree is grown and asked after the other, in silence."""
    return bool(COMPARED and forest.n_jobs == 1 and not forest.verbose)


def _is_plain(forest: Any) -> bool:
    """Whether `_grow` knows all that a forest asks for."""
    amounts = (forest.min_samples_leaf, forest.min_samples_split)
    others = (forest.min_weight_fraction_leaf, forest.ccp_alpha)
    return (
        all(isinstance(amount, int) for amount in amounts)
        and not any(others)
        and (forest.max_leaf_nodes, forest.monotonic_cst) == (None, None)
        and isinstance(forest.criterion, str)
    )
