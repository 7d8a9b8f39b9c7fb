"""What the search was worth, and which parameters mattered."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmark.analysis.report import search
from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import (
    BLUE,
    GREEN,
    Chart,
    View,
    axis,
    hover,
    in_words,
    pair_name,
    percent,
    rows_layout,
    signed,
)
from benchmark.types import Trial
from benchmark.wording import counted

MOST_ROWS = 30
LONGEST_NAME = 46


def tuning_charts(evidence: Evidence) -> tuple[Chart, Chart]:
    """What the search gained over the defaults, and the importance of parameters."""
    subjects = ("What the search gained", "Which parameters mattered")
    names = ("tuning", "importances")
    reason = _why_not(evidence)
    if reason:
        left = [Chart(n, s, missing=reason) for n, s in zip(names, subjects, strict=True)]
        return left[0], left[1]
    return (
        Chart(
            names[0],
            subjects[0],
            [_gain_view(evidence)],
            "The best trial less the first, which is the defaults, on the inner folds: what the "
            "search believes it gained. On new rows it is less.",
            wide=True,
        ),
        _importance_chart(evidence, *subjects[1:]),
    )


def _why_not(evidence: Evidence) -> str:
    if not evidence.suite["tuning"]:
        return "The suite does not tune: every pair ran with its defaults."
    if evidence.suite["tuning"]["trials"] < 2:
        return "The suite has one trial a cell, the defaults: nothing was searched."
    if all(np.isnan(found.tuning_gain) for found in evidence.pairs.values()):
        return "No pair has a finished search."
    return ""


def _gain_view(evidence: Evidence) -> View:
    table = pd.DataFrame(
        [(strategy, model, found.tuning_gain)
         for (_, strategy, model), found in evidence.pairs.items()],
        columns=["strategy", "model", "gain"],
    ).dropna()  # fmt: skip
    means = table.groupby(["strategy", "model"], sort=False)["gain"].mean()
    means = means.sort_values(ascending=False, kind="stable")
    shown = means.head(MOST_ROWS)
    names = [pair_name(str(strategy), str(model)) for strategy, model in shown.index]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": shown.tolist(),
        "y": list(range(len(shown))),
        "text": [hover(name) for name in names],
        "textposition": "none",
        "hovertemplate": "%{text}<br>gain %{x:+.3f}<extra></extra>",
        "marker": {"color": BLUE},
    }
    title = f"mean inner gain in {evidence.headline} over the defaults"
    layout = rows_layout(names, "pair", axis(title, tickformat="+.2f"), LONGEST_NAME)
    still = float((table["gain"] <= 0).mean())
    trials = evidence.suite["tuning"]["trials"]
    finding = (
        f"{counted(trials, 'trial')} gain {signed(float(table['gain'].median()))} "
        f"{evidence.headline} over the defaults in the median, most for {in_words(names[0])} "
        f"({signed(float(shown.iloc[0]))}); {percent(still)} of the pairs keep their defaults"
    )
    if len(means) > len(shown):
        finding += f" (the first {len(shown)} of {len(means)} are drawn)"
    return View("", finding, [trace], layout)


def _importance_chart(evidence: Evidence, subject: str) -> Chart:
    """A row for each pair's parameter, over all datasets and folds."""
    cells: dict[tuple[str, str], list[Sequence[Trial]]] = {}
    for (_, strategy, model), found in evidence.pairs.items():
        cells.setdefault((strategy, model), []).extend(found.trials)
    shares = [
        (share, pair_name(*pair), name)
        for pair, trials in cells.items()
        for name, share in search.importances(trials, evidence.rule).items()
    ]
    if not shares:
        reason = f"No pair has {search.FEWEST_TRIALS} trials that tell values of a parameter apart."
        return Chart("importances", subject, missing=reason)
    shares.sort(key=lambda found: -found[0])
    shown = shares[:MOST_ROWS]
    names = [f"{parameter.partition('.')[2] or parameter}, {pair}" for _, pair, parameter in shown]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [share for share, _, _ in shown],
        "y": list(range(len(shown))),
        "text": [hover(pair, parameter) for _, pair, parameter in shown],
        "textposition": "none",
        "hovertemplate": "%{text}<br>%{x:.0%}<extra></extra>",
        "marker": {"color": GREEN},
    }
    title = "share of the score's variance (ranks within a cell)"
    shares_axis = axis(title, tickformat=".0%", rangemode="tozero")
    layout = rows_layout(names, "parameter and pair", shares_axis, LONGEST_NAME)
    top, pair, parameter = shares[0]
    finding = (
        f"{in_words(parameter)} of {in_words(pair)} decides most: {percent(top)} of the variance "
        f"of its scores; {sum(share < 0.05 for share, _, _ in shares)} of "
        f"{counted(len(shares), 'parameter')} decide less than 5 %"
    )
    note = (
        "One-way analysis of ranks (Kruskal-Wallis, epsilon squared) between quarters of a "
        "number's values or the values of a choice, each parameter by itself: interactions are "
        "not seen, and the search visits good regions more often."
    )
    if len(shares) > len(shown):
        note += f" The first {len(shown)} of {len(shares)} are drawn."
    return Chart("importances", subject, [View("", finding, [trace], layout)], note, wide=True)
