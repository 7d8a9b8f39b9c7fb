"""Suite: what to compare, on what, and how."""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
)

from benchmark.catalogue.registry import load_entry_points, load_plugin

_UNITS = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
          "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}  # fmt: skip
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
Scalar = str | int | float | bool


def _quantity(units: dict[str, Any], example: str) -> Callable[[object], object]:
    def parse(value: object) -> object:
        match = (
            re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", value)
            if isinstance(value, str)
            else None
        )
        if not match:
            return value
        if match[2].lower() not in units or match[1].count(".") > 1 or match[1] == ".":
            raise ValueError(f"must be a quantity such as {example}")
        amount = float(match[1]) * units[match[2].lower()]
        return amount if units is _SECONDS else int(amount)

    return parse


def _named(value: object) -> object:
    return value if isinstance(value, dict | Use) else {"use": value}


def _off(value: object) -> object:
    return None if value in ("off", False) else value


Seconds = Annotated[float, BeforeValidator(_quantity(_SECONDS, "60s or 10min")), Field(gt=0)]
Bytes = Annotated[int, BeforeValidator(_quantity(_UNITS, "4GiB or 500MB")), Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, allow_inf_nan=False
    )


class Thin(_Part):
    """Remove rows of the positive class until it has this share of all rows."""

    positive: float = Field(gt=0, lt=1)


class Use(_Part):
    """Something chosen by name, perhaps under another name, perhaps with fixed parameters."""

    use: str = Field(min_length=1, max_length=1000)
    alias: str = Field(default="", alias="as", max_length=300)
    params: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The name in every table: the alias, else what is used."""
        return self.alias or self.use


class DatasetUse(Use):
    """A dataset: a name, a path or a glob, and how to read it."""

    positive: Scalar | None = None
    thin: Thin | None = None
    target: str | None = None
    groups: str | None = None
    time: str | None = None
    drop: tuple[str, ...] = ()


class Preprocess(_Part):
    """How columns become numbers, fitted inside the fold."""

    scale: Literal["standard", "minmax", "robust", "none"] = "standard"
    categories: Literal["onehot", "ordinal"] = "onehot"


class CrossValidation(_Part):
    """The outer folds: stratified and repeated, or published in a column."""

    folds: int = Field(default=5, ge=2, le=1000)
    repeats: int = Field(default=1, ge=1, le=1000)
    column: str | None = None


class Tuning(_Part):
    """The search inside each training part."""

    trials: int = Field(default=20, ge=1, le=10_000)
    folds: int = Field(default=3, ge=2, le=100)
    seconds: Seconds | None = None


class Limits(_Part):
    """What one cell may take."""

    seconds: Seconds = 600.0
    memory: Bytes = 4 * 2**30


class Tracking(_Part):
    """Where MLflow keeps its view; by default a SQLite file in the results folder."""

    uri: str | None = None
    experiment: str | None = Field(default=None, min_length=1, max_length=250)


class Backend(_Part):
    """Where cells are computed."""

    kind: Literal["local"] = "local"
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=1024)] = "auto"


class Suite(_Part):
    """A comparison: every strategy with every model on every dataset, on the same folds."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    seed: int = Field(default=1, ge=0, lt=2**32)
    datasets: tuple[Annotated[DatasetUse, BeforeValidator(_named)], ...] = Field(min_length=1)
    strategies: tuple[Annotated[Use, BeforeValidator(_named)], ...] = Field(min_length=1)
    models: tuple[Annotated[Use, BeforeValidator(_named)], ...] = Field(min_length=1)
    metrics: tuple[str, ...] = Field(
        default=("f2", "roc_auc", "recall", "average_precision", "precision", "mcc", "brier"),
        min_length=1,
    )
    thresholds: tuple[Literal["default", "tuned"], ...] = Field(
        default=("default", "tuned"), min_length=1
    )
    preprocess: Preprocess = Preprocess()
    cv: CrossValidation = CrossValidation()
    tuning: Annotated[Tuning | None, BeforeValidator(_off)] = Tuning()
    limits: Limits = Limits()
    tracking: Annotated[Tracking | None, BeforeValidator(_off)] = Tracking()
    backend: Backend = Backend()
    plugins: tuple[str, ...] = ()

    _folder: Path = PrivateAttr(default_factory=Path)

    @field_validator("metrics", "thresholds")
    @classmethod
    def _no_doubles(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        doubled = [name for i, name in enumerate(names) if name in names[:i]]
        if doubled:
            raise ValueError(f"{doubled[0]!r} is there twice")
        return names

    @field_validator("thresholds")
    @classmethod
    def _default_first(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(names))

    @property
    def inner_folds(self) -> int:
        """Folds inside each training part; 0 where nothing is chosen there."""
        if self.tuning is None and "tuned" not in self.thresholds:
            return 0
        return (self.tuning or Tuning()).folds

    @property
    def baseline(self) -> str:
        """The name under which the suite does nothing; empty where it never does."""
        return next((use.name for use in self.strategies if use.use == "none"), "")

    @property
    def folder(self) -> Path:
        """The folder that paths in the suite are relative to."""
        return self._folder

    @property
    def experiment(self) -> str:
        """The experiment in MLflow."""
        return (self.tracking and self.tracking.experiment) or self.name

    def with_datasets(self, datasets: Iterable[DatasetUse]) -> "Suite":
        """The same suite with other datasets, such as those that a glob stands for."""
        return self.model_copy(update={"datasets": tuple(datasets)})

    @property
    def headline(self) -> str:
        """The metric that chooses and ranks."""
        return self.metrics[0]

    @property
    def rule(self) -> str:
        """The threshold that the leaderboard ranks under."""
        return "tuned" if "tuned" in self.thresholds else "default"


def load_plugins(suite: Suite) -> None:
    """Import the code that a suite names; done again in every worker."""
    folder = str(suite.folder.resolve())
    if suite.plugins and folder not in sys.path:
        sys.path.insert(0, folder)
    load_entry_points()
    for module in suite.plugins:
        load_plugin(module)
