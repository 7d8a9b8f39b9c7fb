"""Paths and globs of a suite, told apart from names without opening a file."""

import contextlib
import glob
import re
import stat
from pathlib import Path

from benchmark.errors import unknown

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".arff", ".dat", ".zip")
_FOLD = re.compile(r".+-\d+(tra|tst)\.dat")


def is_path(text: str) -> bool:
    """Whether a suite means a file or a glob, and not a name."""
    return "/" in text or glob.has_magic(text) or text.lower().endswith(SUFFIXES)


def is_glob(text: str, folder: Path) -> bool:
    """Whether a path stands for many files; a file with a bracket in its name does not."""
    return glob.has_magic(text) and not _is_file(folder / text)


def stem(text: str) -> str:
    """The file's name without its suffix, the dataset's name unless it has an alias."""
    name = Path(text).name
    ends = (s for s in sorted(SUFFIXES, key=len, reverse=True) if name.lower().endswith(s))
    return name[: len(name) - len(next(ends, ""))] or name


def matches(pattern: str, folder: Path) -> list[str]:
    """The tables that a glob names, sorted, relative to the folder; a part of folds is none."""
    try:
        found = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - absolute too
    except ValueError:  # a byte 0
        return []
    tables = (Path(file) for file in found if _is_data(folder / file))
    return sorted(path.as_posix() for path in tables if not is_fold(path.name))


def problem(text: str, folder: Path) -> str | None:
    """What is wrong with a path or a glob, or None; a URL is not shown, it may hold a password."""
    if "://" in text:
        return "a dataset is a file or a name, and this is a URL; download it and name the file"
    if is_glob(text, folder):
        nothing = f"no data file matches {text!r} in {str(folder)!r}"
        return None if matches(text, folder) else nothing
    file = folder / text
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return f"{_near(file, text)} (looked in {str(folder)!r})"
    except OSError as error:
        return f"file {text!r} cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode) and not holds_folds(file):
        return f"{text!r} is not a file; for every file in a folder write {text.rstrip('/')}/*.csv"
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        return f"{text!r} is not a regular file"
    if not _is_data(file):
        return f"file {text!r} is none of {', '.join(SUFFIXES)}"
    return None


def is_fold(name: str) -> bool:
    """Whether a file is a part of published folds, as KEEL names them: glass1-5-1tra.dat."""
    return _FOLD.fullmatch(name) is not None


def holds_folds(folder: Path) -> bool:
    """Whether a folder has published folds, and so is one dataset."""
    with contextlib.suppress(OSError):
        return folder.is_dir() and any(is_fold(path.name) for path in folder.iterdir())
    return False


def _is_data(path: Path) -> bool:
    return (path.name.lower().endswith(SUFFIXES) and _is_file(path)) or holds_folds(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long
        return False


def _near(file: Path, text: str) -> str:
    """Name the file that was probably meant."""
    names: list[str] = []
    with contextlib.suppress(OSError, ValueError):
        names = [path.name for path in file.parent.iterdir() if _is_data(path)]
    hint = unknown("file", file.name, names)
    return f"no file {text!r}" + (f": {hint}" if "Did you mean" in hint else "")
