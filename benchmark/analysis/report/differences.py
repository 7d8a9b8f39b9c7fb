"""The critical-difference diagram of Demšar (JMLR 7, 2006)."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmark.analysis.report.figures import (
    BLUE,
    INK,
    MUTED,
    VERMILION,
    View,
    axis,
    hover,
    in_words,
    label,
)
from benchmark.analysis.scores import Complete
from benchmark.analysis.stats import cliques, critical_difference
from benchmark.wording import counted

LEVEL = 0.16  # height of a name
LONGEST_NAME = 27
BAR = 0.1  # height of a bar that joins a group
Drawing = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def diagram(choice: str, ranks: "pd.Series[float]", found: Complete) -> View | None:
    """Mean ranks, the best first, with a bar over each group that cannot be told apart.

    None where no two ranks can differ by the critical difference.
    """
    names, values = [str(name) for name in ranks.index], ranks.tolist()
    difference = critical_difference(len(names), len(found.scores))
    if difference > len(names) - 1:
        return None
    places = {name: place for place, name in enumerate(names)}
    groups = [[places[str(name)] for name in group] for group in cliques(ranks, difference)]
    below = 0.25 + BAR * len(groups)
    shapes, notes = _named(names, values, below)
    shapes += [_bar(values, group, -0.12 - BAR * number) for number, group in enumerate(groups)]
    shapes.append(_line(values[0], 0.28, values[0] + difference, 0.28, 3, VERMILION))
    notes.append(
        {
            "x": values[0] + difference / 2,
            "y": 0.4,
            "text": f"critical difference {difference:.2f}",
            "showarrow": False,
        }
    )
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": [0] * len(values),
        "text": [hover(name) for name in names],
        "hovertemplate": "%{text}<br>mean rank %{x:.2f}<extra></extra>",
        "marker": {"color": INK, "size": 6},
    }
    layout = _layout(values, difference, below + LEVEL * ((len(names) + 1) // 2))
    layout |= {"shapes": shapes, "annotations": notes}
    return View(choice, _finding(names, groups, difference), [points], layout)


def _named(names: Sequence[str], values: Sequence[float], below: float) -> Drawing:
    """A line from each rank to its name: the better half on the left, the worse on the right."""
    shapes, notes = [], []
    margin = 0.06 * _span(values)
    for place, (name, rank) in enumerate(zip(names, values, strict=True)):
        left = place < (len(names) + 1) // 2
        depth = -below - LEVEL * (place if left else len(names) - 1 - place)
        edge = values[0] - margin if left else values[-1] + margin
        shapes += [_line(rank, 0, rank, depth), _line(rank, depth, edge, depth)]
        notes.append(
            {
                "x": edge,
                "y": depth,
                "text": f"{label(name, LONGEST_NAME)} {rank:.1f}",
                "showarrow": False,
                "xanchor": "right" if left else "left",
                "font": {"size": 11},
            }
        )
    return shapes, notes


def _span(values: Sequence[float]) -> float:
    return max(values[-1] - values[0], 1.0)


def _bar(values: Sequence[float], group: Sequence[int], y: float) -> dict[str, Any]:
    beyond = 0.01 * _span(values)
    return _line(values[group[0]] - beyond, y, values[group[-1]] + beyond, y, 4, BLUE)


def _line(
    x0: float, y0: float, x1: float, y1: float, width: float = 1, colour: str = MUTED
) -> dict[str, Any]:
    line = {"width": width, "color": colour}
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line}


def _layout(values: Sequence[float], difference: float, deepest: float) -> dict[str, Any]:
    room = 0.8 * _span(values)
    end = max(values[-1] + room, values[0] + difference + 0.05)
    return {
        "height": int(160 + 130 * (deepest + 0.15)),
        "xaxis": axis(
            "mean rank, 1 is best",
            side="top",
            range=[values[0] - room, end],
            tickvals=list(range(math.floor(values[0]), math.ceil(values[-1]) + 1)),
            showgrid=False,
        ),
        "yaxis": {"visible": False, "range": [-deepest - 0.15, 0.5]},
        "margin": {"l": 10, "r": 10, "b": 10, "t": 60},
    }


def _finding(names: Sequence[str], groups: Sequence[Sequence[int]], difference: float) -> str:
    joined = len(groups[0]) - 1 if groups and groups[0][0] == 0 else 0
    worse = len(names) - 1 - joined
    ranked = counted(worse, "strategy ranks", "strategies rank") if worse else "No strategy ranks"
    said = f"{ranked} significantly below {in_words(names[0])}"
    if joined:
        said += f", {joined} cannot be told from it"
    return f"{said}: the critical difference is {difference:.2f} ranks"
