"""Strategies and models by import path: `package.module:Class`."""

import inspect
from typing import Any

from sklearn.base import BaseEstimator

from benchmark.catalogue.registry import Model, Strategy, import_source
from benchmark.catalogue.resampling import Foreign, Resampled
from benchmark.errors import BenchmarkError
from benchmark.foreign import foreign
from benchmark.space import Scope
from benchmark.types import Task


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    with foreign(f"import path {path!r} cannot be imported"):
        found = getattr(import_source(module), name)
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
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BenchmarkError(f"{cls.__name__} refuses its parameters: {reason}") from error


def imported_strategy(path: str) -> Strategy:
    """A class with `fit_resample` as a sampler, one with `predict` as an ensemble or a model."""
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
    if sampler:
        return Strategy(name=path, function=wrap, level="data", rows="made")
    return Strategy(name=path, function=wrap, level="hybrid", replaces_model=own)


def imported_model(path: str) -> Model:
    """A class with `predict`."""
    cls = _imported(path)
    if not hasattr(cls, "predict"):
        raise BenchmarkError(f"{path!r} has no predict, so it is no model")

    def construct(space: Scope, task: Task) -> Any:
        return _instance(cls, "model.", space, task)

    construct.__doc__, construct.__module__ = cls.__doc__, cls.__module__
    return Model(name=path, function=construct)
