"""Where the figures come from: versions, machines, fingerprints, the suite itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.gains import imbalance
from benchmark.journal.keys import MACHINE
from benchmark.wording import counted

SHOWN = ("platform", "processor", "processors", "kernel")
IMPORTED = dict.fromkeys(SHOWN, "") | {"platform": "imported: it ran elsewhere"}


def libraries(evidence: Evidence) -> list[tuple[str, str]]:
    """Python and each library with its version, or all of them where invocations differ."""
    found: dict[str, dict[str, None]] = {}
    for environment in evidence.environments.values():
        for name, version in environment.items():
            if name not in MACHINE and version:
                found.setdefault(name, {})[version] = None
    return [(name, ", ".join(versions)) for name, versions in found.items()]


def invocations(evidence: Evidence) -> list[dict[str, str]]:
    """Each invocation that computed a cell: how many, and the machine."""
    cells = Counter(row.invocation for row in evidence.rows)
    return [
        {"name": name, "cells": f"{cells[name]:,}"}
        | ({key: environment.get(key, "") for key in SHOWN} if environment else IMPORTED)
        for name, environment in evidence.environments.items()
    ]


def datasets(evidence: Evidence) -> list[dict[str, Any]]:
    """Size, classes, source and fingerprint of each dataset."""
    return [
        {
            "name": name,
            "rows": f"{facts['rows']:,}",
            "columns": f"{facts['columns']:,}",
            "classes": len(facts["classes"]),
            "positives": f"{facts['positives']:,}",
            "imbalance": f"{imbalance(facts):.1f} : 1",
            "family": facts["family"],
            "source": facts["source"],
            "fingerprint": facts["fingerprint"],
        }
        for name, facts in evidence.datasets.items()
    ]


def settings(evidence: Evidence) -> list[tuple[str, str]]:
    """Seeds, folds, search and limits, in words."""
    suite = evidence.suite
    cv, tuning, limits = suite["cv"], suite["tuning"], suite["limits"]
    folds = f"the column {cv['column']}" if cv["column"] else f"{cv['folds']} x {cv['repeats']}"
    search = (
        f"{counted(tuning['trials'], 'trial')} on {tuning['folds']} inner folds"
        if tuning
        else "off"
    )
    other = suite.get("fit_seed")
    fits = "" if other is None else f"; {other} for samplers, models and searches"
    seeds = f"{suite['seed']}; split, sampler, model and search of each fold derive from it{fits}"
    return [
        ("seed", seeds),
        ("outer folds (folds x repeats)", folds),
        ("tuning", search),
        ("thresholds", ", ".join(suite["thresholds"])),
        ("metrics", ", ".join(suite["metrics"])),
        ("preprocessing", ", ".join(f"{k}: {v}" for k, v in suite["preprocess"].items())),
        ("limits of a cell", f"{limits['seconds']:g} s, {limits['memory'] / 2**30:.3g} GiB"),
    ]


def suite_text(suite: Mapping[str, Any]) -> str:
    """The suite as YAML that can be run again; what is empty or None is left out."""
    off = {name: "off" for name in ("tuning", "tracking") if suite[name] is None}
    brief = _brief(suite) | off
    text: str = yaml.safe_dump(brief, sort_keys=False, allow_unicode=True, width=100)
    return text


def _brief(value: Any) -> Any:
    """Plain data without what is empty; what is only used by its name is that name."""
    if isinstance(value, Mapping):
        briefs = {key: _brief(item) for key, item in value.items()}
        kept = {key: item for key, item in briefs.items() if not _empty(item)}
        return kept["use"] if set(kept) == {"use"} else kept
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_brief(item) for item in value]
    return value


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
