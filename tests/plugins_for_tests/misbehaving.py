"""Strategies that do to a worker whatever can be done to it."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper

HERE = Path(__file__).parent
CHUNK = 2**20


class Misbehaving(Wrapper):
    """Does what it should not when it is fitted, or answers what it should not."""

    def __init__(self, classifier: Any, act: Callable[..., Any], answer: Any = None) -> None:
        super().__init__(classifier)
        self.act = act
        self.answer = answer

    def fit(self, X: Any, y: Any) -> "Misbehaving":
        (HERE / f"{self.act.__name__}.pid").write_text(str(os.getpid()), encoding="utf-8")
        self.act()
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self

    def predict_proba(self, X: Any) -> Any:
        answer = super().predict_proba(X)
        return answer if self.answer is None else self.answer(answer)


def act(function: Callable[[], Any]) -> Callable[[], Any]:
    """Register a strategy that does this when it is fitted."""
    strategy(function.__name__, level="algorithm")(entry(function, None))
    return function


def answer(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Register a strategy that answers this instead of probabilities."""
    strategy(function.__name__, level="algorithm")(entry(nothing, function))
    return function


def entry(doing: Callable[[], Any], answering: Any) -> Callable[..., Misbehaving]:
    def build(classifier: Any, space: Any, task: Any) -> Misbehaving:
        """Misbehave."""
        return Misbehaving(classifier, doing, answering)

    build.__qualname__ = doing.__name__
    return build


def nothing() -> None:
    """Behave."""


@act
def hangs_in_c() -> None:
    sum(range(10**12))


@act
def hangs_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    time.sleep(600)


@act
def waits_to_be_killed() -> None:
    time.sleep(600)


@act
def kills_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@act
def exits_at_once() -> None:
    os._exit(3)


@act
def exits_politely() -> None:
    sys.exit("enough")


@act
def interrupts() -> None:
    raise KeyboardInterrupt


@act
def raises() -> None:
    raise ValueError("the first line\nthe second line")


@act
def raises_what_cannot_travel() -> None:
    raise Untravelled("one", "two")


@act
def reads_nowhere() -> None:
    import ctypes

    ctypes.string_at(0)


@act
def takes_all_memory_in_numpy() -> None:
    np.ones(8 * 2**30, dtype=np.uint8)


@act
def takes_all_memory_in_python() -> None:
    kept = []
    while True:
        kept.append(bytearray(CHUNK * 8))


@act
def takes_all_memory_in_xgboost() -> None:
    from xgboost import XGBClassifier

    X = np.random.default_rng(0).normal(size=(100_000, 40))
    y = (X[:, 0] > 0).astype(int)
    kept = []
    try:
        while True:
            kept.append(np.empty(CHUNK))
    except MemoryError:
        del kept[-2:]
    XGBClassifier(n_estimators=3, n_jobs=1).fit(X, y)


@act
def prints() -> None:
    print("words " * 100_000)
    print("words", file=sys.stderr)


@answer
def answers_nothing_finite(probabilities: Any) -> Any:
    return np.full_like(probabilities, np.nan)


@answer
def answers_too_few(probabilities: Any) -> Any:
    return probabilities[:-1]


@answer
def answers_beyond_one(probabilities: Any) -> Any:
    return probabilities + 1


class Untravelled(BaseException):
    """An error that pickle cannot make again."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")
