"""A file of predictions that were made elsewhere → Predictions; all mistakes in it at once.

Columns: dataset, repeat, fold and row (counted from 0), with `score` of the positive class or
`score_<class>` for each of many classes, or with `label`, the class decided for. Optional: `part`,
where `inner` marks out-of-fold scores of training rows beside those of `test` rows; `fingerprint`
and `y`, which are checked; `training` and `trained_in`, which are not.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.data.labels import key, text
from benchmark.engine.points import reduced
from benchmark.engine.splits import Fold
from benchmark.errors import BenchmarkError, unknown
from benchmark.types import Dataset, Floats, Integers, Predictions, Scored, ScoreKind

Place = tuple[str, int, int]
MOST_MISTAKES = 20
FINGERPRINT = 12  # of its 64 characters, to be found in files
PARTS = ("test", "inner")
_PLACES = ("repeat", "fold", "row")
_WORDS = ("dataset", "fingerprint", "y", "training", "trained_in", "part", "label")
_GREATEST = 2**53
_MOST_DIGITS = 300
_SUM_TOLERANCE = 0.01  # probabilities may be rounded


@dataclass(frozen=True, eq=False)
class Target:
    """What predictions are for."""

    dataset: Dataset
    folds: Sequence[Fold]

    @property
    def columns(self) -> list[str]:
        """Where the scores are: one column for two classes, else one for each."""
        classes = self.dataset.classes
        return ["score"] if len(classes) == 2 else [f"score_{name}" for name in classes]


def predictions_in(
    path: Path, targets: Mapping[str, Target], kind: ScoreKind | None
) -> dict[Place, Predictions]:
    """The predictions of every dataset, repeat and fold that the file has.

    `kind` says what scores are; None takes them for probabilities where they may be some.
    Raises BenchmarkError with a line for each mistake.
    """
    frame = _table(path)
    frame = frame.loc[:, [not str(name).startswith("Unnamed: ") for name in frame.columns]]
    _raise(path, _column_mistakes(frame, targets, kind))
    _raise(path, _entry_mistakes(frame))
    numbers = {name: pd.to_numeric(frame[name]).astype(np.int64) for name in _PLACES}
    frame = frame.assign(dataset=frame["dataset"].astype(str), **numbers)
    found: dict[Place, Predictions] = {}
    mistakes: list[str] = [] if len(frame) else ["it holds no predictions"]
    for name, entries in frame.groupby("dataset", sort=False):
        if name not in targets:
            mistakes.append(unknown("dataset", name, targets))
            continue
        read = _Read(targets[str(name)], entries, kind)
        mistakes += [f"dataset {name!r}: {mistake}" for mistake in read.mistakes()]
        found |= {} if mistakes else read.predictions()
    _raise(path, mistakes)
    return found


class _Read:
    """What a file says of one dataset."""

    def __init__(self, target: Target, entries: pd.DataFrame, kind: ScoreKind | None) -> None:
        self._dataset, self._entries, self._asked = target.dataset, entries, kind
        self._kind: ScoreKind = "label" if "label" in entries else kind or "probability"
        self._columns = ["label"] if "label" in entries else target.columns
        inner = entries["part"] == "inner" if "part" in entries else np.zeros(len(entries), bool)
        self._inner = np.asarray(inner)
        self._rows: Integers = entries["row"].to_numpy()
        at = entries.groupby(["repeat", "fold"]).indices
        self._places = cast("dict[tuple[int, int], Integers]", at)
        self._folds = {(fold.repeat, fold.fold): fold for fold in target.folds}

    def mistakes(self) -> Iterator[str]:
        """Everything that is wrong, a line each."""
        missing = [name for name in self._columns if name not in self._entries]
        if missing:
            yield f"no column {missing[0]!r}"
            return
        yield from self._mistaken_identity()
        if self._asked is None and self._kind == "probability" and _only_0_and_1(self._values):
            yield "all scores are 0 or 1: give them as a column 'label', or say --kind probability"
        for (repeat, number), at in self._places.items():
            fold = self._folds.get((repeat, number))
            if fold is None:
                yield f"the suite has no repeat {repeat} fold {number}"
                continue
            for mistake in self._fold_mistakes(fold, at):
                yield f"repeat {repeat} fold {number}: {mistake}"

    def predictions(self) -> dict[Place, Predictions]:
        """The predictions of each fold, test rows in the order of the fold."""
        return {
            (self._dataset.name, *place): self._predictions(self._folds[place], at)
            for place, at in self._places.items()
        }

    def _predictions(self, fold: Fold, at: Integers) -> Predictions:
        test, inner = at[~self._inner[at]], at[self._inner[at]]
        test = test[np.argsort(self._rows[test])]
        test = test[np.searchsorted(self._rows[test], fold.test)]
        inner = inner[np.argsort(self._rows[inner])]
        scored = Scored(self._kind, self._values[test], self._values[inner])
        y, costs, oof = self._dataset.y, self._dataset.row_costs, self._rows[inner]
        known = (None, None) if costs is None else (costs[fold.test], costs[oof])
        whole = Predictions(fold.test, y[fold.test], oof, y[oof], scored, scored, *known)
        return reduced(whole, len(fold.train))

    @cached_property
    def _values(self) -> Floats:
        """Scores of shape (entries,) or (entries, classes), or class codes; NaN is a mistake."""
        if self._kind == "label":
            codes = _codes(self._entries["label"], self._dataset.classes)
            return np.where(codes < 0, np.nan, codes)
        values = np.column_stack([_numbers(self._entries[name]) for name in self._columns])
        return values[:, 0] if len(self._columns) == 1 else values

    def _mistaken_identity(self) -> Iterator[str]:
        """Whether the predictions are for other data."""
        if "fingerprint" not in self._entries:
            return
        own = self._dataset.fingerprint
        for said in self._entries["fingerprint"].astype(str).unique():
            if len(said) < FINGERPRINT or not own.startswith(said):
                yield (
                    f"the predictions are for data with fingerprint {said!r}, "
                    f"the suite's has {own[:FINGERPRINT]!r}: export the folds again"
                )

    def _fold_mistakes(self, fold: Fold, at: Integers) -> Iterator[str]:
        test, inner = at[~self._inner[at]], at[self._inner[at]]
        yield from _row_mistakes(self._rows[test], fold.test, "test")
        yield from _told(np.setdiff1d(fold.test, self._rows[test]), "is missing")
        yield from _row_mistakes(self._rows[inner], fold.train, "training")
        yield from self._value_mistakes(at)
        if "y" in self._entries:
            inside = at[(self._rows[at] >= 0) & (self._rows[at] < len(self._dataset.y))]
            said = _codes(self._entries["y"].iloc[inside], self._dataset.classes)
            other = said != self._dataset.y[self._rows[inside]]
            yield from _told(self._rows[inside][other], "has another y in the dataset")

    def _value_mistakes(self, at: Integers) -> Iterator[str]:
        rows, values = self._rows[at], self._values[at].reshape(len(at), -1)
        finite = np.isfinite(values).all(axis=1)
        if self._kind == "label":
            known = ", ".join(self._dataset.classes[:12])
            yield from _told(rows[~finite], f"has a label that is none of {known}")
            return
        yield from _told(rows[~finite], "has no finite score")
        if self._kind == "decision":
            return
        hint = "if scores are no probabilities, say --kind decision"
        outside = finite & ((values < 0) | (values > 1)).any(axis=1)
        yield from _told(rows[outside], f"has a score outside [0, 1]; {hint}")
        if len(self._columns) > 1:
            off = finite & ~outside & (np.abs(values.sum(axis=1) - 1) > _SUM_TOLERANCE)
            yield from _told(rows[off], f"has scores that do not sum to 1; {hint}")


def _table(path: Path) -> pd.DataFrame:
    """The file as it is; names, labels and fingerprints as text."""
    if path.suffix not in (".csv", ".parquet"):
        raise BenchmarkError(f"file {str(path)!r}: must be .csv or .parquet")
    if path.exists() and not path.is_file():  # a pipe would wait for ever
        raise BenchmarkError(f"file {str(path)!r} is no regular file")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path).reset_index(drop=True)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The 'float_precision'")  # exact before 3.1
            return pd.read_csv(
                path,
                encoding="utf-8-sig",
                converters=dict.fromkeys(_WORDS, str),
                float_precision="round_trip",
                low_memory=False,
            )
    except FileNotFoundError as error:
        raise BenchmarkError(f"no file {str(path)!r}") from error
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BenchmarkError(f"file {str(path)!r} is damaged or not a table: {reason}") from error


def _column_mistakes(
    frame: pd.DataFrame, targets: Mapping[str, Target], kind: ScoreKind | None
) -> Iterator[str]:
    scores = {name for target in targets.values() for name in target.columns}
    known = {*_PLACES, *_WORDS, *scores}
    needed = ("dataset", *_PLACES)
    yield from (f"no column {name!r}" for name in needed if name not in frame)
    yield from (unknown("column", name, known) for name in frame.columns if name not in known)
    scored = sorted(scores.intersection(frame.columns))
    if "label" in frame and scored:
        yield f"give either labels or scores; it has columns 'label' and {scored[0]!r}"
    if "label" not in frame and not scored:
        yield f"no scores; give a column {' or '.join(map(repr, [*sorted(scores)[:3], 'label']))}"
    if "label" in frame and kind not in (None, "label"):
        yield f"it has labels, where --kind {kind} asks for scores"
    if "label" not in frame and kind == "label":
        yield "no column 'label', which --kind label asks for"


def _entry_mistakes(frame: pd.DataFrame) -> Iterator[str]:
    for name in _PLACES:
        numbers = _numbers(frame[name])
        numbers = np.where(np.isfinite(numbers), numbers, -1)
        whole = (numbers >= 0) & (numbers <= _GREATEST) & (numbers % 1 == 0)
        yield from _first(frame[name], ~whole, "a whole number from 0")
    if "part" in frame:
        wrong = ~frame["part"].isin(PARTS).to_numpy()
        yield from _first(frame["part"], wrong, " or ".join(PARTS))


def _first(column: "pd.Series[Any]", wrong: NDArray[np.bool_], allowed: str) -> Iterator[str]:
    """A line for all entries of a column that are wrong."""
    at = np.flatnonzero(wrong)
    if len(at):
        value = column.iloc[at[0]]
        yield f"entry {at[0] + 1}{_more(at)}: {column.name} is {value!s:.50}, not {allowed}"


def _row_mistakes(rows: Integers, allowed: Integers, part: str) -> Iterator[str]:
    values, counts = np.unique(rows, return_counts=True)
    yield from _told(values[counts > 1], "is there twice")
    yield from _told(np.setdiff1d(values, allowed), f"is no {part} row of this fold")


def _told(rows: Integers, what: str) -> Iterator[str]:
    """A line for all rows that share a mistake."""
    if len(rows):
        yield f"row {rows[0]}{_more(rows)} {what}"


def _more(found: Integers) -> str:
    return f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""


def _numbers(column: "pd.Series[Any]") -> Floats:
    """Values as numbers; NaN for what is none."""
    try:
        numbers = pd.to_numeric(column, errors="coerce")
        return numbers.to_numpy(np.float64, na_value=np.nan)
    except OverflowError:  # a whole number that no type holds
        return _numbers(column.astype(str).where(column.astype(str).str.len() < _MOST_DIGITS))


def _codes(said: "pd.Series[Any]", classes: Sequence[str]) -> Integers:
    """Class codes; -1 for what is no class."""
    numbers, uniques = pd.factorize(said)
    codes = {key(name): code for code, name in enumerate(classes)}
    codes |= {name: code for code, name in enumerate(classes)}
    known = [codes.get(text(word), codes.get(key(word), -1)) for word in uniques]
    return np.array([*known, -1])[numbers]


def _only_0_and_1(scores: Floats) -> bool:
    return bool(np.isin(scores, (0.0, 1.0)).all())


def _raise(path: Path, found: Iterable[str]) -> None:
    """Raise BenchmarkError with the first mistakes and the number of all, if there are any."""
    mistakes = list(found)
    lines = [f"{path}: {mistake}" for mistake in mistakes[:MOST_MISTAKES]]
    if len(mistakes) > MOST_MISTAKES:
        lines.append(f"{path}: {len(mistakes) - MOST_MISTAKES:,} more mistakes")
    if lines:
        raise BenchmarkError("\n".join(lines))
