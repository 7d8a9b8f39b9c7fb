"""Labels of any type → class codes, with the positive class as 1."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmark.errors import DatasetError, unknown
from benchmark.types import Integers

MOST_CLASSES = 100
FEW_CLASSES = 10  # that are no numbers to predict, however few the rows
_BOOLEANS = {"true": "1", "false": "0"}


def text(label: object) -> str:
    """A label in words: 8.0 is 8, however a file stores it."""
    if isinstance(label, float | np.floating) and float(label).is_integer():
        return str(int(label))
    return str(label)


def key(label: object) -> str:
    """What equal labels share: "8", 8 and 8.0; "true", True and 1."""
    words = str(label).strip()
    words = _BOOLEANS.get(words.lower(), words)
    try:
        return text(float(words))
    except ValueError:
        return words


def counts(labels: "pd.Series[Any] | None") -> dict[str, int]:
    """Rows of each label, missing ones left out, in the order of the labels.

    Raises DatasetError for values that are no labels, such as lists.
    """
    if labels is None:
        return {}
    numbers, names = _numbered(labels)
    rows = np.bincount(numbers[numbers >= 0], minlength=len(names))
    total = dict.fromkeys(sorted(names, key=_order), 0)
    for name, count in zip(names, rows, strict=True):
        total[name] += int(count)
    return total


def codes(
    labels: "pd.Series[Any]", target: str, positive: object
) -> tuple[Integers, tuple[str, ...]]:
    """Codes of shape (rows,) and the classes in words.

    With `positive` the code is 1 where the label is positive. Without, the rarer of two classes
    is positive, on a tie the larger label; more classes are numbered in the order of their
    labels. Raises DatasetError for a missing label, a single class, or as many classes as fit a
    number to predict.
    """
    _refuse_missing(labels, target)
    found = counts(labels)
    _refuse_twins(found, target)
    if len(found) < 2:
        raise DatasetError(f"target {target!r} has one class only, {next(iter(found))!r}")
    if positive is None and len(found) > 2:
        return _many(labels, found, target)
    chosen = _rarer(found) if positive is None else _match(positive, found, target)
    others = [name for name in found if name != chosen]
    rest = others[0] if len(others) == 1 else "rest"
    numbers, names = _numbered(labels)
    is_positive = np.array([name == chosen for name in names], dtype=np.int64)
    return is_positive[numbers], (rest, chosen)


def matched(labels: "pd.Series[Any]", target: str, codes: Mapping[str, int]) -> Integers:
    """The codes of labels among known ones, shape (rows,): by their exact words, else by value.

    Raises DatasetError for a missing label and for one that is not known.
    """
    _refuse_missing(labels, target)
    numbers, names = _numbered(labels)
    known = [_match(name, codes, target, "class") for name in names]
    return np.array([codes[name] for name in known], dtype=np.int64)[numbers]


def _many(
    labels: "pd.Series[Any]", found: dict[str, int], target: str
) -> tuple[Integers, tuple[str, ...]]:
    if len(found) > MOST_CLASSES or len(found) > max(FEW_CLASSES, len(labels) / 2):
        raise DatasetError(
            f"target {target!r} has {len(found)} classes in {len(labels)} rows; at most "
            f"{MOST_CLASSES} and half of the rows may be: is it a number to predict? Choose one "
            "class against the rest with `positive:`"
        )
    numbers, names = _numbered(labels)
    code = {name: i for i, name in enumerate(found)}
    return np.array([code[name] for name in names])[numbers], tuple(found)


def _numbered(labels: "pd.Series[Any]") -> tuple[Integers, list[str]]:
    """A number for each row, -1 where the label is missing, and the words behind each number."""
    try:
        numbers, uniques = pd.factorize(labels)
    except TypeError as error:
        raise DatasetError(f"target {labels.name!r} holds no labels: {error}") from error
    return numbers, [text(label) for label in uniques]


def _refuse_missing(labels: "pd.Series[Any]", target: str) -> None:
    missing = np.flatnonzero(labels.isna().to_numpy())
    if len(missing):
        raise DatasetError(
            f"target {target!r} misses {len(missing)} of {len(labels)} labels, "
            f"the first in row {missing[0] + 1}"
        )


def _refuse_twins(found: Iterable[str], target: str) -> None:
    """Raise DatasetError for two labels that differ by spaces, or for words by capitals, alone."""
    known: dict[str, str] = {}
    for name in found:
        bare = name.strip()
        twin = known.setdefault(bare.casefold() if len(bare) > 1 else bare, name)
        if twin != name:
            raise DatasetError(
                f"target {target!r} has the labels {twin!r} and {name!r}, which differ by spaces "
                "or capitals alone; write them alike"
            )


def _rarer(found: dict[str, int]) -> str:
    """The first of the fewest, from the largest label down."""
    return min(reversed(found), key=lambda name: found[name])


def _match(wanted: object, found: Iterable[str], target: str, kind: str = "positive class") -> str:
    """The class that is meant: by its exact words, else by its value."""
    names = list(found)
    if text(wanted) in names:
        return text(wanted)
    same = [name for name in names if key(name) == key(wanted)]
    if len(same) == 1:
        return same[0]
    hint = unknown(kind, wanted, names)
    listed = "" if "known:" in hint else f" Classes: {_listed(names)}"
    raise DatasetError(f"target {target!r}: {hint}{listed}")


def _order(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)


def _listed(names: Iterable[str]) -> str:
    listed = [repr(name) for name in names]
    return ", ".join(listed[:12]) + (", …" if len(listed) > 12 else "")
