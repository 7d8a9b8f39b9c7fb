"""Strategies that need time or memory, and one that leans on a helper module."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper


class After(Wrapper):
    """Fits its classifier after something else has happened."""

    def __init__(self, classifier: Any, happens: Callable[[], object]) -> None:
        super().__init__(classifier)
        self.happens = happens

    def fit(self, X: Any, y: Any) -> "After":
        self.happens()
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self


def take_six_seconds() -> None:
    time.sleep(6)


def take_300_mebibytes() -> None:
    np.ones(300 * 2**20, dtype=np.uint8)


@strategy("slow", level="algorithm")
def slow(classifier: Any, space: Any, task: Any) -> After:
    """Need more than five seconds."""
    return After(classifier, take_six_seconds)


@strategy("hungry", level="algorithm")
def hungry(classifier: Any, space: Any, task: Any) -> After:
    """Need 300 MiB."""
    return After(classifier, take_300_mebibytes)


@strategy("guess", level="algorithm")
def guess(classifier: Any, space: Any, task: Any) -> DummyClassifier:
    """Answer with a constant that a helper module gives."""
    from needy_helper import answer

    return DummyClassifier(strategy="constant", constant=answer())
