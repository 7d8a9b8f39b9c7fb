"""How MLflow's UI opens a suite: all runs flat, best first, what was run and how good in view."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from benchmark.catalogue.registry import METRICS, Metric
from benchmark.journal.record import accepted_name, metric_name
from benchmark.suite import rule_of

SHOWN_METRICS = 8
_WIDTHS = {
    "attributes.`Run Name`": 175,
    "runDateAndNestInfo": 40,
    "params.`dataset`": 110,
    "params.`strategy`": 165,
    "params.`model`": 140,
}


def view_tag(suite: str) -> str:
    """The tag of an experiment in which MLflow 3.17 keeps a saved view."""
    return f"mlflow.sharedViewState.{_key(suite)}"


def view(suite: Mapping[str, Any]) -> str:
    """The saved view of a suite as the journal notes it: columns, their order and widths.

    The metrics are the suite's under the leaderboard rule, then at the default threshold.
    """
    thresholds = suite["thresholds"]
    rules = dict.fromkeys([rule_of(thresholds), *(t for t in thresholds if t == "default")])
    shown = [name for name in suite["metrics"] if (found := _known(name)) and not found.each]
    metrics = [_column(name, rule) for rule in rules for name in shown[:SHOWN_METRICS]]
    widths = _WIDTHS | {column: max(85, 7 * len(column) - 55) for column in metrics}
    state = _order(suite["metrics"][0], thresholds) | {
        "selectedColumns": [name for name in widths if name.startswith(("params.", "metrics."))],
        "columnOrder": list(widths),
        "columnWidths": widths,
    }
    saved = {"name": f"{suite['name']}, best first", "createdAt": 0, "state": json.dumps(state)}
    return json.dumps(saved)


def query(suite: str, metric: str, thresholds: Sequence[str], *, saved: bool) -> str:
    """The query of a link to the runs; without the saved view it says their order alone."""
    order = _order(metric, thresholds)
    order["orderByAsc"] = json.dumps(order["orderByAsc"])
    asked = {"viewStateShareKey": _key(suite)} if saved else order
    return urlencode(asked | {"workflowType": "machine_learning"}, quote_via=quote)


def _key(suite: str) -> str:
    return f"benchmark-{suite}"


def _known(metric: str) -> Metric | None:
    """None for one of a plugin that is not loaded."""
    return METRICS.get(metric) if metric in METRICS.names() else None


def _order(metric: str, thresholds: Sequence[str]) -> dict[str, Any]:
    """Best first by a metric under the leaderboard rule."""
    known = _known(metric)
    return {
        "orderByKey": _column(metric, rule_of(thresholds)),
        "orderByAsc": known is not None and not known.greater_is_better,
        "startTime": "ALL",
    }


def _column(metric: str, rule: str) -> str:
    known = _known(metric)
    depends = known is not None and known.kind == "label"
    return f"metrics.`{accepted_name(metric_name(metric, rule if depends else ''))}`"
