"""A strategy that stays in C code for a while."""

from typing import Any

from sklearn.base import clone

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper


class Dawdling(Wrapper):
    """Counts before it fits; no signal handler of Python runs meanwhile."""

    def fit(self, X: Any, y: Any) -> "Dawdling":
        sum(range(6 * 10**6))
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self


@strategy("dawdle", level="algorithm")
def dawdle(classifier: Any, space: Any, task: Any) -> Dawdling:
    """Take about a tenth of a second a fit."""
    return Dawdling(classifier)
