"""One CSV or Parquet file → a raw table."""

import hashlib
import warnings
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark.errors import DatasetError


def read(path: Path, shown: str) -> pd.DataFrame:
    """Read a file whole, values as they are stored.

    Raises DatasetError in one line for what is missing, cut, in another encoding or not a table.
    """
    reader = _parquet if path.name.endswith(".parquet") else _csv
    try:
        frame = reader(path)
    except FileNotFoundError as error:
        raise DatasetError(f"no file {shown!r}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"file {shown!r} is not UTF-8 text; save it as UTF-8") from error
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"file {shown!r} is empty") from error
    except (OSError, ValueError, EOFError, NotImplementedError, Warning, zlib.error) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DatasetError(f"file {shown!r} is damaged or not a table: {reason}") from error
    return frame.reset_index(drop=True)


def verify(path: Path, checksum: str | None) -> None:
    """Raise DatasetError, with both, where a file's checksum is not the expected one."""
    if checksum is None:
        return
    kind, _, expected = checksum.partition(":")
    actual = hashlib.new(kind, path.read_bytes()).hexdigest()
    if actual != expected.lower():
        raise DatasetError(f"file {path.name!r} has {kind} {actual}, where {expected} was expected")


def _parquet(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)


def _csv(path: Path) -> pd.DataFrame:
    """Comma-separated, UTF-8, a header line; floats read back exactly."""
    options: dict[str, Any] = {"encoding": "utf-8-sig"}
    first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, **options)
    header = [str(name) for name in first.iloc[0]]
    if any("\0" in name for name in header):
        raise DatasetError(f"file {path.name!r} is not UTF-8 text; save it as UTF-8")
    for i, name in enumerate(header):
        if name in header[:i]:  # the reader would rename it in silence
            raise DatasetError(f"file {path.name!r}: column {name!r} is there twice")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        warnings.filterwarnings("ignore", message="The 'float_precision'")  # exact before 3.1 too
        frame: pd.DataFrame = pd.read_csv(
            path, index_col=False, low_memory=False, float_precision="round_trip", **options
        )
    return frame
