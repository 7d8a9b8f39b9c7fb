"""Strategies that start processes, change what is not theirs, draw by luck, or hand on nonsense."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils import shuffle

from benchmark.catalogue.registry import model, strategy
from benchmark.catalogue.resampling import Resampled
from benchmark.catalogue.wrapper import Wrapper

HERE = Path(__file__).parent
LEAKED: list[Any] = []


class Unruly(Wrapper):
    """Does something to its rows before the classifier is fitted."""

    def __init__(self, classifier: Any, act: Callable[..., Any]) -> None:
        super().__init__(classifier)
        self.act = act

    def fit(self, X: Any, y: Any) -> "Unruly":
        changed = self.act(X, y)
        X, y = (X, y) if changed is None else changed
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self


class Answering(Wrapper):
    """Answers something else than the classifier says."""

    def __init__(self, classifier: Any, answer: Callable[..., Any], classes: Any = None) -> None:
        super().__init__(classifier)
        self.answer = answer
        self.classes = classes

    def fit(self, X: Any, y: Any) -> "Answering":
        self.classifier_ = clone(self.classifier).fit(X, y)
        return self

    @property
    def classes_(self) -> Any:
        return self.classifier_.classes_ if self.classes is None else self.classes

    def predict_proba(self, X: Any) -> Any:
        return self.answer(super().predict_proba(X))


class Labelling(BaseEstimator):
    """A model that says labels of its own."""

    def __init__(self, label: Any) -> None:
        self.label = label

    def fit(self, X: Any, y: Any) -> "Labelling":
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


class Sampler(BaseEstimator):
    """A sampler that is one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def fit_resample(self, X: Any, y: Any) -> Any:
        return self.function(X, y)


def act(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a strategy that does this when it is fitted."""
    return _registered(function, lambda classifier: Unruly(classifier, function))


def answer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a strategy that turns probabilities into this."""
    return _registered(function, lambda classifier: Answering(classifier, function))


def sampler(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a strategy that hands on these rows."""
    return _registered(function, lambda classifier: Resampled(Sampler(function), classifier))


def _registered(function: Callable[..., Any], make: Callable[..., Any]) -> Callable[..., Any]:
    def build(classifier: Any, space: Any, task: Any) -> Any:
        """Misbehave."""
        return make(classifier)

    build.__qualname__ = function.__name__
    strategy(function.__name__, level="data")(build)
    return function


def note(name: str, pid: int) -> None:
    """Leave a number where the test finds it."""
    (HERE / f"{name}.new").write_text(str(pid), encoding="utf-8")
    (HERE / f"{name}.new").rename(HERE / f"{name}.pid")


@act
def starts_a_child(X: Any, y: Any) -> None:
    note("starts_a_child", subprocess.Popen(["sleep", "600"]).pid)


@act
def starts_a_child_and_hangs(X: Any, y: Any) -> None:
    note("starts_a_child_and_hangs", subprocess.Popen(["sleep", "600"]).pid)
    time.sleep(600)


@act
def starts_a_daemon_and_dies(X: Any, y: Any) -> None:
    _daemon("starts_a_daemon_and_dies")
    os.kill(os.getpid(), signal.SIGKILL)


@act
def starts_a_daemon_and_hangs(X: Any, y: Any) -> None:
    _daemon("starts_a_daemon_and_hangs")
    sum(range(10**12))


def _daemon(name: str) -> None:
    """Fork twice, with a session of its own between, deaf and without files."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
    note(name, os.getpid())
    os.closerange(0, 256)
    os.execvpe("sleep", ["sleep", "600"], {})


@act
def dawdles(X: Any, y: Any) -> None:
    note("dawdles", os.getpid())
    time.sleep(1)


@act
def exits_as_if_done(X: Any, y: Any) -> None:
    os._exit(0)


@act
def kills_its_group(X: Any, y: Any) -> None:
    os.kill(0, signal.SIGKILL)


@act
def kills_its_parent(X: Any, y: Any) -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


@act
def suspends_itself(X: Any, y: Any) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


@act
def closes_all_files(X: Any, y: Any) -> None:
    os.closerange(0, 256)


@act
def prints_below_python(X: Any, y: Any) -> None:
    os.write(1, b"SPOILT\n" * 1000)
    os.write(2, b"SPOILT\n")
    subprocess.run(["echo", "SPOILT"], check=True)


@act
def asks(X: Any, y: Any) -> None:
    sys.stdin = os.fdopen(0, closefd=False)
    input("What is your name?")


@act
def changes_rows(X: Any, y: Any) -> None:
    X[:] = 0


@act
def changes_rows_by_force(X: Any, y: Any) -> None:
    X.setflags(write=True)
    X[:] = 0


@act
def changes_labels(X: Any, y: Any) -> None:
    y[::2] = 1 - y[::2]


@act
def leaves_a_mess(X: Any, y: Any) -> None:
    os.chdir("/")
    os.environ.clear()
    np.seterr(all="raise")
    sklearn.set_config(transform_output="pandas")
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    random.seed(0)
    np.random.seed(0)


@act
def hashes_words(X: Any, y: Any) -> None:
    note("hashes_words", hash("word"))


@act
def leaks(X: Any, y: Any) -> None:
    LEAKED.append(np.ones(200 * 2**20, dtype=np.uint8))


@act
def draws_from_the_global_state(X: Any, y: Any) -> Any:
    rows = random.sample(range(len(y)), len(y) // 2 + np.random.randint(9))
    return shuffle(X[rows], y[rows])


@sampler
def samples_from_the_global_state(X: Any, y: Any) -> Any:
    rows = np.random.choice(len(y), len(y))
    return X[rows], y[rows]


@answer
def answers_infinity(probabilities: Any) -> Any:
    return probabilities / 0.0


@answer
def answers_words(probabilities: Any) -> Any:
    return np.full(probabilities.shape, "yes")


@answer
def answers_nothing(probabilities: Any) -> Any:
    return None


@answer
def answers_three_columns(probabilities: Any) -> Any:
    return np.column_stack([probabilities, probabilities])


@answer
def answers_complex_numbers(probabilities: Any) -> Any:
    return probabilities + 1j


@strategy("answers_other_classes", level="data")
def answers_other_classes(classifier: Any, space: Any, task: Any) -> Any:
    """Say that the classes are others."""
    return Answering(classifier, lambda probabilities: probabilities, np.array([5, 6]))


@model("says_words")
def says_words(space: Any, task: Any) -> Any:
    """Say what is no class."""
    return Labelling("yes")


@model("says_another_class")
def says_another_class(space: Any, task: Any) -> Any:
    """Say what is no class."""
    return Labelling(7)


@sampler
def samples_one_class(X: Any, y: Any) -> Any:
    return X[y == 0], y[y == 0]


@sampler
def samples_nothing(X: Any, y: Any) -> Any:
    return X[:0], y[:0]


@sampler
def samples_missing_values(X: Any, y: Any) -> Any:
    return np.full_like(X, np.nan), y


@sampler
def samples_more_columns(X: Any, y: Any) -> Any:
    return np.column_stack([X, X]), y


@sampler
def samples_fewer_labels(X: Any, y: Any) -> Any:
    return X, y[:-1]


@sampler
def samples_words_as_labels(X: Any, y: Any) -> Any:
    return X, np.where(y == 1, "yes", "no")


@sampler
def samples_numbers_as_labels(X: Any, y: Any) -> Any:
    return X, y.astype(np.float32)


@sampler
def samples_other_labels(X: Any, y: Any) -> Any:
    return X, y + 5


@sampler
def samples_flat_rows(X: Any, y: Any) -> Any:
    return X[:, 0], y


@sampler
def samples_none(X: Any, y: Any) -> Any:
    return None


@model("plain")
def plain(space: Any, task: Any) -> Any:
    """Behave."""
    return LogisticRegression()
