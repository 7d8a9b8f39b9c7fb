"""Columns of any type → float64 numbers and text categories."""

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.data import dates
from benchmark.errors import DatasetError
from benchmark.types import Floats

_NUMBERS = (Real, Decimal, np.bool_)  # a bool is a Real, and so are NumPy's numbers
_WORDS = (*_NUMBERS, str)
_TOO_LARGE = 2.0**63  # for a whole number of 64 bits
LARGEST = float(np.finfo(np.float32).max)  # forests and boosting compute in single precision
Series = pd.Series  # cells of any type


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, all else as object columns of str; a missing cell is NaN in both.

    A date becomes several numbers, a span of time its seconds. Raises DatasetError for an
    infinity or nearly one, for cells that are neither number nor text nor time, and where a part
    of a date has the name of another column.
    """
    if frame.shape[1] == 0:
        raise DatasetError("no column is left to learn from")
    columns: dict[str, Any] = {}
    for name in frame.columns:
        made = _features(name, frame[name])
        clash = next((part for part in made if part != name and part in frame.columns), None)
        if clash is not None:
            raise DatasetError(
                f"column {name!r} is a date and would become {clash!r}, a column that is there "
                "already; leave one out with `drop:`"
            )
        columns |= made
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def role(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    """Groups or folds, shape (rows,): whole numbers, numbers, dates or text, none missing."""
    series = _plain(frame[name])
    missing = np.flatnonzero(series.isna().to_numpy())
    if len(missing):
        raise DatasetError(f"column {name!r} misses a value in row {missing[0] + 1}")
    kinds = _kinds(series)
    found = dates.typed(series, kinds)
    if found is not None:
        return found[1]
    if not _is_number(name, series, kinds):
        return _words(series).to_numpy()
    numbers = _floats(series)
    whole = numbers.astype(np.int64) if (np.abs(numbers) < _TOO_LARGE).all() else numbers
    return whole if np.array_equal(whole, numbers) else numbers


def moments(frame: pd.DataFrame, name: str) -> NDArray[Any]:
    """The order of rows in time, shape (rows,): numbers, or dates written as ISO 8601."""
    values = role(frame, name)
    if values.dtype != object:
        return values
    try:
        written = pd.to_datetime(frame[name].astype(object), format="ISO8601", utc=True)
    except ValueError as error:
        reason = str(error).split(". ")[0]
        raise DatasetError(
            f"column {name!r} is neither a number nor an ISO date: {reason}"
        ) from error
    return written.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")


def amounts(frame: pd.DataFrame, name: str) -> Floats:
    """Weights or costs of rows, shape (rows,): numbers above 0, none missing."""
    values = role(frame, name)
    if values.dtype.kind not in "if":
        raise DatasetError(f"column {name!r} holds no numbers, which weights and costs are")
    wrong = np.flatnonzero(~((values > 0) & (values <= LARGEST)))
    if len(wrong):
        row = wrong[0]
        raise DatasetError(
            f"column {name!r} is {values[row]} in row {row + 1}; it must be above 0"
            + (f" and at most {LARGEST:.3g}" if values[row] > 0 else "")
        )
    return values.astype(np.float64)


def _features(name: str, series: Series) -> dict[str, Any]:
    """One column, or the parts of a date; a column without a value holds numbers."""
    series = _plain(series)
    if series.isna().all():
        return {name: np.full(len(series), np.nan)}
    kinds = _kinds(series)
    parts = dates.parts(series, kinds)
    if parts is not None:
        return {f"{name}_{part}": numbers for part, numbers in parts.items()}
    spans = dates.spans(series, kinds)
    if spans is not None:
        return {name: spans}
    if not _is_number(name, series, kinds):
        return {name: _words(series)}
    numbers = _floats(series)
    _refuse_large(name, numbers)
    return {name: numbers}


def _refuse_large(name: str, numbers: Floats) -> None:
    """Raise DatasetError for what is infinite, or would be in single precision."""
    large = np.flatnonzero(np.abs(numbers) > LARGEST)
    if not len(large):
        return
    row = large[0]
    if np.isinf(numbers[row]):
        raise DatasetError(f"column {name!r} is infinite ({numbers[row]}) in row {row + 1}")
    raise DatasetError(
        f"column {name!r} is {numbers[row]:g} in row {row + 1}, and models compute with at most "
        f"{LARGEST:.3g}; leave the cell empty if it stands for a missing value, else divide"
    )


def _plain(series: Series) -> Series:
    """A column of Arrow's as one of NumPy's or Python's; a dictionary is a category."""
    if not isinstance(series.dtype, pd.ArrowDtype):
        return series
    import pyarrow

    plain: Series = pyarrow.array(series).to_pandas()
    return plain.set_axis(series.index)


def _is_number(name: str, series: Series, kinds: dates.Kinds) -> bool:
    """Whether a column holds numbers and not categories; raises DatasetError for neither."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype | pd.IntervalDtype | pd.StringDtype):
        return False
    other = next((kind for kind in kinds or {dtype.type} if not issubclass(kind, _WORDS)), None)
    if other is not None:
        held = "list" if other is np.ndarray else other.__name__  # so Parquet reads a list
        raise DatasetError(f"column {name!r} holds {held} values; leave it out with `drop:`")
    return all(issubclass(kind, _NUMBERS) for kind in kinds)


def _kinds(series: Series) -> dates.Kinds:
    """The types of what an object column holds; none for a column of one type."""
    present = series.to_numpy()[series.notna().to_numpy()] if series.dtype == object else ()
    return frozenset(map(type, present))


def _floats(series: Series) -> Floats:
    if series.dtype == object:  # booleans, decimals or numbers of several types
        series = series.map(_float, na_action="ignore")
    numbers: Floats = series.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf if value > 0 else -np.inf


def _words(series: Series) -> Series:
    """Text as object, which scikit-learn imputes and encodes with NaN as the missing value."""
    codes, uniques = pd.factorize(series)
    names = np.array([*map(str, uniques), np.nan], dtype=object)  # the code of NaN is -1
    return pd.Series(names[codes], dtype=object)
