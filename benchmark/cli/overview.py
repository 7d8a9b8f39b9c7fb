"""What there is to compare on, as plain data, without reading a row."""

from typing import Any
from urllib.parse import urlsplit

from benchmark.data import cards, mirror
from benchmark.data.card import Card, Download, OpenML


def datasets() -> list[dict[str, Any]]:
    """Every dataset that a card or the mirror knows, by name; what is not known is None."""
    known = cards.cards()
    names = sorted({*known, *mirror.names()})
    return [_carded(known[name]) if name in known else _mirrored(name) for name in names]


def _carded(card: Card) -> dict[str, Any]:
    sizes = card.extent
    return {
        "name": card.name,
        "summary": card.description,
        "rows": card.rows,
        "classes": sizes.number if sizes else None,
        "imbalance_ratio": round(sizes.largest / sizes.smallest, 2) if sizes else None,
        "family": card.family or None,
        "source": _source(card),
    }


def _source(card: Card) -> str:
    """Where it comes from, and whether the mirror stands in for that."""
    served = card.mirrored_as is not None and mirror.find(card.mirrored_as) is not None
    return f"{_origin(card)} (mirror)" if served else _origin(card)


def _origin(card: Card) -> str:
    if isinstance(card.source, OpenML):
        return f"openml.org {card.source.id or ''}".strip()
    if isinstance(card.source, Download):
        return urlsplit(card.source.url).netloc
    return card.source.kind


def _mirrored(name: str) -> dict[str, Any]:
    """A file of the mirror that no card describes."""
    unknown = dict.fromkeys(("rows", "classes", "imbalance_ratio", "family"))
    return {"name": name, "summary": "Served by the offline mirror.", **unknown, "source": "mirror"}
