"""Another table → rows to pre-train on: the dataset's columns and classes, none of its rows."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.data import columns, labels
from benchmark.data.fingerprint import fingerprint
from benchmark.data.prepare import refuse, with_names
from benchmark.data.sources import Raw
from benchmark.errors import DatasetError
from benchmark.types import Dataset, Integers, Related
from benchmark.use import DatasetUse

_SHOWN = 6


def related(
    dataset: Dataset, use: DatasetUse, raw: Raw, other: Raw, fold_column: str | None
) -> Related:
    """The rows of `other` in the columns and classes of a dataset, which was made of `raw`.

    What is no feature of the dataset is none here. A row that has the values of one of the
    dataset, or belongs to one of its groups, is left out, since it could be a test row; dropping
    the column of groups says that theirs are others. Raises DatasetError where columns or labels
    do not fit.
    """
    frame, target = with_names(other.frame), other.target
    dropped = use.related.drop if use.related else ()
    refuse(frame, target, {}, dropped)
    y = labels.matched(frame[target], target, _codes(raw))
    roles = {target, raw.target, use.groups, use.time, use.weights, use.cost_column}
    no_features = roles | {fold_column, raw.folds, other.folds, *dropped, *use.drop}
    features = frame.drop(columns=[name for name in frame.columns if name in no_features])
    X = _fitting(columns.features(features), dataset.X)
    there = _same(X, dataset.X)
    grouped = use.groups is not None and use.groups in frame and use.groups not in dropped
    if dataset.groups is not None and grouped:
        there |= pd.Series(columns.role(frame, str(use.groups))).isin(dataset.groups).to_numpy()
    return _apart(dataset, X, y, there)


def _codes(raw: Raw) -> dict[str, int]:
    """The class code behind each label of a dataset, before thinning."""
    given = with_names(raw.frame)[raw.target]
    codes, _ = labels.codes(given, raw.target, raw.positive)
    return dict(zip(map(labels.text, given), codes.tolist(), strict=True))


def _fitting(X: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """The columns of `wanted` in its order.

    Raises DatasetError for a column that is missing, added, or of another kind.
    """
    missing = [name for name in wanted.columns if name not in X.columns]
    added = [name for name in X.columns if name not in wanted.columns]
    problems = [f"it lacks {_listed(missing)}"] if missing else []
    problems += [f"leave out {_listed(added)} with `drop:`"] if added else []
    if problems:
        raise DatasetError(f"it needs the columns of the dataset; {'; '.join(problems)}")
    X = X[[*wanted.columns]]
    empty = [name for name in X.columns if X[name].isna().all()]
    X = X.astype({name: wanted[name].dtype for name in empty})
    for name in X.columns:
        kinds = ["text" if table[name].dtype == object else "numbers" for table in (X, wanted)]
        if kinds[0] != kinds[1]:
            raise DatasetError(f"column {name!r} holds {kinds[0]}, and {kinds[1]} in the dataset")
    return X


def _same(X: pd.DataFrame, known: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows have the values of a known one."""
    ours, theirs = (pd.util.hash_pandas_object(t, index=False).to_numpy() for t in (X, known))
    return np.isin(ours, theirs)


def _apart(dataset: Dataset, X: pd.DataFrame, y: Integers, there: NDArray[np.bool_]) -> Related:
    """The rows that the dataset does not have. Raises DatasetError where one class is left."""
    out = int(there.sum())
    if out == len(y):
        raise DatasetError(
            "all its rows are rows or groups of the dataset, so they could be tested"
        )
    X, y = X[~there].reset_index(drop=True), y[~there]
    if len(np.unique(y)) < 2:
        apart = f", apart from {out} of the dataset" if out else ""
        raise DatasetError(f"it has rows of one class only{apart}")
    return Related(X, y, fingerprint(X, y, (dataset.fingerprint,)), out)


def _listed(names: list[Any]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(repr(name) for name in names[:_SHOWN]) + more
