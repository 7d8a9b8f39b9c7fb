"""Dates and spans of time → numbers."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.types import Floats

PARTS = ("year", "month", "day", "weekday", "seconds")  # and perhaps the hour
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)"
    r"(?:(Z)|([+-])(\d\d):?([0-5]\d)?)?)?",
    re.ASCII,
)
Instants = NDArray[np.datetime64]
Series = pd.Series  # cells of any type
Kinds = frozenset[type]  # of the present values of an object column; none for another column


def parts(series: Series, kinds: Kinds) -> dict[str, Floats] | None:
    """The numbers of a column of dates, NaN where it misses one; None where it holds no dates.

    Those of skrub's DatetimeEncoder: the calendar of the zone that a date is written in, hours
    only where a time of day is not midnight, weekdays from 1 (Monday) to 7, seconds since
    1970-01-01 UTC; a part that is the same in all rows stays.
    """
    found = typed(series, kinds) or _written(series, kinds)
    if found is None:
        return None
    wall, instants = found
    clock = pd.Series(wall).dt
    calendar = {
        "year": clock.year,
        "month": clock.month,
        "day": clock.day,
        "weekday": clock.day_of_week + 1,
        "hour": clock.hour,
    }
    if not (wall > wall.astype("datetime64[D]")).any():
        del calendar["hour"]
    numbers = {part: values.to_numpy(dtype=np.float64) for part, values in calendar.items()}
    seconds = np.where(np.isnat(instants), np.nan, instants.astype(np.int64) / 1e6)
    return numbers | {"seconds": seconds}


def of(columns: Iterable[str]) -> tuple[str, ...]:
    """The dates that a table's columns were made of: those whose parts are all there."""
    known = dict.fromkeys(columns)
    names = [column.removesuffix("_year") for column in known if column.endswith("_year")]
    return tuple(name for name in names if all(f"{name}_{part}" in known for part in PARTS))


def typed(series: Series, kinds: Kinds) -> tuple[Instants, Instants] | None:
    """The clock in its own zone and the instants in UTC of dates that are stored as dates."""
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        wall = _micros(series.dt.tz_localize(None))
        return wall, _micros(series.dt.tz_convert(None)) if series.dt.tz else wall
    if not _all_are(date, kinds):
        return None
    present, values = series.notna().to_numpy(), series.dropna().tolist()
    wall = np.full(len(series), np.datetime64("NaT", "us"))
    wall[present] = np.array([*map(_clock, values)], dtype="datetime64[us]")
    if not any(map(_is_aware, values)):
        return wall, wall
    instants = wall.copy()
    instants[present] = np.array([*map(_instant, values)], dtype="datetime64[us]")
    return wall, instants


def spans(series: Series, kinds: Kinds) -> Floats | None:
    """Seconds of a column of time spans, or of times of day since midnight; None for others."""
    if _all_are(time, kinds):
        series = series.map(lambda value: str(value.replace(tzinfo=None)), na_action="ignore")
    elif not (_all_are(timedelta, kinds) or pd.api.types.is_timedelta64_dtype(series.dtype)):
        return None
    return np.asarray(pd.to_timedelta(series).dt.total_seconds(), dtype=np.float64)


def _written(series: Series, kinds: Kinds) -> tuple[Instants, Instants] | None:
    """The same of text whose every present value is an ISO 8601 date; None for other columns."""
    if not (_all_are(str, kinds) or isinstance(series.dtype, pd.StringDtype)):
        return None
    if not _ISO.fullmatch(series.dropna().iloc[0]):
        return None
    codes, uniques = pd.factorize(series)
    matches = [match for match in map(_ISO.fullmatch, uniques) if match]
    if len(matches) < len(uniques):
        return None
    try:
        clocks = [f"{match[1]}T{match[2] or '00:00'}" for match in matches]
        wall = np.array([*clocks, "NaT"]).astype("datetime64[us]")  # the code of NaN is -1
    except ValueError:  # such as the 30th of February
        return None
    ahead = np.array([*map(_minutes_ahead, matches), 0], dtype="timedelta64[m]")
    return wall[codes], (wall - ahead)[codes]


def _minutes_ahead(match: re.Match[str]) -> int:
    """How far the zone of a written date is ahead of UTC."""
    if match[4] is None:
        return 0
    return int(f"{match[4]}1") * (60 * int(match[5]) + int(match[6] or 0))


def _all_are(kind: type, kinds: Kinds) -> bool:
    return bool(kinds) and all(issubclass(found, kind) for found in kinds)


def _micros(naive: Series) -> Instants:
    micros: Instants = naive.to_numpy(dtype="datetime64[us]")
    return micros


def _is_aware(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _clock(value: Any) -> Any:
    return value.replace(tzinfo=None) if _is_aware(value) else value


def _instant(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if _is_aware(value) else value
