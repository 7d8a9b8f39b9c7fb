"""Text that was probably meant as numbers; a reader that finds one word makes a column words."""

import re

import numpy as np
import pandas as pd

LOOKED_AT = 10_000  # rows with a word
LEAST = 10  # different numbers; fewer are grades and counts, such as "1", "2", "3+"
MOST = 0.5  # of the words
SHOWN = 3
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_WRITTEN = re.compile(
    r"[-+]?[$€£]?\s?(?:\d{1,3}(?:[,'. ]\d{3})+|\d+)(?:[.,]\d+)?\s?[%€$£]?", re.ASCII
)


def doubts(X: pd.DataFrame) -> list[str]:
    """A line for each of the first columns of words that look like numbers, and one for more."""
    texts = [column for column in X.columns if X[column].dtype == object]
    found = {column: doubt for column in texts if (doubt := _doubt(X[column]))}
    lines = [
        f"column {column!r} holds numbers {doubt}: it is read as {X[column].nunique():,} categories"
        for column, doubt in [*found.items()][:SHOWN]
    ]
    left = len(found) - SHOWN
    return [*lines, f"{left} more columns of words look like numbers"] if left > 0 else lines


def _doubt(column: "pd.Series[str]") -> str:
    words = column.dropna().iloc[:LOOKED_AT].unique()
    are_numbers = np.array([_NUMBER.fullmatch(word) is not None for word in words], dtype=bool)
    least = max(LEAST, MOST * len(words))
    others = words[~are_numbers]
    if not len(others):
        return ""
    if are_numbers.sum() > least:
        row = int(np.flatnonzero(column.to_numpy() == others[0])[0]) + 1
        return f"and words, such as {others[0]!r} in row {row}"
    written = [word for word in others if _WRITTEN.fullmatch(word)]
    return f"that are written like {written[0]!r}" if len(written) > least else ""
