"""What there is to know of a dataset before it is learnt from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.data import complexity, dates, one_rule
from benchmark.data.complexity import Complexity
from benchmark.data.doubts import doubts
from benchmark.types import Dataset, Integers

SHOWN = 5
GIVEN_AWAY = 0.99  # an AUC
FAR, AHEAD = 0.75, 0.1  # an AUC, and by how much it leads
NAMES = 0.9  # different words for each row
REPEATED = 0.01  # of all rows
FEW = 50  # rows: ten in each of five test folds


@dataclass(frozen=True)
class Facts:
    """The plain facts of a dataset, its difficulty, and what a user should look at.

    Attributes:
        numeric: columns of numbers, the parts of dates among them.
        dates: columns of dates, which were made numbers.
        categorical: column → how many categories, most first.
        missing: share of all cells; missing_columns: column → share, the worst five.
        classes: label → rows, in the order of the codes; the last of two is the positive class.
        imbalance: rows of the largest class for each row of the smallest.
        duplicates: rows with the values of an earlier row; contradictions: rows whose values
            another row has with another label; unavoidable: of these, the fewest that any
            model gets wrong.
        constant: columns with one value in all rows.
        strongest: column → AUC of that column alone, the best five.
    """

    rows: int
    columns: int
    numeric: int
    dates: tuple[str, ...]
    categorical: dict[str, int]
    missing: float
    missing_columns: dict[str, float]
    classes: dict[str, int]
    imbalance: float
    duplicates: int
    contradictions: int
    unavoidable: int
    constant: tuple[str, ...]
    strongest: dict[str, float]
    complexity: Complexity
    warnings: tuple[str, ...]


def facts(dataset: Dataset, seed: int = 0) -> Facts:
    """All facts of a dataset; the seed draws rows and makes folds."""
    X, y, counts = dataset.X, dataset.y, dataset.class_counts
    levels = {column: int(X[column].nunique()) for column in dataset.categorical}
    alone = one_rule.strengths(X, y, seed)
    strongest = dict(sorted(alone.items(), key=lambda item: -item[1])[:SHOWN])
    missing = X.isna().mean().sort_values(ascending=False)[:SHOWN]
    duplicates, contradictions, unavoidable = repeated(X, y)
    return Facts(
        rows=len(y),
        columns=X.shape[1],
        numeric=X.shape[1] - len(levels),
        dates=dates.of(X.columns),
        categorical=dict(sorted(levels.items(), key=lambda item: -item[1])),
        missing=float(X.isna().to_numpy().mean()),
        missing_columns={str(c): float(share) for c, share in missing.items() if share > 0},
        classes=dict(zip(dataset.classes, counts, strict=True)),
        imbalance=max(counts) / max(1, min(counts)),
        duplicates=duplicates,
        contradictions=contradictions,
        unavoidable=unavoidable,
        constant=tuple(column for column in X.columns if _is_constant(X[column])),
        strongest=strongest,
        complexity=complexity.measure(dataset, seed),
        warnings=(
            *_telling(strongest),
            *_names(X, levels),
            *doubts(X),
            *_repeats(len(y), duplicates, unavoidable),
            *_few(dataset),
        ),
    )


def repeated(X: pd.DataFrame, y: Integers) -> tuple[int, int, int]:
    """Rows that repeat an earlier one, that another one contradicts, that no model gets right."""
    hashes = pd.util.hash_pandas_object(X, index=False).to_numpy()
    _, group = np.unique(hashes, return_inverse=True)
    n, classes = int(group.max()) + 1, int(y.max()) + 1
    labels = np.bincount(group * classes + y, minlength=n * classes).reshape(n, classes)
    size, agreed = labels.sum(axis=1), labels.max(axis=1)
    return len(y) - n, int(size[agreed < size].sum()), int((size - agreed).sum())


def _is_constant(column: "pd.Series[float]") -> bool:
    return bool((column == column.iloc[0]).all() or column.isna().all())


def _telling(strongest: Mapping[str, float]) -> Iterator[str]:
    """Columns that give the label away, or one that is far ahead of all others."""
    ask = "is it known before the label is?"
    given_away = [column for column, auc in strongest.items() if auc > GIVEN_AWAY]
    for column in given_away:
        yield f"column {column!r} alone gives the label away (AUC {strongest[column]:.4f}); {ask}"
    (first, best), (_, second) = [*strongest.items(), ("", 0.5), ("", 0.5)][:2]
    if not given_away and best > FAR and best - second > AHEAD:
        yield f"column {first!r} is far ahead (AUC {best:.2f}, the next {second:.2f}); {ask}"


def _names(X: pd.DataFrame, levels: Mapping[str, int]) -> Iterator[str]:
    """Text that names rows rather than kinds of them."""
    for column, found in levels.items():
        present = int(X[column].count())
        if present > FEW and found > NAMES * present:
            yield (
                f"column {column!r} has {found:,} words in {present:,} rows: it names rows; "
                "leave it out with `drop:`"
            )


def _repeats(rows: int, duplicates: int, unavoidable: int) -> Iterator[str]:
    if duplicates > REPEATED * rows:
        yield (
            f"{duplicates / rows:.1%} of the rows repeat an earlier one: test rows are met in "
            "training, too; if they belong together, name what they share in `groups:`"
        )
    if unavoidable:
        yield (
            "rows with the same values have other labels: any model is wrong on at least "
            f"{unavoidable:,} of {rows:,} rows"
        )


def _few(dataset: Dataset) -> Iterator[str]:
    """Classes too small for a sure score."""
    for label, rows in zip(dataset.classes, dataset.class_counts, strict=True):
        if rows < FEW:
            yield f"class {label!r} has {rows} rows, {rows / 5:.0f} in each of 5 test folds"
