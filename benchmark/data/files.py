"""One file, or one folder of published folds → a raw table."""

import contextlib
import csv
import gzip
import hashlib
import io
import lzma
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.data import archives, arff, keel, paths
from benchmark.data.table import Table
from benchmark.errors import DatasetError

_IN_ZIP = (".dat", ".arff", ".csv")
_DAMAGE = (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, Warning, zlib.error,
           lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, csv.Error, MemoryError,
           OverflowError)  # fmt: skip


def read(path: Path, shown: str) -> Table:
    """Read a file whole, values as they are stored; a folder or a zip of KEEL's folds is joined.

    Raises DatasetError in one line for what is missing, cut, in another encoding or not a table.
    """
    with _told(shown):
        if path.is_dir():
            files = {file.name: file for file in path.iterdir() if paths.is_fold(file.name)}
            return keel.join({name: _text(file.read_bytes()) for name, file in files.items()})
        if path.exists() and not path.is_file():  # a pipe would wait for ever
            raise DatasetError("it is no regular file")
        if path.name.endswith(".zip"):
            return _zipped(path)
        if path.name.endswith(".parquet"):
            return Table(pd.read_parquet(path).reset_index(drop=True))
        if path.name.endswith((".arff", ".dat")):
            return _parser(path.name)(path.read_bytes())
        if path.name.endswith(".gz"):
            return Table(_csv(_unpacked(path)))
        return Table(_csv(path))


def read_member(path: Path, member: str, shown: str) -> Table:
    """Read one file of a zip or tar archive, in memory: nothing is unpacked to a disk."""
    with _told(shown):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                there = [member] if member in archive.namelist() else []
                found = archives.zipped(archive, there).get(member)
        else:
            found = archives.tarred(path, member)
        if found is None:
            raise DatasetError(f"it has no member {member!r}")
        return _parser(member)(found)


def verify(path: Path, checksum: str | None) -> None:
    """Raise DatasetError, with both, where a file's checksum is not the expected one."""
    if checksum and (actual := digest(path, checksum)) != checksum.lower():
        raise DatasetError(f"file {path.name!r} has {actual}, where {checksum} was expected")


def digest(path: Path, like: str) -> str:
    """A file's checksum of the kind of another: "md5:..." or "sha256:..."."""
    kind = like.partition(":")[0]
    with path.open("rb") as file:
        return f"{kind}:{hashlib.file_digest(file, kind).hexdigest()}"


@contextlib.contextmanager
def _told(shown: str) -> Iterator[None]:
    """Say which file it is, and what is wrong with it, in one line."""
    try:
        yield
    except DatasetError as error:
        raise DatasetError(f"file {shown!r}: {error}") from error
    except FileNotFoundError as error:
        raise DatasetError(f"no file {shown!r}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"file {shown!r} is not UTF-8 text; save it as UTF-8") from error
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"file {shown!r} is empty") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DatasetError(f"file {shown!r} is damaged or not a table: {reason}") from error


def _parser(name: str) -> Callable[[bytes], Table]:
    """What reads a file of this name from memory."""
    parsers: dict[str, Callable[[bytes], Table]] = {
        ".dat": lambda data: keel.parse(_text(data)),
        ".arff": lambda data: arff.parse(_text(data)),
        ".csv": lambda data: Table(_csv(data)),
        ".npz": _arrays,
    }
    suffix = Path(name).suffix
    if suffix not in parsers:
        raise DatasetError(f"{name!r} is none of {', '.join(parsers)}")
    return parsers[suffix]


def _zipped(path: Path) -> Table:
    """The folds in a zip, joined, or else its only table."""
    with zipfile.ZipFile(path) as archive:
        members = (name for name in archive.namelist() if not Path(name).name.startswith("."))
        files = [name for name in members if name.endswith(_IN_ZIP)]
        folds = {Path(name).name: name for name in files if paths.is_fold(Path(name).name)}
        if folds:
            read = archives.zipped(archive, folds.values())
            return keel.join({name: _text(read[member]) for name, member in folds.items()})
        if len(files) != 1:
            raise DatasetError(f"it has {len(files)} tables, where one was expected")
        return _parser(files[0])(archives.zipped(archive, files)[files[0]])


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig")


def _arrays(data: bytes) -> Table:
    """The arrays `data` and `label` of imbalanced-learn's archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archives.refuse_bomb(sum(info.file_size for info in archive.infolist()), len(data))
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        X, y = arrays["data"], arrays["label"]
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return Table(frame.assign(target=np.ravel(y)), "target")


def _csv(source: Path | bytes) -> pd.DataFrame:
    """Comma-separated, UTF-8, a header line; floats read back exactly."""
    options: dict[str, Any] = {"encoding": "utf-8-sig"}
    first = pd.read_csv(
        _opened(source), header=None, nrows=1, dtype=str, keep_default_na=False, **options
    )
    header = [str(name) for name in first.iloc[0]]
    if any("\0" in name for name in header):
        raise DatasetError("it is not UTF-8 text; save it as UTF-8")
    for i, name in enumerate(header):
        if name in header[:i]:  # the reader would rename it in silence
            raise DatasetError(f"column {name!r} is there twice")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        warnings.filterwarnings("ignore", message="The 'float_precision'")  # exact before 3.1 too
        frame: pd.DataFrame = pd.read_csv(
            _opened(source), index_col=False, low_memory=False, float_precision="round_trip",
            **options,
        )  # fmt: skip
    return frame


def _unpacked(path: Path) -> bytes:
    """What a .gz file holds, unless it is a bomb."""
    parts, total, packed = [], 0, path.stat().st_size
    with gzip.open(path) as file:
        while part := file.read(2**24):
            total += len(part)
            archives.refuse_bomb(total, packed)
            parts.append(part)
    return b"".join(parts)


def _opened(source: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source
