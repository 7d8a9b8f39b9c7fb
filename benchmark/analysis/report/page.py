"""Evidence → one HTML page that needs nothing else."""

import html
import math
import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from benchmark.analysis.report import provenance, troubles, words
from benchmark.analysis.report.best import best_rows
from benchmark.analysis.report.board import leaderboard_table
from benchmark.analysis.report.control import against_baseline
from benchmark.analysis.report.curves import CUTS, FALSE_ALARMS, RECALLS, threshold_metric
from benchmark.analysis.report.dumbbells import calibration, thresholds
from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import DASH, Chart, plain, signed
from benchmark.analysis.report.gains import heat_map
from benchmark.analysis.report.ranks import rank_charts
from benchmark.analysis.report.ties import Ties, ties
from benchmark.analysis.report.timing import quality_against_time
from benchmark.analysis.report.tuning import tuning_charts
from benchmark.journal.keys import version
from benchmark.journal.rows import EXTERNAL

SCRIPTS = ("charts.js", "board.js", "pair.js", "page.js")


def page(evidence: Evidence) -> str:
    """The report as text."""
    tied = ties(evidence)
    best = best_rows(evidence)
    charts = _charts(evidence)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"breakable": _breakable, "decimals": _decimals, "p_value": _p_value}
    environment.filters["unescaped"] = html.unescape
    return environment.from_string(_part("template.html")).render(
        version=version("benchmark"),
        suite=evidence.suite,
        scope=words.scope(evidence),
        findings=words.findings(evidence, best),
        best=best,
        ties=tied,
        headline=evidence.headline_words,
        baseline=evidence.baseline,
        charts=charts,
        control=against_baseline(evidence),
        measured=len(evidence.ranked) > 0,
        imported=EXTERNAL in set(evidence.board["model"]),
        failures=troubles.failures(evidence),
        skipped=troubles.skipped(evidence),
        notes=troubles.notes(evidence),
        provenance=provenance,
        evidence=evidence,
        data=plain(_data(evidence, charts, tied)) | {"pairs": _pairs(evidence)},
        style=_part("style.css"),
        plotly=get_plotlyjs(),
        script="\n".join(_part(name) for name in SCRIPTS),
    )


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _breakable(name: str) -> Markup:
    """A name that may be broken after an underscore or a sign."""
    return Markup(re.sub("(?<=[_+-])", "<wbr>", escape(name)))  # nosec B704 # it is escaped


def _decimals(value: float | None, form: str = ".3f") -> str:
    if value is None or math.isnan(value):
        return DASH
    return signed(value, form) if form.startswith("+") else format(value, form)


def _p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else _decimals(p)


def _charts(evidence: Evidence) -> dict[str, Chart]:
    charts = [
        heat_map(evidence),
        *rank_charts(evidence),
        thresholds(evidence),
        calibration(evidence),
        quality_against_time(evidence),
        *tuning_charts(evidence),
    ]
    return {chart.name: chart for chart in charts}


def _data(evidence: Evidence, charts: dict[str, Chart], tied: Ties) -> dict[str, Any]:
    """What the page's scripts work on."""
    metric = threshold_metric(evidence.suite["metrics"])
    return {
        "board": leaderboard_table(evidence, tied),
        "charts": {
            name: [vars(view) for view in chart.views]
            for name, chart in charts.items()
            if chart.views
        },
        "grids": {"recall": RECALLS, "alarms": FALSE_ALARMS, "cut": CUTS},
        "words": {
            "baseline": evidence.baseline,
            "headline": evidence.headline,
            "metric": metric.name if metric else "",
            "rule": evidence.rule,
        },
    }


def _pairs(evidence: Evidence) -> list[dict[str, Any]]:
    """Each pair in the order of the leaderboard: plain data already, and most of the page."""
    names = zip(*(evidence.board[c] for c in ("dataset", "strategy", "model")), strict=True)
    return [
        {
            "dataset": pair[0],
            "strategy": pair[1],
            "model": pair[2],
            "chosen": found.chosen,
            "history": found.history,
            "curves": found.curves,
        }
        for pair in names
        if (found := evidence.pairs.get(pair)) is not None
    ]
