"""Mean ranks over datasets: bootstrap intervals, and the critical-difference diagram."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import (
    BLUE,
    INK,
    MUTED,
    VERMILION,
    Chart,
    View,
    axis,
    count,
    hover,
    in_words,
    label,
    rows_layout,
)
from benchmark.analysis.report.gains import MEAN
from benchmark.analysis.scores import Complete, by_family, complete
from benchmark.analysis.stats import cliques, critical_difference, mean_ranks

POLICY = "worst"
LEVEL = 0.16  # height of a name in the diagram


def rank_charts(evidence: Evidence) -> tuple[Chart, Chart]:
    """Rank intervals and the critical-difference diagram, each for all models and for each."""
    intervals = Chart("ranks", "Mean ranks")
    differences = Chart("differences", "Critical difference")
    reason = _why_not(evidence)
    if reason:
        return (
            Chart("ranks", intervals.subject, missing=reason),
            Chart("differences", differences.subject, missing=reason),
        )
    tables = {name: _scores(evidence, name) for name in _models(evidence)}
    usable = {name: found for name, found in tables.items() if found.scores.shape[1] > 1}
    ranks = {
        name: mean_ranks(found.scores, int(evidence.suite["seed"])).sort_values("rank")
        for name, found in usable.items()
    }
    drawn = [_interval_view(evidence, name, ranks[name], usable[name]) for name in usable]
    diagrams = [_difference_view(name, ranks[name]["rank"], usable[name]) for name in usable]
    shown = [view for view in diagrams if view is not None]
    return (
        Chart("ranks", intervals.subject, drawn, _note(evidence, usable)),
        Chart(
            "differences",
            differences.subject,
            shown,
            "Strategies joined by a bar do not differ significantly by Nemenyi's test (95 %). "
            "It compares all with all and is conservative: the tables' comparison with one "
            "control sees more.",
            "" if shown else _too_few(usable),
            wide=True,
        ),
    )


def _why_not(evidence: Evidence) -> str:
    part = evidence.ranked[evidence.ranked["model"] != "own"]
    datasets, strategies = part["dataset"].nunique(), part["strategy"].nunique()
    if datasets < 2:
        return f"Ranks over datasets need two; {count(datasets, 'dataset')} has been measured."
    if strategies < 2:
        return f"Ranks need two strategies; {count(strategies, 'strategy', 'strategies')} has one."
    return ""


def _too_few(usable: dict[str, Complete]) -> str:
    datasets = max((len(found.scores) for found in usable.values()), default=0)
    return (
        f"With {count(datasets, 'family', 'families')} of datasets no two mean ranks can differ "
        "by the critical difference."
    )


def _models(evidence: Evidence) -> list[str]:
    models = [m for m in dict.fromkeys(evidence.ranked["model"]) if m != "own"]
    return [MEAN, *models] if len(models) > 1 else models


def _scores(evidence: Evidence, model: str) -> Complete:
    """A row a family, a column a strategy, more is better; gaps count as the worst."""
    part = evidence.board[(evidence.board["model"] != "own") & (evidence.board["skipped"] == 0)]
    if model != MEAN:
        part = part[part["model"] == model]
    part = part.assign(quality=evidence.metric.quality(part["leading"]))
    values = part.pivot(index="dataset", columns=["strategy", "model"], values="quality")
    whole = values.T.groupby(level="strategy", sort=False).mean().T
    gaps = values.isna().T.groupby(level="strategy", sort=False).any().T
    families = {name: str(facts["family"]) for name, facts in evidence.datasets.items()}
    return complete(by_family(whole.mask(gaps), families), POLICY)


def _note(evidence: Evidence, usable: dict[str, Complete]) -> str:
    families = max(len(found.scores) for found in usable.values())
    datasets = evidence.ranked["dataset"].nunique()
    notes = dict.fromkeys(found.note for found in usable.values() if found.note)
    own = evidence.ranked.loc[evidence.ranked["model"] == "own", "strategy"].nunique()
    parts = [
        f"Ranks by {evidence.headline_words} over {count(families, 'family', 'families')} "
        f"({count(datasets, 'dataset')}); 1 is best. Bars are 95 % bootstrap intervals over them."
    ]
    if notes:
        parts.append(f"Missing cells: {label(next(iter(notes)), 400)}.")
    if own:
        parts.append(
            f"{count(own, 'strategy', 'strategies')} with a model of their own are left out."
        )
    return " ".join(parts)


def _interval_view(evidence: Evidence, name: str, ranks: pd.DataFrame, found: Complete) -> View:
    strategies = [str(strategy) for strategy in ranks.index]
    colours = [VERMILION if s == evidence.baseline else BLUE for s in strategies]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": ranks["rank"].tolist(),
        "y": list(range(len(ranks))),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": (ranks["high"] - ranks["rank"]).tolist(),
            "arrayminus": (ranks["rank"] - ranks["low"]).tolist(),
            "color": MUTED,
            "thickness": 2,
            "width": 4,
        },
        "marker": {"size": 10, "color": colours},
        "text": [hover(s) for s in strategies],
        "customdata": ranks[["low", "high"]].to_numpy(),
        "hovertemplate": "%{text}<br>mean rank %{x:.2f} "
        "(%{customdata[0]:.2f} to %{customdata[1]:.2f})<extra></extra>",
    }
    layout = rows_layout(strategies, "strategy", axis("mean rank, 1 is best"))
    return View(name, _interval_finding(evidence, ranks, found), [trace], layout)


def _interval_finding(evidence: Evidence, ranks: pd.DataFrame, found: Complete) -> str:
    best = ranks.iloc[0]
    over = count(len(found.scores), "family", "families")
    said = (
        f"{in_words(str(ranks.index[0]))} has the best mean rank, {best['rank']:.1f} "
        f"({best['low']:.1f} to {best['high']:.1f}) of {len(ranks)} over {over}"
    )
    if evidence.baseline in ranks.index[1:]:
        place = list(ranks.index).index(evidence.baseline) + 1
        said += f"; doing nothing is number {place}"
    return said


def _difference_view(name: str, ranks: "pd.Series[float]", found: Complete) -> View | None:
    """The diagram of Demšar (2006); None where the critical difference exceeds every difference."""
    difference = critical_difference(len(ranks), len(found.scores))
    if difference > len(ranks) - 1:
        return None
    groups = cliques(ranks, difference)
    half = (len(ranks) + 1) // 2
    low, high = float(ranks.iloc[0]), float(ranks.iloc[-1])
    span = max(high - low, 1.0)
    shapes, notes = [], []
    for place, (strategy, rank) in enumerate(ranks.items()):
        left = place < half
        level = place if left else len(ranks) - 1 - place
        depth = -(0.25 + LEVEL * len(groups) * 0.6 + LEVEL * level)
        edge = low - 0.06 * span if left else high + 0.06 * span
        shapes += [_line(rank, 0, rank, depth), _line(rank, depth, edge, depth)]
        notes.append(_name(str(strategy), float(rank), edge, depth, left))
    for number, group in enumerate(groups):
        y = -(0.12 + LEVEL * 0.6 * number)
        first, last = float(ranks[group[0]]), float(ranks[group[-1]])
        shapes.append(_line(first - 0.01 * span, y, last + 0.01 * span, y, 4, BLUE))
    shapes.append(_line(low, 0.28, low + difference, 0.28, 3, VERMILION))
    notes.append(_caption(low, difference))
    deepest = 0.4 + LEVEL * len(groups) * 0.6 + LEVEL * half
    layout = {
        "height": int(110 + 130 * (deepest + 0.4)),
        "shapes": shapes,
        "annotations": notes,
        "xaxis": axis(
            "mean rank, 1 is best",
            side="top",
            range=[low - 0.45 * span, high + 0.45 * span],
            showgrid=False,
        ),
        "yaxis": {"visible": False, "range": [-deepest, 0.5]},
        "margin": {"l": 10, "r": 10, "b": 10, "t": 60},
    }
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": ranks.tolist(),
        "y": [0] * len(ranks),
        "text": [hover(str(strategy)) for strategy in ranks.index],
        "hovertemplate": "%{text}<br>mean rank %{x:.2f}<extra></extra>",
        "marker": {"color": INK, "size": 6},
    }
    return View(name, _difference_finding(ranks, groups, difference), [points], layout)


def _difference_finding(
    ranks: "pd.Series[float]", groups: Sequence[tuple[Any, ...]], difference: float
) -> str:
    best = in_words(str(ranks.index[0]))
    joined = len(groups[0]) - 1 if groups and groups[0][0] == ranks.index[0] else 0
    worse = len(ranks) - 1 - joined
    return (
        f"{count(worse, 'strategy ranks', 'strategies rank')} significantly below {best}, "
        f"{joined} cannot be told from it: the critical difference is {difference:.2f}"
    )


def _line(
    x0: float, y0: float, x1: float, y1: float, width: float = 1, colour: str = MUTED
) -> dict[str, Any]:
    line = {"width": width, "color": colour}
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line}


def _name(strategy: str, rank: float, edge: float, depth: float, left: bool) -> dict[str, Any]:
    return {
        "x": edge,
        "y": depth,
        "text": f"{label(strategy)} {rank:.1f}",
        "showarrow": False,
        "xanchor": "right" if left else "left",
        "font": {"size": 11},
    }


def _caption(low: float, difference: float) -> dict[str, Any]:
    text = f"critical difference {difference:.2f}"
    return {"x": low + difference / 2, "y": 0.4, "text": text, "showarrow": False}
