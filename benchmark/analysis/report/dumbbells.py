"""Two figures of each strategy side by side: thresholds, and probabilities raw and corrected."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import (
    MUTED,
    Chart,
    View,
    axis,
    colour,
    hover,
    in_words,
    rows_layout,
    signed,
    symbol,
)
from benchmark.analysis.twins import CORRECTED
from benchmark.catalogue.registry import METRICS
from benchmark.wording import counted

OPEN = "-open"


def thresholds(evidence: Evidence) -> Chart:
    """The headline at each threshold, a row a strategy."""
    subject = "Default against tuned threshold"
    columns = evidence.by_threshold
    if len(columns) < 2:
        reason = f"{evidence.headline} has one value only: "
        reason += (
            "it does not depend on the threshold."
            if "" in columns
            else f"the suite asks for the {evidence.rule} threshold alone."
        )
        return Chart("thresholds", subject, missing=reason)
    means = strategy_means(evidence.common, columns)
    if means.empty:
        return Chart("thresholds", subject, missing="No pair has a value at every threshold.")
    higher = evidence.metric.greater_is_better
    means = means.sort_values(columns[evidence.rule], ascending=not higher, kind="stable")
    layout = rows_layout(list(means.index), "strategy", axis(f"mean {evidence.headline}"))
    series = {f"{name} threshold": means[column] for name, column in columns.items()}
    view = View("", _threshold_finding(evidence, means), dumbbells(series), layout)
    note = (
        f"Means over {counted(evidence.board['dataset'].nunique(), 'dataset')} and the models, of "
        "pairs with a value at each threshold. What is left between strategies at the tuned "
        f"threshold is what they add to moving the threshold. {evidence.means} {evidence.left_out}"
    )
    return Chart("thresholds", subject, [view], note)


def calibration(evidence: Evidence) -> Chart:
    """Each probability metric that has a corrected twin, a row a strategy."""
    subject = "What it costs in calibration"
    twins = [m for m in evidence.suite["metrics"] if f"{m}{CORRECTED}" in evidence.board]
    views = []
    for metric in twins:
        columns = {"raw": metric, "corrected": f"{metric}{CORRECTED}"}
        means = strategy_means(evidence.common, columns)
        if means.empty:
            continue
        higher = METRICS.get(metric).greater_is_better
        means = means.sort_values(metric, ascending=not higher, kind="stable")
        title = f"mean {metric}, {'greater' if higher else 'smaller'} is better"
        layout = rows_layout(list(means.index), "strategy", axis(title))
        series = {name: means[column] for name, column in columns.items()}
        finding = _calibration_finding(evidence, means, metric)
        views.append(View(metric, finding, dumbbells(series), layout))
    if not views:
        reason = "The suite measures no probability metric, such as brier, raw and corrected."
        return Chart("calibration", subject, missing=reason)
    note = (
        "Resampling and weighting shift the prior, so that probabilities are too high. The "
        f"correction is a sigmoid fitted on the inner folds. {evidence.means} {evidence.left_out}"
    )
    return Chart("calibration", subject, views, note)


def strategy_means(board: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Mean of each column for each strategy, over the pairs that have all of them."""
    kept = board.dropna(subset=list(columns.values()))
    return kept.groupby("strategy", sort=False)[list(columns.values())].mean()


def dumbbells(series: Mapping[str, "pd.Series[float]"]) -> list[dict[str, Any]]:
    """A line from the first value of each row to its last, and a marker for each series."""
    first, *_, last = series.values()
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row, (start, end) in enumerate(zip(first, last, strict=True)):
        xs += [start, end, None]
        ys += [row, row, None]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": {"color": MUTED, "width": 1.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    markers = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": list(values),
            "y": list(range(len(values))),
            "text": [hover(str(strategy), name) for strategy in values.index],
            "hovertemplate": "%{text}<br>%{x:.3f}<extra></extra>",
            "marker": {
                "color": colour(number),
                "size": 10,
                "symbol": symbol(number) + (OPEN if number == 0 else ""),
                "line": {"width": 2, "color": colour(number)},
            },
        }
        for number, (name, values) in enumerate(series.items())
    ]
    return [line, *markers]


def _threshold_finding(evidence: Evidence, means: pd.DataFrame) -> str:
    """What tuning the threshold does alone, and what the best strategy adds to it."""
    headline, rule = evidence.headline, evidence.rule
    default, tuned = (evidence.by_threshold[name] for name in (evidence.thresholds[0], rule))
    values = by_strategy(means)
    if evidence.baseline not in values or default == tuned:
        lift = float((means[tuned] - means[default]).mean())
        return f"The {rule} threshold changes {headline} by {signed(lift)} in the mean"
    best, nothing = next(iter(values)), values[evidence.baseline]
    alone = nothing[tuned] - nothing[default]
    first = (
        f"The {rule} threshold alone changes {headline} of {in_words(evidence.baseline)} "
        f"by {signed(alone)}"
    )
    if best == evidence.baseline:
        return f"{first}, and no strategy adds to that"
    left = values[best][tuned] - nothing[tuned]
    return f"{first}; {in_words(best)}, the best strategy there, adds {signed(left)}"


def _calibration_finding(evidence: Evidence, means: pd.DataFrame, metric: str) -> str:
    """`means` are sorted by the raw metric, the best first."""
    values = by_strategy(means)
    worst = list(values)[-1]
    raw, corrected = values[worst][metric], values[worst][f"{metric}{CORRECTED}"]
    compared = ""
    if evidence.baseline in values and worst != evidence.baseline:
        compared = f" ({in_words(evidence.baseline)}: {values[evidence.baseline][metric]:.3f})"
    better = METRICS.get(metric).quality(corrected) > METRICS.get(metric).quality(raw)
    done = "brings it to" if better else "leaves it at"
    return (
        f"{in_words(worst)} harms probabilities most: mean {metric} {raw:.3f}{compared}; "
        f"the correction {done} {corrected:.3f}"
    )


def by_strategy(means: pd.DataFrame) -> dict[str, dict[str, float]]:
    """A table as plain data, in its order."""
    records = means.to_dict("records")
    return {
        str(name): {str(column): float(value) for column, value in record.items()}
        for name, record in zip(means.index, records, strict=True)
    }
