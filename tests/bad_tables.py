"""Tables that are wrong in every way that we know of, and odd ones that are right."""

import gzip
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROWS = 60
Y = np.repeat([0, 1], [40, 20])
Make = Callable[[Path], object]


@dataclass(frozen=True)
class Table:
    """A file, and what a suite says of it.

    Attributes:
        content: its bytes, or what makes it.
        says: a regular expression for what is said of it.
        asked: what the suite asks for beside the file.
        shown: whether `show dataset`, which knows of no roles and folds, says the same.
    """

    file: str
    content: bytes | Make
    says: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    shown: bool = True

    def write(self, folder: Path) -> None:
        """Put it in a folder."""
        path = folder / self.file
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)


def frame(**columns: Any) -> pd.DataFrame:
    """Two columns of numbers, those that are given, and a target."""
    random = np.random.default_rng(0)
    numbers = {"x": random.normal(size=ROWS), "z": random.normal(size=ROWS)}
    return pd.DataFrame(numbers | {"target": Y} | columns)


def text(table: pd.DataFrame, **options: Any) -> bytes:
    return str(table.to_csv(index=False, **options)).encode()


def parquet(table: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    table.to_parquet(file)
    return file.getvalue()


def with_line(number: int, line: str) -> bytes:
    """The good table with another line."""
    lines = GOOD.decode().splitlines()
    lines[number - 1] = line
    return "\n".join([*lines, ""]).encode()


def csv(content: bytes, says: str = "", **asked: Any) -> Table:
    return Table("bad.csv", content, says, asked)


def column(values: Any, says: str = "", **asked: Any) -> Table:
    """The good table with one column more."""
    return csv(text(frame(c=values)), says, **asked)


def role(values: Any, says: str, **asked: Any) -> Table:
    """The same for a column that `show dataset` takes for a feature."""
    return Table("bad.csv", text(frame(c=values)), says, asked, shown=False)


def labels(values: Any, says: str = "", **asked: Any) -> Table:
    return csv(text(frame(target=values)), says, **asked)


def typed(values: Any, says: str = "") -> Table:
    return Table("bad.parquet", parquet(frame(c=values)), says)


ARFF = b"@relation a\n@attribute x numeric\n@attribute class {a,b}\n@data\n1,a\n2,b\n"
KEEL = b"@relation a\n@attribute x real\n@attribute class {a,b}\n@outputs class\n@data\n1,a\n2,b\n"
GOOD = text(frame())
FILE = r"file 'bad\.[a-z.]+': "
LONG = "q" * 1_000_000

BAD = {
    "nothing": csv(b"", "file 'bad.csv' is empty"),
    "a header alone": csv(b"x,target\n", FILE + "it has no rows"),
    "one row": csv(b"x,target\n1,0\n", FILE + "target 'target' has one class only, '0'"),
    "one class": labels([0] * ROWS, FILE + "target 'target' has one class only, '0'"),
    "two rare rows": Table(
        "bad.csv",
        text(frame(target=[0] * 58 + [1] * 2)),
        "'bad' has 2 rows of its rarest class, fewer than cv.folds: 3",
        shown=False,
    ),
    "a column twice": csv(b"x,x,target\n1,2,0\n1,2,1\n", FILE + "column 'x' is there twice"),
    "two columns without a name": csv(b",,target\n1,2,0\n1,2,1\n", FILE + "column '' is there"),
    "numbers to predict": labels(
        frame()["x"].tolist(),
        FILE + "target 'target' has 60 classes in 60 rows.*is it a number to predict",
    ),
    "dates to predict": labels(
        [f"2024-01-{1 + i % 31:02d}" for i in range(ROWS)],
        FILE + "target 'target' has 31 classes in 60 rows",
    ),
    "a missing label": labels(["", *Y[1:]], FILE + "target 'target' misses 1 .* in row 1"),
    "no label": labels([None] * ROWS, FILE + "target 'target' misses 60 of 60 labels"),
    "no target": csv(
        GOOD.replace(b"target", b"class"),
        FILE + "target: unknown column 'target'; known: class, x, z",
    ),
    "a misspelt target": csv(
        GOOD, FILE + "target: unknown column 'tarjet'. Did you mean 'target'", target="tarjet"
    ),
    "labels apart by a space": labels(
        ["yes", "no", "yes ", "no"] * 15,
        FILE + "target 'target' has the labels 'yes' and 'yes ', which differ by spaces",
    ),
    "labels apart by a capital": labels(
        ["yes", "no", "Yes", "no"] * 15,
        FILE + "target 'target' has the labels 'Yes' and 'yes'",
        positive="yes",
    ),
    "a positive class that is not there": csv(
        GOOD, FILE + "target 'target': unknown positive class '7'; known: 0, 1", positive="7"
    ),
    "a label of a million letters": labels(
        [LONG] * ROWS, FILE + "target 'target' has one class only, 'qqq.* … q"
    ),
    "an infinity": column([0.0, np.inf] * 30, FILE + r"column 'c' is infinite \(inf\) in row 2"),
    "an infinity in words": csv(with_line(2, "-Infinity,1,0"), FILE + "column 'x' is infinite .*1"),
    "a number beyond all": csv(with_line(3, "1e400,1,0"), FILE + "column 'x' is infinite .* row 2"),
    "a number beyond single precision": column(
        [1.0, -1e39] * 30, FILE + r"column 'c' is -1e\+39 in row 2, and models compute with at most"
    ),
    "a whole number of four hundred digits": column(
        [*range(59), "9" * 400], FILE + r"column 'c' is infinite \(inf\) in row 60"
    ),
    "the largest number": column([1e308, 1.0] * 30, FILE + r"column 'c' is 1e\+308 in row 1"),
    "no feature": csv(text(frame()[["target"]]), FILE + "no column is left to learn from"),
    "no feature after dropping": Table(
        "bad.csv", GOOD, FILE + "no column is left", {"drop": ["x", "z"]}, shown=False
    ),
    "UTF-16": csv(GOOD.decode().encode("utf-16"), FILE + r"line 1 is not UTF-8 text \(byte 0x00\)"),
    "Latin-1": csv(
        with_line(7, "1,\xe9,0").decode().encode("latin-1"),
        FILE + r"line 7 is not UTF-8 text \(byte 0xe9\); save it as UTF-8",
    ),
    "a byte 0": csv(with_line(9, "1,\0,0"), FILE + r"line 9 is not UTF-8 text \(byte 0x00\)"),
    "semicolons": csv(text(frame(), sep=";"), FILE + "its values seem to be separated by ';'"),
    "semicolons and decimal commas": csv(text(frame(), sep=";", decimal=","), FILE + ".*by ';'"),
    "tabs": csv(text(frame(), sep="\t"), FILE + r"its values seem to be separated by '\\t'"),
    "bars": csv(text(frame(), sep="|"), FILE + r"its values seem to be separated by '\|'"),
    "a long line": csv(
        with_line(6, "1,2,0,7"), FILE + "line 6 has 4 values, where 3 were expected"
    ),
    "a short line": csv(with_line(6, "1,2"), FILE + "line 6 has 2 values, where 3 were expected"),
    "a short last line": csv(GOOD.rstrip()[:-3], FILE + "line 61 has 2 values, where 3 were"),
    "an open quote": csv(with_line(6, '"1,2,1'), FILE + "the quote that opens in row 5 is never"),
    "half a Parquet file": Table(
        "bad.parquet", parquet(frame())[:1500], "'bad.parquet' is damaged"
    ),
    "lists": typed([[1, 2]] * ROWS, FILE + "column 'c' holds list values; leave it out"),
    "structures": typed([{"a": 1}] * ROWS, FILE + "column 'c' holds dict values"),
    "bytes": typed([b"ab"] * ROWS, FILE + "column 'c' holds bytes values"),
    "CSV that is named Parquet": Table("bad.parquet", GOOD, FILE + "it is no Parquet file"),
    "Parquet that is named CSV": csv(
        parquet(frame()), FILE + "it is a .parquet file inside, and its name says '.csv'"
    ),
    "a spreadsheet that is named CSV": csv(b"PK\x03\x04rest", FILE + "it is a .zip file inside"),
    "a folder": Table("bad.csv", lambda path: path.mkdir(), "'bad.csv' is not a file; for every"),
    "a pipe": Table("bad.csv", os.mkfifo, "'bad.csv' is not a regular file"),
    "a device": Table(
        "bad.csv", lambda path: path.symlink_to("/dev/zero"), "is not a regular file"
    ),
    "a link to itself": Table(
        "bad.csv", lambda path: path.symlink_to(path), "cannot be read: Too m"
    ),
    "a link to nothing": Table(
        "bad.csv", lambda path: path.symlink_to("gone"), "no file 'bad.csv'"
    ),
    "a name too long": Table(
        "b" * 300 + ".csv", lambda path: None, "cannot be read: File name too"
    ),
    "a file of another kind": Table("bad.xlsx", GOOD, "unknown dataset 'bad.xlsx'"),
    "half a gzip file": Table("bad.csv.gz", gzip.compress(GOOD)[:200], "'bad.csv.gz' is damaged"),
    "a gzip file of another sum": Table(
        "bad.csv.gz", gzip.compress(GOOD)[:-8] + b"12345678", "'bad.csv.gz' .* CRC check failed"
    ),
    "no gzip file": Table("bad.csv.gz", GOOD, "'bad.csv.gz' is damaged .* Not a gzipped file"),
    "an empty zip file": Table(
        "bad.zip", b"PK\5\6" + bytes(18), FILE + "it has 0 tables, where one"
    ),
    "one group": role(["a"] * ROWS, "'bad' cannot be split: .* number of groups: 1", groups="c"),
    "a missing group": role(
        ["a", None] * 30, FILE + "column 'c' misses a value in row 2", groups="c"
    ),
    "a missing time": role([1, None] * 30, FILE + "column 'c' misses a value in row 2", time="c"),
    "a time in words": role(
        ["soon"] * ROWS, FILE + "column 'c' is neither a number nor an ISO date", time="c"
    ),
    "a weight below 0": role(
        [1, -1] * 30, FILE + "column 'c' is -1 in row 2; it must be above 0", weights="c"
    ),
    "a weight of 0": role([1, 0] * 30, FILE + "column 'c' is 0 in row 2; it must be", weights="c"),
    "a missing weight": role([1, None] * 30, FILE + "column 'c' misses a value", weights="c"),
    "an infinite weight": role(
        [1, np.inf] * 30, FILE + r"column 'c' is inf .* at most 3.4e\+38", weights="c"
    ),
    "weights in words": role(["a"] * ROWS, FILE + "column 'c' holds no numbers", weights="c"),
    "a cost below 0": role(
        [-1] * ROWS, FILE + "column 'c' is -1 in row 1; it must be above 0", costs={"column": "c"}
    ),
    "images of another size": Table(
        "bad.csv",
        GOOD,
        FILE + "image_shape: 5 x 5 are 25 pixels, and there are 2 columns",
        {"image_shape": [5, 5]},
        shown=False,
    ),
    "half a line of ARFF": Table("bad.arff", ARFF[:-3], FILE + "Bad @DATA .* in line 6: 2"),
    "ARFF without data": Table(
        "bad.arff", ARFF.partition(b"@data")[0], FILE + "Invalid layout .* at line 3"
    ),
    "a word for a number in ARFF": Table(
        "bad.arff", ARFF.replace(b"2,b", b"two,b"), FILE + "Invalid numerical value, at line 6"
    ),
    "half a line of KEEL": Table(
        "bad.dat", KEEL[:-3], "line 7 has 1 values, where 2 were expected"
    ),
    "KEEL without data": Table("bad.dat", KEEL[:30], "'bad.dat' .* it has no @data line"),
    "a word for a number in KEEL": Table(
        "bad.dat", KEEL.replace(b"2,b", b"two,b"), "column 'x' is 'two' in row 2, no number"
    ),
    "a cell that KEEL's reader refuses": Table(
        "bad.dat",
        KEEL.replace(b"2,b", LONG.encode() + b",b"),
        "line 7: field larger than field limit",
    ),
}

COMMANDS = "\x1b[31mred\x1b]0;title\x07\x9b2J"
ODD = {
    "repeated rows": csv(b"x,target\n" + b"1,0\n1,1\n" * 30),
    "booleans": labels(Y.astype(bool)),
    "a byte order mark": csv(b"\xef\xbb\xbf" + GOOD),
    "commas at the end of lines": csv(GOOD.replace(b"\n", b",\n").replace(b"target,", b"target")),
    "empty lines": csv(GOOD.replace(b"\n", b"\n\n  \n")),
    "a column without a value": column([None] * ROWS),
    "no value at all": csv(text(pd.DataFrame({"c": [None] * ROWS, "target": Y}))),
    "all constant": csv(text(pd.DataFrame({"c": [1] * ROWS, "d": ["a"] * ROWS, "target": Y}))),
    "near the largest of single precision": column([3e38, -3e38] * 30),
    "whole numbers of thirty digits": column([10**30, 0] * 30),
    "numbers and words": column(
        [*range(59), "abc"],
        "column 'c' holds numbers and words, such as 'abc' in row 60: it is read as 60 categories",
    ),
    "thousands with commas": column(
        [f"{i},234.5" for i in range(ROWS)], "column 'c' holds numbers that are written like '0,23"
    ),
    "decimal commas": column([f"{i},5" for i in range(ROWS)], "written like '0,5': it is read as"),
    "a cell of ten million letters": column(["q" * 10_000_000, *["a"] * (ROWS - 1)]),
    "a word for each row": column([f"id {i}" for i in range(ROWS)]),
    "dates of a zone": column(pd.date_range("2020-01-01", periods=ROWS, tz="Asia/Kolkata")),
    "the first and the last date": column(["0001-01-01", "9999-12-31"] * 30),
    "dates before 1677 in Parquet": typed(np.array(["1000-01-01", "9999-12-31"] * 30, "M8[us]")),
    "decimals": typed([Decimal("1.5"), Decimal("-2")] * 30),
    "a column without a name": csv(GOOD.replace(b"x", b"", 1)),
    "a name in capitals": Table("bad.CSV", GOOD),
    "a column of spaces": csv(GOOD.replace(b"x", b"  ", 1)),
    "numbers for names": Table(
        "bad.parquet", parquet(frame().set_axis(["0", "1", "2"], axis=1)), asked={"target": "2"}
    ),
    "a name of two lines": csv(text(frame().rename(columns={"x": "a\nb"}))),
    "a name of commands": csv(text(frame().rename(columns={"x": COMMANDS}))),
    "labels of commands": labels([COMMANDS, "a\nb"] * 30),
    "markup and a formula for names": csv(text(frame(**{"<script>": 1, "=cmd()": 2}))),
}
