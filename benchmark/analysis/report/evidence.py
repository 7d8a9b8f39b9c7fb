"""Everything that the report says, read from the journal once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.best import Best, best_pairs
from benchmark.analysis.compare import PAIR, columns_of, leaderboard, overall, tidy
from benchmark.analysis.report import search
from benchmark.analysis.report.curves import curves, threshold_metric
from benchmark.analysis.report.figures import LONE, listed
from benchmark.analysis.scores import Policy
from benchmark.analysis.twins import CORRECTED, differences
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.journal.noted import noted_suite
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.suite import Suite, rule_of
from benchmark.types import Skip, Trial

Pair = tuple[str, str, str]
POLICY: Policy = "worst"


@dataclass(frozen=True)
class Found:
    """What the cells of one pair have in common.

    Attributes:
        seconds: mean over the folds, search included; NaN where none is ok or computed here.
        chosen, history: see `search`.
        tuning_gain: what the search gained over the defaults on the inner folds.
        trials: the trials of each fold.
        troubles: status and error → folds.
        curves: the curves, or why there are none.
    """

    seconds: float
    chosen: Mapping[str, Sequence[str]]
    history: Sequence[Any] | None
    tuning_gain: float
    trials: Sequence[Sequence[Trial]]
    troubles: Mapping[tuple[str, str], int]
    notes: Sequence[str]
    curves: Mapping[str, Any] | str


@dataclass(frozen=True, eq=False)
class Evidence:
    """A journal as the report needs it.

    Attributes:
        suite, datasets: what the journal noted of them; `asked` is the suite itself.
        board: see `compare.leaderboard`; also `seconds`, `leading`, the headline that a dataset
            is ranked by, and `gain`, what it gains over the baseline.
        environments: invocation → what it ran on.
        gains: each pair against the baseline with the same model: see `twins.differences`.
    """

    suite: Mapping[str, Any]
    datasets: Mapping[str, Any]
    rows: Sequence[Row]
    skips: Sequence[Skip]
    board: pd.DataFrame
    pairs: Mapping[Pair, Found]
    environments: Mapping[str, Mapping[str, str]]
    asked: Suite
    gains: pd.DataFrame

    @property
    def headline(self) -> str:
        """The metric that chooses and ranks."""
        return str(self.suite["metrics"][0])

    @property
    def metric(self) -> Metric:
        """The headline's entry."""
        return METRICS.get(self.headline)

    @property
    def thresholds(self) -> list[str]:
        """The suite's thresholds."""
        return list(self.suite["thresholds"])

    @property
    def rule(self) -> str:
        """The threshold that the board ranks under."""
        return rule_of(self.thresholds)

    @cached_property
    def by_threshold(self) -> dict[str, str]:
        """Threshold → the headline's column; one without a name where none matters."""
        columns = columns_of([self.headline], self.thresholds)
        return {column.partition("@")[2]: column for column in columns}

    @property
    def baseline(self) -> str:
        """The name under which the suite does nothing; empty where it never does."""
        return self.asked.baseline

    @cached_property
    def bests(self) -> Mapping[str, Best]:
        """The best pair of each dataset."""
        return best_pairs(self.rows, self.asked, POLICY)

    @cached_property
    def families(self) -> dict[str, str]:
        """Dataset → its family; empty where it has none."""
        return {name: str(facts["family"]) for name, facts in self.datasets.items()}

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The part of the board that has a rank."""
        return self.board[self.board["rank"].notna()]

    @cached_property
    def shared(self) -> pd.DataFrame:
        """The part of the board with models that strategies have in common."""
        return self.board[~self.board["model"].isin(LONE)]

    @cached_property
    def common(self) -> pd.DataFrame:
        """The part of the board with models that every strategy can have: means over them are of
        the same models.
        """
        return self.shared[~self.shared["model"].isin(self._refused)]

    @cached_property
    def means(self) -> str:
        """Which models a mean over models leaves out, in a sentence; empty where it is none."""
        if not self._refused:
            return ""
        names = listed(self._refused)
        return f"Means over models leave out those that not every strategy can have: {names}."

    @cached_property
    def _refused(self) -> list[str]:
        refused = self.shared.loc[self.shared["skipped"] > 0, "model"]
        return [str(name) for name in refused.unique()]

    @cached_property
    def left_out(self) -> str:
        """Which strategies have no model in common with others, in a sentence."""
        alone = self.board.loc[self.board["model"].isin(LONE), "strategy"].unique()
        if not len(alone):
            return ""
        return f"Left out, having no model in common with others: {listed(alone.tolist())}."

    @cached_property
    def overall(self) -> pd.DataFrame:
        """Means over datasets, the best mean rank first: see `compare.overall`."""
        return overall(self.board)

    @cached_property
    def headline_words(self) -> str:
        """The headline with its threshold, in words."""
        if set(self.by_threshold) == {""}:
            return self.headline
        return f"{self.headline} at the {self.rule} threshold"


def read(journal: Journal, curve_pairs: int) -> Evidence:
    """Read a journal; at most `curve_pairs` pairs get curves, the best ranks of all datasets."""
    asked, suite = noted_suite(journal), journal.fact("suite")
    rows, skips = journal.rows(), journal.skips()
    table = tidy(rows, skips)
    board = _board(asked, rows, table)
    drawn = _drawn(board, asked.baseline, curve_pairs)
    by_pair: dict[Pair, list[Row]] = {}
    for row in rows:
        by_pair.setdefault(row.cell.pair, []).append(row)
    pairs = {p: _found(journal, suite, found, p in drawn) for p, found in by_pair.items()}
    seconds = [
        pairs[pair].seconds if pair in pairs else np.nan
        for pair in zip(*(board[name] for name in PAIR), strict=True)
    ]
    invocations = sorted({row.invocation for row in rows} - {""})
    return Evidence(
        suite=suite,
        datasets=journal.fact("datasets"),
        rows=rows,
        skips=skips,
        board=board.assign(seconds=np.array(seconds, dtype=float)),
        pairs=pairs,
        environments={name: journal.environment(name) for name in invocations},
        asked=asked,
        gains=differences(table, rows, asked, asked.baseline),
    )


def _board(suite: Suite, rows: Sequence[Row], table: pd.DataFrame) -> pd.DataFrame:
    """The leaderboard with corrected probability metrics, `leading` and `gain`."""
    measured = set(table["metric"])
    corrected = [f"{m}{CORRECTED}" for m in suite.metrics if f"{m}{CORRECTED}" in measured]
    metrics = [*suite.metrics, *corrected]
    board = leaderboard(table, metrics, suite.thresholds, rows, suite.baseline)
    columns = columns_of([suite.headline], suite.thresholds)
    ranked = next((c for c in columns if c.endswith(f"@{suite.rule}")), columns[0])
    lacking = board.groupby("dataset")[ranked].transform("count") == 0
    gains = [c.replace(suite.headline, "gain", 1) for c in (ranked, columns[0])]
    leading = board[ranked].mask(lacking, board[columns[0]])
    return board.assign(leading=leading, gain=board[gains[0]].mask(lacking, board[gains[1]]))


def _drawn(board: pd.DataFrame, baseline: str, most: int) -> set[Pair]:
    """The pairs that get curves: the baseline's, and those with the best ranks."""
    order = board["rank"].mask(board["strategy"] == baseline, 0)
    kept = board.assign(order=order).sort_values("order", kind="stable").head(most)
    return set(zip(*(kept[name] for name in PAIR), strict=True))


def _found(journal: Journal, suite: Mapping[str, Any], rows: Sequence[Row], drawn: bool) -> Found:
    rule, metric = rule_of(suite["thresholds"]), METRICS.get(suite["metrics"][0])
    known = [journal.outcome(row.cell, row.fit_key, predictions=False) for row in rows]
    outcomes = [outcome for outcome in known if outcome is not None]
    ok = [outcome for outcome in outcomes if outcome.status == "ok"]
    timed = [row.seconds for row in rows if row.status == "ok" and row.seconds]
    return Found(
        seconds=float(np.mean(timed)) if timed else np.nan,
        chosen=search.chosen(ok, rule),
        history=search.history(ok, rule, metric),
        tuning_gain=search.gain_over_defaults(ok, rule),
        trials=[outcome.trials for outcome in ok],
        troubles=Counter((o.status, o.error) for o in outcomes if o.status != "ok"),
        notes=list(dict.fromkeys(o.note for o in ok if o.note)),
        curves=_curves(journal, suite, rows) if drawn else "they are drawn for the best pairs only",
    )


def _curves(
    journal: Journal, suite: Mapping[str, Any], rows: Sequence[Row]
) -> Mapping[str, Any] | str:
    rule = rule_of(suite["thresholds"])
    known = [journal.tested(row.fit_key, rule) for row in rows if row.status == "ok"]
    tested = [fold for fold in known if fold is not None]
    cuts = [row.scores.thresholds[rule].value for row in rows if rule in row.scores.thresholds]
    if not tested:
        return "no fold of this pair has predictions"
    return curves(tested, cuts, threshold_metric(suite["metrics"]))
