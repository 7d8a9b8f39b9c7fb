"""A comparison as CSV, JSON, Markdown or LaTeX."""

import html
import json
import re
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from benchmark.analysis.best import Best
from benchmark.analysis.compare import PAIR, as_csv, columns_of, leaderboard
from benchmark.catalogue.registry import METRICS
from benchmark.cli.tables import cell, tied
from benchmark.errors import BenchmarkError, unknown
from benchmark.journal.rows import Row
from benchmark.suite import Suite

_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
    | {"Δ": r"$\Delta$", "≈": r"$\approx$", "<": "$<$", ">": "$>$", "\n": " "}
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


def as_text(
    table: pd.DataFrame,
    rows: Sequence[Row],
    suite: Suite,
    form: str,
    baseline: str,
    bests: Mapping[str, Best],
) -> str:
    """The table as text; csv and json tidy and in full precision, the others for reading."""
    if form in ("csv", "json"):
        wanted = table["metric"].isin([*suite.metrics, *(f"{m}_corrected" for m in suite.metrics)])
        wanted &= table["threshold"].isin(["", *suite.thresholds])
        return tidy_text(table[wanted | (table["metric"] == "")], form)
    board = leaderboard(table, suite.metrics, suite.thresholds, rows, baseline)
    board["tied"] = tied(board, bests)
    columns = _columns(board, suite)
    lines = [
        [*(str(line[name]) for name in PAIR), *(cell(line, c, deviations=False) for c in columns)]
        for line in board.to_dict("records")
    ]
    header = [*PAIR, *(column.replace("@", " ") for column in columns)]
    best = set(board.loc[board["rank"].notna(), "dataset"].drop_duplicates().index)
    return table_text(header, lines, form, best, names=len(PAIR))


def tidy_text(table: pd.DataFrame, form: str) -> str:
    """A tidy table as csv, or as json with null for what is missing."""
    if form == "csv":
        return as_csv(table)
    plain = table.astype(object).where(table.notna(), None).to_dict("records")
    return json.dumps(plain, indent=1) + "\n"


def table_text(
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    form: str,
    best: Collection[int],
    names: int,
) -> str:
    """Lines for reading, those in `best` in bold; the first `names` columns are names."""
    make = _markdown if form == "markdown" else _latex
    return make(header, lines, best, names)


def _columns(board: pd.DataFrame, suite: Suite) -> list[str]:
    gains = [column for column in board.columns if column.startswith("gain")]
    measured = columns_of(suite.metrics, suite.thresholds)
    return [*measured, *gains, "seconds", "rank"]


def _markdown(
    header: Sequence[str], lines: Sequence[Sequence[str]], best: Collection[int], names: int
) -> str:
    rules = ["---" if number < names else "---:" for number in range(len(header))]
    rows = [_escaped(header), rules]
    for number, line in enumerate(lines):
        cells = _escaped(line)
        rows.append([f"**{cell}**" for cell in cells] if number in best else cells)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _escaped(line: Sequence[str]) -> list[str]:
    """Cells that stay one cell each in Markdown, with no link, image, code or emphasis."""
    plain = (re.sub(r"([\\|`*~\[\]])", r"\\\1", html.escape(cell, quote=False)) for cell in line)
    return [" ".join(cell.split()) for cell in plain]


def remark(text: str, form: str) -> str:
    """A line beside a table."""
    return f"\n{_escaped([text])[0]}\n" if form == "markdown" else f"% {' '.join(text.split())}\n"


def _latex(
    header: Sequence[str], lines: Sequence[Sequence[str]], best: Collection[int], names: int
) -> str:
    """A booktabs table."""
    rows = [[cell.strip().translate(_LATEX) for cell in line] for line in lines]
    for row in rows:
        row[0] = re.sub(r"^(?=[\[*])", "{}", row[0])  # else it belongs to the line's end before it
    for number in best:
        rows[number] = [f"\\textbf{{{cell}}}" for cell in rows[number]]
    body = "".join(f"{' & '.join(row)} \\\\\n" for row in rows)
    columns = "l" * names + "r" * (len(header) - names)
    head = " & ".join(cell.translate(_LATEX) for cell in header)
    return (
        f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )
