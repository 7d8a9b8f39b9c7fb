"""Journal → tables; nothing is fitted."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.journal.rows import Row
from benchmark.suite import rule_of
from benchmark.types import Skip

COLUMNS = ["dataset", "strategy", "model", "threshold", "metric",
           "mean", "std", "n", "failed", "skipped"]  # fmt: skip
PAIR = ["dataset", "strategy", "model"]
FEW_POSITIVES = 10
FORMULA = tuple("=+-@\t\r")


def tidy(
    rows: Sequence[Row], skips: Sequence[Skip], metrics: Collection[str] | None = None
) -> pd.DataFrame:
    """One row for each dataset, strategy, model, threshold and metric, or some of the metrics.

    Columns: COLUMNS. `mean` and `std` (population, ddof 0) over the `n` folds that have a value;
    `failed` counts the cells that ended otherwise than ok, `skipped` is 1 for a pair that cannot
    be. `threshold` is empty where it does not matter.
    """
    pairs = {pair: i for i, pair in enumerate(dict.fromkeys(row.cell.pair for row in rows))}
    failed = Counter(row.cell.pair for row in rows if row.status not in ("ok", "pending"))
    named = pd.DataFrame(list(pairs), columns=PAIR)
    named = named.assign(failed=[failed[pair] for pair in pairs], skipped=0)
    table = named.merge(_means(rows, pairs, metrics), left_index=True, right_on="pair", how="left")
    table = table.fillna({"threshold": "", "metric": "", "n": 0}).astype({"n": int})
    measured = table.loc[table["metric"] != "", ["threshold", "metric"]].drop_duplicates()
    keys = list(measured.itertuples(index=False, name=None)) or [("", "")]
    refused = pd.DataFrame(
        [r for skip in skips for r in _skip_records(skip, keys)], columns=COLUMNS
    )
    parts = [part for part in (table[COLUMNS], refused) if len(part)]
    return pd.concat(parts or [refused], ignore_index=True)


def _means(
    rows: Sequence[Row],
    pairs: Mapping[tuple[str, str, str], int],
    wanted: Collection[str] | None,
) -> pd.DataFrame:
    """The number of the pair, threshold, metric, and mean, std and n over folds."""
    columns: dict[tuple[str, str], int] = {}
    pair: list[int] = []
    column: list[int] = []
    values: list[float | None] = []
    for row in rows:
        for threshold, measured in row.scores.values.items():
            metrics = measured
            if wanted is not None:
                metrics = {name: measured[name] for name in wanted if name in measured}
            pair += [pairs[row.cell.pair]] * len(metrics)
            column += [columns.setdefault((threshold, name), len(columns)) for name in metrics]
            values += metrics.values()
    found = pd.DataFrame({"pair": pair, "column": column, "value": np.array(values, dtype=float)})
    grouped = found.groupby(["pair", "column"], sort=False)["value"]
    means = pd.DataFrame(
        {"mean": grouped.mean(), "std": grouped.std(ddof=0), "n": grouped.count()}
    ).reset_index()
    named = pd.DataFrame(list(columns), columns=["threshold", "metric"])
    return means.join(named, on="column").drop(columns="column")


def _skip_records(skip: Skip, keys: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    pair = {"dataset": skip.dataset, "strategy": skip.strategy, "model": skip.model}
    return [
        pair | {"threshold": threshold, "metric": metric, "mean": np.nan, "std": np.nan,
                "n": 0, "failed": 0, "skipped": 1}
        for threshold, metric in keys
    ]  # fmt: skip


def as_csv(table: pd.DataFrame) -> str:
    """A table as CSV; a name that a spreadsheet would run as a formula gets an apostrophe."""
    names = table.select_dtypes(exclude="number").columns
    formula = table[names].map(lambda name: isinstance(name, str) and name[:1] in FORMULA)
    escaped = table[names].where(~formula, "'" + table[names].astype(str))
    return str(table.assign(**escaped).to_csv(index=False))


def is_label(metric: str) -> bool:
    """Whether a metric depends on the threshold."""
    return metric in METRICS.names() and METRICS.get(metric).kind == "label"


def metric_of(name: str) -> Metric:
    """The metric that a name stands for; `<metric>_corrected` is it on corrected probabilities."""
    return METRICS.get(name.removesuffix("_corrected"))


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
    rows: Sequence[Row] = (),
    baseline: str = "none",
) -> pd.DataFrame:
    """A wide table, one row for each dataset and pair, best first within a dataset.

    Columns: PAIR, then `<metric>` or `<metric>@<threshold>` with `… std` and `… n`, `folds` that
    the pair has in `rows` and the mean `seconds` of those that are ok, `gain@<threshold>` of the
    headline (metrics[0]) over the strategy `baseline` with the same model, `rank` among all pairs
    of the dataset under the leaderboard rule, `failed` and `skipped`. A positive gain is an
    improvement; it is NaN where the two have other numbers of folds. A pair that lacks folds ranks
    after those that have all. A dataset of many classes, which has the default decision only, is
    ranked by that.
    """
    wide = _wide(table, metrics, thresholds)
    wide = wide.join(_efforts(rows), on=PAIR).fillna({"folds": 0})
    headline = metrics[0]
    quality = metric_of(headline).quality
    measured = columns_of([headline], thresholds)
    for column in measured:
        gain = _gain(wide.assign(**{column: quality(wide[column])}), column, baseline)
        wide[column.replace(headline, "gain", 1)] = gain
    ranked = columns_of([headline], [rule_of(thresholds)])[0]
    unmeasured = wide[ranked].groupby(wide["dataset"]).transform("count") == 0
    leading = quality(wide[ranked].mask(unmeasured, wide[measured[0]]))
    counts = wide[f"{ranked} n"].mask(unmeasured, wide[f"{measured[0]} n"])
    wide["rank"] = _ranks(leading, counts, wide["dataset"])
    order = wide["dataset"].map({name: i for i, name in enumerate(dict.fromkeys(table["dataset"]))})
    return wide.iloc[np.lexsort([wide["rank"].fillna(np.inf), order])].reset_index(drop=True)


def overall(board: pd.DataFrame) -> pd.DataFrame:
    """Means over datasets for each strategy and model, the best mean rank first.

    `… std` is the deviation between datasets; `datasets` counts those with a rank, and a pair that
    lacks some of them comes after those that have all.
    """
    others = board.columns.difference([*PAIR, "skipped", "failed", "folds", "tied"], sort=False)
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
    entry = metric_of(metric)
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
    pair = table.groupby(PAIR, sort=False).ngroup()
    wide = table[[*PAIR, "failed", "skipped"]].groupby(pair).head(1).reset_index(drop=True)
    for column in columns_of(metrics, thresholds):
        metric, _, threshold = column.partition("@")
        part = table[(table["metric"] == metric) & (table["threshold"] == threshold)]
        part = part[["mean", "std", "n"]].set_index(pair[part.index])
        wide[[column, f"{column} std", f"{column} n"]] = part.reindex(wide.index)
    return wide


def _efforts(rows: Sequence[Row]) -> pd.DataFrame:
    """The number of folds of each pair, and the mean seconds of those that are ok."""
    seconds = [row.seconds if row.status == "ok" else np.nan for row in rows]
    index = pd.MultiIndex.from_tuples([row.cell.pair for row in rows], names=PAIR)
    grouped = pd.Series(seconds, index, dtype=float).groupby(level=PAIR, sort=False)
    return pd.DataFrame({"folds": grouped.size(), "seconds": grouped.mean()})


def _ranks(
    leading: "pd.Series[float]", counts: "pd.Series[float]", datasets: "pd.Series[str]"
) -> "pd.Series[float]":
    """Ranks within each dataset: first the pairs with a value on most folds, then the others."""
    partial = counts < counts.groupby(datasets).transform("max")
    ranks = leading.groupby([datasets, partial]).rank(ascending=False)
    complete = leading.where(~partial).groupby(datasets).transform("count")
    return ranks + complete.where(partial, 0)


def _gain(wide: pd.DataFrame, column: str, baseline: str) -> "pd.Series[float]":
    """Difference to the baseline with the same model; a strategy with its own model has no twin."""
    names = [column, f"{column} n"]
    base = wide[wide["strategy"] == baseline].set_index(["dataset", "model"])[names]
    twin = base.reindex(pd.MultiIndex.from_frame(wide[["dataset", "model"]])).to_numpy()
    gain: pd.Series[float] = wide[column] - twin[:, 0]
    return gain.where(wide[f"{column} n"] == twin[:, 1])
