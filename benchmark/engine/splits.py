"""Outer and inner folds, the same for every pair."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)

from benchmark.engine.seeds import seed_for
from benchmark.errors import DatasetError
from benchmark.long_tail import long_tail_sizes
from benchmark.suite import CrossValidation
from benchmark.types import Dataset, Integers
from benchmark.wording import counted

PART = 0.3
LEAST = 50  # rows of each class in such a part


Place = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Fold:
    """Row numbers of one training part and its test part."""

    repeat: int
    fold: int
    train: Integers
    test: Integers


def outer_folds(dataset: Dataset, cv: CrossValidation, seed: int) -> list[Fold]:
    """All outer folds, in order.

    Exactly RepeatedStratifiedKFold(folds, repeats, random_state=seed) on the rows as they are,
    unless the dataset has groups, a time column or published folds. A long tail thins the
    training parts after that.
    Raises DatasetError where there are too few rows, groups or rows of the rarest class.
    """
    rarest = min(dataset.class_counts)
    if cv.column is None and dataset.time is None and rarest < cv.folds:
        raise DatasetError(
            f"dataset {dataset.name!r} has {counted(rarest, 'row')} of its rarest class, "
            f"fewer than cv.folds: {cv.folds}"
        )
    if dataset.groups is not None and dataset.time is not None:
        raise DatasetError(f"dataset {dataset.name!r} has groups and time; no splitter keeps both")
    try:
        pairs = list(_outer(dataset, cv, seed))
    except ValueError as error:
        raise DatasetError(f"dataset {dataset.name!r} cannot be split: {error}") from error
    per_repeat = max(1, len(pairs) // (1 if cv.column or dataset.time is not None else cv.repeats))
    folds = [
        Fold(i // per_repeat, i % per_repeat, np.asarray(train), np.asarray(test))
        for i, (train, test) in enumerate(pairs)
    ]
    ratio = dataset.tail_ratio
    return folds if ratio is None else [_thinned(dataset, fold, ratio, seed) for fold in folds]


def places_of(dataset: Dataset, cv: CrossValidation, seed: int) -> tuple[list[Place], list[Fold]]:
    """Repeat and fold of all outer folds, and those of them whose sizes stand for all.

    Stratified repeats differ in which rows a fold has, not in how many of each class: the first
    stands for all of them. Raises DatasetError as `outer_folds`.
    """
    if cv.column is None and dataset.groups is None and dataset.time is None:
        folds = outer_folds(dataset, cv.model_copy(update={"repeats": 1}), seed)
        return [(repeat, fold.fold) for repeat in range(cv.repeats) for fold in folds], folds
    folds = outer_folds(dataset, cv, seed)
    return [(fold.repeat, fold.fold) for fold in folds], folds


def inner_folds(
    dataset: Dataset, train: Integers, folds: int, seed: int
) -> list[tuple[Integers, Integers]]:
    """Row numbers (of the dataset) to fit and to validate on, inside one training part.

    Published folds are for the outer level only; inside them rows are stratified.
    """
    y = dataset.y[train]
    if dataset.groups is not None:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        pairs = splitter.split(train, y, dataset.groups[train])
    elif dataset.time is not None:
        train = train[np.argsort(dataset.time[train], kind="stable")]
        pairs = TimeSeriesSplit(folds).split(train)
    else:
        pairs = StratifiedKFold(folds, shuffle=True, random_state=seed).split(train, y)
    return [(train[fit], train[validation]) for fit, validation in pairs]


def part_of(dataset: Dataset, rows: Integers, seed: int) -> Integers | None:
    """PART of some rows, drawn from each class; None where a class would have fewer than LEAST."""
    y = dataset.y[rows]
    if PART * np.bincount(y, minlength=len(dataset.classes)).min() < LEAST:
        return None
    splitter = StratifiedShuffleSplit(1, train_size=PART, random_state=seed)
    kept, _ = next(splitter.split(rows, y))
    part: Integers = rows[np.sort(kept)]
    return part


def _thinned(dataset: Dataset, fold: Fold, ratio: float, seed: int) -> Fold:
    """The fold with a long-tailed training part, its rows in the order that they had.

    A longer tail keeps some of the rows that a shorter one keeps.
    """
    y = dataset.y[fold.train]
    sizes = long_tail_sizes(np.bincount(y, minlength=len(dataset.classes)).tolist(), ratio)
    drawn = seed_for(seed, dataset.fingerprint, fold.repeat, fold.fold, None, "split")
    random = np.random.default_rng(drawn)
    kept = [random.permutation(np.flatnonzero(y == code))[:size] for code, size in enumerate(sizes)]
    return replace(fold, train=fold.train[np.sort(np.concatenate(kept))])


def _outer(dataset: Dataset, cv: CrossValidation, seed: int) -> Iterator[tuple[Integers, Integers]]:
    """The splitter that the dataset calls for."""
    rows = np.arange(len(dataset.y))
    if cv.column is not None:
        if dataset.folds is None:
            raise DatasetError(f"dataset {dataset.name!r} has no fold column {cv.column!r}")
        for value in np.unique(dataset.folds):
            yield rows[dataset.folds != value], rows[dataset.folds == value]
    elif dataset.groups is not None:
        for repeat in range(cv.repeats):
            splitter = StratifiedGroupKFold(cv.folds, shuffle=True, random_state=seed + repeat)
            yield from splitter.split(rows, dataset.y, dataset.groups)
    elif dataset.time is not None:
        order = np.argsort(dataset.time, kind="stable")
        for train, test in TimeSeriesSplit(cv.folds).split(order):
            yield order[train], order[test]
    else:
        splitter = RepeatedStratifiedKFold(
            n_splits=cv.folds, n_repeats=cv.repeats, random_state=seed
        )
        yield from splitter.split(rows, dataset.y)
