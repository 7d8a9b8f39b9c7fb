"""Journal → tables; nothing is fitted."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS
from benchmark.journal.store import Row
from benchmark.suite import rule_of
from benchmark.types import Skip

COLUMNS = ["dataset", "strategy", "model", "threshold", "metric",
           "mean", "std", "n", "failed", "skipped"]  # fmt: skip
PAIR = ["dataset", "strategy", "model"]
FEW_POSITIVES = 10


def tidy(rows: Sequence[Row], skips: Sequence[Skip]) -> pd.DataFrame:
    """One row for each dataset, strategy, model, threshold and metric.

    Columns: COLUMNS. `mean` and `std` (population, ddof 0) over the `n` folds that have a value;
    `failed` counts the cells that ended otherwise than ok, `skipped` is 1 for a pair that cannot
    be. `threshold` is empty where it does not matter.
    """
    records = []
    pairs: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        pairs.setdefault(row.cell.pair, []).append(row)
    for group in pairs.values():
        records += _pair_records(group)
    measured = {(str(r["threshold"]), str(r["metric"])): None for r in records if r["metric"]}
    keys = measured or {("", ""): None}
    records += [record for skip in skips for record in _skip_records(skip, keys)]
    return pd.DataFrame(records, columns=COLUMNS)


def _pair_records(rows: list[Row]) -> list[dict[str, object]]:
    """The records of one pair; one empty record where no cell is ok."""
    pair = dict(zip(PAIR, rows[0].cell.pair, strict=True))
    failed = sum(row.status not in ("ok", "pending") for row in rows)
    collected: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for threshold, metrics in row.scores.values.items():
            for metric, value in metrics.items():
                values = collected.setdefault((threshold, metric), [])
                if value is not None:
                    values.append(value)
    return [
        pair | {"threshold": threshold, "metric": metric, "mean": _mean(values),
                "std": _std(values), "n": len(values), "failed": failed, "skipped": 0}
        for (threshold, metric), values in collected.items()
    ] or [pair | {"threshold": "", "metric": "", "mean": np.nan, "std": np.nan, "n": 0,
                  "failed": failed, "skipped": 0}]  # fmt: skip


def _skip_records(skip: Skip, keys: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    pair = {"dataset": skip.dataset, "strategy": skip.strategy, "model": skip.model}
    return [
        pair | {"threshold": threshold, "metric": metric, "mean": np.nan, "std": np.nan,
                "n": 0, "failed": 0, "skipped": 1}
        for threshold, metric in keys
    ]  # fmt: skip


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else np.nan


def _std(values: list[float]) -> float:
    return float(np.std(values)) if values else np.nan


def is_label(metric: str) -> bool:
    """Whether a metric depends on the threshold."""
    return metric in METRICS.names() and METRICS.get(metric).kind == "label"


def columns_of(metrics: Iterable[str], thresholds: Sequence[str]) -> list[str]:
    """The columns of a leaderboard: `<metric>@<threshold>` for label metrics, else `<metric>`."""
    return [
        column
        for metric in metrics
        for column in ([f"{metric}@{t}" for t in thresholds] if is_label(metric) else [metric])
    ]


def leaderboard(
    table: pd.DataFrame,
    metrics: Sequence[str],
    thresholds: Sequence[str],
    rows: Iterable[Row] = (),
    baseline: str = "none",
) -> pd.DataFrame:
    """A wide table, one row for each dataset and pair, best first within a dataset.

    Columns: PAIR, then `<metric>` or `<metric>@<threshold>` with `… std` and `… n`, `folds` that
    the pair has in `rows`, `gain@<threshold>` of the headline (metrics[0]) over the strategy
    `baseline` with the same model, `rank` among all pairs of the dataset under the leaderboard
    rule, `failed` and `skipped`. A positive gain is an improvement. A dataset of many classes,
    which has the default decision only, is ranked by that.
    """
    wide = _wide(table, metrics, thresholds)
    folds = Counter(row.cell.pair for row in rows)
    wide["folds"] = [folds[pair] for pair in zip(*(wide[c] for c in PAIR), strict=True)]
    headline = metrics[0]
    quality = METRICS.get(headline.removesuffix("_corrected")).quality
    measured = columns_of([headline], thresholds)
    for column in measured:
        gain = _gain(wide.assign(**{column: quality(wide[column])}), column, baseline)
        wide[column.replace(headline, "gain", 1)] = gain
    ranked = columns_of([headline], [rule_of(thresholds)])[0]
    by_dataset = quality(wide[ranked]).groupby(wide["dataset"])
    unmeasured = by_dataset.transform("count") == 0
    leading = quality(wide[ranked].mask(unmeasured, wide[measured[0]]))
    wide["rank"] = leading.groupby(wide["dataset"]).rank(ascending=False)
    order = wide["dataset"].map({name: i for i, name in enumerate(dict.fromkeys(table["dataset"]))})
    return wide.iloc[np.lexsort([wide["rank"].fillna(np.inf), order])].reset_index(drop=True)


def overall(board: pd.DataFrame) -> pd.DataFrame:
    """Means over datasets for each strategy and model, the best mean rank first.

    `… std` is the deviation between datasets; `datasets` counts those with a rank, and a pair that
    lacks some of them comes after those that have all.
    """
    others = board.columns.difference([*PAIR, "skipped", "failed", "folds"], sort=False)
    names = [name for name in others if not name.endswith((" std", " n"))]
    counts = ["folds", *(name for name in others if name.endswith(" n"))]
    grouped = board[board["rank"].notna()].groupby(["strategy", "model"], sort=False)
    means = grouped[names].mean()
    deviations = grouped[names].std(ddof=0).add_suffix(" std")
    means = means.join(deviations).join(grouped[counts].sum())
    means["datasets"] = grouped["rank"].count()
    means["failed"] = grouped["failed"].sum()
    return means.sort_values(["datasets", "rank"], ascending=[False, True]).reset_index()


def pooled(board: pd.DataFrame, rows: Iterable[Row], metric: str, threshold: str) -> list[float]:
    """The metric of all test rows of a pair counted at once, in the order of the board.

    NaN for metrics that need more than the counts and for pairs without results.
    """
    entry = METRICS.get(metric.removesuffix("_corrected"))
    plain = entry.kind == "label" and not entry.needs
    counts: dict[tuple[str, str, str], list[tuple[tuple[float, ...], ...]]] = {}
    for row in rows:
        confusion = row.scores.confusion
        if confusion:
            found_there = confusion.get(threshold) or next(iter(confusion.values()))
            counts.setdefault(row.cell.pair, []).append(found_there)
    values = []
    for pair in zip(*(board[name] for name in PAIR), strict=True):
        found = counts.get(pair) if plain else None
        values.append(float(entry.function(Confusion(np.sum(found, axis=0)))) if found else np.nan)
    return values


def few_positives(rows: Iterable[Row]) -> dict[str, float]:
    """Dataset → positives a test fold, where that is fewer than FEW_POSITIVES in the mean."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        if row.status == "ok":
            counts.setdefault(row.cell.dataset, []).append(row.scores.positives)
    means = {name: round(float(np.mean(found)), 1) for name, found in counts.items()}
    return {name: mean for name, mean in means.items() if mean < FEW_POSITIVES}


def _wide(table: pd.DataFrame, metrics: Sequence[str], thresholds: Sequence[str]) -> pd.DataFrame:
    wide = table[[*PAIR, "failed", "skipped"]].drop_duplicates(PAIR).reset_index(drop=True)
    for column in columns_of(metrics, thresholds):
        metric, _, threshold = column.partition("@")
        part = table[(table["metric"] == metric) & (table["threshold"] == threshold)]
        names = {"mean": column, "std": f"{column} std", "n": f"{column} n"}
        part = part[[*PAIR, *names]].rename(columns=names)
        wide = wide.merge(part, on=PAIR, how="left")
    return wide


def _gain(wide: pd.DataFrame, column: str, baseline: str) -> "pd.Series[float]":
    """Difference to the baseline with the same model; a strategy with its own model has no twin."""
    base = wide[wide["strategy"] == baseline].set_index(["dataset", "model"])[column]
    index = pd.MultiIndex.from_frame(wide[["dataset", "model"]])
    gain: pd.Series[float] = wide[column] - base.reindex(index).to_numpy()
    return gain
