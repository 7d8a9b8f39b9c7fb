"""A comparison as CSV, JSON, Markdown or LaTeX."""

import json
from collections.abc import Sequence

import pandas as pd

from benchmark.analysis.compare import PAIR, columns_of, leaderboard
from benchmark.catalogue.registry import METRICS
from benchmark.cli.tables import cell
from benchmark.errors import BenchmarkError, unknown
from benchmark.journal.store import Row
from benchmark.suite import Suite

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)


def narrowed(suite: Suite, metrics: tuple[str, ...], threshold: str | None) -> Suite:
    """The suite with the metrics and thresholds that a table shall show.

    Raises BenchmarkError for one that the suite has not measured.
    """
    corrected = [f"{m}_corrected" for m in suite.metrics if METRICS.get(m).kind == "probability"]
    for metric in metrics:
        if metric not in (measured := [*suite.metrics, *corrected]):
            raise BenchmarkError(unknown("metric of this suite", metric, measured))
    if threshold and threshold not in suite.thresholds:
        known = ", ".join(suite.thresholds)
        raise BenchmarkError(f"threshold {threshold!r} is not in this suite; it has: {known}")
    update: dict[str, object] = {}
    if metrics:
        update["metrics"] = metrics
    if threshold:
        update["thresholds"] = (threshold,)
    return suite.model_copy(update=update)


def as_text(table: pd.DataFrame, rows: Sequence[Row], suite: Suite, form: str) -> str:
    """The table as text; csv and json tidy and in full precision, the others for reading."""
    if form in ("csv", "json"):
        wanted = table["metric"].isin([*suite.metrics, *(f"{m}_corrected" for m in suite.metrics)])
        wanted &= table["threshold"].isin(["", *suite.thresholds])
        kept = table[wanted | (table["metric"] == "")]
        if form == "csv":
            return str(kept.to_csv(index=False))
        plain = kept.astype(object).where(kept.notna(), None).to_dict("records")
        return json.dumps(plain, indent=1) + "\n"
    board = leaderboard(table, suite.metrics, suite.thresholds, rows, suite.baseline)
    columns = _columns(board, suite)
    lines = [
        [*(str(line[name]) for name in PAIR), *(cell(line, c, deviations=False) for c in columns)]
        for line in board.to_dict("records")
    ]
    header = [*PAIR, *(column.replace("@", " ") for column in columns)]
    return _markdown(header, lines) if form == "markdown" else _latex(header, lines)


def _columns(board: pd.DataFrame, suite: Suite) -> list[str]:
    gains = [column for column in board.columns if column.startswith("gain")]
    measured = columns_of(suite.metrics, suite.thresholds)
    return [*measured, *gains, "rank"]


def _markdown(header: list[str], lines: list[list[str]]) -> str:
    rows = [header, ["---"] * len(header), *lines]
    escaped = ([cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in escaped)


def _latex(header: list[str], lines: list[list[str]]) -> str:
    """A booktabs table."""
    body = "".join(f"{' & '.join(c.translate(_LATEX) for c in row)} \\\\\n" for row in lines)
    columns = "lll" + "r" * (len(header) - 3)
    head = " & ".join(cell.translate(_LATEX) for cell in header)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )
