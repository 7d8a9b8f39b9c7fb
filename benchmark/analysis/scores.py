"""A table of scores on its way to a test: families, missing cells, float noise.

Everywhere in the statistics such a table has a row for each dataset (or family, or fold), a column
for each treatment (a strategy, or a strategy with its model), and more is better.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from benchmark.errors import BenchmarkError, unknown
from benchmark.types import Floats

Policy = Literal["drop", "worst"]
DECIMALS = 10  # what differs by less is float noise, which would break ties
HAIR = 1e-9  # what a missing score lies below the worst one: the last rank, the same gain
NAMED = 5  # treatments that a note names before it counts the others


@dataclass(frozen=True, eq=False)
class Complete:
    """Scores without a gap.

    Attributes:
        note: what was done about missing scores, in one line; empty where none was missing.
        missing: treatment → on how many rows it had no score.
    """

    scores: pd.DataFrame
    note: str
    missing: Mapping[Hashable, int]


def label(treatment: Hashable) -> str:
    """A treatment in words, such as "smote + svm"."""
    return " + ".join(map(str, treatment)) if isinstance(treatment, tuple) else str(treatment)


def by_family(scores: pd.DataFrame, families: Mapping[str, str]) -> pd.DataFrame:
    """The mean over the datasets of each family; a dataset without one is a family of its own.

    A treatment that lacks one dataset of a family lacks the family: means over other datasets
    than the others' would not compare.
    """
    keys = [(families.get(name, ""), families.get(name) or name) for name in scores.index]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    grouped = scores.groupby([numbers[key] for key in keys])
    means = grouped.mean().where(grouped.count().eq(grouped.size(), axis=0))
    return means.set_axis([name for _, name in numbers], axis=0)


def complete(
    scores: pd.DataFrame, policy: Policy, unit: str = "datasets", ceiling: float = np.inf
) -> Complete:
    """Close the gaps: NaN and infinite scores.

    `drop` leaves out every treatment with a gap. `worst` puts a gap just below the worst score of
    its row, so that it ranks last there and its gain is that of the worst. Rows where nothing was
    measured are left out by both. `unit` is what the note calls the rows; what is put in for a gap
    lies below `ceiling` too.
    """
    if policy not in get_args(Policy):
        raise BenchmarkError(unknown("policy for missing cells", policy, get_args(Policy)))
    values = scores.to_numpy(dtype=np.float64)
    measured = np.isfinite(values).any(axis=1)
    kept, rows = values[measured], scores.index[measured]
    finite = np.isfinite(kept)
    gaps = (~finite).sum(axis=0)
    counted = zip(scores.columns, gaps.tolist(), strict=True)
    missing: dict[Hashable, int] = {treatment: count for treatment, count in counted if count}
    said = [] if measured.all() else [f"nothing measured on: {_listed(scores.index[~measured])}"]
    if missing:
        said.append(_said(missing, policy, len(kept), unit))
    note = "; ".join(said)
    if policy == "drop":
        full = gaps == 0
        return Complete(pd.DataFrame(kept[:, full], rows, scores.columns[full]), note, missing)
    floor = kept.min(axis=1, where=finite, initial=ceiling) - HAIR
    filled = np.where(finite, kept, floor[:, np.newaxis])
    return Complete(pd.DataFrame(filled, rows, scores.columns), note, missing)


def _said(missing: Mapping[Hashable, int], policy: Policy, rows: int, unit: str) -> str:
    action = {"drop": "left out", "worst": "counted as the worst where missing"}[policy]
    gaps = [f"{label(name)} (missing on {n} of {rows} {unit})" for name, n in missing.items()]
    return f"{policy}: {action}: {_listed(gaps)}"


def _listed(names: Iterable[Hashable]) -> str:
    """The first few names, and how many there are beside them."""
    named = [label(name) for name in names]
    more = [f"and {len(named) - NAMED} more"] if len(named) > NAMED else []
    return ", ".join(named[:NAMED] + more)


def values_of(scores: pd.DataFrame) -> Floats:
    """The scores, shape (rows, treatments), without float noise; raises where one is missing."""
    values = scores.to_numpy(dtype=np.float64)
    gaps = np.argwhere(~np.isfinite(values))
    if len(gaps):
        row, column = gaps[0]
        raise BenchmarkError(
            f"{label(scores.columns[column])} has the score {values[row, column]} on "
            f"{label(scores.index[row])}; missing cells need a policy: drop or worst"
        )
    return np.round(values, DECIMALS)
