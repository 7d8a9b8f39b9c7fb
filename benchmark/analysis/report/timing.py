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
    count,
    hover,
    in_words,
    label,
    pair_name,
    symbol,
)
from benchmark.types import Floats

LABELLED = 8


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
            views.append(_view(evidence, whole, f"mean over {count(len(datasets), 'dataset')}"))
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
        "annotations": _names(on_front),
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


def _names(front: pd.DataFrame) -> list[dict[str, Any]]:
    """The names of the front's pairs, if they are few enough to be read; the best else."""
    named = front if len(front) <= LABELLED else front.tail(3)
    logs = np.log10(named["seconds"].to_numpy(dtype=float))
    return [
        {
            "x": float(x),
            "y": float(y),
            "text": label(strategy, 24),
            "showarrow": False,
            "yshift": 12,
            "xanchor": "right" if x > np.median(logs) else "left",
            "font": {"size": 11},
        }
        for x, y, strategy in zip(logs, named["leading"], named["strategy"], strict=True)
    ]


def _finding(evidence: Evidence, table: pd.DataFrame, front: pd.DataFrame) -> str:
    best, quickest = front.iloc[-1], front.iloc[0]
    name = in_words(pair_name(best["strategy"], best["model"]))
    said = (
        f"{name} is best ({evidence.headline} {best['leading']:.3f}) "
        f"at {best['seconds']:.2g} s a fold"
    )
    if len(front) == 1:
        return f"{said}, and no pair is quicker" if len(table) > 1 else said
    other = in_words(pair_name(quickest["strategy"], quickest["model"]))
    times = best["seconds"] / quickest["seconds"] if quickest["seconds"] else np.inf
    return (
        f"{said}; {other} reaches {quickest['leading']:.3f} {times:.0f} times as quickly, "
        f"and {len(front)} of {count(len(table), 'pair')} are beaten by none in both"
    )
