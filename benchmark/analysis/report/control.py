"""Each strategy against doing nothing, over all datasets."""

from typing import Any

from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.figures import in_words
from benchmark.analysis.report.gains import MEAN
from benchmark.analysis.report.ranks import missing_cells, strategy_gains, why_not_ranked
from benchmark.analysis.stats import ALPHA, ROPE, against
from benchmark.wording import counted


def against_baseline(evidence: Evidence) -> dict[str, Any]:
    """Rows of the comparison with a finding and a note; no rows, and why, where it cannot be."""
    reason = why_not_ranked(evidence)
    if reason:
        return {"rows": [], "finding": "", "note": reason}
    found = strategy_gains(evidence, MEAN)
    if evidence.baseline not in found.scores:
        return {"rows": [], "finding": "", "note": f"{in_words(evidence.baseline)} has no scores."}
    compared = against(found.scores, evidence.baseline)
    table = compared.table.sort_values("median_gain", ascending=False, kind="stable")
    rows = [{"strategy": str(name)} | dict(row) for name, row in table.iterrows()]
    whole = [row | {name: int(row[name]) for name in ("wins", "ties", "losses")} for row in rows]
    families = counted(len(found.scores), "family", "families")
    note = (
        f"By {evidence.headline_words}, mean over models, over {families} of datasets. A tie is a "
        f"gain of at most {ROPE:g} either way; p is Wilcoxon's signed-rank test with Holm's "
        "correction."
    )
    not_run = f"{compared.not_run}." if compared.not_run else ""
    parts = [note, not_run, missing_cells(found.note), evidence.left_out]
    finding = _finding(evidence, whole)
    return {"rows": whole, "finding": finding, "note": " ".join(filter(None, parts))}


def _finding(evidence: Evidence, rows: list[dict[str, Any]]) -> str:
    better = sum(row["p_holm"] < ALPHA and row["mean_gain"] > 0 for row in rows)
    worse = sum(row["p_holm"] < ALPHA and row["mean_gain"] < 0 for row in rows)
    ahead = sum(row["wins"] > row["losses"] for row in rows)
    of = counted(len(rows), "strategy", "strategies")
    baseline = in_words(evidence.baseline)
    return (
        f"{better} of {of} beat {baseline} significantly, {worse} lose to it; "
        f"{ahead} win on more datasets than they lose"
    )
