"""Rows for early stopping, held out before a strategy resamples the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.types import Floats, Integers

SHARE = 0.2
PARAMETER = "validation"


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

    A class of fewer than five rows keeps them all. Without such a model all rows are left.
    """
    places = _places(classifier)
    if not places:
        return np.arange(len(y))
    random = np.random.default_rng(classifier.get_params()[_beside(places[0], "random_state")])
    held = np.zeros(len(y), dtype=bool)
    for code in np.unique(y):
        rows = random.permutation(np.flatnonzero(y == code))
        held[rows[: int(SHARE * len(rows))]] = True
    if len(np.unique(y[held])) > 1:
        classifier.set_params(**dict.fromkeys(places, HeldOut(X[held], y[held])))
        return np.flatnonzero(~held)
    return np.arange(len(y))


def see(classifier: Any, seen: Callable[[Any], Any]) -> None:
    """Change the held-out rows of a classifier as the rows that it is fitted on are changed."""
    for place in _places(classifier):
        held = classifier.get_params()[place]
        if held is not None:
            classifier.set_params(**{place: HeldOut(seen(held.X), held.y)})


def _places(classifier: Any) -> list[str]:
    """The names under which models inside take held-out rows."""
    if not hasattr(classifier, "get_params"):
        return []
    return [name for name in classifier.get_params() if name.rpartition("__")[2] == PARAMETER]


def _beside(place: str, name: str) -> str:
    return place.removesuffix(PARAMETER) + name
