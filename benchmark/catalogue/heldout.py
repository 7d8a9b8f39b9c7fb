"""Rows beside those of a fit: held out for early stopping, or of another dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier

from benchmark.types import Floats, Integers

SHARE = 0.2
VALIDATION = "validation"
RELATED = "related"


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Rows as the model sees them; nobody changes them, so a copy is the same."""

    X: Floats
    y: Integers

    def __deepcopy__(self, memo: object) -> "HeldOut":
        return self

    def __sklearn_clone__(self) -> "HeldOut":
        return self


def hold_out(classifier: Any, X: Floats, y: Integers) -> Integers:
    """Give a share of each class to the models inside that stop early; return the rows left.

    A class of fewer than five rows keeps them all. Without such a model all rows are left, and so
    they are where a class is missing among them, since ensembles then number the classes anew.
    """
    places = _places(classifier, VALIDATION)
    if not places or len(np.unique(y)) <= y.max():
        return np.arange(len(y))
    beside = places[0].removesuffix(VALIDATION) + "random_state"
    random = np.random.default_rng(classifier.get_params()[beside])
    held = np.zeros(len(y), dtype=bool)
    for code in np.unique(y):
        rows = random.permutation(np.flatnonzero(y == code))
        held[rows[: int(SHARE * len(rows))]] = True
    if len(np.unique(y[held])) > 1:
        classifier.set_params(**dict.fromkeys(places, HeldOut(X[held], y[held])))
        return np.flatnonzero(~held)
    return np.arange(len(y))


def relate(classifier: Any, rows: Callable[[], HeldOut]) -> None:
    """Give the rows of another dataset, made where needed, to the models that learn from them."""
    places = _places(classifier, RELATED)
    if places:
        classifier.set_params(**dict.fromkeys(places, rows()))


def is_out_of_reach(classifier: Any) -> bool:
    """Whether a model inside learns from rows of another dataset that cannot be given to it."""
    if not hasattr(classifier, "get_params"):
        return False
    inside = {"": classifier} | classifier.get_params()
    wanted = [name for name in inside if _takes(RELATED, name, inside)]
    return bool(wanted) and len(_places(classifier, RELATED)) < len(wanted)


def see(classifier: Any, seen: Callable[[Any], Any]) -> None:
    """Change the rows beside as the rows that a classifier is fitted on are changed."""
    for place in [*_places(classifier, VALIDATION), *_places(classifier, RELATED)]:
        held = classifier.get_params()[place]
        if held is not None:
            classifier.set_params(**{place: HeldOut(seen(held.X), held.y)})


def _places(classifier: Any, parameter: str) -> list[str]:
    """The names under which models inside take rows beside those of a fit.

    None inside what makes other classes of these, since the rows are of these.
    """
    if not hasattr(classifier, "get_params"):
        return []
    inside = {"": classifier} | classifier.get_params()
    found = [name for name in inside if _takes(parameter, name, inside)]
    return [name for name in found if not any(_relabels(inside[o]) for o in _owners(name))]


def _takes(parameter: str, name: str, inside: dict[str, Any]) -> bool:
    """Whether a name is that of a parameter which its estimator declares to take such rows."""
    owner, _, last = name.rpartition("__")
    return last == parameter and parameter in getattr(inside.get(owner), "rows_beside", ())


def _owners(place: str) -> list[str]:
    """The names of the estimators around the one that takes rows, from the outermost."""
    steps = place.split("__")[:-1]
    return ["__".join(steps[:i]) for i in range(len(steps))]


def _relabels(estimator: Any) -> bool:
    """Whether the models inside an estimator learn other classes than it is given."""
    cut = isinstance(estimator, OneVsRestClassifier | OneVsOneClassifier)
    return cut or getattr(estimator, "relabels", False)
