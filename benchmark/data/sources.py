"""Where a dataset's rows come from: one small function for each kind of source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.data import cards, download, files, mirror, openml, paths, synthetic
from benchmark.data.card import Card, Download, File, Label, Sizes, Sklearn, Synthetic
from benchmark.data.download import Progress
from benchmark.data.labels import counts, key
from benchmark.data.table import Table
from benchmark.errors import DatasetError, unknown
from benchmark.use import DatasetUse


@dataclass(frozen=True, eq=False)
class Raw:
    """A table as its source has it.

    Attributes:
        frame: shape (rows, columns), the target among them.
        positive: the class of interest; None: the rarer one of two.
        folds: a column of published test folds, which is never a feature.
        image_shape: height and width of images whose pixels are the columns, row by row.
    """

    frame: pd.DataFrame
    target: str
    positive: Label | None
    source: str
    family: str = ""
    folds: str | None = None
    image_shape: tuple[int, int] | None = None


def read(use: DatasetUse, folder: Path, progress: Progress | None = None) -> Raw:
    """The raw table that a suite asks for; `progress` is told of a download.

    Raises DatasetError.
    """
    if paths.is_path(use.use):
        return _path(use, folder)
    known = cards.cards().get(use.use)
    if known is None:
        _refuse_params(use)
        return _mirror(use, use.use, None)
    card = cards.resolve(known, use.params)
    if card.mirrored_as and mirror.find(card.mirrored_as):
        return _mirror(use, card.mirrored_as, card)
    return _card(use, card, progress)


def _path(use: DatasetUse, folder: Path) -> Raw:
    _refuse_params(use)
    table = files.read(folder / use.use, use.use)
    target = use.target or table.target or "target"
    return Raw(table.frame, target, use.positive, f"file:{use.use}", folds=table.folds)


def _mirror(use: DatasetUse, name: str, card: Card | None) -> Raw:
    """A file of the mirror; a 0/1 target means 1, whatever the card says of its own labels."""
    path = mirror.find(name)
    if path is None:
        raise DatasetError(unknown("dataset", name, {*cards.cards(), *mirror.names()}))
    frame = _with_folds(files.read(path, str(path)).frame, name)
    own = "target" in frame.columns
    expected = card.target if card and card.target and not own else "target"
    target = use.target or expected
    positive = use.positive if use.positive is not None or card is None or own else card.positive
    if positive is None and set(counts(frame.get(target))) == {"0", "1"}:
        positive = 1
    if card is not None:
        _expect("rows", card.rows, len(frame))
        _expect_sizes(card, frame.get(expected))
    family, shape = (card.family, card.image_shape) if card else ("", None)
    return Raw(frame, target, positive, "mirror", family, mirror.FOLD, shape)


def _with_folds(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Join the published folds, where the mirror keeps them in a file beside the data."""
    beside = mirror.find_folds(name)
    if beside is None or mirror.FOLD in frame.columns:
        return frame
    folds = files.read(beside, str(beside)).frame
    if mirror.FOLD not in folds.columns or len(folds) != len(frame):
        raise DatasetError(
            f"file {str(beside)!r} has no {mirror.FOLD!r} for each of {len(frame)} rows"
        )
    return frame.assign(**{mirror.FOLD: folds[mirror.FOLD].to_numpy()})


def _card(use: DatasetUse, card: Card, progress: Progress | None) -> Raw:
    table, names = _rows(card, progress)
    frame = table.frame
    expected = card.target or table.target
    target = use.target or expected
    if target is None:
        raise DatasetError("its publisher names no single target column; set `target:`")
    if expected in frame.columns:
        _verify(card, frame[expected])
    positive = card.positive if use.positive is None else names.get(key(use.positive), use.positive)
    facts = (card.source.kind, card.family, table.folds, card.image_shape)
    return Raw(frame, target, positive, *facts)


def _rows(card: Card, progress: Progress | None) -> tuple[Table, Mapping[str, Label]]:
    """The table, and the class behind each number it is also known by."""
    if isinstance(card.source, Synthetic):
        return Table(synthetic.table(card.source), "target"), {}
    if isinstance(card.source, Sklearn):
        return _sklearn(card.name)
    if isinstance(card.source, File):
        path = cards.folder() / card.source.path
        files.verify(path, card.checksum)
        table = files.read(path, card.source.path)
        return replace(table, target=table.target or "target"), {}
    if isinstance(card.source, Download):
        return _download(card.source, card, progress), {}
    frame, publishers = openml.fetch(card, progress)
    return Table(
        frame if card.source.last is None else frame.tail(card.source.last), publishers
    ), {}


def _download(source: Download, card: Card, progress: Progress | None) -> Table:
    url, member = (text.replace("{name}", card.name) for text in (source.url, source.member))
    path = download.fetch(url, card.checksum, progress, mirror.advice(card.mirrored_as or ""))
    try:
        return files.read_member(path, member, url) if member else files.read(path, url)
    except DatasetError:
        if card.checksum is None:  # nothing vouches for the file: let the next run fetch it anew
            path.unlink(missing_ok=True)
        raise


def _sklearn(name: str) -> tuple[Table, Mapping[str, Label]]:
    from sklearn import datasets

    loaders = {
        "breast_cancer": datasets.load_breast_cancer, "digits": datasets.load_digits,
        "iris": datasets.load_iris, "wine": datasets.load_wine,
    }  # fmt: skip
    bunch: Any = loaders[name](as_frame=True)
    labels = np.asarray(bunch.target_names)
    frame = bunch.data.assign(target=labels[bunch.target.to_numpy()])
    return Table(frame, "target"), {str(code): label.item() for code, label in enumerate(labels)}


def _refuse_params(use: DatasetUse) -> None:
    if use.params:
        raise DatasetError(f"a file takes no params; got {use.params!r}")


def _verify(card: Card, labels: "pd.Series[Any]") -> None:
    """Raise DatasetError, with both figures, where rows or classes are not the card's."""
    _expect("rows", card.rows, len(labels))
    if card.classes:
        _expect("rows by class", dict(card.classes), counts(labels))
    _expect_sizes(card, labels)


def _expect_sizes(card: Card, labels: "pd.Series[Any] | None") -> None:
    found = counts(labels)
    if card.extent and found:
        _expect("", card.extent, Sizes.of(found))


def _expect(what: str, expected: object, actual: object) -> None:
    if expected is not None and expected != actual:
        shown = f"{actual} {what}".strip()
        raise DatasetError(f"it has {shown}, where its card expects {expected}")
