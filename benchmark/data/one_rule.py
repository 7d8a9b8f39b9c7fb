"""How much of the label each column tells alone."""

import numpy as np
import pandas as pd

from benchmark.types import Floats, Integers

FOLDS = 5
RANGES = 256  # of a column's numbers at most,
ROWS = 20  # and this many rows in each at least


def strengths(X: pd.DataFrame, y: Integers, seed: int = 0) -> dict[str, float]:
    """Column → AUC of its value alone, rising, falling or by a cross-validated rule.

    As in Holte's 1R (Machine Learning 11, 1993), a rule gives a row the share of its class among
    the training rows with the same category or in the same range of numbers. So a column is
    strong however the classes lie in it, and one with a word for each row is not. One class
    against the rest, on average, where there are more than two.
    """
    folds = _folds(y, seed)
    return {str(name): _strength(X[name], y, folds) for name in X.columns}


def _strength(column: "pd.Series[float]", y: Integers, folds: Integers) -> float:
    found = _by_rule(_codes(column, len(y) // ROWS), y, folds)
    if column.dtype != object:
        order = np.nan_to_num(column.rank(method="dense")).astype(np.int64)  # missing is least
        found = np.maximum(found, _by_order(order, y))
    return float(found.mean())


def _by_rule(values: Integers, y: Integers, folds: Integers) -> Floats:
    """AUC of each class, by its share among the rows of other folds with the same value."""
    shape = (FOLDS, values.max() + 1, y.max() + 1)
    counts = _count(np.ravel_multi_index((folds, values, y), shape), shape)
    training = counts.sum(axis=0) - counts
    prior = training.sum(axis=1, keepdims=True) / training.sum(axis=(1, 2), keepdims=True)
    return _aucs((training + prior) / (training.sum(axis=2, keepdims=True) + 1), counts)


def _by_order(values: Integers, y: Integers) -> Floats:
    """AUC of each class, whichever way the values point."""
    shape = (values.max() + 1, y.max() + 1)
    counts = _count(np.ravel_multi_index((values, y), shape), shape)
    rising = _aucs(np.broadcast_to(np.arange(len(counts))[:, None], shape), counts)
    return np.maximum(rising, 1 - rising)


def _count(places: Integers, shape: tuple[int, ...]) -> Floats:
    return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)


def _aucs(scores: Floats, counts: Floats) -> Floats:
    """AUC of counted rows with the same scores: each class against the rest, the last of two."""
    counts = counts.reshape(-1, counts.shape[-1])
    rows, codes = counts.sum(axis=1), np.flatnonzero(counts.sum(axis=0))
    scores = scores.reshape(counts.shape)
    chosen = codes if len(codes) > 2 else codes[-1:]
    return np.array([_auc(scores[:, c], counts[:, c], rows - counts[:, c]) for c in chosen])


def _auc(scores: Floats, own: Floats, rest: Floats) -> float:
    """The share of pairs that the scores put in order, ties as half (Mann and Whitney)."""
    _, place = np.unique(scores, return_inverse=True)
    higher, others = np.bincount(place, own), np.bincount(place, rest)
    lower = np.cumsum(others) - others / 2
    return float(higher @ lower / (own.sum() * rest.sum()))


def _codes(column: "pd.Series[float]", ranges: int) -> Integers:
    """Categories, few numbers or ranges of many numbers as codes; missing is the last."""
    ranges = int(np.clip(ranges, 2, RANGES))
    codes, uniques = pd.factorize(column)
    if column.dtype != object and len(uniques) > ranges:
        edges = np.unique(np.nanquantile(column, np.arange(1, ranges) / ranges))
        codes = np.where(codes < 0, -1, np.searchsorted(edges, column, side="right"))
    return np.where(codes < 0, codes.max() + 1, codes)


def _folds(y: Integers, seed: int) -> Integers:
    """A stratified fold for each row, of classes of any size."""
    order = np.random.default_rng(seed).permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(len(y), dtype=np.int64)
    folds[order] = np.arange(len(y)) % FOLDS
    return folds
