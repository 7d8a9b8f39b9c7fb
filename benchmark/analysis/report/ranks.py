"""Mean ranks over datasets, with their bootstrap intervals."""

import pandas as pd

from benchmark.analysis.answers import blocks
from benchmark.analysis.report.differences import diagram
from benchmark.analysis.report.evidence import POLICY, Evidence
from benchmark.analysis.report.figures import (
    BLUE,
    MUTED,
    VERMILION,
    Chart,
    View,
    axis,
    hover,
    in_words,
    rows_layout,
)
from benchmark.analysis.report.gains import MEAN
from benchmark.analysis.scores import Complete
from benchmark.analysis.stats import NotRun, mean_ranks, tie_group
from benchmark.wording import counted


def rank_charts(evidence: Evidence) -> tuple[Chart, Chart]:
    """Rank intervals and the critical-difference diagram, each for all models and for each."""
    intervals = Chart("ranks", "Mean ranks")
    differences = Chart("differences", "Critical difference")
    reason = why_not_ranked(evidence)
    if reason:
        return (
            Chart("ranks", intervals.subject, missing=reason),
            Chart("differences", differences.subject, missing=reason),
        )
    tables = {name: strategy_gains(evidence, name) for name in _models(evidence)}
    usable = {name: found for name, found in tables.items() if found.scores.shape[1] > 1}
    ranks = {
        name: mean_ranks(found.scores, int(evidence.suite["seed"])).sort_values("rank")
        for name, found in usable.items()
    }
    drawn = [_interval_view(evidence, name, ranks[name], usable[name]) for name in usable]
    diagrams = [diagram(name, ranks[name]["rank"], usable[name]) for name in usable]
    shown = [view for view in diagrams if view is not None]
    return (
        Chart("ranks", intervals.subject, drawn, _note(evidence, usable)),
        Chart(
            "differences",
            differences.subject,
            shown,
            "Strategies joined by a bar do not differ significantly by Nemenyi's test (95 %). "
            "It compares all with all and is conservative: a comparison with one control "
            "sees more.",
            "" if shown else _too_few(usable),
            wide=True,
        ),
    )


def why_not_ranked(evidence: Evidence) -> str:
    """Why there are no ranks over datasets; empty where there are."""
    if not evidence.baseline:
        return "The suite has no strategy that does nothing (none), so there is no gain to rank by."
    part = evidence.gains[evidence.gains["gain"].notna()]
    names, strategies = part["dataset"].unique(), part["strategy"].nunique()
    families = len({evidence.families.get(name) or name for name in names})
    if families < 2:
        measured = f"{counted(len(names), 'dataset')} of {counted(families, 'family', 'families')}"
        return f"Ranks need datasets of two families; there are results for {measured}."
    if strategies < 2:
        said = counted(strategies, "strategy", "strategies")
        return f"Ranks need two strategies; {said} has one."
    return ""


def _too_few(usable: dict[str, Complete]) -> str:
    datasets = max((len(found.scores) for found in usable.values()), default=0)
    return (
        f"With {counted(datasets, 'family', 'families')} of datasets no two mean ranks can differ "
        "by the critical difference."
    )


def _models(evidence: Evidence) -> list[str]:
    models = [str(name) for name in evidence.gains["model"].unique()]
    return [MEAN, *models] if len(models) > 1 else models


def strategy_gains(evidence: Evidence, model: str) -> Complete:
    """A row a family, a column a strategy: its gain over the baseline with the same models."""
    gains = evidence.gains
    part = gains if model == MEAN else gains[gains["model"] == model]
    return blocks(part, evidence.families, evidence.baseline, POLICY)


def _note(evidence: Evidence, usable: dict[str, Complete]) -> str:
    families = max(len(found.scores) for found in usable.values())
    datasets = evidence.ranked["dataset"].nunique()
    parts = [
        f"Ranks by the gain in {evidence.headline_words} over {in_words(evidence.baseline)} with "
        f"the same model, over {counted(families, 'family', 'families')} "
        f"({counted(datasets, 'dataset')}); 1 is best. Bars are 95 % bootstrap intervals.",
        "Hollow: significantly worse than the best by Wilcoxon's test with Holm's correction.",
        missing_cells(next((found.note for found in usable.values() if found.note), "")),
        evidence.left_out,
    ]
    return " ".join(filter(None, parts))


def missing_cells(note: str) -> str:
    """What was done about missing cells, in a sentence; `note` is that of `Complete`."""
    return f"Missing cells: {note or f'none (policy {POLICY})'}."


def _interval_view(evidence: Evidence, name: str, ranks: pd.DataFrame, found: Complete) -> View:
    strategies = [str(strategy) for strategy in ranks.index]
    colours = [VERMILION if s == evidence.baseline else BLUE for s in strategies]
    ties = tie_group(found.scores)
    worse = [not isinstance(ties, NotRun) and name not in ties for name in ranks.index]
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
        "marker": {
            "size": 10,
            "color": colours,
            "symbol": ["circle-open" if is_worse else "circle" for is_worse in worse],
            "line": {"width": 2, "color": colours},
        },
        "text": [hover(s) for s in strategies],
        "customdata": ranks[["low", "high"]].to_numpy(),
        "hovertemplate": "%{text}<br>mean rank %{x:.2f} "
        "(%{customdata[0]:.2f} to %{customdata[1]:.2f})<extra></extra>",
    }
    layout = rows_layout(strategies, "strategy", axis("mean rank, 1 is best"))
    return View(name, _interval_finding(evidence, ranks, found), [trace], layout)


def _interval_finding(evidence: Evidence, ranks: pd.DataFrame, found: Complete) -> str:
    best = ranks.iloc[0]
    over = counted(len(found.scores), "family", "families")
    said = (
        f"{in_words(str(ranks.index[0]))} has the best mean rank, {best['rank']:.1f} "
        f"({best['low']:.1f} to {best['high']:.1f}) of {len(ranks)} over {over}"
    )
    if evidence.baseline in ranks.index[1:]:
        place = [str(name) for name in ranks.index].index(evidence.baseline) + 1
        said += f"; doing nothing is number {place}"
    return said
