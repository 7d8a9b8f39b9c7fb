"""A catalogue entry or dataset as plain data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.catalogue import compose
from benchmark.catalogue.registry import (
    METRICS,
    MODELS,
    STRATEGIES,
    Entry,
    Metric,
    load_entry_points,
)
from benchmark.data import load as data
from benchmark.data import mirror, paths
from benchmark.errors import DatasetError, unknown
from benchmark.space import Parameter

if TYPE_CHECKING:
    from benchmark.data.facts import Facts


def names(kind: str) -> Sequence[str]:
    """All names of a kind: dataset, strategy, model or metric."""
    load_entry_points()
    if kind == "dataset":
        return data.names()
    catalogue = {"strategy": STRATEGIES.names, "model": MODELS.names, "metric": METRICS.names}
    return catalogue[kind]()


def describe(kind: str, name: str) -> dict[str, Any]:
    """What there is to know about an entry; raises BenchmarkError for an unknown name."""
    load_entry_points()
    if kind == "dataset":
        return _dataset(name)
    if kind == "metric":
        metric = METRICS.get(name)
        return _entry(metric) | _metric_facts(metric)
    if kind == "model":
        return _entry(MODELS.get(name)) | {"parameters": _parameters("models", name)}
    parts = compose.strategies(name)
    facts = {
        "level": parts[0].level,
        "replaces_model": parts[-1].replaces_model,
        "columns": parts[0].on,
        "rows": parts[0].rows,
        "classes": "two" if any(part.two_classes for part in parts) else "any number",
    }
    return (
        _entry(parts[0]) | {"name": name} | facts | {"parameters": _parameters("strategies", name)}
    )


def _metric_facts(metric: Metric) -> dict[str, Any]:
    """Its range, its direction, and what it needs."""
    target = {} if metric.target is None else {"best": metric.target}
    return {
        "kind": metric.kind,
        "range": f"{metric.low:g} to {metric.high:g}",
        **(target or {"greater_is_better": metric.greater_is_better}),
        "classes": "any number" if metric.many else "two",
        "needs": list(metric.needs),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "summary": entry.summary,
        "details": entry.details,
        "reference": entry.reference,
        "requires": list(entry.requires),
        "install": entry.missing,
    }


def inspect(name: str, target: str | None, positive: str | None) -> tuple["Facts | None", str]:
    """The facts of a dataset, or why a set that has a name cannot be read.

    Raises DatasetError for a file.
    """
    from benchmark.data.facts import facts
    from benchmark.use import DatasetUse

    use = DatasetUse(use=name, target=target, positive=positive)
    try:
        return facts(data.load(use, Path(), seed=0)), ""
    except DatasetError as error:
        if paths.is_path(name):
            raise
        return None, str(error)


def _dataset(name: str) -> dict[str, Any]:
    """The card of a dataset; a file and a set of the mirror may have none."""
    if paths.is_path(name):
        return _file(name)
    file = mirror.find(name)
    if name not in data.carded():
        if file is None:
            raise DatasetError(unknown("dataset", name, data.names()))
        return {"name": name, "summary": "Served by the offline mirror.", "source": str(file)}
    card = data.card(name)
    return {"name": card.name, "summary": card.description} | card.model_dump(
        mode="json", exclude={"name", "description"}, exclude_none=True
    )


def _file(path: str) -> dict[str, Any]:
    problem = paths.problem(path, Path())
    if problem is not None:
        raise DatasetError(problem)
    return {"name": paths.stem(path), "summary": "A file.", "source": path}


def _parameters(kind: str, name: str) -> list[dict[str, Any]]:
    entries = [compose.model(name)] if kind == "models" else compose.strategies(name)
    if any(entry.missing for entry in entries):
        return []
    return [_parameter(p) for p in compose.parameters(kind, name)]


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter under the name that `params:` takes."""
    return {
        "name": parameter.short_name,
        "kind": parameter.kind,
        "range": parameter.range,
        "default": parameter.default,
        "tuned": parameter.tune,
    }
