"""Paths and globs of a suite, told apart from names without opening a file."""

import glob
from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import unknown

SUFFIXES = (".csv", ".csv.gz", ".parquet")


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
    """The CSV and Parquet files that a glob names, sorted, relative to the folder."""
    found = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207 - takes absolute too
    return sorted(Path(file).as_posix() for file in found if _is_data(folder / file))


def problem(text: str, folder: Path) -> str | None:
    """What is wrong with a path or a glob, or None."""
    if is_glob(text, folder):
        nothing = f"no CSV or Parquet file matches {text!r} in {str(folder)!r}"
        return None if matches(text, folder) else nothing
    file = folder / text
    if not file.exists():
        return f"{_near(file, text)} (looked in {str(folder)!r})"
    if not file.is_file():
        return f"{text!r} is not a file; for every file in a folder write {text.rstrip('/')}/*.csv"
    if not text.endswith(SUFFIXES):
        return f"file {text!r} is neither .csv, .csv.gz nor .parquet"
    return None


def _is_data(file: Path) -> bool:
    return file.name.endswith(SUFFIXES) and file.is_file()


def _near(file: Path, text: str) -> str:
    """Name the file that was probably meant."""
    beside: Iterable[Path] = file.parent.iterdir() if file.parent.is_dir() else ()
    names = [path.name for path in beside if _is_data(path)]
    hint = unknown("file", file.name, names)
    return f"no file {text!r}" + (f": {hint}" if "Did you mean" in hint else "")
