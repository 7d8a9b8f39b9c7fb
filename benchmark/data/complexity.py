"""How hard a dataset is: measures of overlap, of borderline rows and of scattered classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmark.types import Dataset, Floats, Integers

NEIGHBOURS = 5
ROWS = 5000  # whose distances to each other are computed, and rare rows whose neighbours are
CELLS = 20_000_000  # of the encoded table, 160 MB
CATEGORIES = 20  # of a column; the rarer ones count as one
CLASSES = 10  # whose rows are looked at one by one, the rarest


@dataclass(frozen=True)
class RareClass:
    """What the neighbourhoods of a rare class look like.

    Of their 5 nearest neighbours, safe rows have 4 or 5 in their own class, borderline ones 2
    or 3, rare ones 1, outliers none; one that is no lone pair makes borderline (Napierala and
    Stefanowski, J. Intell. Inf. Syst. 46, 2016, doi:10.1007/s10844-015-0368-1).

    Attributes:
        rows: of the class, that were looked at.
        safe, borderline, rare, outlier: shares of these rows.
        error: share of these rows whose nearest neighbour is of another class.
        disjuncts: groups of these rows that no link to a near neighbour joins.
        small: share of these rows in groups of at most 5.
    """

    label: str
    rows: int
    safe: float
    borderline: float
    rare: float
    outlier: float
    error: float
    disjuncts: int
    small: float


@dataclass(frozen=True)
class Complexity:
    """Measures of Ho and Basu, each from 0 (easy) to 1 (hard), and a look at the rare classes.

    As in Lorena et al., ACM Comput. Surv. 52(5), 2019, doi:10.1145/3347711, on imputed,
    standardised and one-hot columns.

    Attributes:
        rows: drawn for F1, F2 and the rare classes; all of them where that is feasible.
        pair_rows: drawn for N1 and N3.
        fisher_ratio, overlap_volume, borderline_rows, neighbour_error: F1, F2, N1 and N3;
            F2 is None without a column of numbers, because categories have no range.
        classes: those with fewer rows than the average class.
    """

    rows: int
    pair_rows: int
    fisher_ratio: float
    overlap_volume: float | None
    borderline_rows: float
    neighbour_error: float
    classes: tuple[RareClass, ...]


def measure(dataset: Dataset, seed: int = 0) -> Complexity:
    """All measures of a dataset; what is too much is done on a seeded stratified sample."""
    rare = rare_classes(dataset.class_counts)
    rows = stratified(dataset.y, _feasible(dataset, rare), seed)
    X, y = encode(dataset, rows), dataset.y[rows]
    numeric = dataset.X.shape[1] - len(dataset.categorical)
    pairs = stratified(y, ROWS, seed)
    distances = pairwise_distances(X[pairs])
    return Complexity(
        rows=len(rows),
        pair_rows=len(pairs),
        fisher_ratio=fisher_ratio(X, y),
        overlap_volume=overlap_volume(X[:, :numeric], y) if numeric else None,
        borderline_rows=borderline_rows(distances, y[pairs]),
        neighbour_error=neighbour_error(distances, y[pairs]),
        classes=tuple(rare_class(X, y, code, dataset.classes[code]) for code in rare)
        if len(y) > NEIGHBOURS
        else (),
    )


def rare_classes(counts: Sequence[int]) -> tuple[int, ...]:
    """The codes of the classes with fewer rows than the average, the rarest ten, rarest first."""
    average = sum(counts) / len(counts)
    found = [code for code, rows in enumerate(counts) if 0 < rows < average]
    return tuple(sorted(found, key=lambda code: counts[code])[:CLASSES])


def stratified(y: Integers, limit: int, seed: int) -> Integers:
    """At most about `limit` rows in order, drawn from each class by its share, one at least."""
    if len(y) <= limit:
        return np.arange(len(y))
    random = np.random.default_rng(seed)
    drawn = []
    for code in np.unique(y):
        rows = np.flatnonzero(y == code)
        drawn.append(random.choice(rows, max(1, len(rows) * limit // len(y)), replace=False))
    return np.sort(np.concatenate(drawn))


def encode(dataset: Dataset, rows: Integers) -> Floats:
    """Rows as numbers that have distances: medians and modes imputed, standardised, one-hot.

    The columns of numbers come first.
    """
    categorical = list(dataset.categorical)
    numeric = [column for column in dataset.X.columns if column not in categorical]
    impute_number = SimpleImputer(strategy="median", keep_empty_features=True)
    impute_category = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    one_hot = OneHotEncoder(max_categories=CATEGORIES, sparse_output=False)
    transformer = ColumnTransformer(
        [
            ("numeric", make_pipeline(impute_number, StandardScaler()), numeric),
            ("categorical", make_pipeline(impute_category, one_hot), categorical),
        ],
        sparse_threshold=0.0,
    )
    return np.asarray(transformer.fit_transform(dataset.X.iloc[rows]), dtype=np.float64)


def fisher_ratio(X: Floats, y: Integers) -> float:
    """F1: 1 / (1 + r), r the largest Fisher's discriminant ratio of a column.

    The ratio of variances between and within classes, for any number of classes (Mollineda et
    al., IbPRIA 2005); so F1 is 1 - η², the share of a column's variance that no class explains.
    """
    total = X.var(axis=0) * len(X)
    between = np.zeros(X.shape[1])
    for code in np.unique(y):
        part = X[y == code]
        between += len(part) * (part.mean(axis=0) - X.mean(axis=0)) ** 2
    varies = (np.ptp(X, axis=0) > 0) & (total > 0)  # squares of tiny ranges are 0
    explained = between[varies] / total[varies]
    return float(np.clip(1 - explained.max(initial=0.0), 0, 1))


def overlap_volume(X: Floats, y: Integers) -> float:
    """F2: the share of the box around two classes in which their ranges overlap.

    A mean over all pairs of classes where there are more than two (Lorena et al., 2019).
    """
    codes = np.unique(y)
    low = np.array([X[y == code].min(axis=0) for code in codes])
    high = np.array([X[y == code].max(axis=0) for code in codes])
    volumes = []
    for one, other in combinations(range(len(codes)), 2):
        shared = np.minimum(high[one], high[other]) - np.maximum(low[one], low[other])
        whole = np.maximum(high[one], high[other]) - np.minimum(low[one], low[other])
        varies = whole > 0
        volumes.append(np.prod(np.maximum(shared[varies], 0) / whole[varies]))
    return float(np.mean(volumes))


def borderline_rows(distances: Floats, y: Integers) -> float:
    """N1: share of rows that an edge of the minimum spanning tree joins with another class."""
    edges = spanning_tree(distances)
    return len(np.unique(edges[y[edges[:, 0]] != y[edges[:, 1]]])) / len(y)


def neighbour_error(distances: Floats, y: Integers) -> float:
    """N3: leave-one-out error of the nearest neighbour."""
    others = distances + np.diag(np.full(len(y), np.inf))
    return float(np.mean(y[others.argmin(axis=1)] != y))


def spanning_tree(distances: Floats) -> Integers:
    """The edges of a minimum spanning tree, shape (rows - 1, 2), by Prim's algorithm.

    SciPy's takes a distance of zero, which duplicates have, for no edge.
    """
    outside = np.arange(len(distances)) > 0
    reach, joined = distances[0].copy(), np.zeros(len(distances), dtype=np.int64)
    edges = np.empty((len(distances) - 1, 2), dtype=np.int64)
    for edge in edges:
        new = np.where(outside, reach, np.inf).argmin()
        edge[:] = joined[new], new
        outside[new] = False
        closer = distances[new] < reach
        reach[closer], joined[closer] = distances[new][closer], new
    return edges


def rare_class(X: Floats, y: Integers, code: int, label: str) -> RareClass:
    """What the neighbourhoods of a class look like among all rows."""
    rows = np.flatnonzero(y == code)
    neighbours = _neighbours(X, rows)
    own = y[neighbours] == code
    count = own.sum(axis=1)
    place = np.full(len(y), -1)
    place[rows] = np.arange(len(rows))
    lone = place[neighbours[np.arange(len(rows)), own.argmax(axis=1)]]
    mutual = (neighbours[lone] == rows[:, None]).any(axis=1)
    pair = (count == 1) & ((count[lone] == 0) | ((count[lone] == 1) & mutual))
    sizes = _group_sizes(np.nonzero(own)[0], place[neighbours[own]], len(rows))
    return RareClass(
        label=label,
        rows=len(rows),
        safe=float(np.mean(count >= 4)),
        borderline=float(np.mean((count >= 1) & (count <= 3) & ~pair)),
        rare=float(np.mean(pair)),
        outlier=float(np.mean(count == 0)),
        error=float(np.mean(~own[:, 0])),
        disjuncts=len(sizes),
        small=float(sizes[sizes <= NEIGHBOURS].sum() / len(rows)),
    )


def _neighbours(X: Floats, rows: Integers) -> Integers:
    """The nearest other rows of some rows, shape (len(rows), 5), nearest first."""
    search = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(X)
    found: Integers = np.asarray(search.kneighbors(X[rows], return_distance=False))
    itself = found == rows[:, None]
    itself[~itself.any(axis=1), -1] = True  # it has that many duplicates
    others: Integers = found[~itself].reshape(len(rows), NEIGHBOURS)
    return others


def _group_sizes(starts: Integers, ends: Integers, n: int) -> NDArray[Any]:
    """Sizes of the groups that links between n rows join, in either direction."""
    links = coo_array((np.ones(len(starts)), (starts, ends)), shape=(n, n))
    return np.bincount(connected_components(links, directed=False)[1])


def _feasible(dataset: Dataset, rare: Sequence[int]) -> int:
    """How many rows to draw at most: for the encoded table, and for the rows of rare classes."""
    levels = sum(min(dataset.X[column].nunique(), CATEGORIES) for column in dataset.categorical)
    width = max(1, dataset.X.shape[1] - len(dataset.categorical) + levels)
    rows = len(dataset.y)
    looked_at = sum(dataset.class_counts[code] for code in rare)
    return int(min(CELLS // width, rows * min(1.0, ROWS / max(1, looked_at))))
