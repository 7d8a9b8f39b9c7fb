"""What all charts share: views, colours, axes, and names that Plotly takes for text only."""

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.journal.rows import EXTERNAL

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
PALETTE = (BLUE, VERMILION, GREEN, "#CC79A7", "#E69F00", "#56B4E9")  # Okabe and Ito, 2008
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
INK, MUTED, PAPER, MIDDLE = "$ink", "$muted", "$paper", "$middle"  # the page fills these in
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
LONGEST_LABEL, LONGEST_HOVER = 30, 120
LONGEST_LIST = 6
OWN = "own"  # the model of a strategy that brings its own
LONE = (OWN, EXTERNAL)
ROW_PIXELS = 24


@dataclass(frozen=True)
class View:
    """One way to look at a chart: its choice in the list, its finding in words, its figure."""

    label: str
    finding: str
    data: Sequence[dict[str, Any]]
    layout: dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart with at least one view, or the reason why there is none.

    Attributes:
        note: how to read it.
        wide: it needs the width of a desk; a phone scrolls it sideways.
    """

    name: str
    subject: str
    views: Sequence[View] = ()
    note: str = ""
    missing: str = ""
    wide: bool = False


def short(name: str, longest: int = LONGEST_LABEL) -> str:
    """A name cut in the middle, so that its two ends still tell it from others."""
    if len(name) <= longest:
        return name
    kept = longest - 1
    return f"{name[: kept - kept // 3]}…{name[-(kept // 3) :]}"


def label(name: str, longest: int = LONGEST_LABEL) -> str:
    """A name for ticks and legends, where Plotly would take `<b>` or `<a href>` for markup."""
    return html.escape(short(name, longest), quote=False)


def hover(*lines: str) -> str:
    """Lines of text for a hover box, escaped like `label`."""
    return "<br>".join(label(line, LONGEST_HOVER) for line in lines if line)


def pair_name(strategy: str, model: str) -> str:
    """How a pair is called in words; a strategy that is its own model stands alone."""
    if model == EXTERNAL:
        return f"{strategy} (external)"
    return strategy if model == OWN else f"{strategy} + {model}"


def in_words(name: str) -> str:
    """A name for a sentence."""
    return short(name, 60)


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many there are beside them."""
    more = f" and {len(names) - LONGEST_LIST} more" if len(names) > LONGEST_LIST else ""
    return ", ".join(map(in_words, names[:LONGEST_LIST])) + more


def colour(index: int) -> str:
    """The colour of a series; after six the symbols differ."""
    return PALETTE[index % len(PALETTE)]


def symbol(index: int) -> str:
    """The symbol of a series, so that no colour stands alone."""
    return SYMBOLS[(index + index // len(SYMBOLS)) % len(SYMBOLS)]


def axis(title: str, **others: Any) -> dict[str, Any]:
    """An axis with its title."""
    return {
        "title": {"text": title, "standoff": 12},
        "automargin": True,
        "zeroline": False,
    } | others


def named_axis(
    names: Sequence[str], title: str, longest: int = LONGEST_LABEL, **others: Any
) -> dict[str, Any]:
    """An axis of names at 0, 1, …: as numbers, so that Plotly reads no date into a name."""
    return axis(
        title,
        type="linear",
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[label(name, longest) for name in names],
        **others,
    )


def rows_layout(
    names: Sequence[str], title: str, value_axis: dict[str, Any], longest: int = LONGEST_LABEL
) -> dict[str, Any]:
    """The layout of a chart with one row a name, the first on top."""
    bottom, top = len(names) - 0.5, -0.5
    return {
        "height": 150 + ROW_PIXELS * len(names),
        "yaxis": named_axis(names, title, longest, range=[bottom, top]),
        "xaxis": value_axis,
        "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
    }


def signed(value: float, form: str = "+.3f") -> str:
    """A gain with its sign; none where it is nothing."""
    text = format(value, form)
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def percent(share: float) -> str:
    """`5 %`."""
    return f"{share * 100:.0f} %"


def plain(value: Any) -> Any:
    """Plain data for JSON: no NumPy, no NaN, five digits."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | None):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    return [plain(item) for item in value]
