"""The offline mirror: folders of Parquet files that stand in for downloads."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from benchmark.errors import DatasetError

VARIABLE = "BENCHMARK_DATA"
FOLD = "fold"


def names() -> list[str]:
    """Every name that the mirror serves. Raises DatasetError for a folder that does not exist."""
    return sorted(_files(_value(), False))


def find(name: str) -> Path | None:
    """The file that serves a name, or None. Raises DatasetError where two files claim it."""
    return _one(name, _files(_value(), False))


def find_folds(name: str) -> Path | None:
    """The file beside the data, in a folder `folds`, with the published test fold of each row."""
    return _one(name, _files(_value(), True))


def advice(name: str) -> str:
    """What helps where a download fails."""
    return f"Without a network, put {name}.parquet in a folder and name the folder in {VARIABLE}"


def is_set() -> bool:
    """Whether there is a mirror at all."""
    return bool(_value())


def _value() -> str:
    return os.environ.get(VARIABLE, "")


def _one(name: str, files: Mapping[str, tuple[Path, ...]]) -> Path | None:
    found = files.get(name, ())
    if len(found) > 1:
        raise DatasetError(f"{VARIABLE} has two files for {name!r}: {found[0]} and {found[1]}")
    return found[0] if found else None


@lru_cache(maxsize=16)
def _files(value: str, folds: bool) -> Mapping[str, tuple[Path, ...]]:
    """Name → files; a name in an earlier folder hides it in a later one."""
    merged: dict[str, tuple[Path, ...]] = {}
    for text in filter(None, value.split(os.pathsep)):
        merged = _list(Path(text), folds) | merged
    return merged


def _list(folder: Path, folds: bool) -> dict[str, tuple[Path, ...]]:
    if not folder.is_dir():
        raise DatasetError(f"{VARIABLE} names {str(folder)!r}, which is no folder")
    found: dict[str, tuple[Path, ...]] = {}
    for path in sorted(folder.resolve().rglob("*.parquet")):
        if (path.parent.name == "folds") == folds:
            found[path.stem] = (*found.get(path.stem, ()), path)
    return found
