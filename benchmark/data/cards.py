"""All cards: what is known of the datasets before any of their rows is read."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from benchmark.data.card import Card, OpenML, Synthetic
from benchmark.errors import DatasetError, unknown
from benchmark.wording import worded

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where PyYAML has it


def folder() -> Path:
    """The folder of cards: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1] / "datasets"
    return package if package.is_dir() else Path(__file__).parents[2] / "datasets"


@lru_cache(maxsize=1)
def cards() -> Mapping[str, Card]:
    """Every card by name. Raises DatasetError where one is wrong or two have one name."""
    found: dict[str, Card] = {}
    for path in sorted(folder().glob("*.yaml")):
        for card in read(path):
            if card.name in found:
                raise DatasetError(f"card {path.name}: {card.name!r} is described twice")
            found[card.name] = card
    return found


def read(path: Path) -> list[Card]:
    """The card of a file, or those of a collection: shared facts, and a list `datasets`.

    Raises DatasetError that names the file, the card and the field.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # nosec B506 # a safe one
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise DatasetError(f"card {path.name} cannot be read: {_line(error)}") from error
    if isinstance(data, dict) and "datasets" in data:
        return _collection(path.name, data)
    card = _card(path.name, data)
    if card.name != path.stem:
        raise DatasetError(f"card {path.name}: name {card.name!r} differs from the file's")
    return [card]


def _collection(file: str, data: dict[str, Any]) -> list[Card]:
    """A card for each entry: what is shared, and over it the entry's own facts."""
    shared = {key: value for key, value in data.items() if key != "datasets"}
    entries = data["datasets"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DatasetError(f"card {file}: datasets must be a list of cards")
    return [_card(f"{file}: {entry.get('name')}", _merged(shared, entry)) for entry in entries]


def _merged(shared: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    own, common = entry.get("source", {}), shared.get("source", {})
    mergeable = isinstance(own, dict) and isinstance(common, dict)
    return shared | entry | {"source": common | own if mergeable else own}


def _card(where: str, data: Any) -> Card:
    try:
        return Card.model_validate(data)
    except ValidationError as error:
        raise DatasetError(f"card {where}: {_first(error)}") from error


def resolve(card: Card, params: Mapping[str, Any]) -> Card:
    """The card with a suite's parameters in it. Raises DatasetError on an unknown or wrong one."""
    allowed = parameters(card)
    if params and not allowed:
        raise DatasetError(f"{card.name} takes no params; got {dict(params)!r}")
    for name in params:
        if name not in allowed:
            raise DatasetError(unknown(f"parameter of {card.name}", name, allowed))
    data = card.model_dump()
    source = {name: value for name, value in params.items() if name in data["source"]}
    data["source"] |= source
    data |= {name: value for name, value in params.items() if name not in source}
    if data["source"].get("classes", 2) != 2:
        data["positive"] = None
    try:
        resolved = Card.model_validate(data)
    except ValidationError as error:
        raise DatasetError(f"params of {card.name}: {_first(error)}") from error
    if isinstance(resolved.source, OpenML) and resolved.source.id is None:
        raise DatasetError(
            f"{card.name} needs params: {{id: ...}}, the number in the data's address"
        )
    return resolved


def parameters(card: Card) -> tuple[str, ...]:
    """The parameters that a suite may give."""
    if isinstance(card.source, Synthetic):
        return tuple(name for name in Synthetic.model_fields if name != "kind")
    if isinstance(card.source, OpenML) and card.source.id is None:
        return ("id", "version", "checksum")
    return ()


def _first(error: ValidationError) -> str:
    """The first mistake of form, in one line."""
    problem = error.errors(include_url=False)[0]
    where = "".join(map(str, problem["loc"][-1:])) if problem["type"] != "value_error" else ""
    message = worded(problem)
    got = f"; got {problem['input']!r}" if where else ""
    return f"{where}: {message}{got}" if where else message


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
