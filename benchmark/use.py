"""What a suite says of one dataset, strategy or model."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)

from benchmark.visible import is_visible

Scalar = str | int | float | bool


def _visible(text: str) -> str:
    if not is_visible(text):
        raise ValueError("must have no control characters")
    return text


Name = Annotated[str, AfterValidator(_visible)]


def _matrix(value: object) -> object:
    """Costs of the two mistakes as a matrix: rows the class, columns the decision."""
    if not isinstance(value, dict) or "column" in value:
        return value
    if set(value) != {"false_positive", "false_negative"}:
        raise ValueError("must be a matrix, or have false_positive and false_negative")
    return ((0.0, value["false_positive"]), (value["false_negative"], 0.0))


def _costs(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    if len(matrix) < 2 or any(len(row) != len(matrix) for row in matrix):
        raise ValueError("must be a square matrix: a row for each class, a column a decision")
    if min(map(min, matrix)) < 0:
        raise ValueError("costs must be 0 or more")
    for code, row in enumerate(matrix):
        if any(cost <= row[code] for other, cost in enumerate(row) if other != code):
            raise ValueError(f"row {code + 1}: a mistake must cost more than being right")
    return matrix


CostMatrix = Annotated[
    tuple[tuple[float, ...], ...], BeforeValidator(_matrix), AfterValidator(_costs)
]
Prevalence = Annotated[float, Field(gt=0, lt=1)]


def _shape(value: object) -> object:
    """Height and width of images."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise ValueError("must be [height, width]")


Side = Annotated[int, Field(ge=1)]
ImageShape = Annotated[tuple[Side, Side], BeforeValidator(_shape)]


class Part(BaseModel):
    """A part of a suite: nothing in it is unknown, and nothing changes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )


class Preprocess(Part):
    """How columns become numbers, fitted inside the fold.

    Attributes:
        categories: "native" leaves them to the models that take them, and is "onehot" elsewhere.
        max_categories: the columns that one category may become; the rarest share one of them.
    """

    scale: Literal["standard", "minmax", "robust", "none"] = "standard"
    categories: Literal["onehot", "ordinal", "native"] = "onehot"
    max_categories: int = Field(default=100, ge=2, le=10_000)


class Thin(Part):
    """Remove rows of the positive class until it has this share of all rows."""

    positive: float = Field(gt=0, lt=1)


class LongTail(Part):
    """Thin training parts: the first class keeps `ratio` times as many rows as the last.

    Sizes fall exponentially in the order of the classes. Test parts stay as they are.
    """

    ratio: float = Field(gt=1)


class RelatedUse(Part):
    """Another dataset of the same columns and classes, to pre-train on.

    Attributes:
        use: a name or a path, no glob.
        target: where it is not the `target` of the dataset.
        drop: columns that the dataset does not have.
    """

    use: Name = Field(min_length=1, max_length=1000)
    params: dict[str, Any] = {}
    target: str | None = None
    drop: tuple[str, ...] = ()


def _related(given: object) -> object:
    return {"use": given} if isinstance(given, str) else given


def _ratio(value: object) -> object:
    """A number alone is the ratio of a long tail."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"ratio": value} if number else value


class Use(Part):
    """Something chosen by name, perhaps under another name, perhaps with fixed parameters."""

    use: Name = Field(min_length=1, max_length=1000)
    alias: Name = Field(default="", alias="as", max_length=300)
    params: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The name in every table: the alias, else what is used."""
        return self.alias or self.use


class CostColumn(Part):
    """A column that holds what it costs to get the row wrong."""

    column: str = Field(min_length=1)


def _form_of_costs(given: Any) -> str:
    by_column = isinstance(given, CostColumn) or (isinstance(given, dict) and "column" in given)
    return "column" if by_column else "matrix"


ColumnOrMatrix = Annotated[
    Annotated[CostColumn, Tag("column")] | Annotated[CostMatrix, Tag("matrix")],
    Discriminator(_form_of_costs),
]


class DatasetUse(Use):
    """A dataset: a name, a path or a glob, and how to read it.

    Attributes:
        thin: leaves fewer positives, in training and test parts alike.
        long_tail: leaves fewer rows of each class after the first, in training parts alone.
        image_shape: height and width of images whose pixels are the columns, row by row.
        related: another dataset, whose rows strategies can pre-train on.
        weights: a column with how much each row counts in a fit.
        costs, prevalence, preprocess: as the suite's, for this dataset.
    """

    positive: Scalar | None = None
    thin: Thin | None = None
    long_tail: Annotated[LongTail | None, BeforeValidator(_ratio)] = None
    image_shape: ImageShape | None = None
    related: Annotated[RelatedUse | None, BeforeValidator(_related)] = None
    target: str | None = None
    groups: str | None = None
    time: str | None = None
    weights: str | None = None
    costs: ColumnOrMatrix | None = None
    prevalence: Prevalence | None = None
    preprocess: Preprocess | None = None
    drop: tuple[str, ...] = ()

    @property
    def beside(self) -> "DatasetUse | None":
        """The related dataset as one to read."""
        if self.related is None:
            return None
        asked = self.related.model_dump()
        return DatasetUse.model_validate(asked | {"target": self.related.target or self.target})

    @property
    def cost_column(self) -> str | None:
        """The column with the cost of each row."""
        return self.costs.column if isinstance(self.costs, CostColumn) else None
