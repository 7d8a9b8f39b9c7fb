"""Suite: what to compare, on what, and how."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from benchmark.catalogue.registry import load_entry_points, load_plugin
from benchmark.quantities import Bytes, Seconds
from benchmark.types import Scoring
from benchmark.use import CostColumn, CostMatrix, DatasetUse, Part, Preprocess, Prevalence, Use

MAX_WORKERS = 1024
LEAST_MEMORY = 16 * 2**20  # with less, libraries end their process rather than say so
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{p}{i}" for p in ("COM", "LPT") for i in range(10))}
RULES = ("default", "tuned", "cost", "prior")


def _named(value: object) -> object:
    return value if isinstance(value, dict | Use) else {"use": value}


def _workers(value: object) -> object:
    """One mistake, where a union would make two."""
    if value == "auto":
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_WORKERS:
        return value
    raise ValueError(f"must be 'auto' or a whole number from 1 to {MAX_WORKERS}")


def _off(value: object) -> object:
    return None if value in ("off", False) else value


class CrossValidation(Part):
    """The outer folds: stratified and repeated, or published in a column."""

    folds: int = Field(default=5, ge=2, le=1000)
    repeats: int = Field(default=1, ge=1, le=1000)
    column: str | None = None


class Tuning(Part):
    """The search inside each training part.

    Attributes:
        prune: give a trial up after an inner fold, or a part of the first one's rows, where it
            cannot win any more.
    """

    trials: int = Field(default=20, ge=1, le=10_000)
    prune: bool = True
    folds: int = Field(default=3, ge=2, le=100)
    seconds: Seconds | None = None


class Limits(Part):
    """What one cell may take.

    Attributes:
        cpus, gpus: what a cell asks of its node on a Ray cluster, which may be a part of one; a
            cell has one thread in any case.
    """

    seconds: Seconds = 600.0
    memory: Bytes = 4 * 2**30
    cpus: float = Field(default=1, gt=0, le=1024)
    gpus: float = Field(default=0, ge=0, le=64)

    @field_validator("memory")
    @classmethod
    def _enough(cls, amount: int) -> int:
        if amount < LEAST_MEMORY:
            raise ValueError("must be 16MiB or more")
        return amount

    @field_validator("cpus", "gpus")
    @classmethod
    def _part_or_whole(cls, amount: float) -> float:
        if amount > 1 and amount != int(amount):
            raise ValueError("must be a part of one, or a whole number")
        if 0 < amount < 0.0001:
            raise ValueError("must be 0.0001 or more, the least that Ray counts")
        return amount


class Tracking(Part):
    """Where MLflow keeps its view; by default a SQLite file in the results folder."""

    uri: str | None = None
    experiment: str | None = Field(default=None, min_length=1, max_length=250)


class Backend(Part):
    """Where cells are computed: on this machine, or on a Ray cluster.

    Attributes:
        workers: how many cells at once; `auto` is one a processor, or all that a cluster holds.
        share: prepare and resample the same rows once for all fits that want them.
        address: of a Ray cluster: `auto` finds the one that this machine is in, `local` starts one
            on this machine alone.
    """

    kind: Literal["local", "ray"] = "local"
    workers: Annotated[
        Literal["auto"] | Annotated[int, Field(ge=1, le=MAX_WORKERS)], BeforeValidator(_workers)
    ] = "auto"
    share: bool = True
    address: str = Field(default="local", min_length=1, max_length=300)

    @model_validator(mode="after")
    def _address_of_ray(self) -> Self:
        if self.kind == "local" and self.address != "local":
            raise ValueError("an address is for kind 'ray'")
        return self


class Suite(Part):
    """A comparison: every strategy with every model on every dataset, on the same folds.

    Attributes:
        fit_seed: another seed for samplers, models and searches alone; data and folds stay.
        device: where networks and XGBoost compute; the rest computes on the processor.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    seed: int = Field(default=1, ge=0, lt=2**32)
    fit_seed: int | None = Field(default=None, ge=0, lt=2**32)
    datasets: tuple[Annotated[DatasetUse, BeforeValidator(_named)], ...] = Field(min_length=1)
    strategies: tuple[Annotated[Use, BeforeValidator(_named)], ...] = Field(min_length=1)
    models: tuple[Annotated[Use, BeforeValidator(_named)], ...] = Field(min_length=1)
    metrics: tuple[str, ...] = Field(
        default=("f2", "roc_auc", "recall", "average_precision", "precision", "mcc", "brier"),
        min_length=1,
    )
    thresholds: tuple[Literal["default", "tuned", "cost", "prior"], ...] = Field(
        default=("default", "tuned"), min_length=1
    )
    costs: CostMatrix | None = None
    prevalence: Prevalence | None = None
    preprocess: Preprocess = Preprocess()
    cv: CrossValidation = CrossValidation()
    tuning: Annotated[Tuning | None, BeforeValidator(_off)] = Tuning()
    limits: Limits = Limits()
    tracking: Annotated[Tracking | None, BeforeValidator(_off)] = Tracking()
    backend: Backend = Backend()
    device: Literal["cpu", "cuda"] = "cpu"
    plugins: tuple[str, ...] = ()

    _folder: Path = PrivateAttr(default_factory=Path)

    @field_validator("name")
    @classmethod
    def _name_of_a_folder(cls, name: str) -> str:
        if name.endswith(".") or name.partition(".")[0].upper() in DEVICES or name == "mlflow.db":
            raise ValueError("must be a name that a folder can have on every system")
        return name

    @model_validator(mode="after")
    def _shares_of_a_node(self) -> Self:
        on_ray = self.backend.kind == "ray"
        for name in ("cpus", "gpus"):
            if not on_ray and getattr(self.limits, name) != Limits.model_fields[name].default:
                raise ValueError(f"limits.{name} is for backend kind 'ray'")
        if on_ray and self.device == "cuda" and not self.limits.gpus:
            raise ValueError(
                "device is 'cuda' and limits.gpus is 0, so Ray would hide every GPU; give it a "
                "share"
            )
        return self

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
        return tuple(sorted(names, key=RULES.index))

    @property
    def seed_of_fits(self) -> int:
        """The seed that samplers, models and searches draw from."""
        return self.seed if self.fit_seed is None else self.fit_seed

    @property
    def inner_folds(self) -> int:
        """Folds inside each training part; 0 where nothing is chosen there."""
        if self.tuning is None and self.thresholds == ("default",):
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
        return rule_of(self.thresholds)

    def use_of(self, dataset: str) -> DatasetUse | None:
        """What the suite says of a dataset."""
        return next((use for use in self.datasets if use.name == dataset), None)

    def preprocess_of(self, dataset: str) -> Preprocess:
        """How the columns of a dataset become numbers."""
        use = self.use_of(dataset)
        return (use.preprocess if use else None) or self.preprocess

    def scoring(
        self, dataset: str, classes: tuple[str, ...], counts: tuple[int, ...] = ()
    ) -> Scoring:
        """What a dataset's cells are scored with: the suite's settings, or the dataset's own."""
        use = self.use_of(dataset)
        own = None if use is None or isinstance(use.costs, CostColumn) else use.costs
        by_row = use is not None and use.cost_column is not None
        alike = tuple(tuple(float(i != j) for j in classes) for i in classes)
        return Scoring(
            metrics=self.metrics,
            thresholds=self.thresholds,
            classes=classes,
            costs=alike if by_row else own or self.costs,
            row_costs=by_row,
            prevalence=(use.prevalence if use else None) or self.prevalence,
            counts=counts,
        )


def rule_of(thresholds: Sequence[str]) -> str:
    """The threshold that a leaderboard ranks under: the tuned one, else the first."""
    return "tuned" if "tuned" in thresholds else thresholds[0]


def load_plugins(suite: Suite) -> None:
    """Import the code that a suite names; done again in every worker."""
    folder = str(suite.folder.resolve())
    if suite.plugins and folder not in sys.path:
        sys.path.insert(0, folder)
    load_entry_points()
    for module in suite.plugins:
        load_plugin(module)
