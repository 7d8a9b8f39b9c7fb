"""Columns of any type → float64 numbers and text categories."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.errors import DatasetError
from benchmark.types import Floats

_NUMBERS = ("boolean", "integer", "floating", "mixed-integer-float", "decimal", "empty")
_WORDS = ("string", "mixed-integer", "categorical")
Series = pd.Series  # cells of any type


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, all else as object columns of str; a missing cell is NaN in both.

    Raises DatasetError for an infinity, a date, or cells that are neither number nor text.
    """
    if frame.shape[1] == 0:
        raise DatasetError("no column is left to learn from")
    columns = {name: _feature(name, frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def role(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    """Groups or folds, shape (rows,): whole numbers, numbers, dates or text, none missing."""
    series = frame[name]
    missing = np.flatnonzero(series.isna().to_numpy())
    if len(missing):
        raise DatasetError(f"column {name!r} misses a value in row {missing[0] + 1}")
    if pd.api.types.is_datetime64_any_dtype(series):
        return _instants(series)
    if not _is_number(name, series):
        return _words(series).to_numpy()
    numbers = _floats(series)
    whole = numbers.astype(np.int64) if np.isfinite(numbers).all() else numbers
    return whole if np.array_equal(whole, numbers) else numbers


def moments(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    """The order of rows in time, shape (rows,): numbers, or dates written as ISO 8601."""
    values = role(frame, name)
    if values.dtype != object:
        return values
    try:
        return _instants(pd.to_datetime(frame[name].astype(object), format="ISO8601", utc=True))
    except ValueError as error:
        reason = str(error).split(". ")[0]
        raise DatasetError(
            f"column {name!r} is neither a number nor an ISO date: {reason}"
        ) from error


def amounts(frame: pd.DataFrame, name: str) -> Floats:
    """Weights or costs of rows, shape (rows,): numbers above 0, none missing."""
    values = role(frame, name)
    if values.dtype.kind not in "if":
        raise DatasetError(f"column {name!r} holds no numbers, which weights and costs are")
    wrong = np.flatnonzero(~((values > 0) & (values < np.inf)))
    if len(wrong):
        row = wrong[0]
        raise DatasetError(f"column {name!r} is {values[row]} in row {row + 1}; it must be above 0")
    return values.astype(np.float64)


def _feature(name: str, series: Series) -> Series:
    dtype = series.dtype
    if pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        raise DatasetError(f"column {name!r} is a date; drop it with `drop:` or make it a number")
    if not _is_number(name, series):
        return _words(series)
    numbers = _floats(series)
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        row = infinite[0]
        raise DatasetError(f"column {name!r} is infinite ({numbers[row]}) in row {row + 1}")
    return pd.Series(numbers)


def _is_number(name: str, series: Series) -> bool:
    """Whether a column holds numbers and not categories; a column without a value does."""
    if series.isna().all():
        return True
    if isinstance(series.dtype, pd.CategoricalDtype):
        return False
    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in _NUMBERS:
        return True
    if kind not in _WORDS:
        dated = "date" in kind or "time" in kind
        advice = "drop it with `drop:` or make it a number" if dated else "drop it with `drop:`"
        raise DatasetError(f"column {name!r} holds {kind} values; {advice}")
    return False


def _floats(series: Series) -> Floats:
    if series.isna().all():
        return np.full(len(series), np.nan)
    if series.dtype == object:  # booleans or decimals
        series = series.map(float, na_action="ignore")
    numbers: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers


def _words(series: Series) -> Series:
    """Text as object, which scikit-learn imputes and encodes with NaN as the missing value."""
    codes, uniques = pd.factorize(series)
    names = np.array([*map(str, uniques), np.nan], dtype=object)  # the code of NaN is -1
    return pd.Series(names[codes], dtype=object)


def _instants(series: Series) -> NDArray[Any]:
    naive = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz else series
    return naive.to_numpy(dtype="datetime64[us]")
