"""The best pair of each dataset, with what choosing it is worth."""

from typing import Any

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.ties import Ties, fold_scores
from benchmark.analysis.selection import Selected, selection_corrected
from benchmark.analysis.stats import NotRun


def best_pairs(evidence: Evidence, ties: Ties) -> list[dict[str, Any]]:
    """For each measured dataset: its best pair, its mean score, the corrected one, and its ties.

    `corrected` is None with a `reason` where there are no inner scores to choose by.
    """
    found = []
    for name, part in evidence.ranked.groupby("dataset", sort=False):
        best = part.sort_values("rank", kind="stable").iloc[0]
        inner, outer = fold_scores(evidence, str(name))
        chosen = selection_corrected(inner, outer) if len(inner) else _nothing()
        found.append(
            {
                "dataset": str(name),
                "strategy": best["strategy"],
                "model": best["model"],
                "score": float(best["leading"]),
                "gain": float(best["gain"]),
                "tied": len(ties.on[str(name)]),
                "pairs": len(part),
                **_corrected(evidence, chosen),
            }
        )
    return found


def _corrected(evidence: Evidence, chosen: "Selected | NotRun") -> dict[str, Any]:
    if isinstance(chosen, NotRun):
        return {"corrected": None, "reason": str(chosen)}
    if evidence.metric.target is not None:
        reason = (
            f"{evidence.headline} is best at {evidence.metric.target:g}: no mean tells how near"
        )
        return {"corrected": None, "reason": reason}
    return {"corrected": float(evidence.metric.quality(chosen.mean)), "reason": chosen.note}


def _nothing() -> NotRun:
    return NotRun("the selection-corrected score", "there are no inner folds")
