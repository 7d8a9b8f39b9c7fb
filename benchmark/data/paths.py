"""Paths and globs of a suite, told apart from names without opening a file."""

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import unknown

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".arff", ".dat", ".zip")
_FOLD = re.compile(r".+-\d+(tra|tst)\.dat")


def is_path(text: str) -> bool:
    """Whether a suite means a file or a glob, and not a name."""
    return "/" in text or glob.has_magic(text) or text.endswith(SUFFIXES)


def is_glob(text: str, folder: Path) -> bool:
    """Whether a path stands for many files; a file with a bracket in its name does not."""
    return glob.has_magic(text) and not (folder / text).is_file()


def stem(text: str) -> str:
    """The file's name without its suffix, the dataset's name unless it has an alias."""
    name = Path(text).name
    suffix = next((s for s in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(s)), "")
    return name.removesuffix(suffix) or name


def matches(pattern: str, folder: Path) -> list[str]:
    """The tables that a glob names, sorted, relative to the folder; a part of folds is none."""
    found = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - takes absolute too
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
    if not file.exists():
        return f"{_near(file, text)} (looked in {str(folder)!r})"
    if file.is_dir() and not holds_folds(file):
        return f"{text!r} is not a file; for every file in a folder write {text.rstrip('/')}/*.csv"
    if not _is_data(file):
        return f"file {text!r} is none of {', '.join(SUFFIXES)}"
    return None


def is_fold(name: str) -> bool:
    """Whether a file is a part of published folds, as KEEL names them: glass1-5-1tra.dat."""
    return _FOLD.fullmatch(name) is not None


def holds_folds(folder: Path) -> bool:
    """Whether a folder has published folds, and so is one dataset."""
    return folder.is_dir() and any(is_fold(path.name) for path in folder.iterdir())


def _is_data(path: Path) -> bool:
    return (path.name.endswith(SUFFIXES) and path.is_file()) or holds_folds(path)


def _near(file: Path, text: str) -> str:
    """Name the file that was probably meant."""
    beside: Iterable[Path] = file.parent.iterdir() if file.parent.is_dir() else ()
    names = [path.name for path in beside if _is_data(path)]
    hint = unknown("file", file.name, names)
    return f"no file {text!r}" + (f": {hint}" if "Did you mean" in hint else "")
