"""Cards: what is known of a dataset before any of it is read."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from benchmark.errors import DatasetError, unknown

Label = str | int | float | bool


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sklearn(_Part):
    """A classification set that ships with scikit-learn, under the card's name."""

    kind: Literal["sklearn"]


class Synthetic(_Part):
    """What make_classification is asked for; `overlap` runs from 0 (apart) to 1 (same centres)."""

    kind: Literal["synthetic"]
    rows: int = Field(default=2000, ge=10, le=100_000_000)
    columns: int = Field(default=20, ge=2, le=100_000)
    minority: float = Field(default=0.05, gt=0, le=0.5)
    overlap: float = Field(default=0.5, ge=0, le=1)
    label_noise: float = Field(default=0.0, ge=0, le=1)
    clusters: int = Field(default=2, ge=1, le=64)
    seed: int = Field(default=1, ge=0, lt=2**32)

    @property
    def informative(self) -> int:
        """Columns that carry the classes: half of them, and enough corners for every cluster."""
        return max(self.columns // 2, (2 * self.clusters - 1).bit_length())

    @model_validator(mode="after")
    def _fits(self) -> "Synthetic":
        if self.informative > self.columns:
            raise ValueError(
                f"{self.clusters} clusters need {self.informative} columns; got {self.columns}"
            )
        if self.rows * self.minority < self.clusters:
            raise ValueError(
                f"{self.rows} rows with a minority of {self.minority:g} "
                f"are too few for {self.clusters} clusters"
            )
        return self


class OpenML(_Part):
    """A data set of openml.org; without an id, the suite says which."""

    kind: Literal["openml"]
    id: int | None = Field(default=None, ge=1)


class File(_Part):
    """A CSV or Parquet file, relative to the folder of the cards."""

    kind: Literal["file"]
    path: str = Field(min_length=1)


class Card(_Part):
    """Where a dataset comes from, what is expected of it, and whom to thank.

    Attributes:
        version: of the data, as its publisher counts.
        checksum: "md5:..." (OpenML) or "sha256:..." (files).
        target: the column to predict; None: as the publisher says.
        positive: the class of interest; None: the rarer one of two.
        family: datasets of one family share rows and are not independent.
        rows, classes: the expected number of rows, and of rows of each label.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    source: Annotated[Sklearn | Synthetic | OpenML | File, Field(discriminator="kind")]
    version: int | None = Field(default=None, ge=1)
    checksum: str | None = Field(default=None, pattern=r"^(md5|sha256):[0-9a-fA-F]+$")
    target: str | None = None
    positive: Label | None = None
    family: str = ""
    licence: str = ""
    citation: str = ""
    description: str = ""
    rows: int | None = None
    classes: dict[str, int] = {}

    @field_validator("classes", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value


def folder() -> Path:
    """The folder of cards: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1] / "datasets"
    return package if package.is_dir() else Path(__file__).parents[2] / "datasets"


@lru_cache(maxsize=1)
def cards() -> Mapping[str, Card]:
    """Every card by name. Raises DatasetError where one is wrong."""
    return {card.name: card for card in map(read, sorted(folder().glob("*.yaml")))}


def read(path: Path) -> Card:
    """Read one card. Raises DatasetError that names the file and the field."""
    try:
        card = Card.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DatasetError(f"card {path.name} cannot be read: {_line(error)}") from error
    except ValidationError as error:
        raise DatasetError(f"card {path.name}: {_first(error)}") from error
    if card.name != path.stem:
        raise DatasetError(f"card {path.name}: name {card.name!r} differs from the file's")
    return card


def resolve(card: Card, params: Mapping[str, Any]) -> Card:
    """The card with a suite's parameters in it. Raises DatasetError on an unknown or wrong one."""
    allowed = parameters(card)
    if params and not allowed:
        raise DatasetError(f"{card.name} takes no params; got {dict(params)!r}")
    for name in params:
        if name not in allowed:
            raise DatasetError(unknown(f"parameter of {card.name}", name, allowed))
    data = card.model_dump()
    source = {name: value for name, value in params.items() if name in data["source"]}
    data["source"] |= source
    data |= {name: value for name, value in params.items() if name not in source}
    try:
        resolved = Card.model_validate(data)
    except ValidationError as error:
        raise DatasetError(f"params of {card.name}: {_first(error)}") from error
    if isinstance(resolved.source, OpenML) and resolved.source.id is None:
        raise DatasetError(
            f"{card.name} needs params: {{id: ...}}, the number in the data's address"
        )
    return resolved


def parameters(card: Card) -> tuple[str, ...]:
    """The parameters that a suite may give."""
    if isinstance(card.source, Synthetic):
        return tuple(name for name in Synthetic.model_fields if name != "kind")
    if isinstance(card.source, OpenML) and card.source.id is None:
        return ("id", "version", "checksum")
    return ()


def _first(error: ValidationError) -> str:
    """The first mistake of form, in one line."""
    problem = error.errors(include_url=False)[0]
    where = str(problem["loc"][-1]) if problem["type"] != "value_error" else ""
    message = problem["msg"].removeprefix("Value error, ").replace("Input should", "must")
    got = f"; got {problem['input']!r}" if where else ""
    return f"{where}: {message}{got}" if where else message


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
