"""Answers to "is it better than doing nothing?" as tables for a terminal, a paper or a program."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.console import Console

from benchmark.analysis.answers import Answer, Question
from benchmark.analysis.stats import ALPHA
from benchmark.analysis.twins import CHANGE, calibration_metrics
from benchmark.cli.grid import Grid
from benchmark.cli.texts import remark, table_text, tidy_text
from benchmark.suite import Suite

PROBABILITIES = ("worse", "equivalent", "better")


def show_answers(
    out: Console, found: Sequence[Answer], suite: Suite, question: Question, left: Sequence[str]
) -> None:
    """A table for each answer, with what is to be said of it."""
    if not found:
        baseline = question.baseline
        out.print(f"Nothing to compare: no strategy has scores where `{baseline}` has them too.")
        return
    for answer in found:
        header, lines = _grid(answer, question)
        if Grid(header, lines, [], names=1).width > out.width:
            header, lines = _grid(answer, question, short=True)
        rest = ["dim" if line[0] == question.baseline else "" for line in lines[1:]]
        Grid(header, lines, ["bold", *rest], names=1).show(out, f"\n{answer.title}".rstrip())
        for note in answer.notes:
            out.print(f"  {note}", markup=False)
    if left:
        text = f"left out, for want of a twin with the same model: {', '.join(left)}"
        out.print(text, style="dim", markup=False)
    out.print(_legend(suite, question), style="dim", markup=False)


def answers_as_text(found: Sequence[Answer], question: Question, form: str) -> str:
    """The answers as csv or json (tidy, full precision), or as Markdown or LaTeX."""
    if form in ("csv", "json"):
        return tidy_text(_tidy(found, question), form)
    texts = []
    for answer in found:
        title = remark(answer.title, form) + "\n" if answer.title else ""
        notes = "".join(remark(note, form) for note in answer.notes)
        texts.append(title + table_text(*_grid(answer, question), form, {0}, names=1) + notes)
    return "\n".join(texts)


def _tidy(found: Sequence[Answer], question: Question) -> pd.DataFrame:
    """One row for each answer's line, in full precision."""
    kind = "level" if question.by == "level" else "strategy"
    parts = []
    for answer in found:
        table = answer.table.rename_axis(kind).reset_index()
        table["tied"] = [name in answer.tied for name in table[kind]]
        if question.by in ("model", "imbalance"):
            table.insert(0, question.by, answer.title)
        parts.append(table)
    if not parts:
        return pd.DataFrame(columns=[kind, "rank"])
    return pd.concat(parts, ignore_index=True).rename(
        columns=lambda name: name.replace(CHANGE, "change_")
    )


def _grid(
    answer: Answer, question: Question, *, short: bool = False
) -> tuple[list[str], list[list[str]]]:
    """A header and lines of text; the first column is the name.

    A short one has neither intervals nor what it costs in calibration.
    """
    table = answer.table
    names = map(str, table.columns[table.notna().any()])
    medians = [name for name in names if name.startswith("gain" if short else ("gain", CHANGE))]
    tests = list(PROBABILITIES) if question.test == "bayesian" else ["p"]
    header = [
        "level" if question.by == "level" else "strategy",
        "mean rank\n(95 %)" if not short else "mean\nrank",
    ]
    header += [_title(column) for column in medians]
    header += ["better/equal/\nworse", *("p\n(Holm)" if t == "p" else f"P({t})" for t in tests)]
    if question.test == "nemenyi":
        header[-1] = "p\n(Nemenyi)"
    lines = [
        [
            str(name),
            _rank(line, name in answer.tied, short),
            *(_signed(line[column]) for column in medians),
            _counts(line),
            *(_probability(line.get(test, math.nan)) for test in tests),
            _times(line["seconds"]),
        ]
        for name, line in table.to_dict("index").items()
    ]
    return [*header, "time"], lines


def _title(column: str) -> str:
    name, _, threshold = column.partition("@")
    return f"{name.replace('_corrected', '')}\n{threshold or 'corrected' * ('_corrected' in name)}"


def _rank(line: Mapping[Hashable, Any], tied: bool, short: bool) -> str:
    interval = (
        "" if short or math.isnan(line["low"]) else f" ({line['low']:.1f}-{line['high']:.1f})"
    )
    return f"{line['rank']:.1f}{interval}{' ≈' if tied else '  '}"


def _signed(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.3f}"


def _counts(line: Mapping[Hashable, Any]) -> str:
    if math.isnan(line["wins"]):
        return "-"
    return "/".join(f"{line[name]:.0f}" for name in ("wins", "ties", "losses"))


def _probability(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def _times(ratio: float) -> str:
    return "-" if math.isnan(ratio) else f"x{ratio:.1f}"


def _legend(suite: Suite, question: Question) -> str:
    said = [
        f"\nRanks and tests are on the gain in {suite.headline} over `{question.baseline}` with "
        f"the same model (mean over models; median over families of datasets shown)",
        f"equal: a gain of at most {question.rope:g} either way",
        f"≈: not significantly worse than the best (Wilcoxon, Holm, {ALPHA:g})",
    ]
    if calibration_metrics(suite.metrics):
        said.append(f"{CHANGE.strip()}: change against the baseline's raw probabilities")
    said.append("time: seconds of a fold as a multiple")
    return "; ".join(said) + "."
