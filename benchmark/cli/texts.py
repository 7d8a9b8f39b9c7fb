"""A comparison as CSV, JSON, Markdown or LaTeX."""

import pandas as pd

from benchmark.analysis.compare import columns_of, leaderboard
from benchmark.errors import BenchmarkError, unknown
from benchmark.suite import Suite

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)


def narrowed(suite: Suite, metrics: tuple[str, ...], threshold: str | None) -> Suite:
    """The suite with the metrics and thresholds that a table shall show.

    Raises BenchmarkError for one that the suite has not measured.
    """
    for metric in metrics:
        if metric.removesuffix("_corrected") not in suite.metrics:
            raise BenchmarkError(unknown("metric of this suite", metric, suite.metrics))
    if threshold and threshold not in suite.thresholds:
        measured = ", ".join(suite.thresholds)
        raise BenchmarkError(f"threshold {threshold!r} is not in this suite; it has: {measured}")
    update: dict[str, object] = {}
    if metrics:
        update["metrics"] = metrics
    if threshold:
        update["thresholds"] = (threshold,)
    return suite.model_copy(update=update)


def as_text(table: pd.DataFrame, suite: Suite, form: str) -> str:
    """The table as text; csv and json tidy and in full precision, the others for reading."""
    if form in ("csv", "json"):
        wanted = table["metric"].isin([*suite.metrics, *(f"{m}_corrected" for m in suite.metrics)])
        wanted &= table["threshold"].isin(["", *suite.thresholds])
        kept = table[wanted | (table["metric"] == "")]
        if form == "csv":
            return str(kept.to_csv(index=False))
        return str(kept.to_json(orient="records", indent=1)) + "\n"
    board = leaderboard(table, list(suite.metrics), list(suite.thresholds))
    lines = [
        [_shown(v) for v in line] for line in board[_columns(board, suite)].to_numpy().tolist()
    ]
    header = [c.replace("@", " ") for c in _columns(board, suite)]
    return _markdown(header, lines) if form == "markdown" else _latex(header, lines)


def _columns(board: pd.DataFrame, suite: Suite) -> list[str]:
    gains = [column for column in board.columns if column.startswith("gain")]
    measured = columns_of(suite.metrics, suite.thresholds)
    return ["dataset", "strategy", "model", *measured, *gains, "rank"]


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.3f}"
    return str(value)


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
