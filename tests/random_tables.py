"""Files of random tables, most of them wrong somewhere."""

import datetime
import gzip
import io
import zipfile
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from bad_tables import ARFF, KEEL
from hypothesis import strategies as st

File = tuple[str, bytes, dict[str, Any]]
NAMES = ("x", "target", "class", "X", "", " ", "a\nb", "\x1b[31m", "=1+1", "x_year", "n" * 300, "é")
WORDS = (
    "", "0", "1", "2", "-1.5", "1e308", "1e-320", "inf", "-Infinity", "nan", "NA", "?", "<null>",
    "yes", "no", "Yes", "yes ", "true", "False", "1,5", "1.234,5", "12 %", "0x1F", "1_000", "٣",
    "9" * 400, "2024-02-29", "2023-02-30", "0000-00-00", "2024-01-01T25:00", "9999-12-31T23:59:59Z",
    "2024-01-01T00:00:00+99:00", "24:00", '"', "'", '""', "a,b", "a\nb", "\r", "\t", "%", "{", "\\",
    "=cmd()", "é", "\ud7ff", "😀", "\x1b[2J", "\x7f", "\u202e", "q" * 5000,
)  # fmt: skip
words = st.sampled_from(WORDS) | st.integers(-9, 9).map(str) | st.text(max_size=4)
names = st.sampled_from(NAMES)
DAY = st.dates()
MOMENT = st.datetimes()
VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.int64(): st.integers(-(2**63), 2**63 - 1) | st.integers(0, 2),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float64(): st.floats() | st.sampled_from([0.0, 1.0]),
    pa.float32(): st.floats(width=32),
    pa.bool_(): st.booleans(),
    pa.string(): st.sampled_from(WORDS) | st.sampled_from(["a", "b"]),
    pa.dictionary(pa.int8(), pa.string()): st.sampled_from(["a", "b", "A"]),
    pa.date32(): DAY,
    pa.timestamp("s"): MOMENT.map(lambda moment: moment.replace(microsecond=0)),
    pa.timestamp("us"): MOMENT,
    pa.timestamp("us", "Asia/Kolkata"): MOMENT,
    pa.timestamp("ns"): st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1)),
    pa.duration("us"): st.timedeltas(-datetime.timedelta(10**6), datetime.timedelta(10**6)),
    pa.time64("us"): st.times(),
    pa.decimal128(38, 3): st.decimals(Decimal(-(10**30)), Decimal(10**30), places=3),
    pa.binary(): st.binary(max_size=3),
    pa.list_(pa.int8()): st.lists(st.integers(0, 3), max_size=2),
    pa.struct([("a", pa.int8())]): st.just({"a": 1}),
    pa.null(): st.none(),
}


PAIRS: dict[pa.DataType, tuple[Any, Any]] = {
    pa.int8(): (0, 1),
    pa.float64(): (0.5, 2.0),
    pa.bool_(): (False, True),
    pa.string(): ("a", "b"),
    pa.dictionary(pa.int8(), pa.string()): ("a", "b"),
    pa.date32(): (datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
    pa.decimal128(9, 2): (Decimal("1.50"), Decimal("2.00")),
}


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes as they are, cut, with a byte that is another, or with a part twice."""
    place = draw(st.integers(0, max(0, len(content) - 1)))
    kind = draw(st.sampled_from(["as it is"] * 12 + ["cut", "other", "twice"]))
    if kind == "cut":
        return content[:place]
    if kind == "other":
        return content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    return content[:place] + content[place // 2 :] if kind == "twice" else content


columns = st.sampled_from(
    [
        st.integers(-9, 9).map(str),
        st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
        st.sampled_from(["", "1.5", "2"]),
        st.sampled_from(["a", "b", "", "a b", "é"]),
        DAY.map(str),
        MOMENT.map(str),
        words,
    ]
)
classes = st.sampled_from(
    [st.sampled_from(pair) for pair in [("0", "1"), ("yes", "no"), ("1.0", "2.0"), ("a", "b", "c")]]
)


@st.composite
def headers(draw: st.DrawFn) -> tuple[list[str], bool]:
    """Names of columns, and whether they are well-formed: the last one is the target."""
    is_good = draw(st.integers(0, 3)) > 0
    header = draw(st.lists(names, min_size=1, max_size=4, unique=is_good or draw(st.booleans())))
    if is_good:
        return [*(name for name in header if name != "target"), "target"], True
    return header, False


@st.composite
def csv_files(draw: st.DrawFn) -> File:
    header, is_good = draw(headers())
    kinds = [draw(columns) for _ in header]
    kinds[-1] = draw(classes) if is_good else words
    rows = draw(st.lists(st.tuples(*kinds), min_size=4 * is_good, max_size=12))
    sign = draw(st.sampled_from([","] * 9 + [";", "\t"]))
    quoted = is_good or draw(st.booleans())
    cell = (lambda text: '"' + text.replace('"', '""') + '"') if quoted else str
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(sign.join(map(cell, line)) for line in [header, *rows]) + end
    encoding = draw(st.sampled_from(["utf-8"] * 9 + ["utf-8-sig", "utf-16", "latin-1"]))
    content = draw(changed(text.encode(encoding, "replace")))
    wishes = draw(asked(header, is_good))
    if draw(st.integers(0, 2)):
        return "t.csv", content, wishes
    return "t.csv.gz", draw(changed(gzip.compress(content))), wishes


@st.composite
def parquet_files(draw: st.DrawFn) -> File:
    header, is_good = draw(headers())
    count = draw(st.integers(4 * is_good, 12))
    arrays = []
    for _ in header:
        kind = draw(st.sampled_from([*VALUES]))
        value = VALUES[kind] | st.none() if draw(st.booleans()) else VALUES[kind]
        arrays.append(pa.array(draw(st.lists(value, min_size=count, max_size=count)), kind))
    if is_good:
        kind, pair = draw(st.sampled_from([*PAIRS.items()]))
        value = st.sampled_from(pair)
        arrays[-1] = pa.array(draw(st.lists(value, min_size=count, max_size=count)), kind)
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, header), file)
    return "t.parquet", draw(changed(file.getvalue())), draw(asked(header, is_good))


@st.composite
def text_files(draw: st.DrawFn) -> File:
    """ARFF and KEEL's format, with other lines and words."""
    name, start = draw(st.sampled_from([("t.arff", ARFF), ("t.dat", KEEL)]))
    lines = start.decode().splitlines()
    more = st.lists(words, min_size=1, max_size=3).map(",".join)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(lines)))
        line = draw(more | st.sampled_from([*lines, "@attribute y real", "{0 1, 1 a}", "@data"]))
        lines[place : place + draw(st.integers(0, 1))] = [line]
    content = draw(changed("\n".join(lines).encode("utf-8", "replace")))
    if draw(st.integers(0, 3)):
        return name, content, draw(asked(["x", "class"], True))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return "t.zip", draw(changed(packed.getvalue())), draw(asked(["x", "class"], True))


@st.composite
def asked(draw: st.DrawFn, header: list[str], is_good: bool) -> dict[str, Any]:
    """What a suite may ask for beside a file; less of a good one."""
    column = st.sampled_from(header) | names
    some: dict[str, st.SearchStrategy[Any]] = {
        "positive": words.filter(bool) | st.integers(0, 2) | st.booleans() | st.floats(),
        "groups": column,
        "time": column,
        "weights": column,
        "costs": column.filter(bool).map(lambda name: {"column": name}),
        "drop": st.lists(column, max_size=2),
        "thin": st.just({"positive": 0.3}),
        "long_tail": st.just(3.0),
        "image_shape": st.just([1, 2]),
    }
    most = draw(st.sampled_from([0, 0, 1])) if is_good else 2
    keys = draw(st.lists(st.sampled_from([*some]), max_size=most, unique=True))
    found = {key: draw(some[key]) for key in keys}
    return found | ({"target": draw(column)} if not is_good and draw(st.booleans()) else {})


files = csv_files() | parquet_files() | text_files()
