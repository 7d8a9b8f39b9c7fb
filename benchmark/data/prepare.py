"""A raw table → a Dataset: roles, target, features, thinning, fingerprint."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.data import columns, labels
from benchmark.data.fingerprint import fingerprint
from benchmark.data.sources import Raw
from benchmark.errors import DatasetError, unknown
from benchmark.types import Dataset, Integers
from benchmark.use import DatasetUse


def prepare(use: DatasetUse, raw: Raw, name: str, seed: int, fold_column: str | None) -> Dataset:
    """Take the target and the roles out, make the rest features, thin, and hash it all.

    Raises DatasetError where the table cannot be used as asked.
    """
    frame = with_names(raw.frame)
    published = raw.folds if raw.folds in frame.columns else None
    named = {
        "groups": use.groups, "time": use.time, "folds": fold_column or published,
        "weights": use.weights, "row_costs": use.cost_column,
    }  # fmt: skip
    given = {role: column for role, column in named.items() if column is not None}
    refuse(frame, raw.target, given, use.drop)
    y, classes = labels.codes(frame[raw.target], raw.target, raw.positive)
    X = columns.features(
        frame.drop(columns=list({raw.target, *given.values(), *use.drop, *_some(published)}))
    )
    roles = {role: _role(frame, role, column) for role, column in given.items()}
    if use.thin is not None and len(classes) > 2:
        raise DatasetError("thin: needs a positive class; choose one with `positive:`")
    if use.thin is not None:
        rows = thin(y, use.thin.positive, seed)
        X, y = X.iloc[rows].reset_index(drop=True), y[rows]
        roles = {role: values[rows] for role, values in roles.items()}
    every: dict[str, Any] = dict.fromkeys(("groups", "time", "folds")) | roles
    hexed = fingerprint(X, y, classes, **every)
    every["tail_ratio"] = None if use.long_tail is None else use.long_tail.ratio
    every["image_shape"] = use.image_shape or raw.image_shape
    made = Dataset(name, X, y, classes, hexed, raw.family, raw.source, **every)
    _refuse_misfits(made, use)
    return made


def _refuse_misfits(dataset: Dataset, use: DatasetUse) -> None:
    """Raise DatasetError for a long tail that thins nothing, and for columns that are no pixels.

    Where columns of a card's images were dropped, models of images are skipped.
    """
    if dataset.tail_ratio is not None and dataset.learnt_counts == dataset.class_counts:
        sizes = ", ".join(map(str, dataset.class_counts))
        raise DatasetError(
            f"long_tail: ratio {dataset.tail_ratio:g} removes no row; it is for classes of about "
            f"equal size, and these have {sizes} rows"
        )
    if dataset.image_shape is None:
        return
    height, width = dataset.image_shape
    if use.image_shape is not None and height * width != dataset.X.shape[1]:
        raise DatasetError(
            f"image_shape: {height} x {width} are {height * width} pixels, and there are "
            f"{dataset.X.shape[1]} columns"
        )
    if dataset.categorical:
        raise DatasetError(
            f"image_shape: pixels are numbers, and column {dataset.categorical[0]!r} holds words"
        )


def thin(y: Integers, share: float, seed: int) -> Integers:
    """The rows that stay, in order: all negatives, and positives drawn until they are the share.

    Raises DatasetError where the positives are already rarer.
    """
    positives, negatives = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    keep = max(1, round(len(negatives) * share / (1 - share)))
    if keep > len(positives):
        actual = len(positives) / len(y)
        raise DatasetError(
            f"thin: positives are {actual:.4g} of all rows already, rarer than the {share:g} asked"
        )
    kept = np.random.default_rng(seed).choice(positives, keep, replace=False)
    return np.sort(np.concatenate([negatives, kept]))


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with text as column names, each there once, and at least one row."""
    names = [str(column) for column in frame.columns]
    double = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if double is not None:
        raise DatasetError(f"column {double!r} is there twice")
    if frame.empty:
        raise DatasetError("it has no rows")
    return frame.set_axis(names, axis=1).reset_index(drop=True)


def refuse(frame: pd.DataFrame, target: str, given: dict[str, str], drop: tuple[str, ...]) -> None:
    """Raise DatasetError for a column that is not there, or that has two roles."""
    asked = {"target": target, **given}
    for role, column in [*asked.items(), *(("drop", column) for column in drop)]:
        if column not in frame.columns:
            alone = " (it has one column only: is the delimiter a comma?)"
            hint = alone if frame.shape[1] == 1 else ""
            key = role.removeprefix("row_")  # as the suite names it
            raise DatasetError(f"{key}: {unknown('column', column, frame.columns)}{hint}")
    for role, column in given.items():
        if column == target:
            raise DatasetError(f"column {column!r} cannot be both target and {role}")


def _role(frame: pd.DataFrame, role: str, column: str) -> NDArray[Any]:
    readers = {
        "time": columns.moments, "weights": columns.amounts, "row_costs": columns.amounts,
    }  # fmt: skip
    return readers.get(role, columns.role)(frame, column)


def _some(column: str | None) -> tuple[str, ...]:
    return () if column is None else (column,)
