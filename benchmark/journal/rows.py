"""What a journal has of a cell, of an import, and of what was sent to a tracking store."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmark.types import Cell, Scores

EXTERNAL = "external"


@dataclass(frozen=True)
class Keyed:
    """A planned cell with the keys that its outcome is found by."""

    cell: Cell
    fit_key: str
    score_key: str


@dataclass(frozen=True)
class Known:
    """What decides whether an outcome still stands."""

    status: str
    score_key: str
    limit_seconds: float
    limit_memory: int


@dataclass(frozen=True)
class Row:
    """What the journal knows of a planned cell without its predictions and details.

    Attributes:
        status: "pending" where no outcome with the cell's key has been computed.
        seconds: wall seconds of all stages, search included.
        inner: threshold → headline metric of the inner folds, turned so that more is better.
        error: why it is not ok.
    """

    cell: Cell
    status: str
    scores: Scores
    fit_key: str
    score_key: str
    invocation: str
    seconds: float = 0.0
    inner: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Import:
    """Whose outcome, computed elsewhere, has a key. Its model is called EXTERNAL."""

    fit_key: str
    dataset: str
    strategy: str


@dataclass(frozen=True)
class Sent:
    """What a tracking store was given: of which content, as which run, and whether all arrived."""

    digest: str
    run_id: str
    complete: bool
