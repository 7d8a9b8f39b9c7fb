"""KEEL's `.dat` format and its published folds → a table."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.data.table import Table
from benchmark.errors import DatasetError

FOLD = "fold"
_PART = re.compile(r"(?P<set>.+)-(?P<fold>\d+)(?P<part>tra|tst)\.dat")
_ATTRIBUTE = re.compile(
    r"""@attribute\s*(?P<name>'[^']*'|"[^"]*"|[^\s{\['"]+)\s*(?P<kind>\{|[a-z]+)""", re.IGNORECASE
)
_OUTPUT = re.compile(r"@outputs?", re.IGNORECASE)
_NUMBERS = ("real", "integer", "numeric")
_MISSING = ("?", "<null>", "")


@dataclass(frozen=True)
class _Header:
    """The columns in order, whether each is a number, and the one output."""

    columns: Mapping[str, bool]
    output: str | None


def parse(text: str) -> Table:
    """The table of a `.dat` file; its target is the attribute named by `@outputs`.

    Raises ValueError, with the line, for what is not in KEEL's format.
    """
    lines = list(enumerate(text.splitlines(), 1))
    start = next((i for i, (_, line) in enumerate(lines) if _is(line, "@data")), None)
    if start is None:
        raise ValueError("it has no @data line")
    header = _header(line.strip() for _, line in lines[:start])
    rows = [_cells(number, line, len(header.columns)) for number, line in lines[start + 1 :]]
    cells = [row for row in rows if row]
    frame = pd.DataFrame(cells, columns=list(header.columns), dtype=object)
    for name, is_number in header.columns.items():
        frame[name] = _numbers(frame[name]) if is_number else frame[name].astype(object)
    return Table(frame, header.output)


def join(files: Mapping[str, str]) -> Table:
    """One table of the published test parts, in order, with the column `fold`.

    `files` is name → text. Raises DatasetError where a training part is not the test rows of the
    other folds: some published folds overlap, and would be scored on rows that were learnt.
    """
    parts: dict[str, dict[int, Table]] = {"tra": {}, "tst": {}}
    for name, text in files.items():
        found = _PART.fullmatch(name)
        if found:
            parts[found["part"]][int(found["fold"])] = parse(text)
    _refuse(files, parts["tst"])
    tests = dict(sorted(parts["tst"].items()))
    frames = [table.frame.assign(**{FOLD: fold}) for fold, table in tests.items()]
    whole = pd.concat(frames, ignore_index=True)
    for fold, train in sorted(parts["tra"].items()):
        _same_rows(fold, whole[whole[FOLD] != fold].drop(columns=FOLD), train.frame)
    return Table(whole, next(iter(tests.values())).target, FOLD)


def _refuse(files: Mapping[str, str], tests: Mapping[int, Table]) -> None:
    names = sorted({found["set"] for file in files if (found := _PART.fullmatch(file))})
    if len(names) > 1:
        raise DatasetError(f"it has the folds of two sets, {names[0]!r} and {names[1]!r}")
    if sorted(tests) != list(range(1, len(tests) + 1)) or len(tests) < 2:
        raise DatasetError(f"its test parts are {sorted(tests)}, where 1, 2, … were expected")
    first = tests[1].frame.columns
    for fold, table in tests.items():
        if list(table.frame.columns) != list(first):
            raise DatasetError(f"fold {fold} has other columns than fold 1")
        if FOLD in table.frame.columns:
            raise DatasetError(f"column {FOLD!r} is there already")


def _same_rows(fold: int, others: pd.DataFrame, train: pd.DataFrame) -> None:
    """Raise DatasetError with the number of rows that only one of the two has."""
    expected, found = (Counter(_rows(frame)) for frame in (others, train))
    wrong = ((expected - found) + (found - expected)).total()
    if wrong:
        raise DatasetError(
            f"fold {fold}: {wrong} rows differ between its training part and the test parts of "
            "the other folds; these published folds cannot be used"
        )


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Rows as text, so that a missing value equals another."""
    return frame.astype(str).itertuples(index=False, name=None)


def _is(line: str, word: str) -> bool:
    return line.strip().lower().startswith(word)


def _header(lines: Iterator[str]) -> _Header:
    columns: dict[str, bool] = {}
    outputs: list[str] = []
    for line in lines:
        if _is(line, "@attribute"):
            name, is_number = _attribute(line)
            if name in columns:
                raise ValueError(f"column {name!r} is there twice")
            columns[name] = is_number
        elif _is(line, "@output"):
            outputs = [_unquoted(name) for name in _OUTPUT.sub("", line).split(",")]
    unknown = [name for name in outputs if name not in columns]
    if unknown:
        raise ValueError(f"@outputs names {unknown[0]!r}, which is no attribute")
    return _Header(columns, outputs[0] if len(outputs) == 1 else None)


def _attribute(line: str) -> tuple[str, bool]:
    found = _ATTRIBUTE.match(line)
    if found is None:
        raise ValueError(f"not an attribute: {line!r}")
    kind = found["kind"].lower()
    if kind != "{" and kind not in _NUMBERS:
        raise ValueError(f"attribute of unknown type {kind!r}: {line!r}")
    return _unquoted(found["name"]), kind != "{"


def _unquoted(name: str) -> str:
    return name.strip().strip("'\"")


def _cells(number: int, line: str, expected: int) -> list[str | None]:
    """The cells of a line, missing ones as None; none at all for an empty line or a comment."""
    if not line.strip() or line.lstrip().startswith("%"):
        return []
    try:
        (cells,) = csv.reader([line.strip()], quotechar="'", skipinitialspace=True)
    except csv.Error as error:
        raise ValueError(f"line {number}: {error}") from error
    if len(cells) != expected:
        raise ValueError(f"line {number} has {len(cells)} values, where {expected} were expected")
    return [None if cell.strip() in _MISSING else cell.strip() for cell in cells]


def _numbers(column: "pd.Series[str]") -> "pd.Series[float]":
    try:
        numbers = pd.to_numeric(column, errors="coerce").astype(float)
    except OverflowError as error:
        raise ValueError(f"column {column.name!r} holds a number of too many digits") from error
    wrong = np.flatnonzero(numbers.isna() & column.notna())
    if len(wrong):
        row = wrong[0]
        raise ValueError(f"column {column.name!r} is {column[row]!r} in row {row + 1}, no number")
    return numbers
