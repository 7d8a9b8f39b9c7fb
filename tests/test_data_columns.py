"""Every kind of tabular column: numbers, categories, dates and spans of time."""

import datetime
import time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.data import dates
from benchmark.data.columns import features, moments, role
from benchmark.errors import DatasetError

ZURICH = ZoneInfo("Europe/Zurich")
MORNING = datetime.datetime(2024, 3, 1, 10, 22, 30)
LATER = datetime.datetime(1969, 7, 20, 20, 17)


def one(values: Any, dtype: Any = None) -> pd.DataFrame:
    """The features of a table with a single column, `c`."""
    return features(pd.DataFrame({"c": pd.Series(values, dtype=dtype)}))


def arrow(values: list[Any], kind: pa.DataType) -> pd.Series:
    return pd.Series(values, dtype=pd.ArrowDtype(kind))


def dictionary(values: list[Any]) -> pd.Series:
    encoded = pa.array(values).dictionary_encode()
    return pd.Series(pd.array(encoded, dtype=pd.ArrowDtype(encoded.type)))


def expected(moment: datetime.datetime) -> list[float]:
    """What the standard library says of a moment; one without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    calendar = (moment.year, moment.month, moment.day, moment.isoweekday(), moment.hour)
    return [*map(float, calendar), aware.timestamp()]


@pytest.mark.parametrize(
    "values",
    [
        arrow([1, None, 0], pa.int8()),
        arrow([1.0, None, 0.0], pa.float32()),
        arrow([True, None, False], pa.bool_()),
        arrow([Decimal(1), None, Decimal(0)], pa.decimal128(4, 1)),
        pd.Series([1, None, 0], dtype="Float32"),
        pd.Series([True, pd.NA, 0], dtype=object),
        pd.Series([1, None, Decimal(0)], dtype=object),
        pd.Series(pd.arrays.SparseArray([1.0, np.nan, 0.0])),
        pd.Series(pd.to_timedelta([1, None, 0], unit="s")),
        pd.Series([datetime.timedelta(seconds=1), None, datetime.timedelta()], dtype=object),
        pd.Series([datetime.time(0, 0, 1), None, datetime.time()], dtype=object),
        arrow([datetime.timedelta(seconds=1), None, datetime.timedelta()], pa.duration("s")),
        arrow([datetime.time(0, 0, 1), None, datetime.time()], pa.time64("us")),
    ],
    ids=lambda values: f"{values.dtype} {type(values[0]).__name__}",
)
def test_numbers_and_spans_become_float64(values: pd.Series) -> None:
    column = one(values)["c"]

    assert column.dtype == np.float64
    assert column.to_list()[::2] == [1.0, 0.0]
    assert np.isnan(column[1])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (arrow(["a", None, "b"], pa.string()), ("a", "b")),
        (arrow(["a", None, "b"], pa.large_string()), ("a", "b")),
        (dictionary(["a", None, "b"]), ("a", "b")),
        (dictionary([3, None, 1]), ("3", "1")),
        (pd.Series(["a", pd.NA, 1.5], dtype=object), ("a", "1.5")),
        (pd.Series(["a", pd.NA, True], dtype=object), ("a", "True")),
        (pd.Series(pd.arrays.IntervalArray.from_tuples([(0, 1), None, (1, 2)])),
         ("(0.0, 1.0]", "(1.0, 2.0]")),
        (pd.Series(pd.Categorical(["2024-01-01", None, "2024-01-02"])),
         ("2024-01-01", "2024-01-02")),
    ],
)  # fmt: skip
def test_categories_become_text(values: pd.Series, words: tuple[str, str]) -> None:
    column = one(values)["c"]

    assert column.dtype == object
    assert tuple(column.to_list()[::2]) == words
    assert isinstance(column[1], float)


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([MORNING, None, LATER]),
        pd.Series([MORNING, None, LATER], dtype=object),
        arrow([MORNING, None, LATER], pa.timestamp("ms")),
        pd.Series(["2024-03-01T10:22:30", None, "1969-07-20 20:17"], dtype=object),
        pd.Series(["2024-03-01T10:22:30.000Z", None, "1969-07-20T20:17Z"], dtype="string"),
    ],
    ids=["datetime64", "datetime", "arrow", "text", "text in UTC"],
)
def test_a_date_becomes_the_numbers_of_the_standard_library(values: pd.Series) -> None:
    X = one(values)

    assert list(X) == ["c_year", "c_month", "c_day", "c_weekday", "c_hour", "c_seconds"]
    assert X.loc[0].to_list() == expected(MORNING)
    assert X.loc[1].isna().all()
    assert X.loc[2].to_list() == expected(LATER)
    assert (X.dtypes == np.float64).all()


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([datetime.date(2024, 3, 1), None], dtype=object),
        pd.Series(pd.to_datetime(["2024-03-01", None])),
        arrow([datetime.date(2024, 3, 1), None], pa.date32()),
        pd.Series(["2024-03-01", None]),
        pd.Series(["2024-03-01T00:00:00", None]),
        pd.Series(pd.PeriodIndex(["2024-03-01", None], freq="D")),
    ],
    ids=lambda values: str(values.dtype),
)
def test_a_date_without_a_time_of_day_has_no_hour(values: pd.Series) -> None:
    X = one(values)

    assert X.iloc[0].to_dict() == {
        "c_year": 2024, "c_month": 3, "c_day": 1, "c_weekday": 5, "c_seconds": 19783 * 86400,
    }  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([MORNING.replace(tzinfo=ZURICH)]),
        pd.Series([MORNING.replace(tzinfo=ZURICH)], dtype=object),
        arrow([MORNING.replace(tzinfo=ZURICH)], pa.timestamp("us", "Europe/Zurich")),
        pd.Series(["2024-03-01T10:22:30+01:00"]),
        pd.Series(["2024-03-01 10:22:30+0100"]),
        pd.Series(["2024-03-01T10:22:30+01"]),
    ],
    ids=["datetime64", "datetime", "arrow", "text", "text without colon", "hours only"],
)  # fmt: skip
def test_the_calendar_is_local_and_the_seconds_are_universal(values: pd.Series) -> None:
    assert one(values).loc[0].to_list() == expected(MORNING.replace(tzinfo=ZURICH))


def test_rows_of_several_zones_keep_their_own_clocks() -> None:
    west, east = "2024-03-01T10:00:00-05:30", "2024-03-01T10:00:00+05:30"
    aware = [datetime.datetime.fromisoformat(text) for text in (west, east)]

    for X in (one([west, east]), one(aware, dtype=object)):
        assert X["c_hour"].to_list() == [10, 10]
        assert X["c_seconds"].to_list() == [moment.timestamp() for moment in aware]


@given(st.lists(st.datetimes(timezones=st.just(datetime.UTC)), min_size=1, max_size=5))
def test_any_date_of_the_calendar_is_read(moments: list[datetime.datetime]) -> None:
    X = one([moment.isoformat() for moment in moments]).reindex(
        columns=["c_year", "c_month", "c_day", "c_weekday", "c_hour", "c_seconds"], fill_value=0.0
    )

    wanted = [expected(moment) for moment in moments]
    np.testing.assert_allclose(X.to_numpy(), wanted, rtol=1e-15)


@pytest.mark.parametrize(
    "values",
    [
        ["2024-03-01", "soon"],
        ["2024-03-01", "2024-02-30"],
        ["2024-03-01", "2024-03-01T25:00"],
        ["2024-03", "2024-04"],
        ["01/03/2024", "02/03/2024"],
        ["2024-03-01 ", "2024-03-02 "],
        ["20240301", "20240302"],
    ],
)
def test_text_that_is_not_a_date_throughout_stays_text(values: list[str]) -> None:
    assert one(values)["c"].to_list() == values


def test_a_part_that_is_the_same_in_all_rows_stays() -> None:
    assert one(["2024-03-01", "2024-03-01"])["c_year"].to_list() == [2024, 2024]


def test_dates_lie_where_their_column_was_and_are_known_by_their_parts() -> None:
    X = features(pd.DataFrame({"a": [1], "when": ["2024-03-01"], "built_year": [1999], "b": ["x"]}))

    assert list(X) == ["a", *(f"when_{part}" for part in dates.PARTS), "built_year", "b"]
    assert dates.of(X.columns) == ("when",)


@pytest.mark.parametrize("columns", [["when", "when_year"], ["when_seconds", "when"]])
def test_a_part_of_a_date_that_is_a_column_already_is_refused(columns: list[str]) -> None:
    frame = pd.DataFrame({column: ["2024-03-01"] for column in columns})
    other = next(column for column in columns if column != "when")

    with pytest.raises(DatasetError) as caught:
        features(frame)

    assert str(caught.value) == (
        f"column 'when' is a date and would become {other!r}, a column that is there already; "
        "leave one out with `drop:`"
    )


@pytest.mark.parametrize(
    ("values", "held"),
    [
        (pd.Series([[1], None], dtype=object), "list"),
        (pd.Series([1, [2]], dtype=object), "list"),
        (pd.Series([{"a": 1}, None], dtype=object), "dict"),
        (pd.Series([(1, 2), None], dtype=object), "tuple"),
        (pd.Series([1j, 2]), "complex128"),
        (pd.Series([b"a", None], dtype=object), "bytes"),
        (pd.Series([datetime.date(2024, 1, 1), 5], dtype=object), "date"),
        (arrow([[1], None], pa.list_(pa.int64())), "list"),
        (arrow([{"a": 1}, None], pa.struct([("a", pa.int64())])), "dict"),
    ],
)
def test_what_is_neither_number_nor_text_nor_time_is_refused(values: pd.Series, held: str) -> None:
    with pytest.raises(DatasetError) as caught:
        one(values)

    assert str(caught.value) == f"column 'c' holds {held} values; leave it out with `drop:`"


def test_days_stored_as_objects_put_rows_in_order_and_in_groups() -> None:
    days = [datetime.date(2024, 1, 2), datetime.date(2024, 1, 1)]
    frame = pd.DataFrame({"day": pd.Series(days, dtype=object)})

    for read in (role, moments):
        assert read(frame, "day").tolist() == pd.to_datetime(days).to_pydatetime().tolist()


def test_fifty_columns_of_text_over_a_hundred_thousand_rows_are_quick() -> None:
    random = np.random.default_rng(0)
    words = np.array([f"word {i}" for i in range(5000)], dtype=object)
    frame = pd.DataFrame({f"t{i}": words[random.integers(0, 5000, 100_000)] for i in range(50)})
    start = time.process_time()

    features(frame)

    assert time.process_time() - start < 4
