"""What failed and what cannot be, each reason once."""

from collections import Counter
from typing import Any

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import count


def failures(evidence: Evidence) -> list[dict[str, Any]]:
    """Status and reason of failed cells, by strategy and model."""
    found: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for (dataset, strategy, model), pair in evidence.pairs.items():
        for (status, error), folds in pair.troubles.items():
            found.setdefault((strategy, model, status, error), {})[dataset] = folds
    return [
        {
            "strategy": strategy,
            "model": model,
            "status": status.replace("_", " "),
            "reason": error,
            "where": [f"{name}: {count(n, 'fold')}" for name, n in folds.items()],
            "folds": sum(folds.values()),
        }
        for (strategy, model, status, error), folds in found.items()
    ]


def skipped(evidence: Evidence) -> list[dict[str, Any]]:
    """Pairs that cannot be, with the datasets that they cannot be on."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for skip in evidence.skips:
        found.setdefault((skip.strategy, skip.model, skip.reason), []).append(skip.dataset)
    return [
        {"strategy": strategy, "model": model, "reason": reason, "datasets": names}
        for (strategy, model, reason), names in found.items()
    ]


def notes(evidence: Evidence) -> list[tuple[str, int]]:
    """What cells wish to be known, and in how many pairs."""
    found = Counter(note for pair in evidence.pairs.values() for note in pair.notes)
    return list(found.items())
