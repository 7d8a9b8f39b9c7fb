"""A suite's datasets: named, checked before anything is read, and loaded."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.data import cards, mirror, paths
from benchmark.data.card import Card
from benchmark.errors import DatasetError, brief, plain, unknown
from benchmark.visible import is_visible

if TYPE_CHECKING:
    from benchmark.data.download import Progress
    from benchmark.types import Dataset
    from benchmark.use import DatasetUse


def load(
    use: "DatasetUse",
    folder: Path,
    seed: int,
    *,
    fold_column: str | None = None,
    progress: "Progress | None" = None,
) -> "Dataset":
    """Read a dataset and make it ready to learn from; `seed` draws the rows that thinning keeps.

    `folder` is what paths are relative to; `fold_column` holds published test folds; `progress`
    is told of a download. Raises DatasetError in one line that names the dataset.
    """
    from benchmark.data import prepare, sources
    from benchmark.data.related import related

    name = name_of(use)
    beside = use.beside
    with _naming(f"dataset {name!r}"):
        raw = sources.read(use, folder, progress)
        with _naming(f"file {use.use!r}" if paths.is_path(use.use) else ""):
            dataset = prepare.prepare(use, raw, name, seed, fold_column)
        if beside is None:
            return dataset
        with _naming(f"related {beside.use!r}"):
            other = sources.read(beside, folder, progress)
            return replace(dataset, related=related(dataset, use, raw, other, fold_column))


def name_of(use: "DatasetUse") -> str:
    """The name in every table: the alias, the stem of a file, or a card's name."""
    return use.alias or (paths.stem(use.use) if paths.is_path(use.use) else use.use)


def is_glob(use: "DatasetUse", folder: Path) -> bool:
    """Whether a use stands for many files, each with a name of its own."""
    return paths.is_path(use.use) and paths.is_glob(use.use, folder)


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Say in a DatasetError what it is about, in one line that a terminal can show."""
    try:
        yield
    except DatasetError as error:
        raise DatasetError(plain(f"{what}: {error}".removeprefix(": "))) from error


def check(use: "DatasetUse", folder: Path) -> str | None:
    """What is wrong with a dataset's name, path or parameters, or None; reads no data."""
    beside = use.beside
    if beside is None or _check(use, folder) is not None:
        return _check(use, folder)
    if is_glob(beside, folder):
        return f"related: {beside.use!r} stands for many files; name one"
    problem = _check(beside, folder)
    return problem and f"related: {problem}"


def _check(use: "DatasetUse", folder: Path) -> str | None:
    """What is wrong with one name, path or set of parameters."""
    try:
        if paths.is_path(use.use):
            return paths.problem(use.use, folder) or _no_params(use)
        known = cards.cards().get(use.use)
        if known is None:
            return _mirrored(use)
        mirrored = cards.resolve(known, use.params).mirrored_as
        if mirrored is not None:
            mirror.find(mirrored)
    except DatasetError as error:
        return str(error)
    except OSError as error:  # too long a name, or a folder that may not be read
        return f"{brief(use.use)} cannot be looked up: {error.strerror}"
    return None


def expand(uses: Iterable["DatasetUse"], folder: Path) -> list["DatasetUse"]:
    """One use for each file of a glob, sorted; files without an alias are named by their stem.

    Raises DatasetError for a glob that matches nothing, and for two datasets of one name.
    """
    expanded = [one for use in uses for one in _expand(use, folder)]
    seen: dict[str, str] = {}
    for use in expanded:
        if not is_visible(use.name):
            raise DatasetError(f"file {use.use!r} has control characters in its name; rename it")
        if use.name in seen:
            both = f"{seen[use.name]!r} and {use.use!r}"
            raise DatasetError(
                f"two datasets are named {use.name!r}: {both}; rename one with `as:`"
            )
        seen[use.name] = use.use
    return expanded


def names() -> list[str]:
    """Every name that a card or the mirror knows."""
    return sorted({*cards.cards(), *mirror.names()})


def carded() -> list[str]:
    """Every name that a card knows."""
    return sorted(cards.cards())


def card(name: str) -> Card:
    """The card of a name. Raises DatasetError where there is none."""
    known = cards.cards()
    if name not in known:
        raise DatasetError(unknown("dataset card", name, known))
    return known[name]


def _expand(use: "DatasetUse", folder: Path) -> list["DatasetUse"]:
    if not paths.is_path(use.use):
        return [use]
    if not paths.is_glob(use.use, folder):
        return [use if use.alias else use.model_copy(update={"alias": paths.stem(use.use)})]
    found = paths.matches(use.use, folder)
    if not found:
        raise DatasetError(str(paths.problem(use.use, folder)))
    prefix = f"{use.alias}_" if use.alias else ""
    return [
        use.model_copy(update={"use": file, "alias": prefix + paths.stem(file)}) for file in found
    ]


def _no_params(use: "DatasetUse") -> str | None:
    return f"{use.use!r} takes no params; got {use.params!r}" if use.params else None


def _mirrored(use: "DatasetUse") -> str | None:
    if mirror.find(use.use) is not None:
        return _no_params(use)
    hint = "" if mirror.is_set() else f" (no offline mirror: {mirror.VARIABLE} is not set)"
    return unknown("dataset", use.use, names()) + hint
