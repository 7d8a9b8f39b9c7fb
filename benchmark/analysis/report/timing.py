"""Quality against time, with the pairs that no other beats in both."""

from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import (
    INK,
    Chart,
    View,
    axis,
    colour,
    hover,
    in_words,
    label,
    pair_name,
    symbol,
)
from benchmark.types import Floats
from benchmark.wording import counted


def pareto(seconds: Floats, quality: Floats) -> list[int]:
    """The points that no other equals or beats in both and beats in one, the quickest first.

    Of equal points the first stands for all.
    """
    front: list[int] = []
    best = -np.inf
    for index in np.lexsort((-quality, seconds)):
        if quality[index] > best:
            front.append(int(index))
            best = quality[index]
    return front


def quality_against_time(evidence: Evidence) -> Chart:
    """A view for the mean over datasets, and for each dataset."""
    subject = "Quality against time"
    ranked = evidence.ranked.dropna(subset=["seconds", "leading"])
    datasets = list(dict.fromkeys(ranked["dataset"]))
    views = []
    if len(datasets) > 1:
        means = ranked.groupby(["strategy", "model"], sort=False).agg(
            leading=("leading", "mean"), seconds=("seconds", "mean"), n=("dataset", "nunique")
        )
        whole = means[means["n"] == len(datasets)].reset_index()
        if len(whole):
            views.append(_view(evidence, whole, f"mean over {counted(len(datasets), 'dataset')}"))
    views += [
        _view(evidence, part, label(str(name), 60))
        for name, part in ranked.groupby("dataset", sort=False)
    ]
    if not views:
        return Chart("timing", subject, missing="No pair has been measured.")
    note = (
        "Seconds of a fold, search included, on the machines named below. The line joins the "
        "pairs that no other beats in both (Pareto front). Means cover pairs measured on every "
        "dataset."
    )
    return Chart("timing", subject, views, note)


def _view(evidence: Evidence, table: pd.DataFrame, choice: str) -> View:
    """`table` has strategy, model, leading and seconds."""
    quality = np.asarray(evidence.metric.quality(table["leading"]), dtype=float)
    front = pareto(table["seconds"].to_numpy(dtype=float), quality)
    on_front = table.iloc[front]
    models = list(dict.fromkeys(table["model"]))
    traces = [
        _points(part, str(model), models.index(model))
        for model, part in table.groupby("model", sort=False)
    ]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "Pareto front",
        "x": on_front["seconds"].tolist(),
        "y": on_front["leading"].tolist(),
        "line": {"color": INK, "width": 1.5, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }
    layout = {
        "height": 460,
        "xaxis": axis("seconds a fold (log scale)", type="log"),
        "yaxis": axis(evidence.headline_words),
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        "annotations": _names(on_front, float(np.ptp(quality))),
        "margin": {"r": 30, "t": 20},
    }
    return View(choice, _finding(evidence, table, on_front), [line, *traces], layout)


def _points(part: pd.DataFrame, model: str, number: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label(model),
        "x": part["seconds"].tolist(),
        "y": part["leading"].tolist(),
        "text": [hover(strategy, model) for strategy in part["strategy"]],
        "hovertemplate": "%{text}<br>%{y:.3f} in %{x:.3g} s<extra></extra>",
        "marker": {"color": colour(number), "symbol": symbol(number), "size": 8, "opacity": 0.85},
    }


def _names(front: pd.DataFrame, spread: float) -> list[dict[str, Any]]:
    """Names on the front, from the best on, that leave room for one another.

    `spread` is the range of all values; a name takes about a quarter of the width.
    """
    xs = np.log10(front["seconds"].to_numpy(dtype=float))
    ys = front["leading"].to_numpy(dtype=float)
    width = max(float(np.ptp(xs)), 0.5)
    kept: list[int] = []
    for place in reversed(range(len(front))):
        near = (abs(xs[place] - xs[i]) < width / 3 and abs(ys[place] - ys[i]) < spread / 12
                for i in kept)  # fmt: skip
        if not any(near):
            kept.append(place)
    middle = float(np.median(xs))
    return [
        {
            "x": float(xs[place]),
            "y": float(ys[place]),
            "text": label(front["strategy"].iloc[place], 24),
            "showarrow": False,
            "yshift": 12,
            "xanchor": "right" if xs[place] > middle else "left",
            "font": {"size": 11},
        }
        for place in kept
    ]


def _finding(evidence: Evidence, table: pd.DataFrame, front: pd.DataFrame) -> str:
    best, quickest = front.iloc[-1], front.iloc[0]
    name = in_words(pair_name(best["strategy"], best["model"]))
    said = (
        f"{name} is best ({evidence.headline} {best['leading']:.3f}, optimistic) "
        f"at {best['seconds']:.2g} s a fold"
    )
    if len(front) == 1:
        return f"{said}, and no pair is quicker" if len(table) > 1 else said
    other = in_words(pair_name(quickest["strategy"], quickest["model"]))
    return (
        f"{said}; {other} reaches {quickest['leading']:.3f} in {quickest['seconds']:.2g} s, "
        f"and {len(front)} of {counted(len(table), 'pair')} are beaten by none in both"
    )
