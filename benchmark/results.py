"""What the journals of a suite say, read and joined without computing anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmark import bootstrap
from benchmark.analysis.best import Best
from benchmark.analysis.compare import tidy
from benchmark.errors import BenchmarkError
from benchmark.flow import journal_path, load_suite
from benchmark.journal import merge as journals
from benchmark.journal import recover as recovering
from benchmark.journal.hold import held
from benchmark.journal.merge import Merged
from benchmark.journal.noted import noted_suite
from benchmark.journal.recover import Recovered
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Skip

ALL_CURVES = 2_000  # pairs: with more a page grows beyond what opens at once


@dataclass(frozen=True)
class Recorded:
    """What a journal knows.

    Attributes:
        suite: as it was last run.
        rows, skips: its cells, and the pairs that cannot be.
        datasets: dataset → what was noted of it.
    """

    suite: Suite
    rows: list[Row]
    skips: list[Skip]
    datasets: Mapping[str, Mapping[str, Any]]


def compare(suite: Suite | str | Path, *, results: str | Path = "results") -> pd.DataFrame:
    """The comparison that the journal holds, as `run` returns it; computes nothing."""
    found = recorded(suite, results=results)
    return tidy(found.rows, found.skips)


def recorded(suite: Suite | str | Path, *, results: str | Path = "results") -> Recorded:
    """What the journal knows of the suite as it was last run."""
    with Journal.existing(journal_path(suite, results)) as journal:
        noted = noted_suite(journal)
        return Recorded(noted, journal.rows(), journal.skips(), journal.fact("datasets"))


def merge(
    suite: Suite | str | Path,
    folders: str | Path | Iterable[str | Path],
    *,
    results: str | Path = "results",
) -> Merged:
    """Add the journals in other results folders, such as those of shards, to the one in `results`.

    Raises BenchmarkError, and changes nothing, where two of them contradict each other.
    """
    suite = suite if isinstance(suite, Suite) else load_suite(suite)
    given = [folders] if isinstance(folders, str | Path) else folders
    paths = [_journal_in(Path(folder), suite) for folder in given]
    target = journal_path(suite, results)
    with held(target):
        return journals.merge(paths, target)


def recover(suite: Suite | str | Path, *, results: str | Path = "results") -> Recovered:
    """Make a journal of all that can still be read of a damaged one."""
    path = journal_path(suite, results)
    with held(path):
        return recovering.recover(path)


def _journal_in(folder: Path, suite: Suite) -> Path:
    """The journal of a suite in a results folder. Raises BenchmarkError, with a nearby folder."""
    path = journal_path(suite, folder)
    if path.is_file():
        return path
    inside = sorted(str(found.parents[1]) for found in folder.glob(f"*/{suite.name}/{path.name}"))
    meant = [str(folder.parent)] if (folder / path.name).is_file() else inside
    hint = f"did you mean {' '.join(meant)}?" if meant else "name what `run --results` was given"
    raise BenchmarkError(f"there is no journal {str(path)!r}; {hint}")


def tied_by_rows(
    suite: Suite, bests: Mapping[str, Best], *, results: str | Path = "results"
) -> dict[str, Best]:
    """Best pairs with the tie groups of a paired bootstrap: see `benchmark.bootstrap`."""
    with Journal.existing(journal_path(suite, results)) as journal:
        return bootstrap.tied_by_rows(journal, suite, bests)


def report(
    suite: Suite | str | Path, *, results: str | Path = "results", curves: int = ALL_CURVES
) -> str:
    """The HTML page that says what the journal holds.

    At most `curves` pairs have their curves drawn: the baseline's and the best of each dataset.
    """
    from benchmark.analysis.report import page, read

    with Journal.existing(journal_path(suite, results)) as journal:
        return page(read(journal, curves))
