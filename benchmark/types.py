"""The nouns that every stage speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.arrays import Floats as Floats
from benchmark.arrays import Integers as Integers
from benchmark.long_tail import long_tail_sizes
from benchmark.predictions import Points as Points
from benchmark.predictions import Predictions as Predictions
from benchmark.predictions import Scored as Scored
from benchmark.predictions import ScoreKind as ScoreKind

Status = Literal["ok", "failed", "timeout", "out_of_memory", "killed"]


@dataclass(frozen=True, eq=False)
class Related:
    """Rows of another dataset of the same columns and classes, to learn from before a fit.

    They are in no fold, are never tested and count nowhere.

    Attributes:
        X: shape (rows, columns), in the order of the dataset's columns.
        y: shape (rows,); the dataset's class codes.
        fingerprint: SHA-256 over all content, theirs and the dataset's.
        left_out: how many are not here because they could be test rows of the dataset.
    """

    X: pd.DataFrame
    y: Integers
    fingerprint: str
    left_out: int = 0


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table to learn from.

    Attributes:
        X: shape (rows, columns); categorical columns and missing values kept.
        y: shape (rows,); class codes. With two classes 1 is the positive one and 0 the rest.
        classes: the label behind each code, as text.
        fingerprint: SHA-256 over all content: columns, kinds, every value, target, order.
        groups: rows that belong together, never split between training and test.
        time: the order in which rows were seen.
        folds: a published test fold for each row.
        weights: how much a row counts in a fit, such as a survey's weights.
        row_costs: what it costs to get a row wrong.
        tail_ratio: training parts are thinned to a long tail of this ratio.
        image_shape: height and width of images whose pixels are the columns, row by row.
        related: rows of another dataset, which strategies can pre-train on.
    """

    name: str
    X: pd.DataFrame
    y: Integers
    classes: tuple[str, ...]
    fingerprint: str
    family: str = ""
    source: str = ""
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    folds: NDArray[Any] | None = None
    weights: Floats | None = None
    row_costs: Floats | None = None
    tail_ratio: float | None = None
    image_shape: tuple[int, int] | None = None
    related: Related | None = None

    @property
    def content(self) -> str:
        """The fingerprint, which folds and seeds follow; that of all where rows are related."""
        return self.fingerprint if self.related is None else self.related.fingerprint

    @property
    def categorical(self) -> tuple[str, ...]:
        """The columns that hold categories: everything that is neither a number nor a boolean."""
        return tuple(
            str(column)
            for column, dtype in self.X.dtypes.items()
            if not pd.api.types.is_numeric_dtype(dtype)
        )

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Rows of each class, in the order of the codes."""
        return tuple(int(n) for n in np.bincount(self.y, minlength=len(self.classes)))

    @property
    def learnt_counts(self) -> tuple[int, ...]:
        """Rows of each class if all were for training: what a long tail would leave of them."""
        counts = self.class_counts
        return counts if self.tail_ratio is None else long_tail_sizes(counts, self.tail_ratio)


@dataclass(frozen=True)
class Task:
    """The facts that a model or strategy may know about what it learns from; no rows.

    Attributes:
        categorical: the numbers of the columns that hold codes of categories, not quantities;
            empty where all columns are encoded.
        costs: the cost of each decision (column) for each class (row).
        weighted: rows come with weights.
        row_costs: these weights hold the cost of getting the row wrong.
        image_shape: height and width of images whose pixels are the columns, row by row.
        related_rows: rows of another dataset that there are to pre-train on.
    """

    seed: int
    class_counts: tuple[int, ...]
    n_columns: int
    categorical: tuple[int, ...] = ()
    costs: tuple[tuple[float, ...], ...] | None = None
    weighted: bool = False
    row_costs: bool = False
    device: str = "cpu"
    image_shape: tuple[int, int] | None = None
    related_rows: int = 0

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_counts)

    @property
    def n_rows(self) -> int:
        """Number of training rows."""
        return sum(self.class_counts)


@dataclass(frozen=True, order=True)
class Cell:
    """The unit of work, of failure and of resume. Names only, so that it travels."""

    dataset: str
    strategy: str
    model: str
    repeat: int
    fold: int

    @property
    def pair(self) -> tuple[str, str, str]:
        """The dataset, strategy and model, without the fold."""
        return (self.dataset, self.strategy, self.model)

    @property
    def group(self) -> tuple[str, int, int, str]:
        """The dataset, repeat, fold and strategy: what cells that share resampled rows share."""
        return (self.dataset, self.repeat, self.fold, self.strategy)

    def __str__(self) -> str:
        where = f"repeat {self.repeat} fold {self.fold}"
        return f"{self.dataset} / {self.strategy} / {self.model} / {where}"


@dataclass(frozen=True)
class Trial:
    """One tried set of hyper-parameters.

    Attributes:
        default: headline metric of the inner folds at the default decision; None if it failed.
        tuned: the same at the best threshold.
        error: why it failed, or an empty text.
        pruned_after: the inner folds after which it was given up, so that the metrics are of
            these, a share of the first where it met a part of its rows; 0 if it met all.
    """

    number: int
    params: Mapping[str, Any]
    default: float | None
    tuned: float | None
    fit_seconds: float
    error: str = ""
    pruned_after: float = 0.0


@dataclass(frozen=True)
class Scoring:
    """What the metrics of a dataset's cells are computed with, apart from predictions.

    Attributes:
        classes: the label behind each class code.
        costs: the cost of each decision (column) for each class (row).
        row_costs: a mistake costs what its row says, and being right nothing.
        prevalence: share of positives where the model will be used.
        counts: rows of each class that there are for training (Dataset.learnt_counts).
    """

    metrics: tuple[str, ...]
    thresholds: tuple[str, ...]
    classes: tuple[str, ...]
    costs: tuple[tuple[float, ...], ...] | None = None
    row_costs: bool = False
    prevalence: float | None = None
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Threshold:
    """Predict positive above `value`; how many positives it was chosen on."""

    value: float
    positives: int


@dataclass(frozen=True)
class Scores:
    """The metrics of a cell.

    Attributes:
        values: threshold ("default", "tuned", or "" where it does not matter) → metric → value.
        missing: metric or threshold → why it has no value.
        thresholds: rule → the threshold that it chose.
        confusion: threshold → how often each class (row) was decided to be each class (column).
        positives: positive rows in the test fold; of the rarest class where there are many.
    """

    values: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    confusion: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    positives: int = 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a cell.

    Attributes:
        params: "default" and "tuned" → the chosen hyper-parameters.
        seconds: wall seconds of preprocess, resample, fit, predict and score, search included;
            work shared with other cells counts as if the cell were alone.
        cpu_seconds: processor seconds spent inside these stages.
        memory_bytes: peak resident memory of the worker during the cell.
        note: what a reader should know, such as "13 of 20 trials (time)".
    """

    cell: Cell
    status: Status
    scores: Scores = field(default_factory=Scores)
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    predictions: Predictions | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    note: str = ""
    error: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class Skip:
    """A pair that cannot be, with the reason; it stays visible in every table."""

    dataset: str
    strategy: str
    model: str
    reason: str

    @property
    def pair(self) -> tuple[str, str, str]:
        """The dataset, strategy and model."""
        return (self.dataset, self.strategy, self.model)
