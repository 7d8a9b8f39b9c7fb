"""Gain over doing nothing: datasets against strategies."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import (
    BLUE,
    INK,
    LONE,
    MIDDLE,
    ROW_PIXELS,
    VERMILION,
    Chart,
    View,
    hover,
    in_words,
    label,
    named_axis,
    signed,
)
from benchmark.wording import counted

NUMBERED_CELLS = 240
MEAN = "mean over models"


def heat_map(evidence: Evidence) -> Chart:
    """A view for the mean over models and for each model, at each threshold."""
    baseline = evidence.baseline
    empty = Chart("gains", "Gain over doing nothing", missing=_why_not(evidence))
    if empty.missing:
        return empty
    views = []
    gained = evidence.board[evidence.board["strategy"] != baseline]
    models = [m for m in dict.fromkeys(gained["model"]) if m not in LONE]
    for threshold in reversed(evidence.by_threshold):
        column = f"gain@{threshold}" if threshold else "gain"
        for model in [MEAN, *models] if len(models) > 1 else models[:1]:
            part = gained if model == MEAN else gained[gained["model"] == model]
            grid = part.pivot_table(index="strategy", columns="dataset", values=column)
            where = f"{threshold} threshold" if threshold else ""
            if grid.notna().any(axis=None):
                views.append(_view(evidence, grid, where, model))
    note = (
        f"Blue is better than {in_words(baseline)} with the same model, orange worse, blank not "
        "measured. Strategies are ordered by their mean, datasets by imbalance. "
        f"{evidence.left_out}"
    )
    if not views:
        return Chart("gains", empty.subject, missing="No pair has a gain: nothing was measured.")
    return Chart("gains", empty.subject, views, note, wide=True)


def _why_not(evidence: Evidence) -> str:
    if not evidence.baseline:
        return "The suite has no strategy that does nothing (none), so there is no gain over it."
    if set(evidence.board["strategy"]) == {evidence.baseline}:
        return f"The suite has no strategy but {in_words(evidence.baseline)}."
    return ""


def _view(evidence: Evidence, grid: pd.DataFrame, where: str, model: str) -> View:
    """`grid` has a row a strategy and a column a dataset."""
    order = grid.mean(axis=1).sort_values(ascending=False, kind="stable").index
    ratios = {name: imbalance(evidence.datasets.get(name, {})) for name in grid.columns}
    grid = grid.loc[order, sorted(grid.columns, key=lambda name: ratios[name])]
    strategies, datasets = list(grid.index), list(grid.columns)
    limit = max(float(np.nanquantile(np.abs(grid.to_numpy()), 0.98)), 1e-3)
    numbered = grid.size <= NUMBERED_CELLS
    trace: dict[str, Any] = {
        "type": "heatmap",
        "z": grid.to_numpy(),
        "zmin": -limit,
        "zmax": limit,
        "colorscale": [[0, VERMILION], [0.5, MIDDLE], [1, BLUE]],
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "text": [[hover(s, d) for d in datasets] for s in strategies],
        "hovertemplate": "%{text}<br>gain %{z:+.3f}<extra></extra>",
        "colorbar": {"title": {"text": "gain"}, "thickness": 12, "tickformat": "+.2f", "nticks": 5},
    }
    ticks = [f"{label(name)} ({ratios[name]:.0f}:1)" for name in datasets]
    labels = numbers(grid, limit) if numbered else []
    layout = {
        "height": 300 + ROW_PIXELS * len(strategies),
        "yaxis": named_axis(strategies, "strategy", range=[len(strategies) - 0.5, -0.5]),
        "xaxis": named_axis(datasets, "dataset (negatives to one positive)", tickangle=-40)
        | {"ticktext": ticks},
        "annotations": labels,
    }
    choice = ", ".join(filter(None, [where, model]))
    return View(choice, _finding(evidence, grid, where, model), [trace], layout)


def numbers(grid: pd.DataFrame, limit: float) -> list[dict[str, Any]]:
    """The gain in each cell, as text over the map; white on strong colours."""
    return [
        {
            "x": j,
            "y": i,
            "text": signed(float(value), "+.2f"),
            "showarrow": False,
            "font": {"size": 10, "color": "#ffffff" if abs(value) > 0.6 * limit else INK},
        }
        for i, row in enumerate(grid.to_numpy())
        for j, value in enumerate(row)
        if np.isfinite(value)
    ]


def imbalance(facts: Any) -> float:
    """Negatives to one positive; the largest class to the rarest where there are many."""
    counts: Sequence[int] = list(facts.get("classes", {}).values())
    positives = facts.get("positives") or 0
    if not positives or not counts:
        return float("nan")
    return (sum(counts) - positives if len(counts) == 2 else max(counts)) / positives


def _finding(evidence: Evidence, grid: pd.DataFrame, where: str, model: str) -> str:
    means = grid.mean(axis=1)
    best, worst = str(means.index[0]), str(means.index[-1])
    top, last = float(means.iloc[0]), float(means.iloc[-1])
    measured, won = int(grid.iloc[0].count()), int((grid.iloc[0] > 0).sum())
    with_model = "" if model == MEAN else f" with {in_words(model)}"
    at = f" at the {where}" if where else ""
    baseline = in_words(evidence.baseline)
    if top <= 0:
        return (
            f"No strategy raises {evidence.headline} over {baseline}{at}{with_model}: "
            f"the best, {in_words(best)}, changes it by {signed(top)}"
        )
    least = f"; {in_words(worst)} changes it by {signed(last)}" if last < 0 else ""
    return (
        f"{in_words(best)} gains most{at}{with_model}: {signed(top)} {evidence.headline} over "
        f"{baseline} in the mean, better on {won} of {counted(measured, 'dataset')}{least}"
    )
