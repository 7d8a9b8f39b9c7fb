"""Names → pipelines: composites with `+`, import paths, fixed parameters."""

import inspect
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.registry import (
    MODELS,
    STRATEGIES,
    Model,
    Strategy,
    import_source,
)
from benchmark.catalogue.resampling import Foreign, Resampled
from benchmark.errors import BenchmarkError
from benchmark.space import Defaults, Parameter, Scope, Space
from benchmark.types import Task

_DEPTH = {"decision": 2, "data": 1, "hybrid": 1, "algorithm": 0}


def strategies(name: str) -> tuple[Strategy, ...]:
    """The parts of `a+b`, outermost first. Raises BenchmarkError if they make no sense together."""
    if ":" in name:
        return (_imported_strategy(name),)
    parts = tuple(STRATEGIES.get(part.strip()) for part in name.split("+"))
    for i, (outer, inner) in enumerate(pairwise(parts), 1):
        if "none" in (outer.name, inner.name):
            raise BenchmarkError(f"{name!r}: 'none' does nothing in a combination")
        if outer in parts[i:]:
            raise BenchmarkError(f"{name!r}: {outer.name!r} is there twice")
        if outer.replaces_model:
            raise BenchmarkError(f"{name!r}: {outer.name!r} brings its own model, so it comes last")
        if _DEPTH[outer.level] < _DEPTH[inner.level]:
            raise BenchmarkError(
                f"{name!r}: {outer.level} level {outer.name!r} cannot wrap {inner.level} level "
                f"{inner.name!r}; write {inner.name}+{outer.name}"
            )
    return parts


def model(name: str) -> Model:
    """The model of that name or import path."""
    return _imported_model(name) if ":" in name else MODELS.get(name)


def replaces_model(name: str) -> bool:
    """Whether a strategy brings its own model."""
    return strategies(name)[-1].replaces_model


def build(
    strategy: str, model_name: str, space: Space, strategy_task: Task, model_task: Task
) -> Any:
    """Build the unfitted classifier of a pair. Raises Incompatible where it cannot be."""
    classifier = None
    if not replaces_model(strategy):
        classifier = model(model_name).function(space.scoped("model"), model_task)
    return _wrapped(classifier, strategies(strategy), space, strategy_task)


def _wrapped(classifier: Any, parts: tuple[Strategy, ...], space: Space, task: Task) -> Any:
    """The classifier inside all parts; a composite's parameters carry the name of their part."""
    scope = space.scoped("strategy")
    for part in reversed(parts):
        inner = scope.scoped(part.name) if len(parts) > 1 else scope
        classifier = part.function(classifier, inner, task)
    return classifier


def fixed(strategy_params: Mapping[str, Any], model_params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that a suite fixes, under their scoped names."""
    scoped = _flat(strategy_params, "strategy.")
    return scoped | _flat(model_params, "model.")


def parameters(kind: str, name: str, params: Mapping[str, Any] | None = None) -> list[Parameter]:
    """What an entry asks for; raises BenchmarkError for a fixed value that it cannot take."""
    task = Task(seed=0, class_counts=(90, 10), n_columns=2)
    space: Space
    if kind == "models":
        space = Defaults(_flat(params or {}, "model."))
        model(name).function(space.scoped("model"), task)
    else:
        space = Defaults(_flat(params or {}, "strategy."))
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


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        found = getattr(import_source(module), name)
    except Exception as error:
        raise BenchmarkError(f"import path {path!r} cannot be imported: {error}") from error
    if not isinstance(found, type):
        raise BenchmarkError(f"import path {path!r} is {found!r}; it must name a class")
    return found


def _instance(cls: Any, prefix: str, space: Scope, task: Task, **given: Any) -> Any:
    """Construct a foreign class from the fixed parameters, with a seed where it takes one."""
    params = {
        key.removeprefix(prefix): value
        for key, value in space.fixed.items()
        if key.startswith(prefix)
    } | given
    accepted = inspect.signature(cls).parameters
    if "random_state" in accepted:
        params.setdefault("random_state", task.seed)
    try:
        return cls(**params)
    except (TypeError, ValueError) as error:
        raise BenchmarkError(f"{cls.__name__} refuses its parameters: {error}") from error


def _imported_strategy(path: str) -> Strategy:
    cls = _imported(path)

    def wrap(classifier: Any, space: Scope, task: Task) -> Any:
        if hasattr(cls, "fit_resample"):
            sampler = _instance(cls, "strategy.", space, task)
            cloneable = isinstance(sampler, BaseEstimator)
            return Resampled(sampler if cloneable else Foreign(sampler), classifier)
        if "estimator" in inspect.signature(cls).parameters:
            return _instance(cls, "strategy.", space, task, estimator=classifier)
        return _instance(cls, "strategy.", space, task)

    wrap.__doc__, wrap.__module__ = cls.__doc__, cls.__module__
    if not hasattr(cls, "fit_resample") and not hasattr(cls, "predict"):
        raise BenchmarkError(f"{path!r} has neither fit_resample nor predict, so it is no strategy")
    sampler = hasattr(cls, "fit_resample")
    own = not sampler and "estimator" not in inspect.signature(cls).parameters
    level = "data" if sampler else "hybrid"
    return Strategy(name=path, function=wrap, level=level, replaces_model=own)  # type: ignore[arg-type]  # one of the levels


def _imported_model(path: str) -> Model:
    cls = _imported(path)
    if not hasattr(cls, "predict"):
        raise BenchmarkError(f"{path!r} has no predict, so it is no model")

    def construct(space: Scope, task: Task) -> Any:
        return _instance(cls, "model.", space, task)

    construct.__doc__, construct.__module__ = cls.__doc__, cls.__module__
    return Model(name=path, function=construct)
