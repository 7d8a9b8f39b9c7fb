"""suite.yaml → Suite, or every mistake in it at once."""

import copy
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ValidationError

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS, MODELS, STRATEGIES, load_entry_points
from benchmark.document import Document
from benchmark.errors import BenchmarkError, DatasetError, SuiteError, brief, unknown
from benchmark.suite import (
    Backend,
    CrossValidation,
    Limits,
    Suite,
    Tracking,
    Tuning,
    load_plugins,
)
from benchmark.use import DatasetUse, LongTail, Preprocess, RelatedUse, Thin, Use
from benchmark.wording import worded

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST_MISTAKES = 100


class Named(Protocol):
    """What the names of datasets stand for."""

    def check(self, use: DatasetUse, folder: Path) -> str | None:
        """What is wrong with a name, or None."""

    def expand(self, uses: Iterable[DatasetUse], folder: Path) -> list[DatasetUse]:
        """One use for each file. Raises DatasetError."""


_PARTS: dict[str, type[BaseModel]] = {
    "datasets": DatasetUse,
    "strategies": Use,
    "models": Use,
    "cv": CrossValidation,
    "tuning": Tuning,
    "limits": Limits,
    "tracking": Tracking,
    "backend": Backend,
    "preprocess": Preprocess,
    "thin": Thin,
    "long_tail": LongTail,
    "related": RelatedUse,
}


def load(path: str | Path, named: "Named", plugins: bool = True) -> Suite:
    """Read a suite file.

    Raises SuiteError with the mistakes in it: file, line, value, what is allowed.
    """
    path = Path(path)
    document = Document.read(path, "suite")
    if not isinstance(document.data, dict):
        raise SuiteError(
            [f"{path.name}:1: a suite is a mapping with name, datasets, strategies, models"]
        )
    return parse(document, path.parent, named, plugins)


def parse(document: Document, folder: Path, named: "Named", plugins: bool) -> Suite:
    """Check a parsed document in two steps: its form, then every name and parameter in it."""
    mistakes: list[tuple[int, str]] = []
    data = document.data
    while True:
        try:
            suite = Suite.model_validate(data)
            break
        except ValidationError as error:
            mistakes = mistakes or list(islice(_form(document, error), MOST_MISTAKES))
            rest = _without(data, error)
            if rest == data:
                raise SuiteError(_told(document, mistakes)) from error
            data = rest
    suite._folder = folder
    for place, text in islice(_names(suite, named, plugins), MOST_MISTAKES):
        mistakes.append(
            (document.line(place), f"{document.where(place)}: {_dotted(place)}: {text}")
        )
    if mistakes:
        raise SuiteError(_told(document, mistakes))
    try:
        return suite.with_datasets(named.expand(suite.datasets, folder))
    except DatasetError as error:
        raise SuiteError([f"{document.where(('datasets',))}: datasets: {error}"]) from error


def _told(document: Document, mistakes: list[tuple[int, str]]) -> Iterator[str]:
    """The mistakes in the order of their lines; so many that nobody reads them are cut."""
    shown = sorted(mistakes)
    yield from (text for _, text in shown[:MOST_MISTAKES])
    if len(shown) >= MOST_MISTAKES:
        line = shown[MOST_MISTAKES - 1][0]
        yield f"{document.name}:{line}: there are more mistakes; these come first"


def schema() -> dict[str, Any]:
    """The JSON Schema of a suite file, with every name of the catalogue where names are taken."""
    load_entry_points()
    found = Suite.model_json_schema(by_alias=True)
    names = {"strategies": STRATEGIES.names(), "models": MODELS.names()}
    for part, known in names.items():
        use = found["properties"][part]["items"]
        text = {"type": "string", "examples": list(known)}
        found["properties"][part]["items"] = {"anyOf": [text, use]}
    dataset = found["properties"]["datasets"]["items"]
    found["properties"]["datasets"]["items"] = {"anyOf": [{"type": "string"}, dataset]}
    found["properties"]["metrics"]["items"] = {"enum": list(METRICS.names())}
    mistakes = {"false_positive": {"type": "number"}, "false_negative": {"type": "number"}}
    by_name = {"type": "object", "properties": mistakes, "required": [*mistakes]}
    for owner in (found, found["$defs"]["DatasetUse"]):
        owner["properties"]["costs"]["anyOf"].append(by_name | {"additionalProperties": False})
    found["$defs"]["DatasetUse"]["properties"]["related"]["anyOf"].append({"type": "string"})
    for part in ("tuning", "tracking"):
        found["properties"][part]["anyOf"].append({"enum": ["off", False]})
    for part, field in (("Limits", "seconds"), ("Limits", "memory"), ("Tuning", "seconds")):
        prop = found["$defs"][part]["properties"][field]
        facts = ("type", "exclusiveMinimum", "maximum")
        amount = {name: prop.pop(name) for name in facts if name in prop}
        prop["anyOf"] = [*prop.pop("anyOf", [amount]), {"type": "string"}]
    return found


def _without(data: Any, error: ValidationError) -> Any:
    """The data without the keys that hold a mistake, to find the mistakes in the rest."""
    kept = copy.deepcopy(data)
    for problem in _problems(error):
        held: Any = kept
        owner, key = {}, ""
        for step in problem["loc"]:
            if isinstance(held, dict) and step in held:
                owner, key = held, str(step)
            elif not (isinstance(held, list) and isinstance(step, int) and step < len(held)):
                break
            held = held[step]
        owner.pop(key, None)
    return kept


def _form(document: Document, error: ValidationError) -> Iterator[tuple[int, str]]:
    """One line for each mistake of form, with its line number."""
    for problem in _problems(error):
        place = problem["loc"]
        if problem["type"] == "extra_forbidden":
            text = unknown("key", place[-1], _keys(place[:-1]))
        elif problem["type"] == "missing":
            text = worded(problem)
        else:
            keys = f" with {', '.join(_keys(place))}" if problem["type"] == "model_type" else ""
            text = f"{worded(problem)}{keys}{_given(problem)}"
            while place not in document.lines:
                place = place[:-1]
        yield document.line(place), f"{document.where(place)}: {_dotted(place) or 'suite'}: {text}"


def _keys(place: tuple[str | int, ...]) -> list[str]:
    """The keys that the part of a suite at a place may have."""
    owner = next((_PARTS[str(step)] for step in reversed(place) if str(step) in _PARTS), Suite)
    return [field.alias or name for name, field in owner.model_fields.items()]


def _given(problem: "ErrorDetails") -> str:
    """The value, unless it may hold a password, or several keys contradict each other."""
    secret = problem["loc"][:1] == ("tracking",)
    several = problem["type"] == "value_error" and isinstance(problem["input"], dict)
    return "" if secret or several else f"; got {brief(problem['input'])}"


def _problems(error: ValidationError) -> "list[ErrorDetails]":
    """What pydantic found, less the lists that are short only because their items have mistakes."""
    found = error.errors(include_url=False)
    inside = {problem["loc"][:i] for problem in found for i in range(len(problem["loc"]))}
    return [p for p in found if p["type"] != "too_short" or p["loc"] not in inside]


def _names(
    suite: Suite, named: Named, plugins: bool
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every name that is unknown, doubled or refused, with its place."""
    refused = list(_plugins(suite, plugins))
    yield from refused
    for i, metric in enumerate(suite.metrics):
        if metric not in METRICS.names():
            yield ("metrics", i), unknown("metric", metric, METRICS.names())
        elif i == 0 and METRICS.get(metric).each:
            yield ("metrics", i), f"{metric!r} gives a value a class, so it cannot choose and rank"
    yield from _doubled("datasets", suite.datasets)
    for i, dataset in enumerate(suite.datasets):
        problem = named.check(dataset, suite.folder)
        if problem:
            yield ("datasets", i), problem
    for kind, uses in (("strategies", suite.strategies), ("models", suite.models)):
        yield from _doubled(kind, uses)
        if refused and plugins:
            continue  # what a plugin would have named is not known
        for i, use in enumerate(uses):
            try:
                if ":" in use.use and not plugins:
                    raise BenchmarkError(f"{use.use!r} would run code, which --no-plugins refuses")
                compose.check(kind, use.use, use.params, tuned=suite.tuning is not None)
            except BenchmarkError as error:
                yield (kind, i), str(error)


def _plugins(suite: Suite, allowed: bool) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Load the code that a suite names, if that is allowed; say what is wrong with it."""
    try:
        if allowed:
            load_plugins(suite)
        elif suite.plugins:
            names = brief(list(suite.plugins))
            raise BenchmarkError(f"{names} would run code, which --no-plugins refuses")
    except BenchmarkError as error:
        yield ("plugins",), str(error)


def _doubled(kind: str, uses: Iterable[Use]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: set[str] = set()
    for i, use in enumerate(uses):
        if use.name in seen:
            text = f"{use.name!r} is there twice; give one of them another name with `as:`"
            yield (kind, i), text
        seen.add(use.name)


def _dotted(place: tuple[str | int, ...]) -> str:
    """Write a place as `models[1].params`."""
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{_shown(p)}" for p in place)
    return text.lstrip(".")


def _shown(key: str) -> str:
    """A key as it stands in the file, unless it is long or has what a terminal obeys."""
    return key if key.isprintable() and len(key) < 100 else brief(key)
