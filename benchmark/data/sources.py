"""Where a dataset's rows come from: one small function for each kind of source."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.data import cards, files, mirror, openml, paths
from benchmark.data.cards import Card, File, Label, OpenML, Sklearn, Synthetic
from benchmark.data.labels import counts, key
from benchmark.errors import DatasetError, unknown
from benchmark.suite import DatasetUse


@dataclass(frozen=True, eq=False)
class Raw:
    """A table as its source has it.

    Attributes:
        frame: shape (rows, columns), the target among them.
        positive: the class of interest; None: the rarer one of two.
        folds: a column of published test folds, which is never a feature.
    """

    frame: pd.DataFrame
    target: str
    positive: Label | None
    source: str
    family: str = ""
    folds: str | None = None


def read(use: DatasetUse, folder: Path) -> Raw:
    """The raw table that a suite asks for. Raises DatasetError."""
    if paths.is_path(use.use):
        return _path(use, folder)
    known = cards.cards().get(use.use)
    if known is None:
        _refuse_params(use)
        return _mirror(use, use.use, None)
    card = cards.resolve(known, use.params)
    if isinstance(card.source, OpenML) and mirror.find(openml.mirror_name(card)):
        return _mirror(use, openml.mirror_name(card), card)
    return _card(use, card)


def _path(use: DatasetUse, folder: Path) -> Raw:
    _refuse_params(use)
    frame = files.read(folder / use.use, use.use)
    return Raw(frame, use.target or "target", use.positive, f"file:{use.use}")


def _mirror(use: DatasetUse, name: str, card: Card | None) -> Raw:
    """A file of the mirror; a 0/1 target means 1, whatever the card says of its own labels."""
    path = mirror.find(name)
    if path is None:
        raise DatasetError(unknown("dataset", name, {*cards.cards(), *mirror.names()}))
    frame = _with_folds(files.read(path, str(path)), name)
    own = "target" in frame.columns
    expected = card.target if card and card.target and not own else "target"
    target = use.target or expected
    positive = use.positive if use.positive is not None or card is None or own else card.positive
    if positive is None and set(counts(frame.get(target))) == {"0", "1"}:
        positive = 1
    if card is not None:
        _expect("rows", card.rows, len(frame))
    return Raw(frame, target, positive, "mirror", card.family if card else "", mirror.FOLD)


def _with_folds(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Join the published folds, where the mirror keeps them in a file beside the data."""
    beside = mirror.find_folds(name)
    if beside is None or mirror.FOLD in frame.columns:
        return frame
    folds = files.read(beside, str(beside))
    if mirror.FOLD not in folds.columns or len(folds) != len(frame):
        raise DatasetError(
            f"file {str(beside)!r} has no {mirror.FOLD!r} for each of {len(frame)} rows"
        )
    return frame.assign(**{mirror.FOLD: folds[mirror.FOLD].to_numpy()})


def _card(use: DatasetUse, card: Card) -> Raw:
    frame, default, names = _rows(card)
    target = use.target or card.target or default
    if target is None:
        raise DatasetError("its publisher names no single target column; set `target:`")
    if use.target in (None, card.target) and card.target in frame.columns:
        _verify(card, frame[target])
    positive = card.positive if use.positive is None else names.get(key(use.positive), use.positive)
    return Raw(frame, target, positive, card.source.kind, card.family)


def _rows(card: Card) -> tuple[pd.DataFrame, str | None, Mapping[str, Label]]:
    """The table, its publisher's target, and the class behind each number it is also known by."""
    if isinstance(card.source, Synthetic):
        return _synthetic(card.source), "target", {}
    if isinstance(card.source, Sklearn):
        return _sklearn(card.name)
    if isinstance(card.source, File):
        path = cards.folder() / card.source.path
        files.verify(path, card.checksum)
        return files.read(path, card.source.path), "target", {}
    return *openml.fetch(card), {}


def _sklearn(name: str) -> tuple[pd.DataFrame, str, Mapping[str, Label]]:
    from sklearn import datasets

    loaders = {
        "breast_cancer": datasets.load_breast_cancer, "digits": datasets.load_digits,
        "iris": datasets.load_iris, "wine": datasets.load_wine,
    }  # fmt: skip
    bunch: Any = loaders[name](as_frame=True)
    labels = np.asarray(bunch.target_names)
    frame = bunch.data.assign(target=labels[bunch.target.to_numpy()])
    return frame, "target", {str(code): label.item() for code, label in enumerate(labels)}


def _synthetic(asked: Synthetic) -> pd.DataFrame:
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples=asked.rows,
        n_features=asked.columns,
        n_informative=asked.informative,
        n_redundant=min(asked.columns // 5, asked.columns - asked.informative),
        n_clusters_per_class=asked.clusters,
        weights=[1 - asked.minority],
        flip_y=asked.label_noise,
        class_sep=max(2 - 2 * asked.overlap, 1e-12),  # zero itself is refused
        random_state=asked.seed,
    )
    return pd.DataFrame(X, columns=[f"x{i}" for i in range(asked.columns)]).assign(target=y)


def _refuse_params(use: DatasetUse) -> None:
    if use.params:
        raise DatasetError(f"a file takes no params; got {use.params!r}")


def _verify(card: Card, labels: "pd.Series[Any]") -> None:
    """Raise DatasetError, with both figures, where rows or classes are not the card's."""
    _expect("rows", card.rows, len(labels))
    if card.classes:
        _expect("rows by class", dict(card.classes), counts(labels))


def _expect(what: str, expected: object, actual: object) -> None:
    if expected is not None and expected != actual:
        raise DatasetError(f"it has {actual} {what}, where its card expects {expected}")
