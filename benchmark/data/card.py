"""Card: where a dataset comes from, what is expected of it, and whom to thank."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from benchmark.use import ImageShape

Label = str | int | float | bool


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sklearn(_Part):
    """A classification set that ships with scikit-learn, under the card's name."""

    kind: Literal["sklearn"]


class Synthetic(_Part):
    """What make_classification is asked for; `overlap` runs from 0 (apart) to 1 (same centres).

    Attributes:
        minority: share of the last class; the others share the rest evenly.
        categorical: so many columns, the last ones, are cut into five words of as many rows.
        missing: share of cells that are left out.
    """

    kind: Literal["synthetic"]
    rows: int = Field(default=2000, ge=10, le=100_000_000)
    columns: int = Field(default=20, ge=2, le=100_000)
    minority: float = Field(default=0.05, gt=0, le=0.5)
    overlap: float = Field(default=0.5, ge=0, le=1)
    label_noise: float = Field(default=0.0, ge=0, le=1)
    clusters: int = Field(default=2, ge=1, le=64)
    classes: int = Field(default=2, ge=2, le=50)
    categorical: int = Field(default=0, ge=0)
    missing: float = Field(default=0.0, ge=0, lt=1)
    seed: int = Field(default=1, ge=0, lt=2**32)

    @property
    def informative(self) -> int:
        """Columns that carry the classes: half of them, and enough corners for every cluster."""
        return max(self.columns // 2, (self.classes * self.clusters - 1).bit_length())

    @model_validator(mode="after")
    def _fits(self) -> "Synthetic":
        if self.informative > self.columns:
            raise ValueError(
                f"{self.clusters} clusters need {self.informative} columns; got {self.columns}"
            )
        if self.categorical > self.columns:
            raise ValueError(f"{self.columns} columns cannot have {self.categorical} categorical")
        if self.rows * self.minority < self.clusters:
            raise ValueError(
                f"{self.rows} rows with a minority of {self.minority:g} "
                f"are too few for {self.clusters} clusters"
            )
        return self


class OpenML(_Part):
    """A data set of openml.org; without an id, the suite says which.

    Attributes:
        last: so many rows at its end are the set, such as a published test part.
    """

    kind: Literal["openml"]
    id: int | None = Field(default=None, ge=1)
    last: int | None = Field(default=None, ge=1)


class File(_Part):
    """A file of any format that a suite may name, relative to the folder of the cards."""

    kind: Literal["file"]
    path: str = Field(min_length=1)


class Download(_Part):
    """A file on the web, or one member of an archive there; `{name}` stands for the card's name."""

    kind: Literal["download"]
    url: str = Field(pattern=r"^https?://[^/]+/.+")
    member: str = ""


class Sizes(_Part):
    """How many classes there are, and the rows of the largest and of the smallest."""

    number: int = Field(ge=1)
    largest: int = Field(ge=1)
    smallest: int = Field(ge=1)

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Sizes":
        """What rows by class amount to."""
        rows = counts.values()
        return cls(number=len(rows), largest=max(rows), smallest=min(rows))

    def __str__(self) -> str:
        return f"{self.number} classes of {self.largest} to {self.smallest} rows"

    def fit(self, rows: int) -> bool:
        """Whether so many rows can have classes of these sizes."""
        others, rest = self.number - 2, rows - self.largest - self.smallest
        return others * self.smallest <= rest <= others * self.largest


class Card(_Part):
    """Where a dataset comes from, what is expected of it, and whom to thank.

    Attributes:
        version: of the data, as its publisher counts.
        checksum: "md5:..." or "sha256:..." of the file, as its publisher gives it.
        target: the column to predict; None: as the publisher says.
        positive: the class of interest; None: the rarer one of two.
        family: datasets of one family share rows and are not independent.
        rows, classes: the expected number of rows, and of rows of each label.
        sizes: what is expected of the classes where only their extremes are published.
        image_shape: height and width of images whose pixels are the columns, row by row.
        mirror: the file of an offline mirror that has the same data, if not the card's name.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    source: Annotated[Sklearn | Synthetic | OpenML | File | Download, Field(discriminator="kind")]
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
    sizes: Sizes | None = None
    image_shape: ImageShape | None = None
    mirror: str = ""

    @field_validator("classes", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return {str(k): v for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _agrees(self) -> "Card":
        if self.classes and self.sizes:
            raise ValueError("classes and sizes say the same; leave one out")
        if self.rows and self.extent and not self.extent.fit(self.rows):
            raise ValueError(f"{self.rows} rows cannot be {self.extent}")
        if self.classes and self.positive is not None and str(self.positive) not in self.classes:
            raise ValueError(f"positive {self.positive!r} is none of its classes")
        return self

    @property
    def extent(self) -> Sizes | None:
        """What is expected of the classes, however the card says it."""
        return Sizes.of(self.classes) if self.classes else self.sizes

    @property
    def mirrored_as(self) -> str | None:
        """The name under which an offline mirror serves it; None if it needs no download."""
        if self.mirror or isinstance(self.source, Download):
            return self.mirror or self.name
        if isinstance(self.source, OpenML):
            return f"openml_{self.source.id}" if self.name == "openml" else self.name
        return None
