"""One file, or one folder of published folds → a raw table."""

import contextlib
import csv
import hashlib
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmark.data import archives, arff, csv_file, keel, paths, room
from benchmark.data.table import Table
from benchmark.errors import DatasetError

_IN_ZIP = (".dat", ".arff", ".csv")
_DAMAGE = (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, Warning, zlib.error,
           lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, csv.Error, ArithmeticError,
           LookupError, TypeError)  # fmt: skip
_KINDS = {b"PAR1": ".parquet", b"\x1f\x8b": ".gz", b"PK\x03\x04": ".zip"}  # first bytes → suffix


def read(path: Path, shown: str) -> Table:
    """Read a file whole, values as they are stored; a folder or a zip of KEEL's folds is joined.

    Raises DatasetError in one line for what is missing, cut, in another encoding or not a table.
    """
    with _told(shown):
        if path.is_dir():
            files = {file.name: file for file in path.iterdir() if paths.is_fold(file.name)}
            return keel.join({name: _text(_whole(file)) for name, file in files.items()})
        _refuse_disguised(path)
        suffix = path.suffix.lower()
        if suffix == ".zip":
            return _zipped(path)
        if suffix == ".parquet":
            return Table(_parquet(path))
        if suffix in (".arff", ".dat"):
            return _parser(path.name)(_whole(path))
        return Table(csv_file.read(path))


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
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"file {shown!r} is empty") from error
    except MemoryError as error:
        raise DatasetError(f"file {shown!r} does not fit in memory") from error
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.strerror:
            raise DatasetError(f"file {shown!r} cannot be read: {error.strerror}") from error
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DatasetError(f"file {shown!r} is damaged or not a table: {reason}") from error


def _refuse_disguised(path: Path) -> None:
    """Raise DatasetError for what is no file, such as a pipe, and for one with another's name."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise DatasetError("it is no regular file")
    with path.open("rb") as file:
        start = file.read(4)
    suffix = next((suffix for begin, suffix in _KINDS.items() if start.startswith(begin)), None)
    if suffix is not None and path.suffix.lower() != suffix:
        raise DatasetError(f"it is a {suffix} file inside, and its name says {path.suffix!r}")
    if start and path.suffix.lower() == ".parquet" and suffix is None:
        raise DatasetError("it is no Parquet file: it does not begin with PAR1")


def _whole(path: Path) -> bytes:
    room.refuse(path.stat().st_size)
    return path.read_bytes()


def _parquet(path: Path) -> pd.DataFrame:
    """The table of a Parquet file, if its cells fit as numbers at least."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        cells = file.metadata.num_rows * file.metadata.num_columns
    room.refuse(8 * cells, f"it has {cells:,} cells, which take")
    return pd.read_parquet(path).reset_index(drop=True)


def _parser(name: str) -> Callable[[bytes], Table]:
    """What reads a file of this name from memory."""
    parsers: dict[str, Callable[[bytes], Table]] = {
        ".dat": lambda data: keel.parse(_text(data)),
        ".arff": lambda data: arff.parse(_text(data)),
        ".csv": lambda data: Table(csv_file.read(data)),
        ".npz": _arrays,
    }
    suffix = Path(name).suffix.lower()
    if suffix not in parsers:
        raise DatasetError(f"{name!r} is none of {', '.join(parsers)}")
    return parsers[suffix]


def _zipped(path: Path) -> Table:
    """The folds in a zip, joined, or else its only table."""
    with zipfile.ZipFile(path) as archive:
        members = (name for name in archive.namelist() if not Path(name).name.startswith("."))
        files = [name for name in members if name.lower().endswith(_IN_ZIP)]
        folds = {Path(name).name: name for name in files if paths.is_fold(Path(name).name)}
        if folds:
            read = archives.zipped(archive, folds.values())
            return keel.join({name: _text(read[member]) for name, member in folds.items()})
        if len(files) != 1:
            raise DatasetError(f"it has {len(files)} tables, where one was expected")
        return _parser(files[0])(archives.zipped(archive, files)[files[0]])


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        raise DatasetError(
            f"line {line} is not UTF-8 text (byte 0x{byte:02x}); save it as UTF-8"
        ) from error


def _arrays(data: bytes) -> Table:
    """The arrays `data` and `label` of imbalanced-learn's archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archives.refuse_bomb(sum(info.file_size for info in archive.infolist()), len(data))
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        X, y = arrays["data"], arrays["label"]
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return Table(frame.assign(target=np.ravel(y)), "target")
