"""Each pair against its twin: the same model on the same data without a technique."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from benchmark.analysis.compare import PAIR, columns_of, leaderboard, metric_of
from benchmark.catalogue.registry import METRICS
from benchmark.journal.rows import Row
from benchmark.suite import Suite

CORRECTED = "_corrected"
CHANGE = "Δ "


def differences(
    table: pd.DataFrame, rows: Sequence[Row], suite: Suite, baseline: str
) -> pd.DataFrame:
    """What each pair has more than the baseline with the same model on the same dataset.

    Columns: PAIR; `gain` of the headline at the leaderboard's threshold and, for a label metric,
    `gain@<threshold>`, positive where the pair is better; `Δ <metric>` for each probability
    metric, raw and corrected, against the raw baseline (of one that has a best value, how much
    farther from it); `seconds`, a ratio; `score`, the pair's own quality. All are NaN where a pair
    or its twin lacks a fold that another pair of the dataset has. A pair without a twin is left
    out, and so is one that cannot be.

    Args:
        table: see `compare.tidy`.
    """
    measures = calibration_metrics(suite.metrics)
    metrics = list(dict.fromkeys([suite.headline, *measures]))
    board = leaderboard(table, metrics, suite.thresholds, rows, baseline)
    twins = board[board["strategy"] == baseline].set_index(["dataset", "model"])
    twin = twins.reindex(pd.MultiIndex.from_frame(board[["dataset", "model"]]))
    found = board[PAIR].assign(**_gains(board, suite))
    for metric in measures:
        alone = twin[metric.removesuffix(CORRECTED)].to_numpy()
        found[CHANGE + metric] = _loss(metric, board[metric]) - _loss(metric, alone)
    found["seconds"] = board["seconds"].to_numpy() / twin["seconds"].to_numpy()
    kept = found.columns.difference(PAIR, sort=False)
    found[kept] = found[kept].where(found["gain"].notna())
    there = twin["folds"].notna() & (twin["skipped"] == 0)
    return found[there.to_numpy() & (board["skipped"] == 0).to_numpy()]


def calibration_metrics(metrics: Iterable[str]) -> list[str]:
    """The probability metrics among some, raw and on corrected probabilities."""
    raw = dict.fromkeys(name.removesuffix(CORRECTED) for name in metrics)
    found = [name for name in raw if METRICS.get(name).kind == "probability"]
    return [name for metric in found for name in (metric, metric + CORRECTED)]


def _gains(board: pd.DataFrame, suite: Suite) -> "dict[str, pd.Series[float]]":
    """The gains of a leaderboard; `gain` is that of the threshold by which a dataset is ranked."""
    found, scores = {}, {}
    quality = metric_of(suite.headline).quality
    for column in columns_of([suite.headline], suite.thresholds):
        count = board[f"{column} n"].fillna(0)
        complete = count == count.groupby(board["dataset"]).transform("max")
        gain = column.replace(suite.headline, "gain", 1)
        found[gain] = board[gain].where(complete)
        scores[gain] = quality(board[column])
    first = next(iter(found))
    ruled = f"gain@{suite.rule}" if f"gain@{suite.rule}" in found else first
    only = board[ruled.replace("gain", suite.headline, 1)].groupby(board["dataset"])
    many = only.transform("count") == 0  # many classes: one decision
    return {
        "gain": found[ruled].mask(many, found[first]),
        "score": scores[ruled].mask(many, scores[first]),
    } | {name: values for name, values in found.items() if name != "gain"}


def _loss(metric: str, values: Any) -> Any:
    """The values; of a metric that has a best value, how far from it."""
    known = metric_of(metric)
    return values if known.target is None else -known.quality(values)
