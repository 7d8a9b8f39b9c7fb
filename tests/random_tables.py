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
    pa.duration("us"): st.timedeltas(),
    pa.time64("us"): st.times(),
    pa.decimal128(38, 3): st.decimals(Decimal(-(10**30)), Decimal(10**30), places=3),
    pa.binary(): st.binary(max_size=3),
    pa.list_(pa.int8()): st.lists(st.integers(0, 3), max_size=2),
    pa.struct([("a", pa.int8())]): st.just({"a": 1}),
    pa.null(): st.none(),
}


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes as they are, cut, with a byte that is another, or with a part twice."""
    place = draw(st.integers(0, max(0, len(content) - 1)))
    kind = draw(st.sampled_from(["as it is"] * 6 + ["cut", "other", "twice"]))
    if kind == "cut":
        return content[:place]
    if kind == "other":
        return content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    return content[:place] + content[place // 2 :] if kind == "twice" else content


@st.composite
def csv_files(draw: st.DrawFn) -> File:
    header = draw(st.lists(names, min_size=1, max_size=4, unique=draw(st.booleans())))
    row = st.lists(words, min_size=len(header), max_size=len(header))
    rows = draw(st.lists(row, max_size=12))
    sign = draw(st.sampled_from([","] * 5 + [";", "\t"]))
    quoted = draw(st.booleans())
    cell = (lambda text: '"' + text.replace('"', '""') + '"') if quoted else str
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(sign.join(map(cell, line)) for line in [header, *rows]) + end
    encoding = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "latin-1"]))
    content = draw(changed(text.encode(encoding, "replace")))
    if draw(st.booleans()):
        return "t.csv", content, draw(asked(header))
    return "t.csv.gz", draw(changed(gzip.compress(content))), draw(asked(header))


@st.composite
def parquet_files(draw: st.DrawFn) -> File:
    header = draw(st.lists(names, min_size=1, max_size=4, unique=draw(st.booleans())))
    count = draw(st.integers(0, 12))
    arrays = []
    for _ in header:
        kind = draw(st.sampled_from([*VALUES]))
        value = VALUES[kind] | st.none() if draw(st.booleans()) else VALUES[kind]
        arrays.append(pa.array(draw(st.lists(value, min_size=count, max_size=count)), kind))
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, header), file)
    return "t.parquet", draw(changed(file.getvalue())), draw(asked(header))


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
        return name, content, draw(asked(["x", "class"]))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, content)
    return "t.zip", draw(changed(packed.getvalue())), draw(asked(["x", "class"]))


@st.composite
def asked(draw: st.DrawFn, header: list[str]) -> dict[str, Any]:
    """What a suite may ask for beside a file."""
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
    keys = draw(st.lists(st.sampled_from([*some]), max_size=2, unique=True))
    found = {key: draw(some[key]) for key in keys}
    return found | ({"target": draw(column)} if draw(st.booleans()) else {})


files = csv_files() | parquet_files() | text_files()
