"""The best pair of each dataset, with what choosing it is worth."""

from typing import Any

import numpy as np
import pandas as pd

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.selection import Selected, selection_corrected
from benchmark.analysis.stats import NotRun


def best_pairs(evidence: Evidence) -> list[dict[str, Any]]:
    """For each measured dataset: its best pair, its mean score, and the corrected one.

    `corrected` is None with a `reason` where there are no inner scores to choose by.
    """
    found = []
    for name, part in evidence.ranked.groupby("dataset", sort=False):
        best = part.sort_values("rank", kind="stable").iloc[0]
        inner, outer = _scores(evidence, str(name))
        chosen = selection_corrected(inner, outer) if len(inner) else _nothing()
        found.append(
            {
                "dataset": str(name),
                "strategy": best["strategy"],
                "model": best["model"],
                "score": float(best["leading"]),
                "gain": float(best["gain"]),
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


def _scores(evidence: Evidence, dataset: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Inner and outer scores, a row a fold and a column a pair; more is better."""
    inner: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
    outer: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
    for row in evidence.rows:
        cell = row.cell
        if cell.dataset != dataset:
            continue
        found = (row.scores.values.get(rule, {}) for rule in (evidence.rule, "", "default"))
        value = next((v[evidence.headline] for v in found if evidence.headline in v), None)
        place, pair = (cell.repeat, cell.fold), (cell.strategy, cell.model)
        known = evidence.pairs[cell.pair].inner.get(place, np.nan)
        inner.setdefault(pair, {})[place] = known
        quality = np.nan if value is None else float(evidence.metric.quality(value))
        outer.setdefault(pair, {})[place] = quality
    return pd.DataFrame(inner), pd.DataFrame(outer)
