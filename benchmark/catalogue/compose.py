"""Names → pipelines: composites with `+`, columns of categories, fixed parameters."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Any

from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.encoded import Encoded
from benchmark.catalogue.heldout import is_out_of_reach
from benchmark.catalogue.imported import imported_model, imported_strategy
from benchmark.catalogue.registry import MODELS, STRATEGIES, Model, Strategy
from benchmark.catalogue.wrapper import takes_weights
from benchmark.errors import BenchmarkError, Incompatible
from benchmark.foreign import foreign
from benchmark.space import Defaults, Parameter, Space
from benchmark.types import Task


@dataclass(frozen=True, eq=False)
class Columns:
    """How a pair meets the columns.

    Attributes:
        encoder: makes encoded columns of numbers of categories; None where the columns that
            arrive are encoded already.
        native: whether models that can take numbers of categories as they are.
    """

    encoder: Any = None
    native: bool = False


_DEPTH = {"decision": 2, "data": 1, "hybrid": 1, "algorithm": 0}


# A new head forgets how the body was taught, and a loss that knows the weights takes them off.
_ONCE = ({"head", "loss"}, {"head", "batches"}, {"weights", "loss"})


def strategies(name: str) -> tuple[Strategy, ...]:
    """The parts of `a+b`, outermost first. Raises BenchmarkError if they make no sense together."""
    if ":" in name:
        return (imported_strategy(name),)
    parts = tuple(STRATEGIES.get(part.strip()) for part in name.split("+"))
    for i, (outer, inner) in enumerate(pairwise(parts), 1):
        if "none" in (outer.name, inner.name):
            raise BenchmarkError(f"{name!r}: 'none' does nothing in a combination")
        if outer in parts[i:]:
            raise BenchmarkError(f"{name!r}: {outer.name!r} is there twice")
        if outer.replaces_model:
            raise BenchmarkError(f"{name!r}: {outer.name!r} brings its own model, so it comes last")
        if outer.on == "encoded" and inner.on == "mixed":
            raise BenchmarkError(
                f"{name!r}: {inner.name!r} needs categories as they are, so it comes first: "
                f"{inner.name}+{outer.name}"
            )
        if _DEPTH[outer.level] < _DEPTH[inner.level]:
            raise BenchmarkError(
                f"{name!r}: {outer.level} level {outer.name!r} cannot wrap {inner.level} level "
                f"{inner.name!r}; write {inner.name}+{outer.name}"
            )
    for outer, inner in combinations(parts, 2):
        if outer.evens and inner.evens and {outer.evens, inner.evens} not in _ONCE:
            raise BenchmarkError(
                f"{name!r}: {outer.name!r} and {inner.name!r} both make up for the sizes of the "
                "classes, so that rare ones would count too much"
            )
        if outer.relabels and inner.by_class:
            raise BenchmarkError(
                f"{name!r}: inside {outer.name!r} a model learns other classes than those that "
                f"{inner.name!r} knows"
            )
    return parts


def model(name: str) -> Model:
    """The model of that name or import path."""
    return imported_model(name) if ":" in name else MODELS.get(name)


def replaces_model(name: str) -> bool:
    """Whether a strategy brings its own model."""
    return strategies(name)[-1].replaces_model


def meets_categories(strategy: str, model_name: str, *, native: bool) -> bool:
    """Whether a pair is given numbers of categories instead of encoded columns."""
    parts = strategies(strategy)
    if any(part.on == "mixed" for part in parts):
        return True
    return all(part.on == "any" for part in parts) and _is_native(parts, model_name, native)


def build(
    strategy: str,
    model_name: str,
    space: Space,
    strategy_task: Task,
    model_task: Task,
    columns: Columns = Columns(),
) -> Any:
    """Build the unfitted classifier of a pair. Raises Incompatible where it cannot be."""
    parts = strategies(strategy)
    _refuse(parts, strategy_task)
    met = _meeting_categories(parts, model_name, columns)
    classifier = None
    if not parts[-1].replaces_model:
        plain = model_task if met > len(parts) else replace(model_task, categorical=())
        classifier = _model(model_name, space, plain)
    made = _wrapped(classifier, parts, space, strategy_task, columns.encoder, met)
    if model_task.related_rows and is_out_of_reach(made):
        raise Incompatible("related rows have other classes than the model learns in this strategy")
    return made


def _model(name: str, space: Space, task: Task) -> Any:
    entry = model(name)
    if entry.two_classes and task.n_classes > 2:
        raise Incompatible(f"{name} learns two classes; there are {task.n_classes}")
    classifier = entry.made(space.scoped("model"), task)
    if task.weighted and not takes_weights(classifier):
        raise Incompatible(f"{name} takes no weights of rows, which this dataset has")
    return classifier


def _refuse(parts: tuple[Strategy, ...], task: Task) -> None:
    """Raise Incompatible for a strategy that cannot take what the dataset has."""
    for part in parts:
        if part.two_classes and task.n_classes > 2:
            raise Incompatible(f"{part.name} needs two classes; there are {task.n_classes}")
        if part.rows == "made" and (task.weighted or task.row_costs):
            what = "weight" if task.weighted else "cost"
            raise Incompatible(f"{part.name} makes rows, which have no {what} in this dataset")
        if part.rows != "kept" and task.weighted:
            raise Incompatible(f"{part.name} hands no weights of rows on, which this dataset has")


def _meeting_categories(parts: tuple[Strategy, ...], model_name: str, columns: "Columns") -> int:
    """How many parts, from the outermost, meet numbers of categories; one more with the model."""
    if columns.encoder is None:
        return 0
    last = max((i for i, part in enumerate(parts) if part.on == "mixed"), default=-1)
    inner = parts[last + 1 :]
    if all(part.on == "any" for part in inner) and _is_native(parts, model_name, columns.native):
        return len(parts) + 1
    return last + 1


def _is_native(parts: tuple[Strategy, ...], model_name: str, native: bool) -> bool:
    """Whether the model itself takes numbers of categories."""
    if parts[-1].replaces_model:
        return False
    on = model(model_name).on
    return on == "mixed" or (on == "any" and native)


def _wrapped(
    classifier: Any,
    parts: tuple[Strategy, ...],
    space: Space,
    task: Task,
    encoder: Any = None,
    met: int = 0,
) -> Any:
    """The classifier inside all parts; a composite's parameters carry the name of their part.

    The first `met` parts meet numbers of categories; `encoder` goes between them and the rest.
    """
    scope = space.scoped("strategy")
    encoded = replace(task, categorical=())
    for i, part in reversed([*enumerate(parts)]):
        if i + 1 == met:
            classifier = Encoded(encoder, classifier)
        inner = scope.scoped(part.name) if len(parts) > 1 else scope
        classifier = part.made(classifier, inner, task if i < met else encoded)
    return classifier


def fixed(strategy_params: Mapping[str, Any], model_params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a suite fixes, under their scoped names."""
    scoped = _flat(strategy_params, "strategy.")
    return scoped | _flat(model_params, "model.")


def parameters(kind: str, name: str, params: Mapping[str, Any] | None = None) -> list[Parameter]:
    """What an entry asks for; raises BenchmarkError for a fixed value that it cannot take."""
    task = Task(seed=0, class_counts=(90, 10), n_columns=2)
    space = Defaults(_flat(params or {}, "model." if kind == "models" else "strategy."))
    with (
        suppress(Incompatible),  # raised by an entry once it has asked for its parameters
        foreign(f"{name!r} cannot be built"),
    ):
        if kind == "models":
            model(name).made(space.scoped("model"), task)
        else:
            _wrapped(LogisticRegression(), strategies(name), space, task)
    if ":" not in name:
        space.refuse_unasked()
    return list(space.asked.values())


def check(kind: str, name: str, params: Mapping[str, Any], *, tuned: bool) -> None:
    """Raise BenchmarkError with what is wrong with an entry as a suite uses it."""
    asked = {p.name: p for p in parameters(kind, name, params)}
    if kind == "models":
        return
    parts = strategies(name)
    values = _flat(params, "strategy.")
    for i, outer in enumerate(parts[:-1]):
        inner = next((part for part in parts[i + 1 :] if part.needs_imbalance), None)
        balance = f"strategy.{outer.name}.balance"
        searched = tuned and balance in asked and balance not in values
        if outer.equalises and inner and not searched and values.get(balance, 1.0) == 1.0:
            raise BenchmarkError(
                f"{name!r}: {outer.name!r} makes the classes equal, so {inner.name!r} does "
                f"nothing; set params {{{outer.name}.balance: 0.5}} or tune"
            )


def _flat(params: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Write nested parameters with dotted names."""
    found: dict[str, Any] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
