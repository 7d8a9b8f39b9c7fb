"""What failed and what cannot be, each reason once."""

from collections import Counter
from typing import Any

from benchmark.analysis.report.evidence import Evidence


def failures(evidence: Evidence) -> list[dict[str, Any]]:
    """Strategy, status and reason of failed cells, with the models and datasets they met."""
    found: dict[tuple[str, str, str], list[tuple[str, str, int]]] = {}
    for (dataset, strategy, model), pair in evidence.pairs.items():
        for (status, error), folds in pair.troubles.items():
            found.setdefault((strategy, status, error), []).append((dataset, model, folds))
    return [
        {
            "strategy": strategy,
            "models": list(dict.fromkeys(model for _, model, _ in cells)),
            "status": status.replace("_", " "),
            "reason": error,
            "datasets": list(dict.fromkeys(dataset for dataset, _, _ in cells)),
            "folds": sum(folds for _, _, folds in cells),
        }
        for (strategy, status, error), cells in found.items()
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
