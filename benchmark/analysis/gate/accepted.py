"""Accepted changes: a committed file that says which findings are known, why, and until when."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from benchmark.analysis.gate.changes import Subject
from benchmark.document import Document
from benchmark.errors import SuiteError, brief, unknown

Finding = Literal["drop", "nondeterminism", "unmeasured", "time", "memory"]


def _written(value: object) -> object:
    if not isinstance(value, str | date):
        raise ValueError("write a date such as 2027-01-31")
    return value


class Accepted(BaseModel):
    """A change that is known.

    Attributes:
        dataset, strategy, model: what it is about; it covers every pair and mean that has all the
            names that are given.
        overall: it is about the mean of all pairs.
        finding: of which kind.
        drop: the largest drop that is accepted; any if None.
        reason: for the reader of the gate.
        expires: the last day on which it is accepted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: str = ""
    strategy: str = ""
    model: str = ""
    overall: bool = False
    finding: Finding = "drop"
    drop: float | None = Field(default=None, gt=0)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    expires: Annotated[date, BeforeValidator(_written)]

    @model_validator(mode="after")
    def _about_something(self) -> "Accepted":
        if bool(self.dataset or self.strategy or self.model) == self.overall:
            raise ValueError("name a dataset, a strategy or a model, or say `overall: true`")
        if self.overall and self.finding == "unmeasured":
            raise ValueError("a run that measured nothing cannot be accepted")
        return self

    @property
    def named(self) -> str:
        """What it is about."""
        names = [name for name in (self.dataset, self.strategy, self.model) if name]
        return " / ".join(names) or "all pairs"

    def covers(self, subject: Subject) -> bool:
        """Whether it is about a subject."""
        if self.overall:
            return subject.kind == "overall"
        return all(
            wanted in ("", there)
            for wanted, there in (
                (self.dataset, subject.dataset),
                (self.strategy, subject.strategy),
                (self.model, subject.model),
            )
        )


_FILE = TypeAdapter(tuple[Accepted, ...])


def beside(baseline: Path) -> Path:
    """Where the accepted changes of a baseline are, unless another file is named."""
    return baseline.with_suffix(".accepted.yaml") if baseline.name else baseline


def read(path: Path) -> tuple[Accepted, ...]:
    """Read the file; raises SuiteError with every mistake in it, each with its line."""
    document = Document.read(path, "accepted changes")
    data = document.data or []
    if not isinstance(data, list):
        raise SuiteError([f"{path.name}:1: accepted changes are a list of mappings"])
    try:
        return _FILE.validate_python(data)
    except ValidationError as error:
        raise SuiteError(_mistakes(document, error)) from error


def _mistakes(document: Document, error: ValidationError) -> list[str]:
    found = []
    for problem in error.errors(include_url=False):
        place = problem["loc"]
        if problem["type"] == "extra_forbidden":
            text = unknown("key", place[-1], Accepted.model_fields)
        elif problem["type"] == "missing":
            text = f"{place[-1]} is required"
        else:
            name = f"{place[-1]}: " if isinstance(place[-1], str) else ""
            message = problem["msg"].removeprefix("Value error, ").replace("Input should", "must")
            text = f"{name}{message}; got {brief(problem['input'])}"
        found.append(f"{document.where(place)}: {text}")
    return found
