"""The report's first lines: what was compared, and what came of it."""

from collections import Counter
from typing import Any

import numpy as np

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import in_words, pair_name, signed
from benchmark.wording import counted


def scope(evidence: Evidence) -> str:
    """How much was compared, and how much of it is there."""
    board = evidence.board
    kinds = [
        counted(board[name].nunique(), name, plural)
        for name, plural in (("dataset", ""), ("strategy", "strategies"))
    ]
    models = counted(evidence.shared["model"].nunique(), "model")
    cells = counted(len(evidence.rows), "cell")
    status = Counter(row.status for row in evidence.rows)
    missing = [f"{n:,} {name.replace('_', ' ')}" for name, n in status.items() if name != "ok"]
    pairs = len(board[["strategy", "model"]].drop_duplicates())
    said = f"all {cells} are ok" if not missing else f"of {cells} {', '.join(missing)}"
    if not evidence.rows:
        said = "no cell was planned"
    skips = f"; {counted(len(evidence.skips), 'pair')} cannot be" if evidence.skips else ""
    return f"{kinds[0]}, {kinds[1]} and {models} make {counted(pairs, 'pair')}; {said}{skips}."


def findings(evidence: Evidence, best: list[dict[str, Any]]) -> list[str]:
    """The best pair, what it gains, and what remains of the best once luck is taken out."""
    if not len(evidence.ranked):
        return ["Nothing has been measured yet: no cell has scores."]
    lines = [_leader(evidence)]
    corrected = [b for b in best if b["corrected"] is not None]
    if corrected:
        raw = float(np.mean([b["score"] for b in corrected]))
        honest = float(np.mean([b["corrected"] for b in corrected]))
        where = "in the mean " if len(corrected) > 1 else ""
        lines.append(
            f"Choosing the best pair of a dataset by its inner folds gives {evidence.headline} "
            f"{where}{honest:.3f} on new rows; the best outer score, {raw:.3f}, is optimistic, "
            "because it is the highest of many."
        )
    return lines


def _leader(evidence: Evidence) -> str:
    overall = evidence.overall
    first = overall.iloc[0]
    name = in_words(pair_name(str(first["strategy"]), str(first["model"])))
    total = evidence.ranked["dataset"].nunique()
    gain = ""
    if evidence.baseline and first["strategy"] != evidence.baseline and not np.isnan(first["gain"]):
        gained = float(first["gain"])
        said = f"{signed(gained)} against" if abs(gained) >= 0.0005 else "no gain over"
        gain = f", {said} {in_words(evidence.baseline)}"
    figure = f"{evidence.headline_words}, mean {first['leading']:.3f}{gain}"
    if total == 1:
        return (
            f"{name} is first of {len(overall)}: {evidence.headline_words} "
            f"{first['leading']:.3f} (optimistic: the highest of all){gain}."
        )
    tied = int((overall["rank"] == first["rank"]).sum()) - 1
    shared = f" (shared with {counted(tied, 'other')})" if tied else ""
    return (
        f"{name} has the best mean rank{shared}: {first['rank']:.1f} of {len(overall)} "
        f"over {counted(total, 'dataset')} ({figure}; optimistic: the first of many)."
    )
