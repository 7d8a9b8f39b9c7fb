"""The best pair of each dataset, with what choosing it is worth."""

from typing import Any

import numpy as np

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.stats import NotRun


def best_rows(evidence: Evidence) -> list[dict[str, Any]]:
    """A row for each measured dataset: its best pair, its mean score, the corrected one, its ties.

    `corrected` is None with a `reason` where there are no inner scores to choose by; `tied` counts
    the other pairs that are not significantly worse, None where that was not tested.
    """
    gains = evidence.ranked.set_index(["dataset", "strategy", "model"])["gain"]
    rows = []
    for name, best in evidence.bests.items():
        chosen = best.corrected
        rows.append(
            {
                "dataset": name,
                "strategy": best.strategy,
                "model": best.model,
                "score": best.score,
                "gain": float(gains.get((name, best.strategy, best.model), np.nan)),
                "tied": None if isinstance(best.ties, NotRun) else len(best.ties) - 1,
                "pairs": best.pairs,
                "corrected": None if isinstance(chosen, NotRun) else chosen.mean,
                "reason": str(chosen) if isinstance(chosen, NotRun) else chosen.note,
            }
        )
    return rows
