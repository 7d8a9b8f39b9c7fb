"""Where strategies, models and metrics are registered and found by name."""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Generic, Literal, TypeVar, get_args

from benchmark.errors import BenchmarkError, unknown
from benchmark.foreign import foreign
from benchmark.types import Scoring

Level = Literal["data", "algorithm", "hybrid", "decision"]
MetricKind = Literal["label", "ranking", "probability"]
Columns = Literal["any", "encoded", "mixed"]
Rows = Literal["kept", "drawn", "made"]
Evens = Literal["", "weights", "loss", "batches", "scores", "head"]
Need = Literal["costs", "prevalence", "counts"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every registered thing has: a permanent name, a function, and words about it."""

    name: str
    function: Callable[..., Any]
    reference: str = ""
    requires: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    @property
    def details(self) -> str:
        """The documentation after its first line."""
        return (inspect.getdoc(self.function) or "").partition("\n")[2].strip()

    @property
    def module(self) -> str:
        """The module that the entry's code is in."""
        return self.function.__module__

    @property
    def missing(self) -> str:
        """The command that installs the libraries that it needs and lacks; empty if none."""
        names = [name for name in self.requires if find_spec(name) is None]
        return f"pip install {' '.join(names)}" if names else ""

    def made(self, *given: Any) -> Any:
        """What the function makes. Raises BenchmarkError where a library is missing."""
        if self.missing:
            needed = " and ".join(self.requires)
            raise BenchmarkError(f"{self.name} needs {needed}; install it with: {self.missing}")
        try:
            return self.function(*given)
        except (ImportError, OSError) as error:
            if not self.requires:
                raise
            raise BenchmarkError(f"{self.name} {_not_loaded(self.requires, error)}") from error


@dataclass(frozen=True, kw_only=True)
class Strategy(Entry):
    """A technique: `(classifier, space, task) -> classifier`.

    Attributes:
        replaces_model: it brings its own model and runs once per dataset.
        equalises: at `balance` 1 it hands on classes of equal size.
        needs_imbalance: it does nothing on classes of equal size.
        on: the columns that it takes: numbers ("encoded"), numbers and codes of categories
            ("mixed"; `task.categorical` says which), or whatever there is ("any").
        rows: what reaches the model: real rows with their weights ("kept"), rows that were made
            and have none ("made"), or samples that it draws itself ("drawn").
        row_costs: it fits with the costs of rows as their weights.
        two_classes: it needs one class of interest against the rest.
        evens: by what it makes up for the sizes of the classes, where twice would be too much.
        relabels: the model inside learns other classes than those of the dataset.
        by_class: it knows something of each class by its code, such as a cost.
        quadratic: its cost grows with the square of the rows.
    """

    level: Level
    replaces_model: bool = False
    equalises: bool = False
    needs_imbalance: bool = False
    on: Columns = "encoded"
    rows: Rows = "drawn"
    row_costs: bool = False
    two_classes: bool = False
    evens: Evens = ""
    relabels: bool = False
    by_class: bool = False
    quadratic: bool = False


@dataclass(frozen=True, kw_only=True)
class Model(Entry):
    """A classifier: `(space, task) -> classifier`.

    Attributes:
        on: "mixed" if it takes codes of categories as they are (`task.categorical`), "any" if it
            does where the suite says `categories: native`.
        two_classes: it cannot learn more than two classes.
        quadratic: its cost grows with the square of the rows.
        prefixes: of a booster, `(fitted, X, lengths) -> probabilities of its first rounds`, one
            after the other for rising numbers of rounds; `space.rounds(...)` asks for the number.
        thin: of a forest, `(unfitted, trees) -> bool`: have it grow that many at most; is it fewer?
    """

    on: Columns = "encoded"
    two_classes: bool = False
    quadratic: bool = False
    prefixes: "Callable[[Any, Any, Sequence[int]], Iterable[Any]] | None" = None
    thin: Callable[[Any, int], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Metric(Entry):
    """A measure. A label metric takes a Confusion, the others `(y, scores)`.

    NaN says that it has no value on these rows.

    Attributes:
        low, high: the range of its values.
        target: the best value, where neither a greater nor a smaller one is better.
        many: it is defined for any number of classes; scores are then of shape (rows, classes).
        each: it gives one value a class, shape (..., classes).
        needs: what of the suite it takes as keyword arguments, such as `costs`; `counts` are the
            rows of each class that there are for training.
    """

    kind: MetricKind
    many: bool = False
    each: bool = False
    needs: tuple[Need, ...] = ()
    greater_is_better: bool = True
    target: float | None = None
    low: float = 0.0
    high: float = 1.0

    @property
    def sign(self) -> int:
        """1 where a greater quality is a greater value, -1 where it is a smaller one."""
        return 1 if self.greater_is_better and self.target is None else -1

    def quality(self, values: Any) -> Any:
        """Values turned so that greater is better."""
        if self.target is not None:
            return -abs(values - self.target)
        return values if self.greater_is_better else -values

    def why_not(self, scoring: Scoring) -> str:
        """Why it is not defined for a dataset; empty where it is."""
        if not self.many and len(scoring.classes) > 2:
            return f"{self.name} needs two classes; there are {len(scoring.classes)}"
        if "costs" in self.needs and scoring.costs is None:
            return f"{self.name} needs costs: of the suite or the dataset"
        if "prevalence" in self.needs and scoring.prevalence is None:
            return f"{self.name} needs prevalence: of the suite or the dataset"
        if "counts" in self.needs and len(scoring.counts) < 3:
            return f"{self.name} needs three classes or more; there are {len(scoring.classes)}"
        return ""

    def of(self, *given: Any) -> Any:
        """The value of `(confusion, scoring)` or `(y, scores, scoring)`."""
        *values, scoring = given
        facts = {name: getattr(scoring, name) for name in get_args(Need)}
        return self.function(*values, **{need: facts[need] for need in self.needs})


def _not_loaded(requires: tuple[str, ...], error: Exception) -> str:
    """What to do about libraries that are there and cannot be loaded."""
    names = " and ".join(requires)
    if "libgomp" in str(error):
        return f"needs {names}, which needs the system package libgomp1 (apt-get install libgomp1)"
    return f"needs {names}, which cannot be loaded: {error}"


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """Entries of one kind by name."""

    def __init__(self, kind: str, entry: type[E], package: str) -> None:
        self.kind = kind
        self._entry = entry
        self._package = package
        self._entries: dict[str, E] = {}

    def register(self, name: str, **facts: Any) -> Callable[[F], F]:
        """Decorate a function to make it an entry; a name can be taken only once."""

        def decorate(function: F) -> F:
            taken = self._entries.get(name)
            if taken and (taken.module, taken.function.__qualname__) != (
                function.__module__,
                function.__qualname__,
            ):
                raise BenchmarkError(
                    f"{self.kind} {name!r} of {function.__module__} is already defined in "
                    f"{taken.module}"
                )
            self._entries[name] = self._entry(name=name, function=function, **facts)
            return function

        return decorate

    def forget(self, name: str) -> None:
        """Remove an entry, for tests and notebooks."""
        self._entries.pop(name, None)

    def discover(self) -> None:
        """Import every module of this kind's package."""
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        discover()
        return tuple(sorted(self._entries))

    def get(self, name: str) -> E:
        """The entry of that name; raises BenchmarkError with the nearest name."""
        discover()
        if name not in self._entries:
            raise BenchmarkError(unknown(self.kind, name, self._entries))
        return self._entries[name]

    def __iter__(self) -> Iterator[E]:
        return (self._entries[name] for name in self.names())


STRATEGIES = Registry("strategy", Strategy, "benchmark.catalogue.strategies")
MODELS = Registry("model", Model, "benchmark.catalogue.models")
METRICS = Registry("metric", Metric, "benchmark.catalogue.metrics")

strategy = STRATEGIES.register
model = MODELS.register
metric = METRICS.register


@cache
def discover() -> None:
    """Import the catalogue once."""
    for registry in (STRATEGIES, MODELS, METRICS):
        registry.discover()


@cache
def load_entry_points() -> None:
    """Import what other distributions registered under `benchmark.plugins`."""
    for point in entry_points(group="benchmark.plugins"):
        with foreign(f"plugin {point.name!r} = {point.value!r} cannot be imported"):
            point.load()


@cache
def load_plugin(module: str) -> None:
    """Import a plugin module named in a suite; it registers itself."""
    with foreign(f"plugin {module!r} cannot be imported"):
        import_source(module)


def import_source(module: str) -> ModuleType:
    """Import code of the user's; from here on this process leaves no bytecode behind.

    Python takes bytecode for fresh if the source has the same size and the same second: a worker
    could run the old code of a file that was edited at once after it had been imported. What a
    plugin imports later, inside a function, counts too, so the setting stays.
    """
    sys.dont_write_bytecode = True
    return importlib.import_module(module)
