"""How a sampler and a classifier become one classifier."""

from collections.abc import Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Protocol, cast

import joblib  # type: ignore[import-untyped]  # it comes without types
import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import BaseEstimator, clone

from benchmark.catalogue.wrapper import Wrapper
from benchmark.chance import apart
from benchmark.space import Scope


class Memory(Protocol):
    """Keeps what was made under a key."""

    def get(self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]) -> Any:
        """What is kept or made now: `value`, the `seconds` it took, those `owed` to other cells."""


class Resampled(Wrapper):
    """Fits a classifier on resampled rows and predicts on rows as they are.

    The same as imbalanced-learn's two-step Pipeline, and it knows how long resampling took.

    Attributes:
        memory: keeps resampled rows for fits of the same sampler on the same rows.
        resample_seconds_: wall seconds inside `fit_resample`.
        owed_seconds_: those that another cell spent on the same rows, if that spared this one any.
        resampled_counts_: rows of each class after resampling.
    """

    def __init__(self, sampler: Any, classifier: Any, memory: Memory | None = None) -> None:
        super().__init__(classifier)
        self.sampler = sampler
        self.memory = memory

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "Resampled":
        """Resample the rows, then fit; real rows keep their weights."""
        new = self._resampled(X, y)
        self.resampled_counts_ = tuple(np.unique(new.y, return_counts=True)[1].tolist())
        if row_weights is not None:
            row_weights = row_weights[new.rows]
        self.fit_classifier(new.X, new.y, row_weights)
        return self

    def _resampled(self, X: Any, y: Any) -> "_Rows":
        make = partial(_resample, self.sampler, X, y)
        key = None if self.memory is None else _key(self.sampler, X, y)
        if self.memory is None or key is None:
            started = perf_counter()
            rows = make()
            self.resample_seconds_, self.owed_seconds_ = perf_counter() - started, 0.0
            return rows
        shared = self.memory.get(key, make, lambda rows: rows.bytes)
        self.resample_seconds_, self.owed_seconds_ = shared.seconds, shared.owed
        return cast(_Rows, shared.value)


def share(classifier: Any, memory: Memory) -> None:
    """Have the samplers of a chain of wrappers share their rows with other fits.

    Those inside ensembles do not: each member resamples rows of its own.
    """
    while isinstance(classifier, Wrapper):
        if isinstance(classifier, Resampled):
            classifier.memory = memory
        classifier = classifier.classifier


@dataclass(frozen=True, eq=False)
class _Rows:
    """Resampled rows, which no fit can change for the next one.

    Attributes:
        rows: the number of the row that each came from, where all are real ones.
    """

    X: Any
    y: Any
    rows: Any

    def __post_init__(self) -> None:
        for name in ("X", "y"):
            array = getattr(self, name).view()  # the sampler may have handed its own rows back
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def bytes(self) -> int:
        """What keeping them takes."""
        return sum(0 if a is None else int(a.nbytes) for a in (self.X, self.y, self.rows))


def _key(sampler: Any, X: Any, y: Any) -> str | None:
    """A hash of all content; None where a foreign sampler has content that cannot be read."""
    try:
        return str(joblib.hash((sampler, X, y)))
    except Exception:  # noqa: BLE001 - pickling runs code of the sampler
        return None


def _resample(sampler: Any, X: Any, y: Any) -> _Rows:
    """Resample rows; raises ValueError where the sampler cannot, or says nothing and does not."""
    sampler = clone(sampler)
    try:
        with apart():
            X_new, y_new = (np.asarray(part) for part in sampler.fit_resample(X, y))
        _refuse_nonsense(X, y, X_new, y_new)
    except ValueError as error:
        raise ValueError(f"{_named(sampler, y)}: {error}") from error
    _refuse_unchanged(sampler, y, y_new)
    return _Rows(X_new, y_new, getattr(sampler, "sample_indices_", None))


def _named(sampler: Any, y: Any) -> str:
    """Which sampler could not do what, for the reader of a failed cell."""
    inner = getattr(sampler, "sampler", sampler)
    rows = " and ".join(str(count) for count in np.unique(y, return_counts=True)[1])
    return f"{type(inner).__name__} cannot resample classes of {rows} rows"


def _refuse_nonsense(X: Any, y: Any, X_new: Any, y_new: Any) -> None:
    """Raise ValueError where what came back are no rows like those that were given."""
    if X_new.ndim != 2 or X_new.shape[1] != X.shape[1] or y_new.shape != X_new.shape[:1]:
        raise ValueError(
            f"it handed back rows of shape {X_new.shape} and labels of shape {y_new.shape} for "
            f"rows with {X.shape[1]} columns"
        )
    if not len(y_new):
        raise ValueError("it handed back no row")
    strange = np.setdiff1d(y_new, y)
    if strange.size:
        raise ValueError(f"it handed back the label {strange[:1].tolist()[0]!r}, which is no class")


def _refuse_unchanged(sampler: Any, y: Any, y_new: Any) -> None:
    """Raise ValueError where rows were asked for and a class came back as it was.

    Borderline SMOTE returns a class without a row in danger that way, and says nothing.
    """
    wanted = sampler.sampling_strategy_ if isinstance(sampler, BaseOverSampler) else {}
    for code, rows in wanted.items():
        size = np.count_nonzero(y == code)
        if rows and np.count_nonzero(y_new == code) == size:
            raise ValueError(
                f"{type(sampler).__name__} added no row to class {code}, which has {size}"
            )


class Foreign(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A sampler that scikit-learn cannot clone, because it is none of its estimators.

    smote-variants is such a library; it hands rows back as they were where it cannot add any.
    """

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __sklearn_clone__(self) -> "Foreign":
        return Foreign(deepcopy(self.sampler))

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample the rows; raises ValueError where uneven classes come back as they were."""
        X_new, y_new = deepcopy(self.sampler).fit_resample(X, y)
        counts = np.unique(y, return_counts=True)[1]
        if np.ptp(counts) and np.array_equal(counts, np.unique(y_new, return_counts=True)[1]):
            name = type(self.sampler).__name__
            raise ValueError(f"{name} handed the {len(y)} rows back as they were")
        return X_new, y_new


@dataclass(frozen=True)
class Balance:
    """A `sampling_strategy` for imbalanced-learn: the share of the gap to close.

    With `over`, every class grows towards the largest; without, shrinks towards the smallest.
    With `every`, classes that keep their size are drawn anew too.
    """

    share: float
    over: bool
    every: bool = False

    def __call__(self, y: Any) -> dict[Any, int]:
        """Map each class that changes to the number of rows it shall have."""
        classes, counts = np.unique(y, return_counts=True)
        goal = counts.max() if self.over else counts.min()
        wanted = np.rint(counts + self.share * (goal - counts)).astype(int)
        changed = (counts != goal) | self.every
        return dict(zip(classes[changed].tolist(), wanted[changed].tolist(), strict=True))


SamplingStrategy = str | Callable[[Any], dict[Any, int]]


def balance(space: Scope, *, over: bool = True, every: bool = False) -> SamplingStrategy:
    """Ask for the `balance` that every sampler with a ratio tunes.

    0 is the natural distribution, 1 (the default) equal classes.
    """
    share = space.real("balance", 0.0, 1.0, default=1.0)
    if share == 1.0:
        return "all" if every else "auto"
    return Balance(share, over, every)
