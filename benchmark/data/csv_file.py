"""Comma-separated text → a table; nothing is cut, filled or renamed in silence."""

import csv
import gzip
import io
import re
import warnings
from pathlib import Path
from typing import IO, Any

import pandas as pd

from benchmark.data import archives, room
from benchmark.errors import DatasetError

_OTHERS = (";", "\t", "|")
_ENCODING = "utf-8-sig"
_LONGEST_CELL = 2**31 - 1
_OPEN_QUOTE = re.compile(r"EOF inside string starting at row (\d+)")
_LOOKED_AT_ONCE = 2**20  # bytes


def read(source: Path | bytes) -> pd.DataFrame:
    """The table of a file, packed where its name ends in .gz: commas, UTF-8, a header line.

    Floats read back exactly. Raises DatasetError with the line where there is one to name.
    """
    try:
        names = _header(source)
        frame = _parsed(source, len(names))
    except UnicodeDecodeError as error:
        raise DatasetError(_not_text(source)) from error
    if frame.shape[1] and frame.iloc[:, -1].isna().any():  # as in a line that is too short
        _refuse_ragged(source, len(names))
    return frame


def _header(source: Path | bytes) -> list[str]:
    """The names of the columns, each there once."""
    with _opened(source) as file:
        first = pd.read_csv(
            file, header=None, nrows=1, dtype=str, keep_default_na=False, encoding=_ENCODING
        )
    names = [str(name) for name in first.iloc[0]]
    other = next((sign for sign in _OTHERS if len(names) == 1 and sign in names[0]), None)
    if other is not None:
        raise DatasetError(
            f"its values seem to be separated by {other!r}; save it with commas between values "
            "and points in numbers"
        )
    for i, name in enumerate(names):
        if name in names[:i]:  # the reader would rename it in silence
            raise DatasetError(f"column {name!r} is there twice")
    return names


def _parsed(source: Path | bytes, columns: int) -> pd.DataFrame:
    options: dict[str, Any] = {"index_col": False, "low_memory": False, "encoding": _ENCODING}
    with _opened(source) as file, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        warnings.filterwarnings("ignore", message="The 'float_precision'")  # exact before 3.1 too
        try:
            frame: pd.DataFrame = pd.read_csv(file, float_precision="round_trip", **options)
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            found = _OPEN_QUOTE.search(str(error))
            if found:
                row = int(found[1])
                where = f"row {row}" if row else "the header"
                raise DatasetError(f"the quote that opens in {where} is never closed") from error
            _refuse_ragged(source, columns)
            raise
    return frame


def _refuse_ragged(source: Path | bytes, expected: int) -> None:
    """Raise DatasetError for a line with more or fewer values; commas at its end are none."""
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        with _opened(source) as file:
            lines = csv.reader(io.TextIOWrapper(file, encoding=_ENCODING, newline=""))
            for cells in lines:
                while len(cells) > expected and not cells[-1]:
                    cells.pop()
                is_blank = len(cells) < 2 and not "".join(cells).strip()
                if len(cells) != expected and not is_blank:
                    raise DatasetError(
                        f"line {lines.line_num} has {len(cells)} values, where {expected} were "
                        "expected"
                    )
    finally:
        csv.field_size_limit(limit)


def _not_text(source: Path | bytes) -> str:
    """Where a file is not UTF-8."""
    with _opened(source) as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                byte = line[error.start]
                return f"line {number} is not UTF-8 text (byte 0x{byte:02x}); save it as UTF-8"
    return "it is not UTF-8 text; save it as UTF-8"


def _opened(source: Path | bytes) -> io.BufferedReader:
    """The bytes of a file, unpacked and looked at on their way."""
    if isinstance(source, bytes):
        return io.BufferedReader(_Watched(io.BytesIO(source)), _LOOKED_AT_ONCE)
    if not source.name.lower().endswith(".gz"):
        return io.BufferedReader(_Watched(source.open("rb")), _LOOKED_AT_ONCE)
    watched = _Watched(gzip.GzipFile(source), source.stat().st_size)
    return io.BufferedReader(watched, _LOOKED_AT_ONCE)


class _Watched(io.RawIOBase):
    """Passes bytes on; raises DatasetError for one that no text has, and for more than fit."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, packed: int | None = None) -> None:
        self._file = file
        self._packed = packed  # bytes
        self._bytes = 0
        self._lines = 1

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        data = self._file.read(len(buffer))
        place = data.find(b"\0")
        if place >= 0:
            line = self._lines + data.count(b"\n", 0, place)
            raise DatasetError(f"line {line} is not UTF-8 text (byte 0x00); save it as UTF-8")
        self._bytes += len(data)
        self._lines += data.count(b"\n")
        if self._packed is not None:
            archives.refuse_bomb(self._bytes, self._packed)
        room.refuse(self._bytes, "its text has")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file behind it."""
        self._file.close()
        super().close()
