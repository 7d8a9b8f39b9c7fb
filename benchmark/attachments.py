"""The texts that go with an invocation in MLflow."""

import html
from pathlib import Path

from benchmark.analysis.compare import as_csv, tidy
from benchmark.journal.store import Journal

FEW_CURVES = 200  # pairs in the report: the end of a run does not wait for all of them


def load_ahead() -> None:
    """Import what the report needs, so that the end of a run does not wait for that."""
    import benchmark.analysis.report  # noqa: F401


def attachments(path: Path) -> dict[str, str]:
    """The comparison and the report of a journal, by file name."""
    with Journal.existing(path) as journal:
        table = tidy(journal.rows(), journal.skips())
        return {"comparison.csv": as_csv(table), "report.html": _report(journal)}


def _report(journal: Journal) -> str:
    """The report, or why there is none: the results stand without it."""
    from benchmark.analysis.report import page, read

    try:
        return page(read(journal, FEW_CURVES))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not fail the run
        reason = html.escape(f"{type(error).__name__}: {error}")
        return f"<!doctype html><title>report</title><p>The report could not be made. {reason}</p>"
